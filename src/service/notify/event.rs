//! The events that webhooks receive.

use serde_json::{Value, json};

use crate::model::Timestamp;

/// The kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// Objects went to `Failed`.
    Failed,
    /// Something is migrating, but nothing has changed for `stalled_after_minutes`.
    Stalled,
    /// Something changed after a stall or after the end.
    Resumed,
    /// The initialization ended, with or without failures.
    Finished,
    /// Several sweeps of a job failed in a row.
    RecorderFailing,
    /// A sweep was complete after [`Event::RecorderFailing`].
    Recovered,
    /// A test of a webhook.
    Test,
}

impl Event {
    /// Every event that a webhook can subscribe to.
    pub const ALL: [Self; 6] =
        [Self::Failed, Self::Stalled, Self::Resumed, Self::Finished, Self::RecorderFailing, Self::Recovered];

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
            Self::Test => "test",
        }
    }
}

/// The body of a test event.
#[must_use]
pub fn test_event(now_ms: i64) -> Value {
    json!({ "event": Event::Test.as_str(), "id": format!("test/{now_ms}"), "at": Timestamp::from_millis(now_ms) })
}
