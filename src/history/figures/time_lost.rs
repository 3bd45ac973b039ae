//! The stalls of the whole history, and how the time of the job divides into copying and what kept it from copying.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::history::figures::concurrency::LongTail;
use crate::history::figures::stalls::StallCause;
use crate::history::figures::table::TableFigures;
use crate::history::figures::throughput::STALL_FACTOR;
use crate::history::figures::times::Bracket;
use crate::history::quality::coverage::{Coverage, recorded_ms};
use crate::history::{Outcome, Snapshot};
use crate::model::{Status, Timestamp};

/// This many snapshots without any change are no coincidence.
const MIN_UNCHANGED_SNAPSHOTS: usize = 3;

/// A stall with its beginning and its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StallInterval {
    /// The cause.
    pub cause: StallCause,
    /// The index of the table in [`Analysis::tables`](crate::history::analysis::Analysis::tables); `None` for the
    /// whole job.
    pub table: Option<usize>,
    /// The last sample before it that saw a change.
    pub from_ms: i64,
    /// The last sample without a change; `None` while it lasts.
    pub to_ms: Option<i64>,
    /// Its duration up to the end or the last snapshot. Gaps of the recording are left out, except of a gap itself.
    pub duration_ms: i64,
}

impl Serialize for StallInterval {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut stall = serializer.serialize_struct("StallInterval", 5)?;
        stall.serialize_field("cause", &self.cause)?;
        stall.serialize_field("table", &self.table)?;
        stall.serialize_field("from_at", &Timestamp::from_millis(self.from_ms))?;
        stall.serialize_field("to_at", &self.to_ms.map(Timestamp::from_millis))?;
        stall.serialize_field("duration_ms", &self.duration_ms)?;
        stall.end()
    }
}

/// The use of a part of the job's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimeUse {
    /// Nothing was recorded.
    RecorderDown,
    /// Every running table stood still.
    EverythingStalled,
    /// Some tables stood still while others moved.
    SomeTablesStalled,
    /// Rows were copied that had to be copied again after a restart.
    RowsDoneAgain,
    /// No table was being copied, and some were not finished.
    Waiting,
    /// The long tail: fewer than half as many tables were being copied as before.
    LongTail,
    /// Everything else.
    Copying,
}

impl TimeUse {
    /// Every use, in the order in which a moment is assigned to the first that applies.
    pub const ALL: [Self; 7] = [
        Self::RecorderDown,
        Self::EverythingStalled,
        Self::SomeTablesStalled,
        Self::RowsDoneAgain,
        Self::Waiting,
        Self::LongTail,
        Self::Copying,
    ];

    /// The word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RecorderDown => "recorder_down",
            Self::EverythingStalled => "everything_stalled",
            Self::SomeTablesStalled => "some_tables_stalled",
            Self::RowsDoneAgain => "rows_done_again",
            Self::Waiting => "waiting",
            Self::LongTail => "long_tail",
            Self::Copying => "copying",
        }
    }
}

impl Serialize for TimeUse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One part of the job's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TimeShare {
    /// The use of this part.
    #[serde(rename = "use")]
    pub time_use: TimeUse,
    /// The sum of its intervals.
    #[serde(rename = "ms")]
    pub duration_ms: i64,
}

