//! Derives events from the summaries of a job, and inserts them into the outbox.

use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::sync::Notify;

use super::event::{Delay, Event, EventDetails, EventJob, EventKind, FailedObject};
use super::rules::Rules;
use crate::history::figures::cutover::{CutoverLimits, CutoverState, Setback, cutover, delay_of};
use crate::model::Timestamp;
use crate::model::{Job, Phase};
use crate::store::{Error, JobSummary, NewFailure, Store};

/// Maximum number of failures that an event lists; the others are only counted.
const MAX_NAMED_FAILURES: u32 = 10;

/// Derives events and inserts them into the outbox.
#[derive(Debug, Clone)]
pub(in crate::service) struct Notifier {
    pub(in crate::service) store: Store,
    pub(in crate::service) rules: Arc<Rules>,
    /// Wakes the delivery task.
    pub(in crate::service) wake: Arc<Notify>,
    /// How long an end must last until it is an event.
    pub(in crate::service) settle: Duration,
}

impl Notifier {
    /// Derives the events of a complete sweep, or of the start of the service. `before` is the summary before the
    /// sweep; `None` at the start.
    pub(in crate::service) async fn on_summary(
        &self,
        job: &Job,
        before: Option<&JobSummary>,
        now: &JobSummary,
        now_ms: i64,
    ) {
        if !self.rules.webhooks.is_empty()
            && let Err(error) = self.insert_events(job, before, now, now_ms).await
        {
            tracing::error!(job = job.id, %error, "events cannot be put into the outbox; the next sweep tries again");
        }
    }

    async fn insert_events(
        &self,
        job: &Job,
        before: Option<&JobSummary>,
        now: &JobSummary,
        now_ms: i64,
    ) -> Result<(), Error> {
        let stalled_after_ms = self.rules.stalled_after_ms;
        // Up to the last snapshot: while nothing is recorded, it is unknown whether anything changes.
        let is_stalled = |summary: &JobSummary| {
            let migrating = summary.counts.iter().any(|it| it.migrating > 0);
            let unchanged_ms = summary.last.finished_at_ms - summary.changed_at_ms;
            !summary.has_ended() && migrating && unchanged_ms >= stalled_after_ms
        };
        if let Some(before) = before
            && before.changed_at_ms != now.changed_at_ms
            && (is_stalled(before) || (before.is_over(self.settle) && !now.has_ended()))
        {
            let (since_ms, until_ms) = (before.changed_at_ms, before.last.finished_at_ms);
            let stalled = is_stalled(before);
            let details = EventDetails::Resumed {
                unchanged_since: stalled.then(|| Timestamp::from_millis(since_ms)),
                unchanged_until: stalled.then(|| Timestamp::from_millis(until_ms)),
                unchanged_seconds: stalled.then_some((until_ms - since_ms) / 1000),
            };
            self.insert(job, details, now.changed_at_ms, now_ms).await?;
        }
        if before.is_none_or(|before| before.last != now.last) {
            let outage = outage_mark(before);
            if self.store.has_event(&event_key(job, EventKind::RecorderFailing, outage)).await? {
                self.insert(job, EventDetails::Recovered, outage, now_ms).await?;
            }
        }
        let (failures, count) = self.store.new_failures(now.changed_snapshot_id, MAX_NAMED_FAILURES).await?;
        if count > 0 {
            let failures = failures.into_iter().map(FailedObject::from).collect();
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            let details = EventDetails::Failed { count, failures };
            self.insert(job, details, now.changed_snapshot_id, now_ms).await?;
        }
        if is_stalled(now) {
            let unchanged_since = Timestamp::from_millis(now.changed_at_ms);
            self.insert(job, EventDetails::Stalled { unchanged_since }, now.changed_at_ms, now_ms).await?;
        }
        // If only sync rows have changed since the end, it is still the same end.
        let same_end = |before: &JobSummary| {
            before.is_over(self.settle) && before.initialized_snapshot_id == now.initialized_snapshot_id
        };
        if now.is_over(self.settle) && !before.is_some_and(same_end) {
            let data = now.counts[Phase::Data as usize];
            let failed: usize = now.counts.iter().map(|it| it.failed).sum();
            let details = EventDetails::Finished {
                verdict: now.verdict(),
                failed_objects: failed,
                tables_finished: data.finished,
                tables: data.listed_objects(),
            };
            // Rows and estimates may change after the end; only a change of a status makes it another end.
            let mark = self.store.newest_transition(&job.id).await?;
            self.insert(job, details, mark, now_ms).await?;
        }
        Ok(())
    }

