//! `check`: checks everything that a sweep needs, step by step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::args::{CheckArgs, GlobalArgs};
use super::config::{Config, language_from_locale};
use super::error::{CommandError, error_with_causes};
use super::output::print;
use super::settings::Settings;
use super::{clients, jobs};
use crate::api::error::Error;
use crate::api::job_status::{self, Detail};
use crate::api::paging;
use crate::api::transport::call_stats::CallCounter;
use crate::api::transport::client::Client;
use crate::api::transport::endpoint::Endpoint;
use crate::api::transport::error_kind::ErrorKind;
use crate::clock::{Clock as _, SystemClock};
use crate::model::{Job, JobKind, JobStatusOutcome};
use crate::report::Language;
use crate::report::text::cli::CliText;
use crate::sanitize::printable;
use crate::store::Store;

/// One check with its result: the finding, or the error with the next step.
struct CheckLine {
    what: String,
    result: Result<String, String>,
}

/// The output of the checks. Each line is printed at once.
struct CheckOutput {
    language: Language,
    words: &'static CliText,
    /// Whether any check has failed.
    failed: bool,
    /// The first error of standard output, which may have been closed.
    printed: Option<anyhow::Error>,
}

impl CheckOutput {
    fn push(&mut self, line: &CheckLine) {
        self.failed |= line.result.is_err();
        if let Err(error) = print(&line_text(line, self.words)) {
            self.printed.get_or_insert(error);
        }
    }
}

impl CheckOutput {
    /// Prints a check that could not be made. It does not count as failed, because the cause is a failure on another line.
    fn push_skipped(&mut self, what: &str, why: &str) {
        if let Err(error) = print(&format!("skip  {what}: {why}\n")) {
            self.printed.get_or_insert(error);
        }
    }
}

/// Limit of `retry_for_seconds` for a check, so that the answer comes soon.
const MAX_RETRY_SECONDS: f64 = 10.0;

pub(super) async fn run(global: GlobalArgs, args: CheckArgs) -> Result<(), CommandError> {
    let loaded = Settings::load(global);
    let language = loaded.as_ref().map_or_else(|_| language_from_locale(), |it| it.config.command_language());
    let words = &language.text().cli;
    let mut lines = CheckOutput { language, words, failed: false, printed: None };
    match loaded {
        Ok(mut settings) => {
            let config = &mut settings.config;
            config.api.retry_for_seconds = config.api.retry_for_seconds.min(MAX_RETRY_SECONDS);
            let found = (words.configured)(config.jobs.len(), config.timezone.name());
            lines.push(&CheckLine { what: words.subject.configuration.to_owned(), result: Ok(found) });
            lines.push(&check_database(&settings, words).await);
            check_service(&settings.config, &mut lines);
            check_calls(&settings, &args, &mut lines).await;
        }
        Err(failure) => {
            let what = words.subject.configuration.to_owned();
            lines.push(&CheckLine { what, result: Err(failure.text(language)) });
        }
    }
    match lines.printed {
        Some(error) => Err(error.into()),
        None if lines.failed => Err(CommandError::AlreadyReported),
        None => Ok(()),
    }
}

/// Checks the webhooks and the report folder, which only `serve` needs, and not before the first event or report.
fn check_service(config: &Config, lines: &mut CheckOutput) {
    let words = lines.words;
    if !config.webhooks.is_empty() {
        let result = config
            .notify_rules()
            .map(|_| (words.webhooks_found)(config.webhooks.len()))
            .map_err(|error| error_with_causes(&error));
        lines.push(&CheckLine { what: words.subject.webhooks.to_owned(), result });
    }
    // The folder is created for the first report, so the nearest existing folder above it is checked.
    let existing = config.reports.ancestors().find(|it| it.is_dir()).unwrap_or(".".as_ref());
    let result = tempfile::tempfile_in(existing)
        .map(|_| words.writable.to_owned())
        .map_err(|error| (words.not_writable)(&error.to_string()));
    let what = (words.subject.reports)(&config.reports.display().to_string());
    lines.push(&CheckLine { what, result });
}

fn line_text(line: &CheckLine, words: &CliText) -> String {
    let (sign, message) = match &line.result {
        Ok(found) => (words.passed, found),
        Err(wrong) => (words.failed, wrong),
    };
    format!("{sign}  {}\n", (words.line)(&printable(&line.what), &printable(message)))
}

/// Checks the database. A missing file is no error, because the first snapshot creates it.
async fn check_database(settings: &Settings, words: &CliText) -> CheckLine {
    let what = (words.subject.database)(&settings.database.to_string());
    if let Some(path) = settings.database.file().filter(|path| !path.exists()) {
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(".".as_ref());
        let result = tempfile::tempfile_in(folder).map(|_| words.no_database.to_owned()).map_err(|error| {
            (words.database_not_writable)(&folder.display().to_string(), &error.to_string())
        });
        return CheckLine { what, result };
    }
    let found = async {
        let store = Store::open(&settings.database).await?;
        let jobs = store.jobs().await?.len();
        store.close().await;
        Ok::<_, crate::store::Error>((words.recorded)(jobs))
    };
    CheckLine { what, result: found.await.map_err(|error| error.to_string()) }
}

