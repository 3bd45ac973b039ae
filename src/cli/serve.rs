//! `serve`: runs the service until it is stopped.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use secrecy::SecretString;

use super::args::{GlobalArgs, ServeArgs};
use super::clients;
use super::config::Config;
use super::error::{CliError, CommandError, usage_error};
use super::jobs::with_discovered_jobs;
use super::output::{eprint_line, print};
use super::settings::Settings;
use crate::clock::SystemClock;
use crate::model::Job;
use crate::report::text::plural::counted;
use crate::report::{self, Language};
use crate::service::cron::Cron;
use crate::service::http::listener::{self, Listener};
use crate::service::retention::Retention;
use crate::service::signals::control_requests;
use crate::service::{self, Options, Reload, ReloadError, Setup};
use crate::store::{Location, Store};

pub(super) async fn run(global: GlobalArgs, args: ServeArgs) -> Result<(), CommandError> {
    let settings = Settings::load(global.clone())?;
    let setup = build_setup(&with_discovered_jobs(&settings.config, None).await?)?;
    let database = settings.database.clone();
    let store = Store::open(&database).await?;
    // Held until the service has ended.
    let _lock = store.lock_for_service().await?;
    let listener = bind_listener(&settings, &args)?;
    let address = listener.local_addr().context("cannot tell where the service listens")?;
    let reload: Reload = {
        let database = database.clone();
        // With the flag `--listen` the configured address has no effect.
        let listens = args.listen.is_none().then_some(settings.config.http.listen);
        Box::new(move || Box::pin(reload_setup(global.clone(), database.clone(), listens)))
    };
    let on_ready = |options: &Options| {
        let jobs = options.jobs.len();
        let jobs = counted(jobs, "job", "jobs");
        let line = format!("recording {jobs} into {database}, http://{address}/\n");
        // The service records even if stdout is closed.
        if print(&line).is_err() {
            eprint_line("stdout is closed");
        }
    };
    let control_requests = control_requests().context("cannot wait for signals")?;
    let clock = Arc::new(SystemClock);
    let result =
        service::run(setup, store.clone(), clock, reload, listener, control_requests, on_ready).await;
    store.close().await;
    Ok(result?)
}

/// Loads the configuration of a running service again.
async fn reload_setup(
    global: GlobalArgs,
    database: Location,
    listens: Option<SocketAddr>,
) -> Result<Setup, ReloadError> {
    let invalid = |failure: CommandError| ReloadError::Invalid(failure.text(Language::En).into());
    let needs_restart =
        |setting, new: String, current: String| ReloadError::NeedsRestart { setting, new, current };
    let settings = Settings::load(global).map_err(invalid)?;
    if settings.database != database {
        let (new, current) = (settings.database.to_string(), database.to_string());
        return Err(needs_restart("database", new, current));
    }
    let listen = settings.config.http.listen;
    if let Some(current) = listens.filter(|current| *current != listen) {
        return Err(needs_restart("http.listen", listen.to_string(), current.to_string()));
    }
    build_setup(&with_discovered_jobs(&settings.config, None).await.map_err(invalid)?).map_err(invalid)
}

/// Binds the listener to the address of the flag or of the configuration.
fn bind_listener(settings: &Settings, args: &ServeArgs) -> Result<Listener, CommandError> {
    let http = &settings.config.http;
    let address = args.listen.unwrap_or(http.listen);
    let token = secret_from_environment("DTS_HISTORY_TOKEN").map_err(usage_error)?;
    Listener::bind(address, token, http.hosts.clone()).map_err(|error| match error {
        listener::Error::TokenRequired { .. } => usage_error(error),
        listener::Error::Bind { .. } => CommandError::from(error),
    })
}

/// A secret from an environment variable, or from the file in the variable with the suffix `_FILE`.
fn secret_from_environment(variable: &str) -> anyhow::Result<Option<SecretString>> {
    let file_variable = format!("{variable}_FILE");
    let filled = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let text = match (filled(variable), filled(&file_variable)) {
        (Some(_), Some(_)) => bail!("{variable} and {file_variable} are both set: unset one of them"),
        (Some(text), None) => text,
        (None, Some(path)) => std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read the file {path} that {file_variable} names"))?,
        (None, None) => return Ok(None),
    };
    match text.trim() {
        "" => bail!("the file that {file_variable} names is empty: write the secret into it"),
        text => Ok(Some(text.into())),
    }
}

/// The options and clients of the service.
fn build_setup(config: &Config) -> Result<Setup, CommandError> {
    if config.jobs.is_empty() {
        return Err(usage_error(CliError::NoJobToServe));
    }
    let with_cron = |job: &Job| -> (Job, Cron) {
        (job.clone(), config.crons.get(&job.id).unwrap_or(&config.schedule.cron).clone())
    };
    let clients = clients::for_jobs(config, None, &config.jobs)?;
    let options = Options {
        jobs: config.jobs.iter().map(with_cron).collect(),
        unfollowed: config.unfollowed.clone(),
        schedule: config.schedule.clone(),
        report: report::Options {
            language: config.report_language(),
            zone: config.timezone,
            cutover: config.cutover,
        },
        reports: config.reports.clone(),
        publish: config.publish.clone(),
        table_series: config.http.table_series,
        retention: Some(config.retention.clone()).filter(Retention::is_enabled),
        notify: Arc::new(config.notify_rules().map_err(usage_error)?),
    };
    Ok(Setup { options, clients })
}
