//! Figures to something that people read: [`view::View`] holds every figure as a finished text, and HTML and
//! Markdown only print it; JSON gives the same figures raw. Pure: same analysis, same bytes.

pub mod chart;
pub mod comparison;
pub mod format;
#[cfg(test)]
mod untrusted_text;
pub mod html;
mod error;
mod json;
mod junit;
mod markdown;
pub mod number;
mod options;
pub mod repair;
#[cfg(test)]
mod sample;
pub mod text;
pub mod view;

pub use error::Error;
pub use json::status::StatusDetail;
pub use options::{Live, Options};
pub use text::Language;

use crate::history::analysis::Analysis;
use std::io;
use view::View;

/// One HTML file that needs nothing else: no network, no other file, no script to be readable.
///
/// # Errors
/// Only by a fault in a template.
pub fn html(analysis: &Analysis, options: &Options) -> Result<String, Error> {
    html::render(&View::new(analysis, options), None)
}

/// The same for a page of the service: it renews itself whenever the service has something new.
///
/// # Errors
/// Only by a fault in a template.
pub fn live_html(analysis: &Analysis, options: &Options, live: &Live<'_>) -> Result<String, Error> {
    html::render(&View::new(analysis, options), Some(live))
}

/// Markdown for a ticket or a wiki page, the same in CommonMark and GitHub's flavour.
///
/// # Errors
/// Only by a fault in a template.
pub fn markdown(analysis: &Analysis, options: &Options) -> Result<String, Error> {
    markdown::render(&View::new(analysis, options))
}

/// Writes JSON as `docs/report.schema.json` describes it: raw numbers, UTC times, texts to the letter. Nothing of the
/// size of the document is held in memory.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_json(analysis: &Analysis, out: impl io::Write) -> io::Result<()> {
    Ok(json::write(out, analysis)?)
}

/// Writes JUnit XML: one test case an object, for Jenkins, GitLab and whatever else reads it.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_junit(analysis: &Analysis, mut out: impl io::Write) -> io::Result<()> {
    junit::write(&mut out, analysis)
}

/// Writes what `status` shows of several jobs as JSON: of each the report without its bulk.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_status_json(analyses: &[Analysis], detail: StatusDetail, out: impl io::Write) -> io::Result<()> {
    Ok(json::status::write(out, analyses, detail)?)
}

/// Writes the failures of several jobs as JSON, with their causes: `$defs/failures` of the same schema.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_failures_json(
    analyses: &[Analysis],
    filter: repair::FailureFilter,
    out: impl io::Write,
) -> io::Result<()> {
    Ok(json::failures::write(out, analyses, filter)?)
}

#[cfg(test)]
fn json(analysis: &Analysis) -> String {
    let mut out = Vec::new();
    write_json(analysis, &mut out).expect("memory takes it");
    String::from_utf8(out).expect("JSON is UTF-8")
}

#[cfg(test)]
mod tests;
