//! Argv as it is written: every command, flag and example.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use chrono::DateTime;
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use super::config::listen_address;
use super::examples;
use crate::history::analysis::Window;
use crate::publish::Format;

/// Remembers what Alibaba Cloud DTS says of a migration, and reports on it.
#[derive(Debug, Parser)]
#[command(name = "dts-history", version, after_help = examples::PROGRAM, max_term_width = 100)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// Configuration file [default: dts-history.toml in the current folder, if there is one]
    #[arg(long, global = true, value_name = "FILE", env = "DTS_HISTORY_CONFIG", hide_env_values = true)]
    pub(super) config: Option<OsString>,
    /// History database [default: the configuration's, else dts-history.db]
    #[arg(long, global = true, value_name = "FILE", env = "DTS_HISTORY_DB", hide_env_values = true)]
    pub(super) db: Option<OsString>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Record a simulated migration from start to end, and write its reports: no account, no network
    Demo(Demo),
    /// Take one snapshot of each named (else each configured) job, then exit
    Collect(Collect),
    /// Record saved responses (JSON or XML) that together make one sweep
    Import(Import),
    /// Render the report of a job from the database alone
    Report(Report),
    /// Show where each job stands: per table status, rows, rate, ETA; failures first
    Status(Status),
    /// Run for weeks: take snapshots on the schedule, publish reports, answer HTTP
    Serve(Serve),
    /// List the synchronization jobs of an account
    Jobs(Jobs),
    /// Try configuration, database, credentials, clock and endpoint, and one page of each job
    Check(Check),
    /// List what failed by cause, or write the failed statements as SQL that can be run again
    Failures(Failures),
    /// Write a view of the database as CSV, NDJSON or Parquet
    Export(Export),
    /// Try out the webhooks of the configuration
    Notify(Notify),
    /// Remove old rows, as far as the configuration asks for it
    Prune(Prune),
    /// Ask a running service how it is: exit status 0 if it is well
    Healthcheck(Healthcheck),
    /// Run the DTS simulator alone, for trying things out
    Simulate(Simulate),
    /// Print the completions of a shell
    Completions(Completions),
    /// Print the manual page, or write the pages of all commands
    Man(Manual),
}

#[derive(Debug, ClapArgs)]
pub(super) struct Demo {
    /// Folder for the database and the reports
    #[arg(long, value_name = "DIR", default_value = "dts-history-demo")]
    pub(super) output: PathBuf,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::COLLECT)]
pub(super) struct Collect {
    /// Job to take a snapshot of; may be repeated [default: every job of the configuration]
    #[arg(long = "job", value_name = "ID", value_parser = job_id)]
    pub(super) jobs: Vec<String>,
    /// Region of the named jobs, for example cn-hangzhou [default: the configuration's]
    #[arg(long, value_name = "REGION")]
    pub(super) region: Option<String>,
    /// Endpoint of the API [default: the configuration's, else the region's]
    #[arg(long, value_name = "URL")]
    pub(super) endpoint: Option<String>,
    /// Print one JSON object a job
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::IMPORT)]
pub(super) struct Import {
    /// Job that the responses are of
    #[arg(long, value_name = "ID", value_parser = job_id)]
    pub(super) job: String,
    /// Region of the job
    #[arg(long, value_name = "REGION")]
    pub(super) region: Option<String>,
    /// When the responses were received, for example 2026-01-02T03:04:05Z
    #[arg(long, value_name = "RFC3339", value_parser = moment)]
    pub(super) at: i64,
    /// Saved responses, the pages of one sweep in their order; - is stdin
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
    /// Print a JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// How to speak to people.
#[derive(Debug, ClapArgs)]
pub(super) struct Speech {
    /// Language: en or zh [default: the configuration's, else en]
    #[arg(long, value_name = "LANG")]
    pub(super) lang: Option<String>,
    /// Time zone, for example Asia/Shanghai [default: the configuration's, else UTC]
    #[arg(long, value_name = "ZONE")]
    pub(super) tz: Option<String>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::REPORT)]
pub(super) struct Report {
    /// Job to report on
    #[arg(long, value_name = "ID", value_parser = job_id)]
    pub(super) job: String,
    /// Form of the report [default: by the ending of the output file, else html]
    #[arg(long, value_name = "FORMAT")]
    pub(super) format: Option<FormatWord>,
    #[command(flatten)]
    pub(super) speech: Speech,
    /// Look at what was seen from this moment on (RFC 3339)
    #[arg(long, value_name = "T", value_parser = moment)]
    pub(super) from: Option<i64>,
    /// Look at what was seen until this moment (RFC 3339)
    #[arg(long, value_name = "T", value_parser = moment)]
    pub(super) to: Option<i64>,
    /// Where to write it; - is stdout
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(super) output: PathBuf,
}

impl Report {
    pub(super) fn window(&self) -> Window {
        Window { from_ms: self.from, to_ms: self.to }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum FormatWord {
    /// One HTML file
    Html,
    /// Markdown
    Md,
    /// JSON
    Json,
}

impl From<FormatWord> for Format {
    fn from(word: FormatWord) -> Self {
        match word {
            FormatWord::Html => Self::Html,
            FormatWord::Md => Self::Markdown,
            FormatWord::Json => Self::Json,
        }
    }
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::STATUS)]
pub(super) struct Status {
    /// Show this job alone
    #[arg(long, value_name = "ID", value_parser = job_id)]
    pub(super) job: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Show every table, however many [default: the first 20 of each job]
    #[arg(long)]
    pub(super) all: bool,
    /// Look again every so many seconds, until interrupted [default: 5]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "5", value_parser = pause)]
    pub(super) watch: Option<Duration>,
    #[command(flatten)]
    pub(super) speech: Speech,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::SERVE)]
