//! `check`: everything that a sweep needs, tried one after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::args::{Check, Global};
use super::config::{Config, notify};
use super::{Failure, Settings, clients, jobs, print, sentence};
use crate::api::calls::initialization_status;
use crate::api::transport::call_stats::CallCounter;
use crate::api::transport::client::Client;
use crate::api::transport::endpoint::Endpoint;
use crate::clock::{Clock as _, SystemClock};
use crate::model::Job;
use crate::sanitize::printable;
use crate::store::Store;

/// What was tried, and how it went: what was found, or what is wrong with its next step.
struct Line {
    what: String,
    result: Result<String, String>,
}

/// The lines so far: each is printed as soon as it is known.
#[derive(Default)]
struct Lines {
    /// Whether anything failed until now.
    failed: bool,
    /// Whoever reads them may have gone.
    printed: Option<anyhow::Error>,
}

impl Lines {
    fn push(&mut self, line: &Line) {
        self.failed |= line.result.is_err();
        if let Err(error) = print(&text(line)) {
            self.printed.get_or_insert(error);
        }
    }
}

/// Whoever waits for the answer wants it soon: what does not heal in so many seconds is told as it is.
const RETRY_MOST_SECONDS: f64 = 10.0;

pub(super) async fn run(global: Global, args: Check) -> Result<(), Failure> {
    let mut lines = Lines::default();
    match Settings::load(global) {
        Ok(mut settings) => {
            let config = &mut settings.config;
            config.api.retry_for_seconds = config.api.retry_for_seconds.min(RETRY_MOST_SECONDS);
            let found = format!("{} jobs named, time zone {}", config.jobs.len(), config.timezone);
            lines.push(&Line { what: "configuration".to_owned(), result: Ok(found) });
            lines.push(&database(&settings).await);
            service(&settings.config, &mut lines);
            calls(&settings, &args, &mut lines).await;
        }
        Err(failure) => {
            lines.push(&Line { what: "configuration".to_owned(), result: Err(failure.sentence()) });
        }
    }
    match lines.printed {
        Some(error) => Err(error.into()),
        None if lines.failed => Err(Failure::Said),
        None => Ok(()),
    }
}

/// What only `serve` needs, and would miss on the day on which something happens.
fn service(config: &Config, lines: &mut Lines) {
    if !config.webhooks.is_empty() {
        let result = notify::rules(&config.notify, &config.webhooks)
            .map(|_| format!("{} have their addresses and secrets", config.webhooks.len()));
        let result = result.map_err(|error| sentence(&error));
        lines.push(&Line { what: "webhooks".to_owned(), result });
    }
    // The folder is made for the first report: now it is only tried where it, or what is above it, exists.
    let there = config.reports.ancestors().find(|it| it.is_dir()).unwrap_or(".".as_ref());
    let result = tempfile::tempfile_in(there).map(|_| "can be written".to_owned());
    let result = result.map_err(|error| {
        format!("cannot be written: {error}; name another folder with \"reports\" in the configuration")
    });
    lines.push(&Line { what: format!("reports {}", config.reports.display()), result });
}

fn text(line: &Line) -> String {
    let (sign, said) = match &line.result {
        Ok(found) => ("ok  ", found),
        Err(wrong) => ("FAIL", wrong),
    };
    format!("{sign}  {}: {}\n", printable(&line.what), printable(said))
}

/// A database that is not there yet is no fault: the first snapshot makes it.
async fn database(settings: &Settings) -> Line {
    let path = &settings.database;
    let what = format!("database {}", path.display());
    if !path.exists() {
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(".".as_ref());
        let result = tempfile::tempfile_in(folder)
            .map(|_| "not there yet; the first snapshot makes it".to_owned())
            .map_err(|error| {
                format!("{} cannot be written: {error}; name another with --db", folder.display())
            });
        return Line { what, result };
    }
    let found = async {
        let store = Store::open(path).await?;
        let jobs = store.jobs().await?.len();
        store.close().await;
        Ok::<_, crate::store::Error>(format!("{jobs} jobs recorded"))
    };
    Line { what, result: found.await.map_err(|error| error.to_string()) }
}

/// Credentials of each profile, then each job's endpoint and first page, then what that told of the clock.
async fn calls(settings: &Settings, args: &Check, lines: &mut Lines) {
    let endpoint = args.endpoint.as_ref();
    let discovered = jobs::discovered(&settings.config, endpoint).await;
    let is_known = discovered.is_ok();
    let config = discovered.unwrap_or_else(|failure| {
        lines.push(&Line { what: "discovery".to_owned(), result: Err(failure.sentence()) });
        settings.config.clone()
    });
    let mut named: Vec<Job> = match &args.jobs[..] {
        [] => config.jobs.clone(),
        ids => ids.iter().map(|id| config.job(id)).collect(),
    };
    for job in &mut named {
        job.region = args.region.clone().or(job.region.take());
    }
    let mut accounts: BTreeMap<Option<String>, Option<Arc<Client>>> = BTreeMap::new();
    if named.is_empty() {
        accounts.insert(None, account(&config, endpoint, None, lines).await);
        if is_known {
            let result =
                Err("none is named: give --job ID, or add a [[job]] to the configuration".to_owned());
            lines.push(&Line { what: "jobs".to_owned(), result });
        }
    }
    for job in &named {
        let profile = config.profiles.get(&job.id).cloned();
        if !accounts.contains_key(&profile) {
            let found = account(&config, endpoint, profile.as_deref(), lines).await;
            accounts.insert(profile.clone(), found);
        }
        if let Some(Some(client)) = accounts.get(&profile) {
            lines.push(&page(client, job).await);
        }
    }
    for client in accounts.into_values().flatten() {
        lines.push(&clock(&client));
    }
}

/// The client of an account, if it has credentials.
async fn account(
    config: &Config,
    endpoint: Option<&String>,
    profile: Option<&str>,
    lines: &mut Lines,
) -> Option<Arc<Client>> {
    let what =
        profile.map_or_else(|| "credentials".to_owned(), |profile| format!("credentials of {profile}"));
    let client = match clients::of_profile(config, endpoint, profile) {
        Ok(client) => client,
        Err(failure) => {
            lines.push(&Line { what, result: Err(failure.sentence()) });
            return None;
        }
    };
    let result = client.credentials().describe(SystemClock.now_ms()).await.map_err(|error| error.to_string());
    let usable = result.is_ok();
    lines.push(&Line { what, result });
    usable.then(|| Arc::new(client))
}

async fn page(client: &Client, job: &Job) -> Line {
    let options = client.options();
    let host = Endpoint::resolve(
        options.endpoint.as_deref(),
        job.region.as_deref(),
        options.network,
        options.allow_http,
    );
    let what = match &host {
        Ok(host) => format!("job {} at {host}", job.id),
        Err(_) => format!("job {}", job.id),
    };
    let result = match host {
        Ok(_) => initialization_status::fetch_page(client, job, 1, &CallCounter::default())
            .await
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    Line { what, result: result.map(|page| format!("{} objects on its first page", page.readings.len())) }
}

fn clock(client: &Client) -> Line {
    let result = match client.clock_behind_ms() {
        0 => Ok("no server objects to this machine's".to_owned()),
        behind_ms => Err(format!(
            "this machine's is {} s {} the server's: set it",
            (behind_ms / 1000).abs(),
            if behind_ms > 0 { "behind" } else { "ahead of" }
        )),
    };
    Line { what: "clock".to_owned(), result }
}
