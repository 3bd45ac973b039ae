//! Moments and durations known only between two samples, carried as intervals.

use crate::history::ObjectHistory;
use crate::model::{Status, serialize_millis, serialize_optional_millis};
use serde::Serialize;

/// A moment that lies after one sample and not after another.
///
/// `(None, Some(t))`: it happened before recording began or at first sight, not after `t`.
/// `(Some(t), None)`: it had not happened at `t`. `(None, None)`: nothing is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Bracket {
    /// The last sample before it.
    #[serde(rename = "after", serialize_with = "serialize_optional_millis")]
    pub after_ms: Option<i64>,
    /// The first sample at or after it.
    #[serde(rename = "by", serialize_with = "serialize_optional_millis")]
    pub by_ms: Option<i64>,
}

/// A duration between two bracketed moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DurationRange {
    /// At least this long.
    #[serde(rename = "least_ms")]
    pub min_ms: i64,
    /// At most this long; `None` while it runs, or if its start was before recording began.
    #[serde(rename = "most_ms")]
    pub max_ms: Option<i64>,
}

/// A time in which a status was seen and not contradicted by a sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusSpan {
    /// The status.
    pub status: Option<Status>,
    /// When it began.
    pub began: Bracket,
    /// When it was last seen.
    #[serde(rename = "last_seen_at", serialize_with = "serialize_millis")]
    pub last_seen_at_ms: i64,
    /// The first sample that saw another status; `None` for the last span.
    #[serde(rename = "ended_by", serialize_with = "serialize_optional_millis")]
    pub ended_by_ms: Option<i64>,
}

/// The statuses of an object over time, oldest first.
#[must_use]
pub fn status_spans(object: &ObjectHistory) -> Vec<StatusSpan> {
    let mut spans: Vec<StatusSpan> = Vec::new();
    let mut seen_at_ms = object.first_seen_at_ms;
    for seen in &object.observations {
        // Where the sighting before has no known time, the row before has.
        let row_before_ms = std::mem::replace(&mut seen_at_ms, seen.observed_at_ms);
        match spans.last_mut() {
            Some(span) if span.status == seen.state.status => continue,
            Some(span) => {
                span.last_seen_at_ms = seen.previous_observed_at_ms.unwrap_or(row_before_ms);
                span.ended_by_ms = Some(seen.observed_at_ms);
            }
            None => {}
        }
        spans.push(StatusSpan {
            status: seen.state.status.clone(),
            began: Bracket { after_ms: seen.previous_observed_at_ms, by_ms: Some(seen.observed_at_ms) },
            last_seen_at_ms: object.last_seen_at_ms,
            ended_by_ms: None,
        });
    }
    spans
}

/// When the object began: its first status that is not `NotStarted`. A status that is not known says nothing.
#[must_use]
pub fn start_bracket(spans: &[StatusSpan], last_seen_at_ms: i64) -> Bracket {
    spans
        .iter()
        .find(|span| span.status.as_ref().is_some_and(|status| *status != Status::NotStarted))
        .map_or(Bracket { after_ms: Some(last_seen_at_ms), by_ms: None }, |span| span.began)
}

/// When the object came to the `Finished` or `Failed` that it stands in; open if it stands in neither.
#[must_use]
pub fn end_bracket(spans: &[StatusSpan], last_seen_at_ms: i64) -> Bracket {
    match spans.last() {
        Some(span) if is_end_status(span.status.as_ref()) => span.began,
        _ => Bracket { after_ms: Some(last_seen_at_ms), by_ms: None },
    }
}

fn is_end_status(status: Option<&Status>) -> bool {
    matches!(status, Some(Status::Finished | Status::Failed))
}

/// The time between two bracketed moments; `None` if the first has not come or nothing bounds the time.
#[must_use]
pub fn duration_between(started: Bracket, ended: Bracket) -> Option<DurationRange> {
    let started_by_ms = started.by_ms?;
    let least_ms = ended.after_ms.map(|after_ms| (after_ms - started_by_ms).max(0));
    let most_ms = started.after_ms.zip(ended.by_ms).map(|(after_ms, by_ms)| (by_ms - after_ms).max(0));
    match (least_ms, most_ms) {
        (None, None) => None,
        (least_ms, most_ms) => Some(DurationRange { min_ms: least_ms.unwrap_or(0), max_ms: most_ms }),
    }
}
