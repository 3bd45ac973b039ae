//! A comparison of two jobs as HTML, Markdown, JSON, or the tables of a terminal.

mod chart;
mod diff;
mod html;
mod json;
mod markdown;
#[cfg(test)]
mod tests;
pub(crate) mod view;
mod words;

pub(crate) use view::ComparisonView;

use std::io;

use super::{Error, Options};
use crate::history::comparison::Comparison;

/// One HTML file that needs nothing else.
///
/// # Errors
/// Only by a fault in a template.
pub fn html(comparison: &Comparison<'_>, options: &Options) -> Result<String, Error> {
    html::render(&ComparisonView::new(comparison, options))
}

/// Markdown for a ticket or a wiki page.
///
/// # Errors
/// Only by a fault in a template.
pub fn markdown(comparison: &Comparison<'_>, options: &Options) -> Result<String, Error> {
    markdown::render(&ComparisonView::new(comparison, options))
}

/// Writes JSON as `docs/compare.schema.json` describes it.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_json(comparison: &Comparison<'_>, out: impl io::Write) -> io::Result<()> {
    Ok(json::write(out, comparison)?)
}
