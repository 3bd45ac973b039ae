//! The mark of figures that rest on gaps, failed sweeps or torn snapshots.

use crate::history::analysis::Analysis;
use crate::history::quality::data_quality::QualityFlags;
use crate::report::text::Text;

/// The mark after an impaired figure.
pub const QUALITY_MARK: &str = "†";

/// Why the sign stands beside a figure; `None` if it does not.
#[must_use]
pub fn reasons(doubt: QualityFlags, text: &Text) -> Option<String> {
    let words = &text.quality;
    let kinds: Vec<_> = doubt.select([words.gap, words.failed, words.torn]).collect();
    (!kinds.is_empty()).then(|| (words.rests_on)(&kinds.join(text.figure.comma)))
}

/// A figure with the sign after it, where only text can stand.
#[must_use]
pub fn with_mark(figure: &str, doubt: QualityFlags) -> String {
    if doubt.is_empty() { figure.to_owned() } else { format!("{figure}\u{a0}{QUALITY_MARK}") }
}

/// The legend of the mark, if any figure of the report has one.
#[must_use]
pub fn legend(analysis: &Analysis, text: &Text) -> Option<&'static str> {
    let any = !analysis.totals.quality.is_unimpaired()
        || analysis.tables.iter().any(|it| !it.quality.is_unimpaired());
    any.then_some(text.quality.legend)
}
