//! Reads and validates `dts-history.toml`. It has no keys for credentials.

mod cutover;
mod language; // of the command line
pub mod notify;
mod retention;
mod schedule;
mod time_zone;
mod unknown_keys;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use chrono_tz::Tz;
use secrecy::SecretString;
use serde::Deserialize;

use crate::api::options as api;
use crate::history::figures::cutover::CutoverLimits;
use crate::model::{Job, JobKind};
use crate::report::Language;
use crate::service::ScheduleOptions;
use crate::service::cron::Cron;
use crate::service::notify::rules::Rules;
use crate::service::retention::Retention;
use crate::store::{Location, PostgresLocation};

pub use language::language_from_locale;
use language::parse_language;
pub use time_zone::find_zone;
use time_zone::parse_zone;

use unknown_keys::field_names;

pub use schedule::{Http, listen_address};

/// The configuration file in the current folder that is read by default.
pub const DEFAULT_FILE: &str = "dts-history.toml";
/// The default database.
const DEFAULT_DATABASE: &str = "dts-history.db";
/// The default folder of published reports.
const DEFAULT_REPORTS: &str = "reports";

/// The configuration with its defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The history database: a path, or the URL of a PostgreSQL database. A relative path is resolved against the folder
    /// of the file.
    pub database: PathBuf,
    /// The file with the password of the database. A relative path is resolved against the folder of the file.
    pub database_password_file: Option<PathBuf>,
    /// `[postgres]`: the place of a history in a PostgreSQL database.
    pub postgres: Postgres,
    /// The time zone of reports and cron expressions.
    pub timezone: Tz,
    /// The language of reports and of the command line; `None` for the default and the locale, respectively.
    pub language: Option<Language>,
    /// The folder of published reports. A relative path is resolved against the folder of the file.
    pub reports: PathBuf,
    /// `[api]`: the options of the API client.
    pub api: api::Options,
    /// `[schedule]`: when the service takes snapshots.
    pub schedule: ScheduleOptions,
    /// `[publish]`: when the service publishes reports of running jobs. The report at the end of a job is always published.
    pub publish: Option<Cron>,
    /// `[discover]`: the search for jobs to record in addition to the configured ones.
    pub discover: Option<Discover>,
    /// `[http]`: listen address and host names of the service.
    pub http: Http,
    /// `[notify]`: thresholds of events.
    pub notify: notify::Notify,
    /// `[[webhook]]`: the receivers of events.
    pub webhooks: Vec<notify::WebhookTable>,
    /// `[retention]`: when and which old rows are removed.
    pub retention: Retention,
    /// When a job is ready to be cut over.
    pub cutover: CutoverLimits,
    /// The jobs, in the order of the file.
    pub jobs: Vec<Job>,
    /// The credentials profiles of the jobs that name one, by job id.
    pub profiles: BTreeMap<String, String>,
    /// The cron expressions of the jobs that have their own, by job id.
    pub crons: BTreeMap<String, Cron>,
    /// The jobs whose own status is not recorded, by job id.
    pub unfollowed: BTreeSet<String>,
}

/// The `[discover]` table: every job of these regions whose name contains the text is recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Discover {
    /// The regions to search.
    pub regions: Vec<String>,
    /// Which kinds of jobs.
    #[serde(default = "default_kinds")]
    pub kinds: Vec<JobKind>,
    /// A text that the name of a job must contain; `None` for every job.
    pub name: Option<String>,
    /// Credentials profile of the account.
    pub profile: Option<String>,
}

/// The `[postgres]` table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Postgres {
    /// The schema that holds the history; the first one of the user's `search_path` without it.
    pub schema: Option<String>,
}

/// The file as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ConfigFile {
    database: Option<PathBuf>,
    database_password_file: Option<PathBuf>,
    postgres: Postgres,
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
    cutover: cutover::CutoverTable,
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
    follow: Option<bool>,
}

fn default_kinds() -> Vec<JobKind> {
    vec![JobKind::default()]
}

impl Config {
    /// Reads the named file, or the default file if the current folder has it.
    ///
    /// # Errors
    /// If the file cannot be read, or a key or value is invalid. The message names it.
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

    /// The rules of the notifications, with the addresses and secrets of the webhooks, which are read now.
    ///
    /// # Errors
    /// If an address or a secret cannot be read. The message names the webhook and the variable or file.
    pub fn notify_rules(&self) -> anyhow::Result<Rules> {
        let public_url = self.http.public_url.clone();
        notify::resolve_rules(&self.notify, &self.webhooks, self.report_language(), public_url)
    }

