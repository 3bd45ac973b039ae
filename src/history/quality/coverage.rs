//! The coverage of the recording: the number of snapshots, their interval, and the gaps between them.

use crate::history::Pruned;
use crate::history::statistics::median;
use crate::history::{Outcome, Snapshot};
use crate::model::Source;
use crate::model::{Timestamp, serialize_millis, serialize_optional_millis};
use serde::{Serialize, Serializer};

/// A gap is a time between two complete snapshots longer than this many halves of the typical one.
const GAP_HALVES: i64 = 5;
/// The clock was set back if a sweep ended this much before the one recorded before it. A smaller difference is the
/// disorder of two processes that record one job.
pub const MIN_CLOCK_SETBACK_MS: i64 = 2000;

/// The coverage of the recording in a window.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Complete snapshots in the window.
    #[serde(rename = "complete")]
    pub complete_snapshots: usize,
    /// Change rows in the window.
    #[serde(rename = "changes")]
    pub change_rows: u64,
    /// End of the first complete snapshot.
    #[serde(rename = "first_at", serialize_with = "serialize_optional_millis")]
    pub first_at_ms: Option<i64>,
    /// End of the last complete snapshot.
    #[serde(rename = "last_at", serialize_with = "serialize_optional_millis")]
    pub last_at_ms: Option<i64>,
    /// Median time between two complete snapshots; `None` with fewer than two.
    pub typical_interval_ms: Option<i64>,
    /// Longest sweep, first request to last reply.
    pub longest_sweep_ms: Option<i64>,
    /// Complete snapshots whose pages shifted while they were read: a row may be missing in them.
    #[serde(rename = "torn_at", serialize_with = "serialize_torn")]
    pub torn_sweeps: Vec<TornSweep>,
    /// Failed sweeps in the window.
    #[serde(rename = "failed")]
    pub failed_sweeps: Vec<FailedSweep>,
    /// Times without a complete snapshot for more than 2.5 typical intervals.
    pub gaps: Vec<Gap>,
    /// The moments at which the clock was set back.
    #[serde(rename = "clock_set_back")]
    pub clock_setbacks: Vec<ClockSetback>,
    /// The rows that were removed from the history.
    #[serde(serialize_with = "serialize_pruned")]
    pub pruned: Pruned,
}

/// The clock was set back between two sweeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ClockSetback {
    /// End of the sweep before, by the clock as it was.
    #[serde(rename = "from_at", serialize_with = "serialize_millis")]
    pub from_ms: i64,
    /// End of the sweep after, by the clock as it is since.
    #[serde(rename = "to_at", serialize_with = "serialize_millis")]
    pub to_ms: i64,
}

/// A sweep that could not be completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailedSweep {
    /// When it began.
    #[serde(rename = "started_at", serialize_with = "serialize_millis")]
    pub started_at_ms: i64,
    /// The reason of the failure.
    pub error: String,
}

/// A sweep whose pages shifted while they were read, also the second time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TornSweep {
    /// When it began.
    pub started_at_ms: i64,
    /// When it ended.
    pub finished_at_ms: i64,
}

/// A time without a complete snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The snapshot before.
    #[serde(rename = "from_at", serialize_with = "serialize_millis")]
    pub from_ms: i64,
    /// The snapshot after.
    #[serde(rename = "to_at", serialize_with = "serialize_millis")]
    pub to_ms: i64,
}

/// The coverage that these snapshots give.
#[must_use]
pub fn recording_coverage(snapshots: &[Snapshot]) -> Coverage {
    let complete: Vec<_> = snapshots.iter().filter(|it| it.outcome == Outcome::Complete).collect();
    let steps = || complete.windows(2).map(|pair| (pair[0].finished_at_ms, pair[1].finished_at_ms));
    let typical_interval_ms = median(steps().map(|(from_ms, to_ms)| to_ms - from_ms).collect());
    let is_gap = |from_ms: i64, to_ms: i64| {
        typical_interval_ms.is_some_and(|typical_ms| (to_ms - from_ms) * 2 > typical_ms * GAP_HALVES)
    };
    Coverage {
        complete_snapshots: complete.len(),
        failed_sweeps: snapshots
            .iter()
            .filter(|it| it.outcome == Outcome::Failed)
            .map(|it| FailedSweep {
                started_at_ms: it.started_at_ms,
                error: it.error.clone().unwrap_or_default(),
            })
            .collect(),
        change_rows: complete.iter().map(|it| it.changes).sum(),
        first_at_ms: complete.first().map(|it| it.finished_at_ms),
        last_at_ms: complete.last().map(|it| it.finished_at_ms),
        typical_interval_ms,
        longest_sweep_ms: complete.iter().map(|it| it.finished_at_ms - it.started_at_ms).max(),
        torn_sweeps: complete
            .iter()
            .filter(|it| it.torn)
            .map(|it| TornSweep { started_at_ms: it.started_at_ms, finished_at_ms: it.finished_at_ms })
            .collect(),
        gaps: steps()
            .filter(|(from_ms, to_ms)| is_gap(*from_ms, *to_ms))
            .map(|(from_ms, to_ms)| Gap { from_ms, to_ms })
            .collect(),
        clock_setbacks: find_clock_setbacks(snapshots),
        pruned: Pruned::default(),
    }
}

/// Sweeps that ended before the one recorded before them. Imports bring times of their own.
fn find_clock_setbacks(snapshots: &[Snapshot]) -> Vec<ClockSetback> {
    let swept: Vec<_> =
        snapshots.iter().filter(|it| it.source == Source::Api).map(|it| it.finished_at_ms).collect();
    let steps = swept.windows(2).filter(|pair| pair[1] < pair[0] - MIN_CLOCK_SETBACK_MS);
    steps.map(|pair| ClockSetback { from_ms: pair[0], to_ms: pair[1] }).collect()
}

/// The time between two moments outside of these gaps, in milliseconds.
pub(crate) fn recorded_ms(from_ms: i64, to_ms: i64, gaps: &[Gap]) -> i64 {
    let missed = gaps.iter().map(|gap| (gap.to_ms.min(to_ms) - gap.from_ms.max(from_ms)).max(0));
    to_ms - from_ms - missed.sum::<i64>()
}

fn serialize_torn<S: Serializer>(torn: &[TornSweep], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(torn.iter().map(|sweep| Timestamp::from_millis(sweep.finished_at_ms)))
}

/// Null where nothing was taken out.
fn serialize_pruned<S: Serializer>(pruned: &Pruned, serializer: S) -> Result<S::Ok, S::Error> {
    Some(pruned).filter(|it| **it != Pruned::default()).serialize(serializer)
}
