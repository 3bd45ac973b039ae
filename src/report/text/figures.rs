//! Words of numbers, durations, moments, statuses and forecasts.

use super::sentence::{CountSentence1, Sentence1, Sentence2, Translate};

/// Numbers, durations and moments.
#[derive(Debug)]
pub struct FigureText {
    /// An unknown figure, in a sentence.
    pub unknown: &'static str,
    /// Something that had not happened by the moment of the report.
    pub not_yet: &'static str,
    /// A percentage, from its digits.
    pub percent: Sentence1,
    /// Rows per second, from the digits.
    pub rate: Sentence1,
    /// Rows, from the digits.
    pub rows: Sentence1,
    /// Seconds.
    pub seconds: fn(i64) -> String,
    /// Minutes and seconds.
    pub minutes: fn(i64, i64) -> String,
    /// Hours and minutes.
    pub hours: fn(i64, i64) -> String,
    /// Days and hours.
    pub days: fn(i64, i64) -> String,
    /// Between two whole numbers of seconds.
    pub between_seconds: fn(i64, i64) -> String,
    /// Two whole numbers of seconds in a cell.
    pub to_seconds: fn(i64, i64) -> String,
    /// Between two durations, moments or rates.
    pub between: Sentence2,
    /// At least a duration.
    pub at_least: Sentence1,
    /// About a duration.
    pub about: Sentence1,
    /// A moment before the first sight, from the moment of that sight.
    pub before_recording: Sentence1,
    /// Not yet, from the last moment at which that was certain.
    pub not_by: Sentence1,
    /// The time zone and its offset or offsets.
    pub zone: Sentence2,
    /// A label and what stands after it.
    pub labelled: Sentence2,
    /// Separates items of a list inside a sentence.
    pub comma: &'static str,
    /// Separates two sentences.
    pub space: &'static str,
}

/// Names of statuses and phases.
#[derive(Debug)]
pub struct LabelText {
    /// `NotStarted`.
    pub not_started: &'static str,
    /// `Migrating`.
    pub migrating: &'static str,
    /// `Failed`.
    pub failed: &'static str,
    /// `Finished`.
    pub finished: &'static str,
    /// An object without a status.
    pub no_status: &'static str,
    /// Objects without a status, or with one that is not known here.
    pub other: &'static str,
    /// First sight, in place of a status before.
    pub first_seen: &'static str,
    /// No longer listed by the job.
    pub unlisted: &'static str,
    /// The phases, in the order of `Phase::ALL`.
    pub phases: [&'static str; 4],
    /// An object type; the API's own word where there is no other.
    pub object_type: Translate,
}

/// Forecasts.
#[derive(Debug)]
pub struct EtaText {
    /// The middle of a range, and the range as a bracket.
    pub likely: Sentence2,
    /// The same in a cell, where the range has no words.
    pub likely_cell: Sentence2,
    /// Not before a range of moments.
    pub not_before: Sentence1,
    /// The number of tables without an estimate, which the range excludes.
    pub left_out: CountSentence1,
    /// Finished.
    pub done: &'static str,
    /// Too little seen.
    pub not_yet: &'static str,
    /// As many rows as estimated.
    pub due: &'static str,
    /// No rise since a moment.
    pub stalled: Sentence1,
    /// Failed.
    pub failed: &'static str,
    /// There is no estimated total.
    pub unknown: &'static str,
}
