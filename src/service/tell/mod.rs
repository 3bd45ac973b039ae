//! Tells people what happened, once for each event, also across restarts.
//!
//! An event has a key made of what the database says of the job, so that noticing it again, by the next sweep or
//! by the next process, changes nothing. [`courier`] delivers what waits.

pub mod courier; // delivers
mod format; // what each receiver reads

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::history::verdict::Verdict;
use crate::model::Timestamp;
use crate::model::{Job, Phase};
use crate::store::{Error, JobSummary, Store};

/// Failures that an event names; the others it counts.
const NAMED_MOST: u32 = 10;

/// What can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// Objects went to `Failed`.
    Failed,
    /// Something migrates, and nothing has changed for a while.
    Stalled,
    /// Something changed after a stall or after the end.
    Resumed,
    /// The initialization ended, good or bad.
    Finished,
    /// Sweeps of a job fail again and again.
    RecorderFailing,
    /// A sweep succeeded after that.
    Recovered,
    /// Somebody tries out a webhook.
    Test,
}

impl Event {
    /// Every event that can be asked for.
    pub const ALL: [Self; 6] =
        [Self::Failed, Self::Stalled, Self::Resumed, Self::Finished, Self::RecorderFailing, Self::Recovered];

    /// Its word in the configuration and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Stalled => "stalled",
            Self::Resumed => "resumed",
            Self::Finished => "finished",
            Self::RecorderFailing => "recorder_failing",
            Self::Recovered => "recovered",
            Self::Test => "test",
        }
    }
}

/// How a receiver wants to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The event as JSON, signed.
    Json,
    /// DingTalk's robot.
    DingTalk,
    /// Feishu's or Lark's bot.
    Feishu,
    /// WeCom's robot.
    WeCom,
    /// Slack's incoming webhook.
    Slack,
}

/// Where events go.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Its name in the configuration and in the outbox.
    pub name: String,
    /// What it reads.
    pub form: Form,
    /// Its address, which for most receivers is a secret.
    pub url: SecretString,
    /// What calls are signed with.
    pub secret: Option<SecretString>,
    /// What it wants to be told.
    pub events: BTreeSet<Event>,
}

/// The `[notify]` of the configuration with its webhooks.
#[derive(Debug, Clone)]
pub struct Rules {
    /// No change for so long, while something migrates, is a stall.
    pub stalled_after_ms: i64,
    /// So many failed sweeps in a row are an outage.
    pub failing_after: u32,
    /// Who is told.
    pub webhooks: Vec<Webhook>,
}

/// Notices events, and puts them into the outbox.
#[derive(Debug, Clone)]
pub(super) struct Teller {
    pub(super) store: Store,
    pub(super) rules: Arc<Rules>,
    pub(super) wake: Arc<Notify>,
    /// How long an end must last.
    pub(super) settle: Duration,
}

impl Teller {
    /// A sweep was recorded, or the service starts: `before` is where the job stood until then.
    pub(super) async fn recorded(
        &self,
        job: &Job,
        before: Option<&JobSummary>,
        now: &JobSummary,
        now_ms: i64,
    ) {
        if !self.rules.webhooks.is_empty()
            && let Err(error) = self.notice(job, before, now, now_ms).await
        {
            tracing::error!(job = job.id, %error, "events cannot be noted; the next sweep tries again");
        }
    }

