//! The events that webhooks receive, as they are stored in the outbox and sent as JSON.

use serde::{Deserialize, Serialize};

use crate::history::figures::verdict::JobVerdict;
use crate::model::{Job, Timestamp};

/// The kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Objects went to `Failed`.
    Failed,
    /// Something is migrating, but nothing has changed for `stalled_minutes`.
    Stalled,
    /// Something changed after a stall or after the end.
    Resumed,
    /// The initialization ended, with or without failures.
    Finished,
    /// Several sweeps of a job failed in a row.
    RecorderFailing,
    /// A sweep was complete after [`EventKind::RecorderFailing`].
    Recovered,
    /// The delay was within the limit of `[cutover]` for long enough.
    CaughtUp,
    /// The delay is over the limit after [`EventKind::CaughtUp`].
    DelayHigh,
    /// The delay was within the limit for long enough after [`EventKind::DelayHigh`].
    DelayRecovered,
}

impl EventKind {
    /// Every kind of event that a webhook can subscribe to.
    pub const ALL: [Self; 9] = [
        Self::Failed,
        Self::Stalled,
        Self::Resumed,
        Self::Finished,
        Self::RecorderFailing,
        Self::Recovered,
        Self::CaughtUp,
        Self::DelayHigh,
        Self::DelayRecovered,
    ];

    /// Its name in the configuration and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Stalled => "stalled",
            Self::Resumed => "resumed",
            Self::Finished => "finished",
            Self::RecorderFailing => "recorder_failing",
            Self::Recovered => "recovered",
            Self::CaughtUp => "caught_up",
            Self::DelayHigh => "delay_high",
            Self::DelayRecovered => "delay_recovered",
        }
    }
}

/// An event of a job, or a test of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Identifies the event; the same in every delivery of it.
    pub id: String,
    /// When the event was detected.
    pub at: Timestamp,
    /// The job; `None` for a test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<EventJob>,
    /// The live page of the job, if the address of the service is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_url: Option<String>,
    /// The report of the job as a file, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_url: Option<String>,
    /// The kind of the event with its details.
    #[serde(flatten)]
    pub details: EventDetails,
}

/// The job of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventJob {
    /// The id of the job.
    pub job_id: String,
    /// The region of the job, if it is known.
    pub region: Option<String>,
    /// The name of the job, if it has one.
    pub name: Option<String>,
}

/// The kind of an event, with its details.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventDetails {
    /// Objects went to `Failed`.
    Failed {
        /// The number of these objects.
        count: usize,
        /// The first of them.
        failures: Vec<FailedObject>,
    },
    /// The job has stalled.
    Stalled {
        /// The time of the last change.
        unchanged_since: Timestamp,
    },
    /// Something changed after a stall or after the end.
    Resumed {
        /// After a stall: the last change before it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unchanged_since: Option<Timestamp>,
        /// After a stall: the last snapshot without a change.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unchanged_until: Option<Timestamp>,
        /// The seconds between them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unchanged_seconds: Option<i64>,
    },
    /// The initialization ended.
    Finished {
        /// How it ended.
        verdict: JobVerdict,
        /// The number of failed objects.
        failed_objects: usize,
        /// The number of finished tables.
        tables_finished: usize,
        /// The number of listed tables.
        tables: usize,
    },
    /// Several sweeps of the job failed in a row.
    RecorderFailing {
        /// The number of these sweeps.
        failed_sweeps: u32,
        /// The error of the last one.
        error: String,
    },
    /// A sweep was complete after an outage.
    Recovered,
    /// The delay was within the limit for long enough.
    CaughtUp(Delay),
    /// The delay is over the limit again.
    DelayHigh(Delay),
    /// The delay was within the limit for long enough again.
    DelayRecovered(Delay),
    /// A test of a webhook.
    Test,
}

/// The delay of a job and its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delay {
    /// How far the destination is behind the source, in milliseconds.
    pub delay_ms: i64,
    /// The limit, in milliseconds.
    pub max_delay_ms: i64,
    /// For how long the delay must be within it, in milliseconds.
    pub for_ms: i64,
}

/// An object that went to `Failed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedObject {
    /// The phase.
    pub phase: String,
    /// The destination database.
    pub destination_db: String,
    /// The name of the object.
    pub object_name: String,
    /// The error message, if there is one.
    pub error_message: Option<String>,
}

impl Event {
    /// An event that tests a webhook.
    #[must_use]
    pub fn test(now_ms: i64) -> Self {
        Self {
            id: format!("test/{now_ms}"),
            at: Timestamp::from_millis(now_ms),
            job: None,
            page_url: None,
            report_url: None,
            details: EventDetails::Test,
        }
    }

    /// The name of its kind, as in JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.details.kind().map_or("test", EventKind::as_str)
    }

    /// The event as JSON with sorted keys.
    ///
    /// # Errors
    /// Never for the types of an event.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_value(self)?.to_string())
    }
}

impl EventDetails {
    /// The kind of the event; `None` for a test.
    #[must_use]
    pub fn kind(&self) -> Option<EventKind> {
        match self {
            Self::Failed { .. } => Some(EventKind::Failed),
            Self::Stalled { .. } => Some(EventKind::Stalled),
            Self::Resumed { .. } => Some(EventKind::Resumed),
            Self::Finished { .. } => Some(EventKind::Finished),
            Self::RecorderFailing { .. } => Some(EventKind::RecorderFailing),
            Self::Recovered => Some(EventKind::Recovered),
            Self::CaughtUp(_) => Some(EventKind::CaughtUp),
            Self::DelayHigh(_) => Some(EventKind::DelayHigh),
            Self::DelayRecovered(_) => Some(EventKind::DelayRecovered),
            Self::Test => None,
        }
    }
}

impl From<&Job> for EventJob {
    fn from(job: &Job) -> Self {
        Self { job_id: job.id.clone(), region: job.region.clone(), name: job.name.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_round_trip(json: &str) {
        let event: Event = serde_json::from_str(json).unwrap();
        assert_eq!(event.to_json().unwrap(), json);
    }

    #[test]
    fn events_have_the_documented_json() {
        assert_round_trip(
            r#"{"at":"2026-01-02T00:00:00.000Z","count":2,"event":"failed","failures":[{"destination_db":"shop","error_message":null,"object_name":"v","phase":"structure"}],"id":"dtsi1/failed/3","job":{"job_id":"dtsi1","name":null,"region":null}}"#,
        );
        assert_round_trip(
            r#"{"at":"2026-01-02T00:00:00.000Z","event":"finished","failed_objects":1,"id":"i","job":{"job_id":"dtsi1","name":"orders","region":"cn-hangzhou"},"tables":3,"tables_finished":2,"verdict":"finished_with_failures"}"#,
        );
        assert_round_trip(
            r#"{"at":"2026-01-02T00:00:00.000Z","event":"recovered","id":"i","job":{"job_id":"dtsi1","name":null,"region":null}}"#,
        );
        assert_round_trip(r#"{"at":"2026-01-02T00:00:00.000Z","event":"test","id":"test/0"}"#);
    }
}
