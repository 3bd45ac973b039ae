//! Why objects failed: one line for each cause, those that others wait behind first.

use super::row_limit::more_rows;
use super::visible_text::sanitize;
use crate::history::analysis::Analysis;
use crate::history::failures::root_cause;
use crate::report::format::Formatter;

/// Causes that a report shows.
const MAX_CAUSES: usize = 30;
/// Names of missing things that one cause shows.
const MAX_MISSING_NAMES: usize = 5;

/// The causes of the open failures.
#[derive(Debug, PartialEq, Eq)]
pub struct Causes {
    /// In the order in which to repair them.
    pub rows: Vec<CauseRow>,
    /// A sentence about further causes, if any.
    pub more: Option<String>,
}

/// One cause.
#[derive(Debug, PartialEq, Eq)]
pub struct CauseRow {
    /// The class of the error, with the missing objects.
    pub title: String,
    /// The codes of DTS, in order; empty if there are none.
    pub codes: String,
    /// The message without names and numbers.
    pub pattern: String,
    /// The number of objects that failed with this message.
    pub failures: String,
    /// The number of objects that depend on them.
    pub dependents: Option<String>,
    /// That it follows from another failure.
    pub follows: Option<&'static str>,
    /// The snapshot that saw the first of them, and when.
    pub first: String,
    /// The usual remedy.
    pub hint: &'static str,
    /// Positions of its failures in the list of the analysis.
    pub failure_indices: Vec<usize>,
}

/// The causes of an analysis.
#[must_use]
pub fn causes(analysis: &Analysis, format: &Formatter) -> Causes {
    let rows = analysis.root_causes.iter().take(MAX_CAUSES);
    Causes {
        rows: rows.map(|cause| cause_row(cause, format)).collect(),
        more: more_rows(analysis.root_causes.len(), MAX_CAUSES, "failures", format.text),
    }
}

fn cause_row(cause: &root_cause::RootCause, format: &Formatter) -> CauseRow {
    let text = &format.text.cause;
    let name = (text.name)(cause.error_class);
    let lacks: Vec<_> =
        cause.missing_objects.iter().take(MAX_MISSING_NAMES).map(|lack| sanitize(&lack.as_written)).collect();
    let dots = if cause.missing_objects.len() > MAX_MISSING_NAMES { " …" } else { "" };
    CauseRow {
        title: match &lacks[..] {
            [] => name.to_owned(),
            lacks => (text.named)(name, &format!("{}{dots}", lacks.join(format.text.figure.comma))),
        },
        codes: cause.codes.join(" · "),
        pattern: if cause.message_template.is_empty() {
            text.no_message.to_owned()
        } else {
            sanitize(&cause.message_template)
        },
        failures: (text.failures)(cause.failures.len()),
        dependents: (!cause.dependents.is_empty()).then(|| (text.dependents)(cause.dependents.len())),
        follows: cause.is_consequence.then_some(text.follows),
        first: (text.first)(&cause.first_snapshot_id.to_string(), &format.moment(cause.first_failed_at_ms)),
        hint: (text.hint)(cause.error_class),
        failure_indices: cause.failures.clone(),
    }
}
