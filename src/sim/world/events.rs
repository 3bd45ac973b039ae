//! What the world does on purpose, said aloud, so that a test or a reader knows what to look for.

use super::table_plan::Role;
use super::timeline::ObjectTimeline;
use crate::model::{ObjectKey, Status};

/// A thing that happens in the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// Nothing moves, from and until.
    Pause,
    /// A table's count stands still in the middle of its copy, from and until.
    Stall,
    /// A table's count falls to nothing without a failure, at one moment.
    Restart,
    /// A table fails, and its copy begins again from nothing: from and until.
    Retry,
    /// A table fails in the middle of its copy and stays so, from one moment on.
    Fails,
    /// A table is listed that was not, from one moment on.
    Appears,
    /// A table is no longer listed, from one moment on.
    Vanishes,
}

/// One thing that happens in the world, in milliseconds since its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What it is.
    pub what: EventKind,
    /// The data row it happens to; `None` if it happens to everything.
    pub table: Option<ObjectKey>,
    /// When it begins.
    pub from_ms: i64,
    /// When it ends; the same moment for what takes no time.
    pub until_ms: i64,
}

impl Event {
    pub(crate) fn at(what: EventKind, table: ObjectKey, at_ms: i64) -> Self {
        Self { what, table: Some(table), from_ms: at_ms, until_ms: at_ms }
    }

    /// What happens in this table's copy, if anything does.
    pub(crate) fn of_copy(
        role: Role,
        table: &ObjectKey,
        line: &ObjectTimeline,
        rows: i64,
        stall_ms: i64,
    ) -> Option<Self> {
        let made =
            |what, from_ms, until_ms| Some(Self { what, table: Some(table.clone()), from_ms, until_ms });
        let failed = line.status_changes.iter().find(|mark| mark.status == Status::Failed);
        match role {
            Role::Plain | Role::Late | Role::Vanished => None,
            Role::NoTable | Role::Failed => {
                failed.and_then(|mark| made(EventKind::Fails, mark.at_ms, mark.at_ms))
            }
            Role::Retried => {
                let failed_ms = failed?.at_ms;
                let again = line.status_changes.iter().find(|mark| mark.at_ms > failed_ms)?;
                made(EventKind::Retry, failed_ms, again.at_ms)
            }
            Role::Restarted => {
                let fall = line.points.windows(2).find(|pair| pair[1].rows < pair[0].rows)?;
                made(EventKind::Restart, fall[1].at_ms, fall[1].at_ms)
            }
            Role::Stalled => {
                let still = line.points.windows(2).find(|pair| {
                    let inside = pair[0].rows > 0 && pair[0].rows < rows;
                    inside && pair[0].rows == pair[1].rows && pair[1].at_ms - pair[0].at_ms >= stall_ms
                })?;
                made(EventKind::Stall, still[0].at_ms, still[1].at_ms)
            }
        }
    }
}