/// The stalls of these tables and of the job between `started` and `ended`, by their beginning.
pub(crate) fn stall_intervals(
    tables: &[TableFigures],
    snapshots: &[Snapshot],
    coverage: &Coverage,
    started: Bracket,
    ended: Bracket,
) -> Vec<StallInterval> {
    let Some((from_ms, to_ms)) = job_interval(started, ended, coverage) else { return Vec::new() };
    let gaps = coverage.gaps.iter().filter(|gap| gap.from_ms < to_ms && from_ms < gap.to_ms);
    let mut stalls: Vec<StallInterval> = gaps
        .map(|gap| StallInterval {
            cause: StallCause::RecorderDown,
            table: None,
            from_ms: gap.from_ms,
            to_ms: Some(gap.to_ms),
            duration_ms: gap.to_ms - gap.from_ms,
        })
        .collect();
    let frozen = intervals_with_all_tables_frozen(tables, coverage);
    for &(from_ms, to_ms) in &frozen {
        let lasts = tables.iter().any(|table| is_stalled(table, to_ms));
        stalls.push(StallInterval {
            cause: if nothing_changed_between(snapshots, from_ms, to_ms) {
                StallCause::SameReplies
            } else {
                StallCause::EverythingFrozen
            },
            table: None,
            from_ms,
            to_ms: (!lasts).then_some(to_ms),
            duration_ms: recorded_ms(from_ms, to_ms, &coverage.gaps),
        });
    }
    for (index, table) in tables.iter().enumerate() {
        for standstill in &table.standstills {
            for (from_ms, to_ms) in subtract_intervals(&[(standstill.from_ms, standstill.to_ms)], &frozen) {
                let duration_ms = recorded_ms(from_ms, to_ms, &coverage.gaps);
                if duration_ms <= standstill.threshold_ms {
                    continue;
                }
                let lasts = !standstill.is_over && to_ms == standstill.to_ms;
                stalls.push(StallInterval {
                    cause: if standstill.rows_done { StallCause::RowsDone } else { StallCause::TableFrozen },
                    table: Some(index),
                    from_ms,
                    to_ms: (!lasts).then_some(to_ms),
                    duration_ms,
                });
            }
        }
    }
    stalls.sort_by_key(|stall| (stall.from_ms, stall.table, stall.cause));
    stalls
}

/// The job's time from its start to its end or to the last snapshot, divided by what it was used for. Each moment
/// counts once, so that the parts add up to the whole. Empty if the job has not begun.
pub(crate) fn time_shares(
    tables: &[TableFigures],
    stalls: &[StallInterval],
    tail: Option<&LongTail>,
    coverage: &Coverage,
    started: Bracket,
    ended: Bracket,
) -> Vec<TimeShare> {
    let Some(whole) = job_interval(started, ended, coverage) else { return Vec::new() };
    let stalled = |wanted: fn(&StallInterval) -> bool| {
        let stalls = stalls.iter().filter(|stall| wanted(stall));
        stalls.map(|stall| (stall.from_ms, stall.to_ms.unwrap_or(whole.1))).collect::<Vec<_>>()
    };
    let mut rest = vec![whole];
    let mut shares = Vec::new();
    for time_use in TimeUse::ALL {
        let taken = match time_use {
            TimeUse::RecorderDown => stalled(|it| it.cause == StallCause::RecorderDown),
            TimeUse::EverythingStalled => {
                stalled(|it| it.table.is_none() && it.cause != StallCause::RecorderDown)
            }
            TimeUse::SomeTablesStalled => stalled(|it| it.table.is_some()),
            TimeUse::RowsDoneAgain => tables.iter().flat_map(lost_attempt_intervals).collect(),
            TimeUse::Waiting => subtract_intervals(
                &[whole],
                &tables.iter().flat_map(possibly_running_intervals).collect::<Vec<_>>(),
            ),
            TimeUse::LongTail => tail.map(|tail| (tail.from_ms, tail.to_ms)).into_iter().collect(),
            TimeUse::Copying => vec![whole],
        };
        let before_ms = total_duration_ms(&rest);
        rest = subtract_intervals(&rest, &taken);
        shares.push(TimeShare { time_use, duration_ms: before_ms - total_duration_ms(&rest) });
    }
    shares
}

/// From the first sample that saw the job running to its end, or to the last snapshot while it runs.
fn job_interval(started: Bracket, ended: Bracket, coverage: &Coverage) -> Option<(i64, i64)> {
    let from_ms = started.by_ms?;
    let to_ms = ended.by_ms.or(coverage.last_at_ms)?;
    (from_ms < to_ms).then_some((from_ms, to_ms))
}

