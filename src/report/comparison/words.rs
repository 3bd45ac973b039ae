//! The change of a duration, in words and as a class of style.

use crate::history::comparison::DurationChange;
use crate::report::format::Formatter;
use crate::report::number::DASH;

/// The change of a duration in words.
pub(super) fn change_cell(change: DurationChange, format: &Formatter) -> String {
    let words = &format.text.comparison;
    match change {
        DurationChange::Slower { min_ms } => (words.longer)(&format.duration(min_ms)),
        DurationChange::Faster { min_ms } => (words.shorter)(&format.duration(min_ms)),
        DurationChange::Unclear => words.not_certain.to_owned(),
        DurationChange::Unknown => DASH.to_owned(),
        DurationChange::OnlyA => words.only_in[0].to_owned(),
        DurationChange::OnlyB => words.only_in[1].to_owned(),
    }
}

/// The class of a change.
pub(super) fn change_class(change: DurationChange) -> &'static str {
    match change {
        DurationChange::Slower { .. } => "slower",
        DurationChange::Faster { .. } => "faster",
        _ => "unclear",
    }
}
