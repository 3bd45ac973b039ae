//! `dts-history.toml`: read, checked key by key, never written. Credentials have no key here.

mod language; // of the command line
pub mod notify;
mod retention;
mod schedule;
mod time_zone;
mod unknown_keys;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use chrono_tz::Tz;
use serde::Deserialize;

use crate::api::options as api;
use crate::model::{Job, JobKind};
use crate::report::Language;
use crate::service::ScheduleOptions;
use crate::service::cron::Cron;
use crate::service::retention::Retention;

pub use language::{of_locale, parse_language};
pub use time_zone::parse_zone;

use unknown_keys::field_names;

pub use schedule::{Http, listen_address};

/// The file that is read from the current folder if no other is named.
pub const DEFAULT_FILE: &str = "dts-history.toml";
/// The database that is used if none is named.
const DEFAULT_DATABASE: &str = "dts-history.db";
/// Where the service publishes if nothing else is said.
const DEFAULT_REPORTS: &str = "reports";

/// The configuration with its defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The history database. A relative path in the file is taken from the file's folder.
    pub database: PathBuf,
    /// For reports and cron, never for storage.
    pub timezone: Tz,
    /// Of reports, and of the command line; `None` leaves it to the locale there.
    pub language: Option<Language>,
    /// Where the service publishes. A relative path in the file is taken from the file's folder.
    pub reports: PathBuf,
    /// How the API is called.
    pub api: api::Options,
    /// When the service takes snapshots.
    pub schedule: ScheduleOptions,
    /// When the service publishes reports of jobs that run; at a job's end it always does.
    pub publish: Option<Cron>,
    /// Which jobs to record without naming them, if any.
    pub discover: Option<Discover>,
    /// Where the service listens.
    pub http: Http,
    /// When something is an event.
    pub notify: notify::Notify,
    /// Who is told.
    pub webhooks: Vec<notify::WebhookTable>,
    /// For how long what is kept.
    pub retention: Retention,
    /// The jobs, in the order of the file.
    pub jobs: Vec<Job>,
    /// The credentials profiles of the jobs that name one, by job id.
    pub profiles: BTreeMap<String, String>,
    /// The expressions of the jobs that have their own, by job id.
    pub crons: BTreeMap<String, Cron>,
}

/// The `[discover]` table: every job of these regions whose name contains the text is recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Discover {
    /// Where to look.
    pub regions: Vec<String>,
    /// What a job's name must contain; every job without it.
    pub name: Option<String>,
    /// Credentials profile of the account.
    pub profile: Option<String>,
}

/// The file as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct File {
    database: Option<PathBuf>,
    timezone: Option<String>,
    language: Option<String>,
    reports: Option<PathBuf>,
    api: api::Options,
    schedule: schedule::ScheduleTable,
    publish: schedule::PublishTable,
    discover: Option<Discover>,
    http: Http,
    notify: notify::Notify,
    webhook: Vec<notify::WebhookTable>,
    retention: retention::RetentionTable,
    job: Vec<JobTable>,
}

#[derive(Debug, Deserialize)]
struct JobTable {
    id: String,
    region: Option<String>,
    name: Option<String>,
    profile: Option<String>,
    cron: Option<String>,
    #[serde(default)]
    kind: JobKind,
}

impl Config {
    /// Reads the named file; without a name the default file, if the current folder has it.
    ///
    /// # Errors
    /// If the file cannot be read or a key or value in it is wrong: a sentence that names it.
    pub fn load(named: Option<&Path>) -> anyhow::Result<Self> {
        let path = named.unwrap_or(Path::new(DEFAULT_FILE));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                let path = path.display();
                return Err(anyhow!(
                    "cannot read the configuration {path}: {error}; name another with --config"
                ));
            }
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        parse(&text, folder).with_context(|| format!("in the configuration {}", path.display()))
    }

    /// The language of published reports.
    #[must_use]
    pub fn report_language(&self) -> Language {
        self.language.unwrap_or_default()
    }

    /// The language of a command's output: the configuration's, else that of the locale.
    #[must_use]
    pub fn command_language(&self) -> Language {
        self.language.unwrap_or_else(of_locale)
    }

    /// The job as configured, or as little as its id says.
    #[must_use]
    pub fn job(&self, id: &str) -> Job {
        let named = self.jobs.iter().find(|job| job.id == id).cloned();
        named.unwrap_or_else(|| Job { id: id.to_owned(), region: None, name: None, kind: JobKind::default() })
    }
}