    async fn notice(
        &self,
        job: &Job,
        before: Option<&JobSummary>,
        now: &JobSummary,
        now_ms: i64,
    ) -> Result<(), Error> {
        let stalled_after_ms = self.rules.stalled_after_ms;
        // As far as it was seen: while nothing is recorded, nobody knows whether something moves.
        let stalls = |standing: &JobSummary| {
            let migrating = standing.counts.iter().any(|it| it.migrating > 0);
            let quiet_ms = standing.last.finished_at_ms - standing.changed_at_ms;
            !standing.has_ended() && migrating && quiet_ms >= stalled_after_ms
        };
        if let Some(before) = before
            && before.changed_at_ms != now.changed_at_ms
            && (stalls(before) || (before.is_over(self.settle) && !now.has_ended()))
        {
            self.put(job, Event::Resumed, now.changed_at_ms, now_ms, json!({})).await?;
        }
        if before.is_none_or(|before| before.last != now.last) {
            let outage = outage(before);
            if self.store.has_event(&key(job, Event::RecorderFailing, outage)).await? {
                self.put(job, Event::Recovered, outage, now_ms, json!({})).await?;
            }
        }
        let (failures, count) = self.store.new_failures(now.changed_snapshot_id, NAMED_MOST).await?;
        if count > 0 {
            let failure = |it: &crate::store::NewFailure| {
                json!({ "phase": it.phase, "destination_db": it.destination_db,
                    "object_name": it.object_name, "error_message": it.error_message })
            };
            let failures: Vec<_> = failures.iter().map(failure).collect();
            let more = json!({ "count": count, "failures": failures });
            self.put(job, Event::Failed, now.changed_snapshot_id, now_ms, more).await?;
        }
        if stalls(now) {
            let more = json!({ "unchanged_since": Timestamp::from_millis(now.changed_at_ms) });
            self.put(job, Event::Stalled, now.changed_at_ms, now_ms, more).await?;
        }
        // Where nothing but sync rows has changed since it was over, it is still the same end.
        let same_end = |before: &JobSummary| {
            before.is_over(self.settle) && before.initialized_snapshot_id == now.initialized_snapshot_id
        };
        if now.is_over(self.settle) && !before.is_some_and(same_end) {
            let data = now.counts[Phase::Data as usize];
            let failed: usize = now.counts.iter().map(|it| it.failed).sum();
            let more = json!({ "verdict": now.verdict().as_str(), "failed_objects": failed,
                "tables_finished": data.finished, "tables": data.listed() });
            // Rows and estimates may go on changing after the end: only a change of status makes it another.
            let mark = self.store.newest_transition(&job.id).await?;
            self.put(job, Event::Finished, mark, now_ms, more).await?;
        }
        Ok(())
    }

    /// A sweep failed, the `in_a_row`th since the last complete snapshot.
    pub(super) async fn failed(
        &self,
        job: &Job,
        last: Option<&JobSummary>,
        in_a_row: u32,
        error: &str,
        now_ms: i64,
    ) {
        if in_a_row < self.rules.failing_after || self.rules.webhooks.is_empty() {
            return;
        }
        let since_ms = outage(last);
        let more = json!({ "failed_sweeps": in_a_row, "error": error });
        if let Err(error) = self.put(job, Event::RecorderFailing, since_ms, now_ms, more).await {
            tracing::error!(job = job.id, %error, "events cannot be noted; the next sweep tries again");
        }
    }

    async fn put(&self, job: &Job, event: Event, mark: i64, now_ms: i64, more: Value) -> Result<(), Error> {
        let receivers: Vec<_> = self
            .rules
            .webhooks
            .iter()
            .filter(|it| it.events.contains(&event))
            .map(|it| it.name.clone())
            .collect();
        let key = key(job, event, mark);
        let mut body = json!({
            "event": event.as_str(), "id": key, "at": Timestamp::from_millis(now_ms),
            "job": { "job_id": job.id, "region": job.region, "name": job.name },
        });
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        if self.store.enqueue_event(&key, &receivers, &body.to_string(), now_ms).await? {
            tracing::info!(job = job.id, event = event.as_str(), receivers = receivers.len(), "event");
            self.wake.notify_one();
        }
        Ok(())
    }
}

/// What tells one outage from the next: the last complete snapshot before it.
fn outage(before: Option<&JobSummary>) -> i64 {
    before.map_or(0, |it| it.last.finished_at_ms)
}

/// The same event has the same key, whoever notices it.
fn key(job: &Job, event: Event, mark: i64) -> String {
    format!("{}/{}/{mark}", job.id, event.as_str())
}

/// The event that tries out a webhook.
#[must_use]
pub fn test_event(now_ms: i64) -> Value {
    json!({ "event": Event::Test.as_str(), "id": format!("test/{now_ms}"), "at": Timestamp::from_millis(now_ms) })
}

/// The word for people of a verdict's word.
fn verdict_text(word: &str) -> &'static str {
    [Verdict::Finished, Verdict::FinishedWithFailures, Verdict::Failed]
        .into_iter()
        .find(|it| it.as_str() == word)
        .map_or("ended", |it| match it {
            Verdict::Finished => "finished",
            Verdict::FinishedWithFailures => "finished with failures",
            _ => "failed",
        })
}