    /// Derives the event of a failed sweep, the `in_a_row`th since the last complete one. A fatal error is an event at
    /// once: no later sweep can succeed.
    pub(in crate::service) async fn on_sweep_failed(
        &self,
        job: &Job,
        before: Option<&JobSummary>,
        in_a_row: u32,
        error: &str,
        is_fatal: bool,
        now_ms: i64,
    ) {
        if (in_a_row < self.rules.failing_after && !is_fatal) || self.rules.webhooks.is_empty() {
            return;
        }
        let outage = outage_mark(before);
        let details = EventDetails::RecorderFailing { failed_sweeps: in_a_row, error: error.to_owned() };
        if let Err(error) = self.insert(job, details, outage, now_ms).await {
            tracing::error!(job = job.id, %error, "events cannot be put into the outbox; the next sweep tries again");
        }
    }

    /// Derives the events of a job's delay. Their marks are moments of the history, so that each is an event once.
    pub(in crate::service) async fn on_cutover(&self, job: &Job, limits: CutoverLimits, now_ms: i64) {
        if !self.rules.webhooks.is_empty()
            && let Err(error) = self.insert_delay_events(job, limits, now_ms).await
        {
            tracing::error!(job = job.id, %error, "events cannot be put into the outbox; the next change tries again");
        }
    }

    async fn insert_delay_events(&self, job: &Job, limits: CutoverLimits, now_ms: i64) -> Result<(), Error> {
        let history = self.store.job_statuses(&job.id, i64::MIN).await?;
        let Some(figures) = history.and_then(|it| cutover(&it, i64::MIN, i64::MAX, limits)) else {
            return Ok(());
        };
        let (Some(ready_at_ms), Some(delay_ms)) =
            (figures.ready_at_ms, delay_of(&figures.status, figures.last_seen_at_ms))
        else {
            return Ok(());
        };
        let delay = Delay { delay_ms, max_delay_ms: limits.max_delay_ms, for_ms: limits.for_ms };
        self.insert(job, EventDetails::CaughtUp(delay), ready_at_ms, now_ms).await?;
        let is_high = |it: &&Setback| {
            ready_at_ms < it.from_ms && it.max_delay_ms.is_some_and(|delay_ms| limits.max_delay_ms < delay_ms)
        };
        let Some(setback) = figures.setbacks.iter().rev().find(is_high) else { return Ok(()) };
        self.insert(job, EventDetails::DelayHigh(delay), setback.from_ms, now_ms).await?;
        if setback.to_ms.is_some() && figures.state == CutoverState::Ready {
            self.insert(job, EventDetails::DelayRecovered(delay), setback.from_ms, now_ms).await?;
        }
        Ok(())
    }

    /// Inserts an event for the webhooks that subscribe to it, unless it is in the outbox already.
    async fn insert(&self, job: &Job, details: EventDetails, mark: i64, now_ms: i64) -> Result<(), Error> {
        let Some(kind) = details.kind() else { return Ok(()) };
        let receivers: Vec<_> = self
            .rules
            .webhooks
            .iter()
            .filter(|it| it.events.contains(&kind))
            .map(|it| it.name.clone())
            .collect();
        let id = event_key(job, kind, mark);
        let page_url = self
            .rules
            .public_url
            .as_ref()
            .map(|address| format!("{address}/jobs/{}", utf8_percent_encode(&job.id, NON_ALPHANUMERIC)));
        let event = Event {
            id,
            at: Timestamp::from_millis(now_ms),
            job: Some(EventJob::from(job)),
            report_url: page_url.as_ref().map(|page| format!("{page}/report.html")),
            page_url,
            details,
        };
        let body = match event.to_json() {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(job = job.id, %error, "an event cannot be written as JSON");
                return Ok(());
            }
        };
        if self.store.enqueue_event(&event.id, &receivers, &body, now_ms).await? {
            tracing::info!(job = job.id, event = kind.as_str(), receivers = receivers.len(), "event");
            self.wake.notify_one();
        }
        Ok(())
    }
}

impl From<NewFailure> for FailedObject {
    fn from(failure: NewFailure) -> Self {
        let NewFailure { phase, destination_db, object_name, error_message } = failure;
        Self { phase, destination_db, object_name, error_message }
    }
}

/// Identifies an outage: the time of the last complete snapshot before it.
fn outage_mark(before: Option<&JobSummary>) -> i64 {
    before.map_or(0, |it| it.last.finished_at_ms)
}

/// The key of an event. `mark` tells it from the next event of its kind.
fn event_key(job: &Job, kind: EventKind, mark: i64) -> String {
    format!("{}/{}/{mark}", job.id, kind.as_str())
}
