//! The command line: every command and flag. Their help texts are part of both READMEs.

use crate::model::JobKind;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

use super::arg_values::{
    ExportFormat, FailuresFormat, ReportFormat, parse_interval, parse_job_id, parse_job_kind, parse_renamed,
};
use super::config::listen_address;
use super::examples;
use super::times::parse_duration as duration;
use crate::wait::Milestone;

/// Records the progress of Alibaba Cloud DTS migrations and reports on it.
#[derive(Debug, Parser)]
#[command(name = "dts-history", version, after_help = examples::PROGRAM, max_term_width = 100)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) global: GlobalArgs,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Global options")]
pub(super) struct GlobalArgs {
    /// Configuration file [default: dts-history.toml in the current folder, if it exists]
    #[arg(long, global = true, value_name = "FILE", env = "DTS_HISTORY_CONFIG", hide_env_values = true)]
    pub(super) config: Option<OsString>,
    /// History database: a file, or a URL postgres://USER@HOST/DATABASE [default: from the configuration, else
    /// dts-history.db]
    #[arg(long, global = true, value_name = "FILE", env = "DTS_HISTORY_DB", hide_env_values = true)]
    pub(super) db: Option<OsString>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Record a simulated migration and write its reports; needs no account and no network
    Demo(DemoArgs),
    /// Take one snapshot of the given jobs, or of all configured jobs, and exit
    Collect(CollectArgs),
    /// Record saved API responses (JSON or XML) as one snapshot
    Import(ImportArgs),
    /// Render the report of a job from the database
    Report(ReportArgs),
    /// Show the state of each job: failures first, then status, rows, rate and ETA of each table
    Status(StatusArgs),
    /// Compare two jobs, or two periods of one: durations, rates, failures, statements
    Compare(CompareArgs),
    /// Wait until a job has reached a milestone, with an exit status for scripts
    Wait(WaitArgs),
    /// Run the service: take snapshots on a schedule, publish reports, serve HTTP
    Serve(ServeArgs),
    /// List the jobs of an account
    Jobs(JobsArgs),
    /// Check the configuration, database, credentials, clock and endpoint, and read one page of each job
    Check(CheckArgs),
    /// List failures by cause, or write the failed statements as rerunnable SQL scripts
    Failures(FailuresArgs),
    /// Write a view of the database as CSV, NDJSON or Parquet
    Export(ExportArgs),
    /// Send a test event to the configured webhooks
    Notify(NotifyArgs),
    /// Remove old rows as configured under [retention]
    Prune(PruneArgs),
    /// Remove the newest snapshots of a job, or the whole job
    Forget(ForgetArgs),
    /// Check a running service; exit status 0 if it is healthy
    Healthcheck(HealthcheckArgs),
    /// Run the DTS simulator on its own
    Simulate(SimulateArgs),
    /// Print shell completions
    Completions(CompletionsArgs),
    /// Print the manual page, or write the manual pages of all commands
    Man(ManArgs),
}

#[derive(Debug, ClapArgs)]
pub(super) struct DemoArgs {
    /// Folder for the database and the reports
    #[arg(long, value_name = "DIR", default_value = "dts-history-demo")]
    pub(super) output: PathBuf,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::COLLECT)]