fn parse(text: &str, folder: &Path) -> anyhow::Result<Config> {
    let file: File = unknown_keys::deserialize(text, fields_of)?;
    file.api.check().map_err(|error| anyhow!("api.{error}"))?;
    notify::check(&file.notify, &file.webhook)?;
    for (key, path) in [("database", &file.database), ("reports", &file.reports)] {
        if path.as_ref().is_some_and(|path| path.as_os_str().is_empty()) {
            bail!("{key} is empty: give it a path, or leave it out");
        }
    }
    let timezone = match &file.timezone {
        Some(name) => parse_zone(name).map_err(|error| anyhow!("timezone: {error}"))?,
        None => Tz::UTC,
    };
    let language = match &file.language {
        Some(word) => Some(parse_language(word).map_err(|error| anyhow!("language: {error}"))?),
        None => None,
    };
    let ParsedJobs { jobs, profiles, crons } = jobs(file.job)?;
    Ok(Config {
        database: folder.join(file.database.unwrap_or_else(|| PathBuf::from(DEFAULT_DATABASE))),
        timezone,
        language,
        reports: folder.join(file.reports.unwrap_or_else(|| PathBuf::from(DEFAULT_REPORTS))),
        api: file.api,
        schedule: file.schedule.check()?,
        publish: file.publish.check()?,
        discover: file.discover.map(check_discover).transpose()?,
        http: file.http,
        notify: file.notify,
        webhooks: file.webhook,
        retention: file.retention.check()?,
        jobs,
        profiles,
        crons,
    })
}

/// The keys of a table; the top level is the empty name.
fn fields_of(table: &str) -> &'static [&'static str] {
    match table {
        "" => field_names::<File>(),
        "api" => field_names::<api::Options>(),
        "schedule" => field_names::<schedule::ScheduleTable>(),
        "publish" => field_names::<schedule::PublishTable>(),
        "discover" => field_names::<Discover>(),
        "http" => field_names::<Http>(),
        "notify" => field_names::<notify::Notify>(),
        "webhook" => field_names::<notify::WebhookTable>(),
        "retention" => field_names::<retention::RetentionTable>(),
        "job" => field_names::<JobTable>(),
        _ => &[],
    }
}

/// The `[[job]]` tables: the jobs, and what some of them have of their own.
#[derive(Default)]
struct ParsedJobs {
    jobs: Vec<Job>,
    profiles: BTreeMap<String, String>,
    crons: BTreeMap<String, Cron>,
}

fn jobs(tables: Vec<JobTable>) -> anyhow::Result<ParsedJobs> {
    let mut all = ParsedJobs::default();
    for table in tables {
        if table.id.trim().is_empty() {
            bail!("a [[job]] has an empty id: give it the job's SynchronizationJobId");
        }
        if all.jobs.iter().any(|job| job.id == table.id) {
            bail!("the job {:?} is configured twice: keep one of the two [[job]] tables", table.id);
        }
        if let Some(text) = &table.cron {
            all.crons
                .insert(table.id.clone(), schedule::cron(&format!("cron of the job {}", table.id), text)?);
        }
        if let Some(profile) = table.profile {
            all.profiles.insert(table.id.clone(), profile);
        }
        all.jobs.push(Job { id: table.id, region: table.region, name: table.name, kind: table.kind });
    }
    Ok(all)
}

fn check_discover(discover: Discover) -> anyhow::Result<Discover> {
    if discover.regions.iter().all(|region| region.trim().is_empty()) {
        bail!("discover.regions names no region: name those to look in, for example [\"cn-hangzhou\"]");
    }
    Ok(discover)
}

#[cfg(test)]
mod tests;