/// Times in which every running table stood still, for much longer than the usual time between two snapshots.
fn intervals_with_all_tables_frozen(tables: &[TableFigures], coverage: &Coverage) -> Vec<(i64, i64)> {
    let Some(typical_ms) = coverage.typical_interval_ms else { return Vec::new() };
    // At each moment: tables that run, tables that stand still, and of these the ones with rows left.
    let mut changes: Vec<(i64, [i64; 3])> = Vec::new();
    for table in tables {
        for span in table.spans.iter().filter(|span| span.status == Some(Status::Migrating)) {
            if let Some(from_ms) = span.began.by_ms {
                changes.extend([(from_ms, [1, 0, 0]), (span.last_seen_at_ms, [-1, 0, 0])]);
            }
        }
        for it in &table.standstills {
            let unfinished = i64::from(!it.rows_done);
            changes.extend([(it.from_ms, [0, 1, unfinished]), (it.to_ms, [0, -1, -unfinished])]);
        }
    }
    changes.sort_unstable();
    let mut frozen: Vec<(i64, i64)> = Vec::new();
    let mut counts = [0_i64; 3];
    let mut since_ms = i64::MIN;
    for (at_ms, change) in changes {
        let [running, still, unfinished] = counts;
        if since_ms < at_ms && 0 < running && still == running && 0 < unfinished {
            match frozen.last_mut() {
                Some(last) if last.1 == since_ms => last.1 = at_ms,
                _ => frozen.push((since_ms, at_ms)),
            }
        }
        for (count, change) in counts.iter_mut().zip(change) {
            *count += change;
        }
        since_ms = at_ms;
    }
    frozen
        .retain(|(from_ms, to_ms)| typical_ms * STALL_FACTOR < recorded_ms(*from_ms, *to_ms, &coverage.gaps));
    frozen
}

/// Whether the table stands still since before its last sighting, which was at this moment, with rows left.
fn is_stalled(table: &TableFigures, last_seen_ms: i64) -> bool {
    table.standstills.last().is_some_and(|it| !it.is_over && !it.rows_done && last_seen_ms == it.to_ms)
}

/// Whether several complete snapshots lie in this time, and none of them holds a change.
fn nothing_changed_between(snapshots: &[Snapshot], from_ms: i64, to_ms: i64) -> bool {
    let inside = snapshots.iter().filter(|it| {
        it.outcome == Outcome::Complete && from_ms < it.started_at_ms && it.finished_at_ms <= to_ms
    });
    inside.clone().count() >= MIN_UNCHANGED_SNAPSHOTS && inside.map(|it| it.changes).sum::<u64>() == 0
}

/// The attempts of a table whose rows had to be copied again, each until the next one was seen.
fn lost_attempt_intervals(table: &TableFigures) -> impl Iterator<Item = (i64, i64)> + '_ {
    table.attempts.windows(2).map(|pair| {
        let from_ms = pair[0].rates.first().map_or(pair[0].from_ms, |rate| rate.from_ms);
        let lost_ms = pair[1].lost_time.and_then(|lost| lost.max_ms).unwrap_or(0);
        (from_ms, from_ms + lost_ms)
    })
}

/// The times in which a table may have been running: between two samples it is not known.
fn possibly_running_intervals(table: &TableFigures) -> impl Iterator<Item = (i64, i64)> + '_ {
    let running = table.spans.iter().filter(|span| span.status == Some(Status::Migrating));
    running.filter_map(|span| {
        let from_ms = span.began.after_ms.or(span.began.by_ms)?;
        Some((from_ms, span.ended_by_ms.unwrap_or(span.last_seen_at_ms)))
    })
}

fn total_duration_ms(intervals: &[(i64, i64)]) -> i64 {
    intervals.iter().map(|(from_ms, to_ms)| to_ms - from_ms).sum()
}

/// The parts of these disjoint intervals that lie in none of `taken`.
fn subtract_intervals(intervals: &[(i64, i64)], taken: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut taken = taken.to_vec();
    taken.sort_unstable();
    let mut rest = Vec::new();
    for &(from_ms, to_ms) in intervals {
        let mut from_ms = from_ms;
        for &(taken_from_ms, taken_to_ms) in &taken {
            if to_ms <= taken_from_ms {
                break;
            }
            if from_ms < taken_from_ms {
                rest.push((from_ms, taken_from_ms));
            }
            from_ms = from_ms.max(taken_to_ms);
        }
        if from_ms < to_ms {
            rest.push((from_ms, to_ms));
        }
    }
    rest
}
