//! Values of command line arguments: formats, intervals, ids and kinds of jobs.

use std::time::Duration;

use clap::ValueEnum;

use crate::model::JobKind;
use crate::publish::FileFormat;

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ReportFormat {
    /// One HTML file
    Html,
    /// Markdown
    Md,
    /// JSON
    Json,
    /// JUnit XML: one test case an object
    Junit,
}

impl From<ReportFormat> for FileFormat {
    fn from(word: ReportFormat) -> Self {
        match word {
            ReportFormat::Html => Self::Html,
            ReportFormat::Md => Self::Markdown,
            ReportFormat::Json => Self::Json,
            ReportFormat::Junit => Self::Junit,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum FailuresFormat {
    /// A list to read
    Table,
    /// JSON
    Json,
    /// One SQL script per destination database
    Sql,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ExportFormat {
    /// CSV with a header line
    Csv,
    /// One JSON object per line
    Ndjson,
    /// Apache Parquet
    Parquet,
}

/// Parses an interval in seconds.
pub(super) fn parse_interval(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.1..=86_400.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("it must be a number of seconds between 0.1 and 86400".to_owned()),
    }
}

/// Parses a kind of job.
pub(super) fn parse_job_kind(word: &str) -> Result<JobKind, String> {
    JobKind::from_word(word)
        .ok_or_else(|| format!("it is none of {}", JobKind::ALL.map(JobKind::as_str).join(", ")))
}

pub(super) fn parse_job_id(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("it is empty; the id of a job looks like dtsi76118o3w92abcd".to_owned());
    }
    Ok(text.to_owned())
}

/// Parses two names of a database.
pub(super) fn parse_renamed(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((old, new)) if !old.is_empty() && !new.is_empty() => Ok((old.to_owned(), new.to_owned())),
        _ => Err("write OLD=NEW, the name in --with and the name in --job".to_owned()),
    }
}
