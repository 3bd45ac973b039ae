//! Statuses with a sign, so that colour is never the only difference.

use super::visible_text::sanitize;
use crate::model::Status;
use crate::report::format::Formatter;

/// A status with a class and a sign, so that colour is never the only difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusMark {
    /// Class: `finished`, `failed`, `migrating`, `waiting` or `other`.
    pub class: &'static str,
    /// Sign.
    pub sign: &'static str,
    /// Word.
    pub word: String,
}

pub(super) fn status_mark(status: Option<&Status>, format: &Formatter) -> StatusMark {
    let (class, sign) = match status {
        Some(Status::Finished) => ("finished", "✓"),
        Some(Status::Failed) => ("failed", "✕"),
        Some(Status::Migrating) => ("migrating", "▸"),
        Some(Status::NotStarted) => ("waiting", "·"),
        Some(Status::Other(_)) | None => ("other", "?"),
    };
    StatusMark { class, sign, word: sanitize(format.status(status)) }
}
