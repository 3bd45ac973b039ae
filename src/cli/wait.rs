//! `wait`: returns when a job has come so far, with an exit status for scripts.

use std::time::Duration;

use anyhow::anyhow;
use tokio::time::{Instant, timeout_at};

use super::args::WaitArgs;
use super::clients;
use super::error::{CommandError, usage_error};
use super::job_selection::select_job_id;
use super::output::{eprint_line, print};
use super::report_options::report_options;
use super::settings::Settings;
use super::times::{MAX_DURATION, format_duration};
use crate::api::transport::call_stats::CallCounter;
use crate::api::transport::client::Client;
use crate::clock::{Clock as _, SystemClock};
use crate::collect;
use crate::model::Job;
use crate::publish;
use crate::report::format::Formatter;
use crate::report::text::Text;
use crate::sanitize::printable;
use crate::service::cron::Cron;
use crate::store::{JobSummary, Store};
use crate::wait::{Limits, Milestone, Progress, Reached, progress};

/// It is so, but over a limit.
const OVER_LIMIT: u8 = 3;
/// Time is up.
const TIME_IS_UP: u8 = 4;
/// How often the database is asked for a new snapshot. Asking costs one indexed row.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// A recorder that was silent for longer is mentioned.
const MAX_SILENCE: Duration = Duration::from_mins(10);

pub(super) async fn run(settings: &Settings, args: WaitArgs) -> Result<(), CommandError> {
    let options = report_options(&args.locale, &settings.config)?;
    let store = if args.collect {
        Store::open(&settings.database).await?
    } else {
        Store::open_existing(&settings.database).await?
    };
    let job_id = match (&args.job, args.collect) {
        (None, true) if settings.config.jobs.len() == 1 => settings.config.jobs[0].id.clone(),
        _ => select_job_id(&store, args.job.clone()).await?,
    };
    let collector = if args.collect {
        Some(Collector::new(settings, &args, &job_id).await?)
    } else {
        check_is_known(settings, &store, &job_id).await?;
        None
    };
    let waiter = Waiter {
        settings,
        store: &store,
        collector,
        milestone: args.until.into(),
        limits: Limits {
            max_failures: args.max_failures,
            max_delay_ms: args.max_delay.map(|it| i64::try_from(it.as_millis()).unwrap_or(i64::MAX)),
        },
        format: Formatter::new(options.language, options.zone),
        job_id,
    };
    let deadline = Instant::now() + args.timeout.unwrap_or(MAX_DURATION);
    let result = match timeout_at(deadline, waiter.wait()).await {
        Ok(result) => result,
        Err(_) => waiter.time_is_up(args.timeout.unwrap_or(MAX_DURATION)),
    };
    store.close().await;
    result
}

/// A job that is neither recorded nor configured is a mistyped one, and would be waited for in vain.
async fn check_is_known(settings: &Settings, store: &Store, job_id: &str) -> Result<(), CommandError> {
    let recorded = store.jobs().await?;
    let is_recorded = recorded.iter().any(|it| it.job.id == job_id);
    if is_recorded || settings.config.jobs.iter().any(|job| job.id == job_id) {
        return Ok(());
    }
    let recorded = recorded.into_iter().map(|it| it.job.id).collect();
    Err(publish::Error::UnknownJob { job_id: job_id.to_owned(), recorded }.into())
}

/// Records the job while it is waited for.
struct Collector {
    job: Job,
    client: std::sync::Arc<Client>,
    cron: Cron,
}

impl Collector {
    async fn new(settings: &Settings, args: &WaitArgs, job_id: &str) -> Result<Self, CommandError> {
        let config = &settings.config;
        let mut job = config.job(job_id);
        job.region = args.region.clone().or(job.region);
        job.kind = args.kind.unwrap_or(job.kind);
        let clients = clients::for_jobs(config, args.endpoint.as_ref(), std::slice::from_ref(&job))?;
        clients::check_credentials(&clients).await?;
        let client = clients.into_values().next();
        let client = client.ok_or_else(|| usage_error(anyhow!("the job {job_id} has no client")))?;
        let cron = config.crons.get(job_id).unwrap_or(&config.schedule.cron).clone();
        Ok(Self { job, client, cron })
    }
}

struct Waiter<'a> {
    settings: &'a Settings,
    store: &'a Store,
    collector: Option<Collector>,
    job_id: String,
    milestone: Milestone,
    limits: Limits,
    format: Formatter,
}

