//! The events that a scenario puts into a migration, so that a test knows which ones to expect.

use super::table_plan::CopyRole;
use super::timeline::ObjectTimeline;
use crate::model::{ObjectKey, Status};

/// The kind of an [`Event`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// The whole migration makes no progress from `from_ms` until `until_ms`.
    Pause,
    /// A table's row count does not change from `from_ms` until `until_ms`, in the middle of its copy.
    Stall,
    /// A table's row count falls to zero without a failure.
    Restart,
    /// A table fails at `from_ms`, and its copy starts again from zero rows at `until_ms`.
    Retry,
    /// A table fails in the middle of its copy and stays failed.
    Fails,
    /// A table is added to the job.
    Appears,
    /// A table is removed from the job.
    Vanishes,
    /// The delay of the synchronization rises because more is written at the source.
    Burst,
    /// Changes are not applied while the job retries.
    Interruption,
}

/// An event of a migration. Times are milliseconds since the world began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The kind of the event.
    pub kind: EventKind,
    /// The data row that is affected; `None` if the whole migration is.
    pub table: Option<ObjectKey>,
    /// When the event begins.
    pub from_ms: i64,
    /// When the event ends; equal to `from_ms` for an event without duration.
    pub until_ms: i64,
}

impl Event {
    pub(crate) fn instant(kind: EventKind, table: ObjectKey, at_ms: i64) -> Self {
        Self { kind, table: Some(table), from_ms: at_ms, until_ms: at_ms }
    }

    /// The event in this table's copy, if its role has one. A stall lasts at least `min_stall_ms`.
    pub(crate) fn from_copy(
        role: CopyRole,
        table: &ObjectKey,
        timeline: &ObjectTimeline,
        rows: i64,
        min_stall_ms: i64,
    ) -> Option<Self> {
        let event =
            |kind, from_ms, until_ms| Some(Self { kind, table: Some(table.clone()), from_ms, until_ms });
        let failed = timeline.status_changes.iter().find(|change| change.status == Status::Failed);
        match role {
            CopyRole::Plain | CopyRole::Late | CopyRole::Vanished => None,
            CopyRole::NoTable | CopyRole::Failed => {
                failed.and_then(|change| event(EventKind::Fails, change.at_ms, change.at_ms))
            }
            CopyRole::Retried => {
                let failed_ms = failed?.at_ms;
                let again = timeline.status_changes.iter().find(|change| change.at_ms > failed_ms)?;
                event(EventKind::Retry, failed_ms, again.at_ms)
            }
            CopyRole::Restarted => {
                let fall = timeline.points.windows(2).find(|pair| pair[1].rows < pair[0].rows)?;
                event(EventKind::Restart, fall[1].at_ms, fall[1].at_ms)
            }
            CopyRole::Stalled => {
                let still = timeline.points.windows(2).find(|pair| {
                    let inside = pair[0].rows > 0 && pair[0].rows < rows;
                    inside && pair[0].rows == pair[1].rows && pair[1].at_ms - pair[0].at_ms >= min_stall_ms
                })?;
                event(EventKind::Stall, still[0].at_ms, still[1].at_ms)
            }
        }
    }
}
