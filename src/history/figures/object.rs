//! The figures of one structure object, constraint or sync row.

use serde::Serialize;

use crate::history::ObjectHistory;
use crate::model::{ObjectKey, ObjectState, serialize_millis};

/// One structure object, constraint or sync row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectFigures {
    /// The object.
    #[serde(flatten)]
    pub key: ObjectKey,
    /// Its latest state.
    #[serde(flatten)]
    pub state: ObjectState,
    /// Whether the job lists it still.
    pub listed: bool,
    /// When it was first seen.
    #[serde(rename = "first_seen_at", serialize_with = "serialize_millis")]
    pub first_seen_at_ms: i64,
    /// When it last changed.
    #[serde(rename = "changed_at", serialize_with = "serialize_millis")]
    pub changed_at_ms: i64,
    /// When it was last truly seen.
    #[serde(rename = "last_seen_at", serialize_with = "serialize_millis")]
    pub last_seen_at_ms: i64,
}

impl ObjectFigures {
    pub(crate) fn new(object: &ObjectHistory) -> Self {
        let (state, listed) = object.latest_state();
        Self {
            key: object.key.clone(),
            state,
            listed,
            first_seen_at_ms: object.first_seen_at_ms,
            changed_at_ms: object
                .observations
                .last()
                .map_or(object.first_seen_at_ms, |seen| seen.observed_at_ms),
            last_seen_at_ms: object.last_seen_at_ms,
        }
    }
}
