//! English messages of the errors of commands.

use std::fmt;

use super::cli_error::{CliError, ErrorText, TimeError};
use crate::cli::config::DEFAULT_FILE;

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ErrorText { message, help } = text(self);
        write!(f, "{message}: {help}")
    }
}

impl std::error::Error for CliError {}

#[expect(clippy::too_many_lines, reason = "one arm for each error")]
pub(super) fn text(error: &CliError) -> ErrorText {
    let new = |message: String, help: String| ErrorText { message, help };
    let text = |message: String, help: &str| new(message, help.to_owned());
    match error {
        CliError::EmptyFileFlag { flag } => {
            text(format!("{flag} names no file"), "give it a path, or leave it out")
        }
        CliError::UnknownLanguage { code } => {
            text(format!("--lang: {code:?} is not a language of the reports"), "use \"en\" or \"zh\"")
        }
        CliError::UnknownZone { name, suggestion } => {
            let nearest = suggestion.map(|it| format!(", the nearest is {it}")).unwrap_or_default();
            text(
                format!("--tz: {name:?} is not an IANA time zone{nearest}"),
                "for example Asia/Shanghai, Europe/Berlin or UTC",
            )
        }
        CliError::Time { flag, error } => time_text(flag, error),
        CliError::ReversedPeriod => {
            text("--to is not after --from".to_owned(), "give the earlier moment with --from")
        }
        CliError::Pdf { output } => new(
            format!("--output {}: PDF is not a format of the report", output.display()),
            format!(
                "write --output {}, open it in a browser and print it to a PDF",
                output.with_extension("html").display()
            ),
        ),
        CliError::ReportExtension { output } => text(
            format!(
                "--output {}: the extension is none of .html, .md, .json and .xml (JUnit)",
                output.display()
            ),
            "use one of them, or give the format with --format",
        ),
        CliError::ExportExtension { output } => text(
            format!("the extension of {} names no format", output.display()),
            "use .csv, .ndjson or .parquet, or give --format",
        ),
        CliError::ParquetToTerminal => {
            text("a terminal cannot show Parquet".to_owned(), "name a file with --output FILE.parquet")
        }
        CliError::MixedDialects { output } => new(
            "the failures are of MySQL and of PostgreSQL, which cannot be in one file".to_owned(),
            format!(
                "give a folder with --output {}/, or one job with --job",
                output.with_extension("").display()
            ),
        ),
        CliError::NoJobInDatabase => text("the database has no job".to_owned(), "give one with --job ID"),
        CliError::SeveralJobs { count, listed } => {
            text(format!("the database has {count} jobs ({listed})"), "choose one with --job ID")
        }
        CliError::NoJob => {
            new("no job is named".to_owned(), format!("give --job ID, or add a [[job]] to {DEFAULT_FILE}"))
        }
        CliError::NoJobToServe => new(
            "there is no job to record".to_owned(),
            format!("add a [[job]] with its id to {DEFAULT_FILE}"),
        ),
        CliError::NoRegion { job_id } => text(
            format!("the region of the job {job_id} is not known"),
            "give --region, for example cn-hangzhou, or the region of the job in the configuration",
        ),
        CliError::NoRegionToList => {
            text("no region is named".to_owned(), "give --region, for example cn-hangzhou")
        }
        CliError::UnknownJob { job_id } => text(
            format!("no snapshot of the job {job_id} is recorded"),
            "`dts-history status` lists the recorded jobs",
        ),
        CliError::UnknownSnapshot { job_id, snapshot_id } => text(
            format!("the job {job_id} has no snapshot {snapshot_id}"),
            "the view `snapshots` lists those that it has",
        ),
        CliError::NothingToForget { job_id } => {
            text(format!("the job {job_id} has no snapshot after that time"), "nothing was removed")
        }
        CliError::Unconfirmed => text(
            "this cannot be undone".to_owned(),
            "confirm it with --yes, or show the snapshots first with --dry-run",
        ),
        CliError::ServiceUrl { url } => {
            text(format!("{url:?} is not the address of a service"), "give it as http://127.0.0.1:8470")
        }
        CliError::FutureImport { at, now } => text(
            format!(
                "--at {at} lies in the future (now it is {now}), and no other snapshot of the job could be recorded \
                 before then"
            ),
            "give the time at which the responses were received, or --force",
        ),
        CliError::PagesOfTwoSweeps { first, second } => text(
            format!(
                "{first} and {second} have the same objects in different states, so they are of two sweeps"
            ),
            "import them one after the other, each with its own --at, or give --force",
        ),
        CliError::NoAction => {
            text("no action is named".to_owned(), "`notify --test` sends a test event to each webhook")
        }
        CliError::NoWebhook => {
            new("there is no webhook".to_owned(), format!("add a [[webhook]] to {DEFAULT_FILE}"))
        }
        CliError::NoRetention => new(
            "no retention is configured".to_owned(),
            format!(
                "set thin_after_days, drop_failed_after_days, drop_messages_after_days or drop_jobs_after_days in \
                 [retention] of {DEFAULT_FILE}"
            ),
        ),
    }
}

fn time_text(flag: &str, error: &TimeError) -> ErrorText {
    match error {
        TimeError::Format(text) => ErrorText::new(
            format!("{flag}: {text:?} is not a time"),
            "write 2026-01-02T03:04:05Z, a date (2026-01-02), a date and time ('2026-01-02 03:04') or an age (2h)",
        ),
        TimeError::Range(text) => ErrorText::new(
            format!("{flag}: {text:?} lies outside the years 1970 to 9999"),
            "give a time in this range",
        ),
        TimeError::Skipped(text, zone) => ErrorText::new(
            format!("{flag}: {text:?} does not exist in {zone}, where the clocks were set forward then"),
            "write it with an offset",
        ),
    }
}