pub(super) struct CollectArgs {
    /// Job to record; may be given several times [default: all configured jobs]
    #[arg(long = "job", value_name = "ID", value_parser = parse_job_id)]
    pub(super) jobs: Vec<String>,
    /// Region of the given jobs, for example cn-hangzhou [default: from the configuration]
    #[arg(long, value_name = "REGION")]
    pub(super) region: Option<String>,
    /// Kind of the given jobs: synchronization, migration or task [default: from the configuration, else
    /// synchronization]
    #[arg(long, value_name = "KIND", value_parser = parse_job_kind)]
    pub(super) kind: Option<JobKind>,
    /// API endpoint [default: from the configuration, else by region]
    #[arg(long, value_name = "URL")]
    pub(super) endpoint: Option<String>,
    /// Print one JSON object per job
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::IMPORT)]
pub(super) struct ImportArgs {
    /// Job that the responses belong to [default: the only job of the database]
    #[arg(long, value_name = "ID", value_parser = parse_job_id)]
    pub(super) job: Option<String>,
    /// Region of the job
    #[arg(long, value_name = "REGION")]
    pub(super) region: Option<String>,
    /// Time at which the responses were received: 2026-01-02T03:04:05Z, '2026-01-02 03:04' in the configured time zone,
    /// or an age (2h)
    #[arg(long, value_name = "T")]
    pub(super) at: String,
    /// Accept a time in the future, and pages that look like those of several sweeps
    #[arg(long)]
    pub(super) force: bool,
    /// Saved responses: the pages of one sweep in order; - is stdin
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
    /// Print a JSON object
    #[arg(long)]
    pub(super) json: bool,
}

/// Language and time zone of the output.
#[derive(Debug, ClapArgs)]
pub(super) struct LocaleArgs {
    /// Language: en or zh [default: from the configuration, else from the locale]
    #[arg(long, value_name = "LANG")]
    pub(super) lang: Option<String>,
    /// Time zone, for example Asia/Shanghai [default: from the configuration, else UTC]
    #[arg(long, value_name = "ZONE")]
    pub(super) tz: Option<String>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::REPORT)]
pub(super) struct ReportArgs {
    /// Job to report on [default: the only job of the database]
    #[arg(long, value_name = "ID", value_parser = parse_job_id)]
    pub(super) job: Option<String>,
    /// Format of the report [default: by the extension of the output file, else html]
    #[arg(long, value_name = "FORMAT")]
    pub(super) format: Option<ReportFormat>,
    #[command(flatten)]
    pub(super) locale: LocaleArgs,
    /// Start of the reported period: a time, a date or an age (2h) [default: the first snapshot]
    #[arg(long, value_name = "T")]
    pub(super) from: Option<String>,
    /// End of the reported period: a time, a date or an age (2h) [default: the last snapshot]
    #[arg(long, value_name = "T")]
    pub(super) to: Option<String>,
    /// Output file; - is stdout
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(super) output: PathBuf,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::STATUS)]
pub(super) struct StatusArgs {
    /// Show only this job
    #[arg(long, value_name = "ID", value_parser = parse_job_id)]
    pub(super) job: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Exit with status 0 if every job has ended without failures, 3 if there are failures, 5 if a job still runs
    #[arg(long, conflicts_with = "watch")]
    pub(super) exit_code: bool,
    /// Show all tables [default: the first 20 of each job]; with --json, add attempts, rates and statuses over time
    #[arg(long)]
    pub(super) all: bool,
    /// Refresh at this interval in seconds until interrupted [default: 5]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "5", value_parser = parse_interval)]
    pub(super) watch: Option<Duration>,
    #[command(flatten)]
    pub(super) locale: LocaleArgs,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::COMPARE)]
pub(super) struct CompareArgs {
    /// Job A, which is looked at: ID, or ID@FROM/TO for a period of it
    #[arg(long, value_name = "A", value_parser = parse_job_id)]
    pub(super) job: String,
    /// Job B, which A is compared with, for example a rehearsal: ID or ID@FROM/TO
    #[arg(long, value_name = "B", value_parser = parse_job_id)]
    pub(super) with: String,
    /// A database that is called OLD in B and NEW in A; may be given several times
    #[arg(long, value_name = "OLD=NEW", value_parser = parse_renamed)]
    pub(super) map: Vec<(String, String)>,
    /// Format of the output [default: by the extension of the output file, else table]
    #[arg(long, value_name = "FORMAT")]
    pub(super) format: Option<ComparisonFormat>,
    /// With the format table, show all tables [default: the first 20]
    #[arg(long)]
    pub(super) all: bool,
    /// Output file; - is stdout
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(super) output: PathBuf,
    #[command(flatten)]
    pub(super) locale: LocaleArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ComparisonFormat {
    /// Tables for a terminal
    Table,
    /// One HTML file
    Html,
    /// Markdown
    Md,
    /// JSON
    Json,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::WAIT)]