pub(super) struct Serve {
    /// Address to answer HTTP on; port 0 takes a free one [default: the configuration's, else 127.0.0.1:8470]
    #[arg(long, value_name = "ADDR", value_parser = listen_address)]
    pub(super) listen: Option<std::net::SocketAddr>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::JOBS)]
pub(super) struct Jobs {
    /// Region to look in; may be repeated [default: those of the configuration]
    #[arg(long = "region", value_name = "REGION")]
    pub(super) regions: Vec<String>,
    /// Jobs whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub(super) name: Option<String>,
    /// Credentials profile of the account
    #[arg(long, value_name = "PROFILE")]
    pub(super) profile: Option<String>,
    /// Endpoint of the API [default: the configuration's, else the region's]
    #[arg(long, value_name = "URL")]
    pub(super) endpoint: Option<String>,
    /// Print JSON
    #[arg(long, conflicts_with = "toml")]
    pub(super) json: bool,
    /// Print [[job]] tables to paste into the configuration
    #[arg(long)]
    pub(super) toml: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::CHECK)]
pub(super) struct Check {
    /// Job to read a page of; may be repeated [default: every job of the configuration]
    #[arg(long = "job", value_name = "ID", value_parser = job_id)]
    pub(super) jobs: Vec<String>,
    /// Region of the named jobs
    #[arg(long, value_name = "REGION")]
    pub(super) region: Option<String>,
    /// Endpoint of the API [default: the configuration's, else the region's]
    #[arg(long, value_name = "URL")]
    pub(super) endpoint: Option<String>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::FAILURES)]
pub(super) struct Failures {
    /// Failures of this job alone
    #[arg(long, value_name = "ID", value_parser = job_id)]
    pub(super) job: Option<String>,
    /// Everything that ever failed, also what was resolved
    #[arg(long)]
    pub(super) all: bool,
    /// Form of the list [default: by the ending of the output, sql for a folder, else table]
    #[arg(long, value_name = "FORMAT")]
    pub(super) format: Option<ListWord>,
    /// Where to write it: a file, a folder for one script a database, or - for stdout
    #[arg(long, value_name = "DIR|FILE", default_value = "-")]
    pub(super) output: PathBuf,
    #[command(flatten)]
    pub(super) speech: Speech,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ListWord {
    /// For people
    Table,
    /// For scripts
    Json,
    /// One script for each destination database
    Sql,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::EXPORT)]
pub(super) struct Export {
    /// View to export, for example table_history
    #[arg(long, value_name = "NAME")]
    pub(super) view: String,
    /// Rows of this job only
    #[arg(long, value_name = "ID", value_parser = job_id)]
    pub(super) job: Option<String>,
    /// Format of the file [default: by the ending of the output, else csv]
    #[arg(long, value_name = "FORMAT")]
    pub(super) format: Option<ExportFormat>,
    /// Output file; - is stdout
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(super) output: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ExportFormat {
    /// CSV with a header line
    Csv,
    /// One JSON object a line
    Ndjson,
    /// Apache Parquet
    Parquet,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::NOTIFY)]
pub(super) struct Notify {
    /// Send a test event to each webhook
    #[arg(long)]
    pub(super) test: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::PRUNE)]
pub(super) struct Prune {
    /// Prune this job alone
    #[arg(long, value_name = "ID", value_parser = job_id)]
    pub(super) job: Option<String>,
    /// Count what would be removed, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Write the whole file anew, without free space
    #[arg(long, conflicts_with = "dry_run")]
    pub(super) compact: bool,
    /// Print a JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::SIMULATE)]
pub(super) struct Simulate {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0", value_parser = listen_address)]
    pub(super) listen: std::net::SocketAddr,
    /// Scenario file (see docs/scenario.md) [default: the demo's world]
    #[arg(long, value_name = "FILE")]
    pub(super) scenario: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::HEALTHCHECK)]
pub(super) struct Healthcheck {
    /// Where the service listens [default: as in the configuration, else http://127.0.0.1:8470]
    #[arg(value_name = "URL")]
    pub(super) url: Option<String>,
    /// Ask whether it records, too, and not only whether it lives
    #[arg(long)]
    pub(super) ready: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::COMPLETIONS)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(super) shell: clap_complete::Shell,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::MAN)]
pub(super) struct Manual {
    /// Folder for the pages of all commands [default: the program's own page, to stdout]
    #[arg(long, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,
}

/// A moment in RFC 3339 as UTC milliseconds, in the years that the database's texts can show.
fn moment(text: &str) -> Result<i64, String> {
    let at = DateTime::parse_from_rfc3339(text).map_err(|error| {
        format!("{error}; write a date, a time and an offset as in 2026-01-02T03:04:05Z or 2026-01-02T11:04:05+08:00")
    })?;
    let at_ms = at.timestamp_millis();
    // 1970-01-01 and 9999-12-31.
    if (0..=253_402_300_799_999).contains(&at_ms) {
        Ok(at_ms)
    } else {
        Err("it must lie between 1970 and 9999".to_owned())
    }
}

/// A number of seconds to wait.
fn pause(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.1..=86_400.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("it must be a number of seconds between 0.1 and 86400".to_owned()),
    }
}

fn job_id(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("it is empty; the id of a job looks like dtsi76118o3w92abcd".to_owned());
    }
    Ok(text.to_owned())
}
