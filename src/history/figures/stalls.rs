//! Stalls as of the last snapshot, and their causes.

use crate::history::figures::table::TableFigures;
use crate::history::quality::coverage::Coverage;
use crate::history::{Outcome, Snapshot};
use crate::model::Status;
use crate::model::serialize_millis;
use serde::{Serialize, Serializer};

/// This many snapshots without any change are not a coincidence.
const MIN_UNCHANGED_SNAPSHOTS: usize = 3;

/// The cause of a stall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StallCause {
    /// Nothing was recorded: whether anything moved is not known.
    RecorderDown,
    /// Every reply was the same as the one before, to the letter.
    SameReplies,
    /// No table moves, though the replies change.
    EverythingFrozen,
    /// Some tables stand still while others move.
    TableFrozen,
    /// All rows of the estimate are copied, but the status does not become `Finished`.
    RowsDone,
}

impl Serialize for StallCause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl StallCause {
    /// The word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RecorderDown => "recorder_down",
            Self::SameReplies => "same_replies",
            Self::EverythingFrozen => "everything_frozen",
            Self::TableFrozen => "table_frozen",
            Self::RowsDone => "rows_done",
        }
    }
}

/// A lack of progress as of the last snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stall {
    /// The cause.
    #[serde(rename = "why")]
    pub cause: StallCause,
    /// The moment since which there has been no progress.
    #[serde(rename = "since", serialize_with = "serialize_millis")]
    pub since_ms: i64,
    /// Places of the tables in question, the longest still first; empty of the recorder.
    pub tables: Vec<usize>,
}

/// A table without progress.
struct StalledTable {
    table: usize,
    since_ms: i64,
    rows_done: bool,
}

/// The stalls at the end of the history, in the order of [`StallCause`].
/// `snapshots` are all of the window, failed ones among them.
#[must_use]
pub fn current_stalls(tables: &[TableFigures], snapshots: &[Snapshot], coverage: &Coverage) -> Vec<Stall> {
    let mut stalls: Vec<Stall> = recorder_down_stall(tables, snapshots, coverage).into_iter().collect();
    let (done, frozen): (Vec<StalledTable>, Vec<StalledTable>) = tables
        .iter()
        .enumerate()
        .filter_map(|(index, table)| stalled_table(index, table))
        .partition(|it| it.rows_done);
    if let Some(first_ms) = frozen.iter().map(|it| it.since_ms).min() {
        let running = tables.iter().filter(|it| is_running(it)).count();
        let others_move = frozen.len() + done.len() < running;
        let why = if others_move {
            StallCause::TableFrozen
        } else if nothing_changed_since(snapshots, first_ms) {
            StallCause::SameReplies
        } else {
            StallCause::EverythingFrozen
        };
        stalls.push(stall_of_tables(why, &frozen));
    }
    if !done.is_empty() {
        stalls.push(stall_of_tables(StallCause::RowsDone, &done));
    }
    stalls.sort_by_key(|it| it.cause);
    stalls
}

fn stall_of_tables(why: StallCause, still: &[StalledTable]) -> Stall {
    let mut tables: Vec<_> = still.iter().map(|it| (it.since_ms, it.table)).collect();
    tables.sort_unstable();
    let since_ms = match why {
        // Everything stands still only since the last of them does.
        StallCause::SameReplies | StallCause::EverythingFrozen => tables.last(),
        _ => tables.first(),
    };
    Stall {
        cause: why,
        since_ms: since_ms.map_or(0, |(since_ms, _)| *since_ms),
        tables: tables.into_iter().map(|(_, table)| table).collect(),
    }
}

fn is_running(table: &TableFigures) -> bool {
    table.listed && table.state.status == Some(Status::Migrating)
}

/// The standstill that a running table is in, if it is in one.
fn stalled_table(index: usize, table: &TableFigures) -> Option<StalledTable> {
    let standstill = table.standstills.last().filter(|it| !it.is_over && is_running(table))?;
    Some(StalledTable { table: index, since_ms: standstill.from_ms, rows_done: standstill.rows_done })
}

/// Whether several snapshots followed this moment, and none of them changed anything.
fn nothing_changed_since(snapshots: &[Snapshot], from_ms: i64) -> bool {
    let after = snapshots.iter().filter(|it| it.outcome == Outcome::Complete && from_ms < it.started_at_ms);
    after.clone().count() >= MIN_UNCHANGED_SNAPSHOTS && after.map(|it| it.changes).sum::<u64>() == 0
}

/// Sweeps that failed since the last complete one, or a gap just before it; only while there is something to see.
fn recorder_down_stall(
    tables: &[TableFigures],
    snapshots: &[Snapshot],
    coverage: &Coverage,
) -> Option<Stall> {
    let last_ms = coverage.last_at_ms?;
    let open = tables
        .iter()
        .any(|it| it.listed && !matches!(it.state.status, Some(Status::Finished | Status::Failed)));
    let failed = snapshots.iter().any(|it| it.outcome == Outcome::Failed && last_ms <= it.started_at_ms);
    let gap = coverage.gaps.last().filter(|gap| gap.to_ms == last_ms).map(|gap| gap.from_ms);
    let since_ms = if failed { Some(last_ms) } else { gap };
    since_ms.filter(|_| open).map(|since_ms| Stall {
        cause: StallCause::RecorderDown,
        since_ms,
        tables: Vec::new(),
    })
}
