//! Derives events from the summaries of a job, and inserts them into the outbox.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::event::Event;
use super::rules::Rules;
use crate::model::Timestamp;
use crate::model::{Job, Phase};
use crate::store::{Error, JobSummary, Store};

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
            self.insert(job, Event::Resumed, now.changed_at_ms, now_ms, json!({})).await?;
        }
        if before.is_none_or(|before| before.last != now.last) {
            let outage = outage_mark(before);
            if self.store.has_event(&event_key(job, Event::RecorderFailing, outage)).await? {
                self.insert(job, Event::Recovered, outage, now_ms, json!({})).await?;
            }
        }
        let (failures, count) = self.store.new_failures(now.changed_snapshot_id, MAX_NAMED_FAILURES).await?;
        if count > 0 {
            let failure = |it: &crate::store::NewFailure| {
                json!({ "phase": it.phase, "destination_db": it.destination_db,
                    "object_name": it.object_name, "error_message": it.error_message })
            };
            let failures: Vec<_> = failures.iter().map(failure).collect();
            let details = json!({ "count": count, "failures": failures });
            self.insert(job, Event::Failed, now.changed_snapshot_id, now_ms, details).await?;
        }
        if is_stalled(now) {
            let details = json!({ "unchanged_since": Timestamp::from_millis(now.changed_at_ms) });
            self.insert(job, Event::Stalled, now.changed_at_ms, now_ms, details).await?;
        }
        // If only sync rows have changed since the end, it is still the same end.
        let same_end = |before: &JobSummary| {
            before.is_over(self.settle) && before.initialized_snapshot_id == now.initialized_snapshot_id
        };
        if now.is_over(self.settle) && !before.is_some_and(same_end) {
            let data = now.counts[Phase::Data as usize];
            let failed: usize = now.counts.iter().map(|it| it.failed).sum();
            let details = json!({ "verdict": now.verdict().as_str(), "failed_objects": failed,
                "tables_finished": data.finished, "tables": data.listed_objects() });
            // Rows and estimates may change after the end; only a change of a status makes it another end.
            let mark = self.store.newest_transition(&job.id).await?;
            self.insert(job, Event::Finished, mark, now_ms, details).await?;
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
        let details = json!({ "failed_sweeps": in_a_row, "error": error });
        if let Err(error) = self.insert(job, Event::RecorderFailing, outage, now_ms, details).await {
            tracing::error!(job = job.id, %error, "events cannot be put into the outbox; the next sweep tries again");
        }
    }

    async fn insert(
        &self,
        job: &Job,
        event: Event,
        mark: i64,
        now_ms: i64,
        details: Value,
    ) -> Result<(), Error> {
        let receivers: Vec<_> = self
            .rules
            .webhooks
            .iter()
            .filter(|it| it.events.contains(&event))
            .map(|it| it.name.clone())
            .collect();
        let key = event_key(job, event, mark);
        let mut body = json!({
            "event": event.as_str(), "id": key, "at": Timestamp::from_millis(now_ms),
            "job": { "job_id": job.id, "region": job.region, "name": job.name },
        });
        if let (Some(body), Value::Object(details)) = (body.as_object_mut(), details) {
            body.extend(details);
        }
        if self.store.enqueue_event(&key, &receivers, &body.to_string(), now_ms).await? {
            tracing::info!(job = job.id, event = event.as_str(), receivers = receivers.len(), "event");
            self.wake.notify_one();
        }
        Ok(())
    }
}

/// Identifies an outage: the time of the last complete snapshot before it.
fn outage_mark(before: Option<&JobSummary>) -> i64 {
    before.map_or(0, |it| it.last.finished_at_ms)
}

/// The key of an event. `mark` tells it from the next event of its kind.
fn event_key(job: &Job, event: Event, mark: i64) -> String {
    format!("{}/{}/{mark}", job.id, event.as_str())
}