impl Waiter<'_> {
    /// Returns when the milestone is reached or cannot be reached any more.
    async fn wait(&self) -> Result<(), CommandError> {
        let mut last_line = None;
        let mut seen = None;
        let mut summary = None;
        let mut silence_mentioned = false;
        let mut next_sweep_at_ms = i64::MIN;
        loop {
            if let Some(collector) = &self.collector
                && next_sweep_at_ms <= SystemClock.now_ms()
            {
                self.sweep(collector).await?;
                let now_ms = SystemClock.now_ms();
                let zone = self.settings.config.timezone;
                next_sweep_at_ms = collector.cron.next_after(now_ms, zone).unwrap_or(i64::MAX);
            }
            let newest = Some(self.store.revision().await?);
            if seen != newest {
                (seen, summary) = (newest, self.store.job_summary(&self.job_id).await?);
                let line = self.progress_line(summary.as_ref());
                if last_line.as_ref() != Some(&line) {
                    let at = self.format.time(SystemClock.now_ms());
                    eprint_line(&(self.text().wait.line)(&at, &self.job_id, &line));
                    last_line = Some(line);
                }
            }
            if let Some(summary) = &summary {
                let now_ms = SystemClock.now_ms();
                let settle = self.settings.config.schedule.settle;
                let delay_ms = self.delay_ms().await?;
                match progress(summary, self.milestone, self.limits, delay_ms, settle, now_ms) {
                    Progress::NotYet => {}
                    progress => return self.result(progress),
                }
                silence_mentioned |= self.mention_silence(summary, now_ms, silence_mentioned);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// The newest delay; read only if there is a limit.
    async fn delay_ms(&self) -> Result<Option<i64>, CommandError> {
        if self.limits.max_delay_ms.is_none() {
            return Ok(None);
        }
        let statuses = self.store.job_statuses(&self.job_id, i64::MAX).await?;
        Ok(statuses.and_then(|it| it.latest()?.delay_ms))
    }

    async fn sweep(&self, collector: &Collector) -> Result<(), CommandError> {
        let counter = CallCounter::default();
        match collect::once(&collector.client, self.store, &collector.job, &counter).await {
            Ok(_) => Ok(()),
            Err(collect::Error::Store(error)) => Err(error.into()),
            Err(error) => {
                let error = format!("{:#}", anyhow::Error::new(error));
                let line = (self.text().wait.sweep_failed)(&error);
                eprint_line(&(self.text().wait.result)(&self.job_id, &line));
                Ok(())
            }
        }
    }

    /// Says once that nobody records. Returns whether it did.
    fn mention_silence(&self, summary: &JobSummary, now_ms: i64, mentioned: bool) -> bool {
        let silent_ms = now_ms - summary.last.finished_at_ms;
        let is_silent = i64::try_from(MAX_SILENCE.as_millis()).is_ok_and(|max_ms| max_ms < silent_ms);
        if !is_silent || mentioned || self.collector.is_some() {
            return false;
        }
        let line = (self.text().wait.not_recorded)(&self.format.duration(silent_ms));
        eprint_line(&(self.text().wait.result)(&self.job_id, &line));
        true
    }

    fn progress_line(&self, summary: Option<&JobSummary>) -> String {
        let words = &self.text().wait;
        let Some(summary) = summary else { return words.no_snapshot.to_owned() };
        let Reached { tables_finished, tables, ratio, failures } = Reached::new(summary);
        let verdict = summary.verdict();
        let percent = self.format.percent(ratio, 0 < tables && tables_finished == tables);
        let verdict = self.text().verdict.word(verdict);
        (words.progress)(verdict, tables_finished, tables, &percent, failures)
    }

    /// Prints the result. `progress` is anything but [`Progress::NotYet`].
    fn result(&self, progress: Progress) -> Result<(), CommandError> {
        let words = &self.text().wait;
        let reached = words.reached[self.milestone as usize];
        match progress {
            Progress::Reached | Progress::NotYet => {
                Ok(print(&format!("{}\n", printable(&(words.result)(&self.job_id, reached))))?)
            }
            Progress::TooManyFailures(failures) => {
                let max = self.limits.max_failures.unwrap_or_default();
                eprint_line(&(words.result)(&self.job_id, &(words.too_many_failures)(failures, max)));
                Err(CommandError::ExitStatus(OVER_LIMIT))
            }
            Progress::DelayTooLong(delay_ms) => {
                let max_ms = self.limits.max_delay_ms.unwrap_or_default();
                let delay = delay_ms.map(|ms| self.format.duration(ms));
                let line = (words.delay_too_long)(delay.as_deref(), &self.format.duration(max_ms));
                eprint_line(&(words.result)(&self.job_id, &line));
                Err(CommandError::ExitStatus(OVER_LIMIT))
            }
            Progress::FailedBefore => {
                eprint_line(&(words.result)(&self.job_id, words.failed_before));
                Err(CommandError::ExitStatus(OVER_LIMIT))
            }
        }
    }

    fn time_is_up(&self, timeout: Duration) -> Result<(), CommandError> {
        let words = &self.text().wait;
        eprint_line(&(words.result)(&self.job_id, &(words.time_is_up)(&format_duration(timeout))));
        Err(CommandError::ExitStatus(TIME_IS_UP))
    }

    fn text(&self) -> &'static Text {
        self.format.text
    }
}
