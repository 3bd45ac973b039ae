//! The command line: arguments and environment become the options of a use case. One file per command.

mod args;
mod check;
mod clients;
mod collect;
pub mod config;
mod demo;
mod examples;
mod export;
mod failures;
mod forget;
mod healthcheck;
mod import;
mod job_selection;
mod jobs;
mod notify;
mod prune;
mod report;
mod terminal;
mod times;
mod serve;
mod completions;
mod signals;
mod simulate;
mod status;
mod wait;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use clap::Parser as _;

use args::{Args, Command};
use config::Config;

use crate::sanitize::printable;

/// Why a command ends without success, and with which exit status.
#[derive(Debug)]
enum Failure {
    /// Wrong usage or configuration: exit status 2.
    Usage(anyhow::Error),
    /// It could not be done: exit status 1.
    Failed(anyhow::Error),
    /// It could not be done, and the errors are printed already: exit status 1.
    AlreadyReported,
    /// It was done, and the answer is this exit status; what is to be said is printed already.
    ExitStatus(u8),
}

impl Failure {
    /// The message with its causes.
    fn error_with_causes(&self) -> String {
        match self {
            Self::Usage(error) | Self::Failed(error) => error_with_causes(error),
            Self::AlreadyReported | Self::ExitStatus(_) => "it failed".to_owned(),
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Wrong usage or configuration.
fn usage(error: impl Into<anyhow::Error>) -> Failure {
    Failure::Usage(error.into())
}

/// Runs the program with this process's arguments and environment.
#[must_use]
pub fn run() -> ExitCode {
    let args = Args::parse();
    start_logs(match args.command {
        Command::Serve(_) => "warn,dts_history=info",
        _ => "warn",
    });
    let runtime = match runtime(&args.command).context("cannot start the threads of the program") {
        Ok(runtime) => runtime,
        Err(error) => return end(Err(Failure::Failed(error))),
    };
    let result = runtime.block_on(dispatch(args));
    // A blocked read of standard input must not hold back the end.
    runtime.shutdown_background();
    end(result)
}

/// What answers others while it works takes every processor. A command that does one thing and ends does it on one:
/// waking another thread for each reply would cost more than what is done with it.
fn runtime(command: &Command) -> std::io::Result<tokio::runtime::Runtime> {
    use tokio::runtime::Builder;
    let mut builder = match command {
        Command::Serve(_) | Command::Simulate(_) | Command::Demo(_) => Builder::new_multi_thread(),
        _ => Builder::new_current_thread(),
    };
    builder.enable_all().build()
}

async fn dispatch(args: Args) -> Result<(), Failure> {
    match args.command {
        Command::Demo(demo) => demo::run(demo).await,
        Command::Check(check) => check::run(args.global, check).await,
        Command::Jobs(jobs) => jobs::run(&Settings::load(args.global)?, jobs).await,
        Command::Healthcheck(healthcheck) => healthcheck::run(args.global, healthcheck).await,
        Command::Simulate(simulate) => simulate::run(simulate).await,
        Command::Completions(completions) => completions::print_completions(&completions),
        Command::Man(manual) => completions::print_man_pages(&manual),
        Command::Collect(collect) => collect::run(&Settings::load(args.global)?, collect).await,
        Command::Import(import) => import::run(&Settings::load(args.global)?, import).await,
        Command::Report(report) => report::run(&Settings::load(args.global)?, report).await,
        Command::Export(export) => export::run(&Settings::load(args.global)?, export).await,
        Command::Failures(failures) => failures::run(&Settings::load(args.global)?, failures).await,
        Command::Status(status) => status::run(&Settings::load(args.global)?, status).await,
        Command::Wait(wait) => wait::run(&Settings::load(args.global)?, wait).await,
        Command::Prune(prune) => prune::run(&Settings::load(args.global)?, prune).await,
        Command::Forget(forget) => forget::run(&Settings::load(args.global)?, forget).await,
        Command::Notify(notify) => notify::run(&Settings::load(args.global)?, notify).await,
        Command::Serve(serve) => serve::run(args.global, serve).await,
    }
}

/// The configuration and the database of a command.
struct Settings {
    config: Config,
    database: PathBuf,
}

impl Settings {
    /// Flag, then environment, then the file, then the default.
    fn load(global: args::Global) -> Result<Self, Failure> {
        let config = Config::load(named("--config", "DTS_HISTORY_CONFIG", global.config)?.as_deref())
            .map_err(usage)?;
        let database = named("--db", "DTS_HISTORY_DB", global.db)?.unwrap_or_else(|| config.database.clone());
        Ok(Self { config, database })
    }
}

/// A file named by a flag or a variable. An empty variable names none; an empty flag is a slip.
fn named(flag: &str, variable: &str, value: Option<OsString>) -> Result<Option<PathBuf>, Failure> {
    match value {
        Some(empty) if empty.is_empty() && std::env::var_os(variable).is_none_or(|it| !it.is_empty()) => {
            Err(usage(anyhow!("{flag} names no file: give it a path, or leave it out")))
        }
        value => Ok(value.filter(|it| !it.is_empty()).map(PathBuf::from)),
    }
}

/// Makes the folder that `--output` names, and those above it.
fn make_folder(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}: name another with --output", folder.display()))
}

/// Logs go to stderr; `DTS_HISTORY_LOG` sets what is logged, for example `info` or `dts_history=debug`;
/// `DTS_HISTORY_LOG_FORMAT=json` makes each line a JSON object.
fn start_logs(usual: &str) {
    use std::io::IsTerminal as _;
    let filter = tracing_subscriber::EnvFilter::try_from_env("DTS_HISTORY_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(usual));
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && !no_color);
    if std::env::var_os("DTS_HISTORY_LOG_FORMAT").is_some_and(|format| format == "json") {
        logs.json().flatten_event(true).init();
    } else {
        logs.init();
    }
}

fn end(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::AlreadyReported) => ExitCode::from(1),
        Err(Failure::ExitStatus(status)) => ExitCode::from(status),
        // The reader of our output has gone (`| head`): nobody is left to be told.
        Err(Failure::Failed(error)) if is_broken_pipe(&error) => ExitCode::from(1),
        Err(Failure::Failed(error)) => {
            print_error(&error);
            ExitCode::from(1)
        }
        Err(Failure::Usage(error)) => {
            print_error(&error);
            ExitCode::from(2)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|it| it.kind() == std::io::ErrorKind::BrokenPipe)
    };
    error.chain().any(io)
}

/// The message with its causes. Some messages contain their cause: it is not repeated.
fn error_with_causes(error: &anyhow::Error) -> String {
    let mut message = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !message.contains(&cause) {
            message = format!("{message}: {cause}");
        }
    }
    message
}

/// The one place where an error is printed.
fn print_error(error: &anyhow::Error) {
    eprint_line(&format!("error: {}", error_with_causes(error)));
}

/// One line on stderr.
fn eprint_line(line: &str) {
    // There is no place left to say that stderr is gone.
    let _ = writeln!(std::io::stderr(), "{}", printable(line));
}

/// Writes a result to stdout.
fn print(text: &str) -> anyhow::Result<()> {
    write_stdout(|out| Ok(out.write_all(text.as_bytes())?))
}

/// Writes a result of any size to stdout, piece by piece.
fn write_stdout(content: impl FnOnce(&mut dyn std::io::Write) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    content(&mut out).and_then(|()| Ok(out.flush()?)).context("cannot write to standard output")
}