pub(super) struct WaitArgs {
    /// Job to wait for [default: the only job of the database]
    #[arg(long, value_name = "ID", value_parser = parse_job_id)]
    pub(super) job: Option<String>,
    /// Wait until this step has ended
    #[arg(long, value_name = "STEP", default_value = "ended")]
    pub(super) until: WaitStep,
    /// Give up after this time, for example 90s or 1h30m [default: wait on]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(super) timeout: Option<Duration>,
    /// Exit with status 3 if there are more open failures [default: any number]
    #[arg(long, value_name = "N")]
    pub(super) max_failures: Option<usize>,
    /// Exit with status 3 if the delay of the synchronization is longer or not known, for example 5s [default: any
    /// delay]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(super) max_delay: Option<Duration>,
    /// Take snapshots on the configured schedule meanwhile [default: read what another process records]
    #[arg(long)]
    pub(super) collect: bool,
    /// Region of the job, with --collect [default: from the configuration]
    #[arg(long, value_name = "REGION", requires = "collect")]
    pub(super) region: Option<String>,
    /// Kind of the job, with --collect: synchronization, migration or task [default: from the configuration, else
    /// synchronization]
    #[arg(long, value_name = "KIND", value_parser = parse_job_kind, requires = "collect")]
    pub(super) kind: Option<JobKind>,
    /// API endpoint, with --collect [default: from the configuration, else by region]
    #[arg(long, value_name = "URL", requires = "collect")]
    pub(super) endpoint: Option<String>,
    #[command(flatten)]
    pub(super) locale: LocaleArgs,
}

/// A step of a job that `wait` waits for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum WaitStep {
    /// No structure object waits or migrates
    Structure,
    /// No table waits or migrates
    Data,
    /// The initialization has ended
    Ended,
}

impl From<WaitStep> for Milestone {
    fn from(step: WaitStep) -> Self {
        match step {
            WaitStep::Structure => Self::Structure,
            WaitStep::Data => Self::Data,
            WaitStep::Ended => Self::Ended,
        }
    }
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::SERVE)]
pub(super) struct ServeArgs {
    /// HTTP listen address; port 0 selects a free port [default: from the configuration, else 127.0.0.1:8470]
    #[arg(long, value_name = "ADDR", value_parser = listen_address)]
    pub(super) listen: Option<std::net::SocketAddr>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::JOBS)]
pub(super) struct JobsArgs {
    /// Region to list; may be given several times [default: the configured regions]
    #[arg(long = "region", value_name = "REGION")]
    pub(super) regions: Vec<String>,
    /// List only jobs of this kind (synchronization, migration or task); may be given several times [default: all]
    #[arg(long = "kind", value_name = "KIND", value_parser = parse_job_kind)]
    pub(super) kinds: Vec<JobKind>,
    /// List only jobs whose name contains this text
    #[arg(long, value_name = "TEXT")]
    pub(super) name: Option<String>,
    /// Credentials profile, as in ~/.aliyun/config.json
    #[arg(long, value_name = "PROFILE")]
    pub(super) profile: Option<String>,
    /// API endpoint [default: from the configuration, else by region]
    #[arg(long, value_name = "URL")]
    pub(super) endpoint: Option<String>,
    /// Print JSON
    #[arg(long, conflicts_with = "toml")]
    pub(super) json: bool,
    /// Print [[job]] tables for the configuration
    #[arg(long)]
    pub(super) toml: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::CHECK)]
