//! The errors that commands detect themselves, as data.

use std::path::PathBuf;

use chrono_tz::Tz;

use crate::model::Timestamp;

/// The message of an error, and the next step for the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct ErrorText {
    pub(in crate::cli) message: String,
    pub(in crate::cli) help: String,
}

impl ErrorText {
    pub(in crate::cli) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into() }
    }
}

/// The reason why a text is not a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum TimeError {
    /// The text has none of the accepted formats.
    Format(String),
    /// The time is outside the years 1970 to 9999.
    Range(String),
    /// The local time was skipped when clocks were set forward.
    Skipped(String, Tz),
}

/// An error that a command detects itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum CliError {
    /// A flag for a file has an empty value.
    EmptyFileFlag { flag: &'static str },
    /// `--lang` is not a language of the reports.
    UnknownLanguage { code: String },
    /// `--tz` is not an IANA time zone.
    UnknownZone { name: String, suggestion: Option<&'static str> },
    /// The value of a flag is not a time.
    Time { flag: &'static str, error: TimeError },
    /// `--to` is not after `--from`.
    ReversedPeriod,
    /// A report cannot be written as PDF.
    Pdf { output: PathBuf },
    /// The extension of the output file is not that of a report format.
    ReportExtension { output: PathBuf },
    /// The extension of the output file is not that of an export format.
    ExportExtension { output: PathBuf },
    /// Parquet would be written to a terminal.
    ParquetToTerminal,
    /// One SQL file would have statements of two dialects.
    MixedDialects { output: PathBuf },
    /// The database has no job, and none is given.
    NoJobInDatabase,
    /// The database has several jobs, and none is given. `listed` are the first ids.
    SeveralJobs { count: usize, listed: String },
    /// Neither a flag nor the configuration has a job to collect.
    NoJob,
    /// The configuration has no job for the service.
    NoJobToServe,
    /// The region of a job is unknown.
    NoRegion { job_id: String },
    /// Neither a flag nor the configuration has a region to list.
    NoRegionToList,
    /// The job has no snapshot in the database.
    UnknownJob { job_id: String },
    /// The job has no snapshot with this number.
    UnknownSnapshot { job_id: String, snapshot_id: i64 },
    /// The job has no snapshot after the given time.
    NothingToForget { job_id: String },
    /// There is no terminal to ask for confirmation.
    Unconfirmed,
    /// The text is not the URL of a service.
    ServiceUrl { url: String },
    /// `--at` is in the future.
    FutureImport { at: Timestamp, now: Timestamp },
    /// Two files are pages of different sweeps.
    PagesOfTwoSweeps { first: String, second: String },
    /// `notify` was called without an action.
    NoAction,
    /// The configuration has no webhook.
    NoWebhook,
    /// The configuration has no retention.
    NoRetention,
}