/// Checks the credentials of each profile, the endpoint and first page of each job, and the clock.
async fn check_calls(settings: &Settings, args: &CheckArgs, lines: &mut CheckOutput) {
    let words = lines.words;
    let endpoint = args.endpoint.as_ref();
    if let Some(named) = endpoint.or(settings.config.api.endpoint.as_ref())
        && let Err(error) = Endpoint::parse(named, settings.config.api.allow_http)
    {
        lines.push(&CheckLine { what: "endpoint".to_owned(), result: Err(error.to_string()) });
        lines.push_skipped("credentials, jobs, clock", "there is no endpoint to call");
        return;
    }
    let discovered = jobs::with_discovered_jobs(&settings.config, endpoint).await;
    let is_known = discovered.is_ok();
    let config = discovered.unwrap_or_else(|failure| {
        lines.push(&CheckLine {
            what: words.subject.discovery.to_owned(),
            result: Err(failure.text(lines.language)),
        });
        settings.config.clone()
    });
    let mut named: Vec<Job> = match &args.jobs[..] {
        [] => config.jobs.clone(),
        ids => ids.iter().map(|id| config.job(id)).collect(),
    };
    for job in &mut named {
        job.region = args.region.clone().or(job.region.take());
        job.kind = args.kind.unwrap_or(job.kind);
    }
    let mut accounts: BTreeMap<Option<String>, Option<Arc<Client>>> = BTreeMap::new();
    if named.is_empty() {
        accounts.insert(None, check_account(&config, endpoint, None, lines).await);
        if is_known {
            let result = Err(words.no_job.to_owned());
            lines.push(&CheckLine { what: words.subject.jobs.to_owned(), result });
        }
    }
    let mut answered: BTreeSet<Option<String>> = BTreeSet::new();
    for job in &named {
        let profile = config.profiles.get(&job.id).cloned();
        if !accounts.contains_key(&profile) {
            let found = check_account(&config, endpoint, profile.as_deref(), lines).await;
            accounts.insert(profile.clone(), found);
        }
        if let Some(Some(client)) = accounts.get(&profile) {
            let line = check_first_page(client, job, words).await;
            let answers = line.result.is_ok();
            lines.push(&line);
            if answers {
                answered.insert(profile);
                check_status(client, job, lines).await;
            }
        }
    }
    // The clock is compared with the time of a reply.
    if answered.is_empty() && !named.is_empty() {
        lines.push_skipped(words.subject.clock, words.clock_not_compared);
    }
    let answering = accounts.into_iter().filter(|(profile, _)| answered.contains(profile));
    for client in answering.filter_map(|(_, client)| client) {
        lines.push(&check_clock(&client, words));
    }
}

/// Checks the credentials of a profile, and returns its client if there are any.
async fn check_account(
    config: &Config,
    endpoint: Option<&String>,
    profile: Option<&str>,
    lines: &mut CheckOutput,
) -> Option<Arc<Client>> {
    let subject = &lines.words.subject;
    let what = profile.map_or_else(|| subject.credentials.to_owned(), subject.credentials_of);
    let client = match clients::for_profile(config, endpoint, profile) {
        Ok(client) => client,
        Err(failure) => {
            lines.push(&CheckLine { what, result: Err(failure.text(lines.language)) });
            return None;
        }
    };
    let result = client.credentials().describe(SystemClock.now_ms()).await.map_err(|error| error.to_string());
    let usable = result.is_ok();
    lines.push(&CheckLine { what, result });
    usable.then(|| Arc::new(client))
}

async fn check_first_page(client: &Client, job: &Job, words: &CliText) -> CheckLine {
    let options = client.options();
    let host = Endpoint::resolve(
        options.endpoint.as_deref(),
        job.region.as_deref(),
        options.network,
        options.allow_http,
    );
    let what = match &host {
        Ok(host) => (words.subject.job_at)(&job.id, &host.to_string()),
        Err(_) => (words.subject.job)(&job.id),
    };
    let result = match host {
        Ok(_) => match paging::first_page(client, job).await {
            Ok(page) => Ok(page),
            Err(error) => Err(match answering_kind(client, job, &error).await {
                Some(kind) => (words.other_kind)(&error.to_string(), kind.as_str()),
                None => error.to_string(),
            }),
        },
        Err(error) => Err(error.to_string()),
    };
    CheckLine { what, result: result.map(|page| (words.first_page)(page.readings.len())) }
}

/// The status of the job, without which its objects are recorded all the same.
async fn check_status(client: &Client, job: &Job, lines: &mut CheckOutput) {
    let words = lines.words;
    let what = (words.subject.status)(&job.id);
    match job_status::request(client, job, Detail::Job, &CallCounter::default()).await {
        JobStatusOutcome::Read(reading) => {
            let word = reading.status.status.unwrap_or_else(|| "?".to_owned());
            let result = Ok((words.status_read)(&word, reading.status.delay_ms));
            lines.push(&CheckLine { what, result });
        }
        JobStatusOutcome::Failed(error) => lines.push_skipped(&what, &error),
        JobStatusOutcome::NotRequested => {}
    }
}

/// The kind whose calls know the job's id, if those of its configured kind do not.
async fn answering_kind(client: &Client, job: &Job, error: &Error) -> Option<JobKind> {
    if !matches!(error.kind(), ErrorKind::JobNotFound | ErrorKind::Request) {
        return None;
    }
    for kind in JobKind::ALL.into_iter().filter(|kind| *kind != job.kind) {
        if paging::first_page(client, &Job { kind, ..job.clone() }).await.is_ok() {
            return Some(kind);
        }
    }
    None
}

fn check_clock(client: &Client, words: &CliText) -> CheckLine {
    let result = match client.clock_behind_ms() {
        0 => Ok(words.clock_agrees.to_owned()),
        behind_ms => Err((words.clock_differs)(behind_ms / 1000)),
    };
    CheckLine { what: words.subject.clock.to_owned(), result }
}