pub(super) struct CheckArgs {
    /// Job to read one page of; may be given several times [default: all configured jobs]
    #[arg(long = "job", value_name = "ID", value_parser = parse_job_id)]
    pub(super) jobs: Vec<String>,
    /// Region of the given jobs
    #[arg(long, value_name = "REGION")]
    pub(super) region: Option<String>,
    /// Kind of the given jobs: synchronization, migration or task [default: from the configuration, else
    /// synchronization]
    #[arg(long, value_name = "KIND", value_parser = parse_job_kind)]
    pub(super) kind: Option<JobKind>,
    /// API endpoint [default: from the configuration, else by region]
    #[arg(long, value_name = "URL")]
    pub(super) endpoint: Option<String>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::FAILURES)]
pub(super) struct FailuresArgs {
    /// List only the failures of this job
    #[arg(long, value_name = "ID", value_parser = parse_job_id)]
    pub(super) job: Option<String>,
    /// Include failures that have been resolved
    #[arg(long)]
    pub(super) all: bool,
    /// Output format [default: by the extension of the output file, sql for a folder, else table]
    #[arg(long, value_name = "FORMAT")]
    pub(super) format: Option<FailuresFormat>,
    /// Output: a file, a folder for one script per database, or - for stdout
    #[arg(long, value_name = "DIR|FILE", default_value = "-")]
    pub(super) output: PathBuf,
    #[command(flatten)]
    pub(super) locale: LocaleArgs,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::EXPORT)]
pub(super) struct ExportArgs {
    /// View to export, for example table_history
    #[arg(long, value_name = "NAME")]
    pub(super) view: String,
    /// Export only the rows of this job
    #[arg(long, value_name = "ID", value_parser = parse_job_id)]
    pub(super) job: Option<String>,
    /// Format of the file [default: by the extension of the output file, else csv]
    #[arg(long, value_name = "FORMAT")]
    pub(super) format: Option<ExportFormat>,
    /// Output file; - is stdout
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub(super) output: PathBuf,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::NOTIFY)]
pub(super) struct NotifyArgs {
    /// Send a test event to every webhook
    #[arg(long)]
    pub(super) test: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::PRUNE)]
pub(super) struct PruneArgs {
    /// Prune only this job
    #[arg(long, value_name = "ID", value_parser = parse_job_id)]
    pub(super) job: Option<String>,
    /// Only count what would be removed
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Rewrite the file to return its free space to the disk
    #[arg(long, conflicts_with = "dry_run")]
    pub(super) compact: bool,
    /// Print a JSON object
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::FORGET)]
pub(super) struct ForgetArgs {
    /// Job whose snapshots are removed [default: the only job of the database]
    #[arg(long, value_name = "ID", value_parser = parse_job_id)]
    pub(super) job: Option<String>,
    /// Remove this snapshot and every later one [default: the whole job]
    #[arg(long, value_name = "N", conflicts_with = "after")]
    pub(super) snapshot: Option<i64>,
    /// Remove the snapshots after this time: a time, a date or an age (2h)
    #[arg(long, value_name = "T")]
    pub(super) after: Option<String>,
    /// Print what would be removed, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Do not ask for confirmation
    #[arg(long, conflicts_with = "dry_run")]
    pub(super) yes: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::SIMULATE)]
pub(super) struct SimulateArgs {
    /// Listen address; port 0 selects a free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0", value_parser = listen_address)]
    pub(super) listen: std::net::SocketAddr,
    /// Scenario file (see docs/scenario.md) [default: the scenario of the demo]
    #[arg(long, value_name = "FILE")]
    pub(super) scenario: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::HEALTHCHECK)]
pub(super) struct HealthcheckArgs {
    /// Address of the service [default: from the configuration, else http://127.0.0.1:8470]
    #[arg(value_name = "URL")]
    pub(super) url: Option<String>,
    /// Check readiness (whether it records) instead of liveness
    #[arg(long)]
    pub(super) ready: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::COMPLETIONS)]
pub(super) struct CompletionsArgs {
    /// Shell to print completions for
    #[arg(value_name = "SHELL")]
    pub(super) shell: clap_complete::Shell,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = examples::MAN)]
pub(super) struct ManArgs {
    /// Folder for the manual pages of all commands [default: the main page to stdout]
    #[arg(long, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,
}
