//! The error of writing a report.

/// A report that could not be written: a fault in the program, not in the history.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A template failed.
    #[error("the report could not be laid out")]
    Template(#[from] askama::Error),
    /// A value has no form in JSON.
    #[error("the data of a page could not be written as JSON")]
    Json(#[from] serde_json::Error),
}