    /// The place that a path or URL names, with the password and schema of this configuration.
    ///
    /// # Errors
    /// If a URL cannot be used, or the password cannot be read.
    pub fn location(&self, database: PathBuf) -> anyhow::Result<Location> {
        let Some(url) = database.to_str().filter(|text| PostgresLocation::is_url(text)) else {
            return Ok(Location::File(database));
        };
        let password = match &self.database_password_file {
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("cannot read database_password_file {}", path.display()))?;
                Some(SecretString::from(text.trim_end_matches(['\r', '\n'])))
            }
            None => None,
        };
        Ok(PostgresLocation::new(url, self.postgres.schema.clone(), password)?.into())
    }

    /// The language of published reports.
    #[must_use]
    pub fn report_language(&self) -> Language {
        self.language.unwrap_or_default()
    }

    /// The language of a command's output: as configured, or of the locale.
    #[must_use]
    pub fn command_language(&self) -> Language {
        self.language.unwrap_or_else(language_from_locale)
    }

    /// The configured job, or a job of which only the id is known.
    #[must_use]
    pub fn job(&self, id: &str) -> Job {
        let named = self.jobs.iter().find(|job| job.id == id).cloned();
        named.unwrap_or_else(|| Job { id: id.to_owned(), region: None, name: None, kind: JobKind::default() })
    }
}

fn parse(text: &str, folder: &Path) -> anyhow::Result<Config> {
    let file: ConfigFile = unknown_keys::deserialize(text, table_keys)?;
    file.api.check().map_err(|error| anyhow!("api.{error}"))?;
    notify::check_notify(&file.notify, &file.webhook)?;
    let paths = [
        ("database", &file.database),
        ("database_password_file", &file.database_password_file),
        ("reports", &file.reports),
    ];
    for (key, path) in paths {
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
    let ParsedJobs { jobs, profiles, crons, unfollowed } = parse_jobs(file.job)?;
    Ok(Config {
        database: database(folder, file.database),
        database_password_file: file.database_password_file.map(|path| folder.join(path)),
        postgres: file.postgres,
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
        cutover: file.cutover.check()?,
        jobs,
        profiles,
        crons,
        unfollowed,
    })
}

/// A URL stays as it is; a relative path is taken from the folder of the configuration.
fn database(folder: &Path, written: Option<PathBuf>) -> PathBuf {
    let written = written.unwrap_or_else(|| PathBuf::from(DEFAULT_DATABASE));
    if PostgresLocation::is_url(&written.to_string_lossy()) { written } else { folder.join(written) }
}

/// The keys of a table; the top level is the empty name.
fn table_keys(table: &str) -> &'static [&'static str] {
    match table {
        "" => field_names::<ConfigFile>(),
        "postgres" => field_names::<Postgres>(),
        "api" => field_names::<api::Options>(),
        "schedule" => field_names::<schedule::ScheduleTable>(),
        "publish" => field_names::<schedule::PublishTable>(),
        "discover" => field_names::<Discover>(),
        "http" => field_names::<Http>(),
        "notify" => field_names::<notify::Notify>(),
        "webhook" => field_names::<notify::WebhookTable>(),
        "cutover" => field_names::<cutover::CutoverTable>(),
        "retention" => field_names::<retention::RetentionTable>(),
        "job" => field_names::<JobTable>(),
        _ => &[],
    }
}

/// The `[[job]]` tables: the jobs, and the profiles and cron expressions of those that have their own.
#[derive(Default)]
struct ParsedJobs {
    jobs: Vec<Job>,
    profiles: BTreeMap<String, String>,
    crons: BTreeMap<String, Cron>,
    unfollowed: BTreeSet<String>,
}

fn parse_jobs(tables: Vec<JobTable>) -> anyhow::Result<ParsedJobs> {
    let mut all = ParsedJobs::default();
    for table in tables {
        if table.id.trim().is_empty() {
            bail!("a [[job]] has an empty id: give it the job's SynchronizationJobId");
        }
        if all.jobs.iter().any(|job| job.id == table.id) {
            bail!("the job {:?} is configured twice: keep one of the two [[job]] tables", table.id);
        }
        if let Some(text) = &table.cron {
            all.crons.insert(
                table.id.clone(),
                schedule::parse_cron(&format!("cron of the job {}", table.id), text)?,
            );
        }
        if let Some(profile) = table.profile {
            all.profiles.insert(table.id.clone(), profile);
        }
        if table.follow == Some(false) {
            all.unfollowed.insert(table.id.clone());
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
