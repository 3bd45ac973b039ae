//! Options of a report.

use super::text::Language;
use crate::history::figures::cutover::CutoverLimits;
use chrono_tz::Tz;

/// The language and the time zone of a report, and the limits of its verdict on the cutover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The language of all words.
    pub language: Language,
    /// The time zone of all moments.
    pub zone: Tz,
    /// The limits of the cutover.
    pub cutover: CutoverLimits,
}

/// The additions to a report that polls the service and renews itself.
#[derive(Debug, Clone, Copy)]
pub struct Live<'a> {
    /// The revision of the state that the report shows, as the service names it.
    pub revision: &'a str,
    /// The message to the reader while the service does not answer.
    pub lost: &'a str,
}
