//! Changes of status, and the failures among them.

use crate::history::ObjectHistory;
use crate::model::{ObjectKey, Status};
use crate::model::{serialize_millis, serialize_optional_millis};
use serde::Serialize;

/// The status of one object differs from that of its previous observation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Transition {
    /// The snapshot that saw it.
    pub snapshot_id: i64,
    /// The object.
    #[serde(flatten)]
    pub key: ObjectKey,
    /// The status before; `None` at first sight.
    #[serde(rename = "from_status")]
    pub from: Option<Status>,
    /// The status after.
    #[serde(rename = "to_status")]
    pub to: Option<Status>,
    /// When the object was last seen in the old status.
    #[serde(rename = "previous_observed_at", serialize_with = "serialize_optional_millis")]
    pub previous_observed_at_ms: Option<i64>,
    /// When it was first seen in the new one.
    #[serde(rename = "observed_at", serialize_with = "serialize_millis")]
    pub observed_at_ms: i64,
    /// The error message seen with the new status.
    pub error_message: Option<String>,
}

/// One time that an object went to `Failed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectFailure {
    /// The object.
    #[serde(flatten)]
    pub key: ObjectKey,
    /// The DDL seen then.
    pub definition: Option<String>,
    /// The error message seen then, to the letter.
    pub error_message: Option<String>,
    /// The snapshot that first saw it failed.
    pub snapshot_id: i64,
    /// When it was last seen before that, not failed; `None` if it was failed at first sight.
    #[serde(rename = "previous_observed_at", serialize_with = "serialize_optional_millis")]
    pub previous_observed_at_ms: Option<i64>,
    /// When it was first seen failed.
    #[serde(rename = "first_failed_at", serialize_with = "serialize_millis")]
    pub first_failed_at_ms: i64,
    /// When this failure was last seen.
    #[serde(rename = "last_seen_at", serialize_with = "serialize_millis")]
    pub last_seen_at_ms: i64,
    /// When the object was first seen in another status; `None` while it is failed.
    #[serde(rename = "resolved_at", serialize_with = "serialize_optional_millis")]
    pub resolved_at_ms: Option<i64>,
}

/// The transitions of one object, oldest first. States between two samples are never invented.
pub fn status_transitions(object: &ObjectHistory) -> impl Iterator<Item = Transition> + '_ {
    let mut before: Option<&Status> = None;
    object.observations.iter().filter_map(move |seen| {
        let (from, to) = (before, seen.state.status.as_ref());
        before = to;
        (from != to).then(|| Transition {
            key: object.key.clone(),
            snapshot_id: seen.snapshot_id,
            from: from.cloned(),
            to: to.cloned(),
            previous_observed_at_ms: seen.previous_observed_at_ms,
            observed_at_ms: seen.observed_at_ms,
            error_message: seen.state.error_message.clone(),
        })
    })
}

/// Each time this object went to `Failed`, oldest first.
#[must_use]
pub fn object_failures(object: &ObjectHistory) -> Vec<ObjectFailure> {
    let mut failures: Vec<ObjectFailure> = Vec::new();
    let mut failed = false;
    let mut seen_at_ms = object.first_seen_at_ms;
    for seen in &object.observations {
        // Where the sighting before has no known time, the row before has.
        let row_before_ms = std::mem::replace(&mut seen_at_ms, seen.observed_at_ms);
        let failed_before = failed;
        failed = seen.state.status == Some(Status::Failed);
        if failed && !failed_before {
            failures.push(ObjectFailure {
                key: object.key.clone(),
                definition: seen.state.definition.clone(),
                error_message: seen.state.error_message.clone(),
                snapshot_id: seen.snapshot_id,
                first_failed_at_ms: seen.observed_at_ms,
                previous_observed_at_ms: seen.previous_observed_at_ms,
                last_seen_at_ms: object.last_seen_at_ms,
                resolved_at_ms: None,
            });
        } else if failed_before
            && !failed
            && let Some(failure) = failures.last_mut()
        {
            failure.resolved_at_ms = Some(seen.observed_at_ms);
            failure.last_seen_at_ms = seen.previous_observed_at_ms.unwrap_or(row_before_ms);
        }
    }
    failures
}
