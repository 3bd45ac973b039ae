//! The command line: arguments and environment become the options of a use case. One file per command.

mod arg_values; // values of arguments
mod args;
mod check;
mod clients;
mod collect;
mod compare;
mod completions;
pub mod config;
mod demo;
mod error; // errors of commands and exit status
mod examples;
mod export;
mod failures;
mod forget;
mod healthcheck;
mod help_zh; // Chinese help of four commands
mod import;
mod job_selection;
mod jobs;
mod notify;
mod prune;
mod output; // standard output and standard error
mod report;
mod report_options; // language and time zone
mod terminal;
mod times;
mod serve;
mod settings; // configuration and database of a command
mod signals;
mod simulate;
mod status;
mod wait;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::parser::ValueSource;
use clap::{CommandFactory as _, FromArgMatches as _};

use args::{Args, Command, GlobalArgs};
use config::language_from_locale;
use error::{CommandError, is_broken_pipe};
use output::eprint_line;
use settings::Settings;

use crate::report::Language;

/// Runs the program with this process's arguments and environment.
#[must_use]
pub fn run() -> ExitCode {
    let (args, has_db_flag) = parse_args();
    start_logs(match args.command {
        Command::Serve(_) => "warn,dts_history=info",
        _ => "warn",
    });
    let runtime = match build_runtime(&args.command).context("cannot start the threads of the program") {
        Ok(runtime) => runtime,
        Err(error) => return exit_code(Err(CommandError::Failed(error)), language_from_locale),
    };
    let (global, lang) = (args.global.clone(), lang_flag(&args.command).cloned());
    let result = runtime.block_on(dispatch(args, has_db_flag));
    // A blocked read of standard input must not delay the exit.
    runtime.shutdown_background();
    exit_code(result, || error_language(global, lang.as_deref()))
}

/// The value of `--lang`, if the command has it.
fn lang_flag(command: &Command) -> Option<&String> {
    let locale = match command {
        Command::Report(args) => &args.locale,
        Command::Status(args) => &args.locale,
        Command::Failures(args) => &args.locale,
        Command::Wait(args) => &args.locale,
        _ => return None,
    };
    locale.lang.as_ref()
}

/// The language of an error: that of `--lang`, of the configuration or of the locale.
fn error_language(global: GlobalArgs, lang: Option<&str>) -> Language {
    let configured = || Settings::load(global).ok().map(|it| it.config.command_language());
    lang.and_then(Language::from_word).or_else(configured).unwrap_or_else(language_from_locale)
}

/// Parses the command line, and tells whether `--db` is on it. Its help is in the language of the locale, as the configuration is not read yet.
fn parse_args() -> (Args, bool) {
    let program = Args::command();
    let program = match language_from_locale() {
        Language::Zh => help_zh::with_chinese_help(program, std::env::args().skip(1)),
        Language::En => program,
    };
    let matches = program.get_matches();
    let has_db_flag = matches.value_source("db") == Some(ValueSource::CommandLine);
    (Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit()), has_db_flag)
}

/// A multi-threaded runtime for commands that serve others while they work. Commands that exit by themselves use one
/// thread, because waking another thread for each reply costs more than processing the reply.
fn build_runtime(command: &Command) -> std::io::Result<tokio::runtime::Runtime> {
    use tokio::runtime::Builder;
    let mut builder = match command {
        Command::Serve(_) | Command::Simulate(_) | Command::Demo(_) => Builder::new_multi_thread(),
        _ => Builder::new_current_thread(),
    };
    builder.enable_all().build()
}

async fn dispatch(args: Args, has_db_flag: bool) -> Result<(), CommandError> {
    match args.command {
        Command::Demo(demo) => demo::run(args.global, demo, has_db_flag).await,
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
        Command::Compare(compare) => compare::run(&Settings::load(args.global)?, compare).await,
        Command::Wait(wait) => wait::run(&Settings::load(args.global)?, wait).await,
        Command::Prune(prune) => prune::run(&Settings::load(args.global)?, prune).await,
        Command::Forget(forget) => forget::run(&Settings::load(args.global)?, forget).await,
        Command::Notify(notify) => notify::run(&Settings::load(args.global)?, notify).await,
        Command::Serve(serve) => Box::pin(serve::run(args.global, serve)).await,
    }
}

/// Starts logging to stderr. `DTS_HISTORY_LOG` sets the filter, for example `info` or `dts_history=debug`;
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

fn exit_code(result: Result<(), CommandError>, language: impl FnOnce() -> Language) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(CommandError::AlreadyReported) => ExitCode::from(1),
        Err(CommandError::ExitStatus(status)) => ExitCode::from(status),
        // The reader of standard output has closed it (`| head`).
        Err(CommandError::Failed(error)) if is_broken_pipe(&error) => ExitCode::from(1),
        Err(error) => {
            let language = language();
            eprint_line(&(language.text().cli.error)(&error.text(language)));
            ExitCode::from(if matches!(error, CommandError::Usage(_)) { 2 } else { 1 })
        }
    }
}
