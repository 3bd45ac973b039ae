//! Times in which a running table did not move.

use crate::history::ObjectHistory;
use crate::history::figures::throughput::{CopyAttempt, STALL_FACTOR, stall_threshold_ms};
use crate::history::quality::coverage::{Coverage, recorded_ms};
use crate::history::statistics::median;
use crate::model::Status;

/// A time in which the finished rows of a table with the status `Migrating` did not change, much longer than is usual
/// for the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standstill {
    /// The sample that saw the last change before it.
    pub from_ms: i64,
    /// The last sample without a change.
    pub to_ms: i64,
    /// Whether a later sample saw a change.
    pub is_over: bool,
    /// Whether all rows of the estimate were copied.
    pub rows_done: bool,
    /// The table stalls when it has not changed for longer than this, gaps of the recording left out.
    pub threshold_ms: i64,
}

/// The standstills of a table, oldest first. A time in which the table gave no count is none: whether it moved is
/// unknown. A restart begins a new one.
pub(crate) fn standstills(
    object: &ObjectHistory,
    attempts: &[CopyAttempt],
    coverage: &Coverage,
) -> Vec<Standstill> {
    let mut standstills = Vec::new();
    // Since when the table has not changed, and whether it has copied all rows of the estimate.
    let mut unchanged: Option<(i64, bool)> = None;
    let mut add = |(from_ms, rows_done): (i64, bool), to_ms: i64, is_over: bool| {
        if let Some(threshold_ms) = standstill_threshold_ms(attempts, from_ms, coverage.typical_interval_ms)
            && threshold_ms < recorded_ms(from_ms, to_ms, &coverage.gaps)
        {
            standstills.push(Standstill { from_ms, to_ms, is_over, rows_done, threshold_ms });
        }
    };
    let mut previous: Option<&crate::history::Observation> = None;
    for seen in &object.observations {
        let is_running =
            seen.listed && seen.state.status == Some(Status::Migrating) && seen.state.finished_rows.is_some();
        let is_same = is_running
            && previous.is_some_and(|previous| {
                previous.state.finished_rows == seen.state.finished_rows
                    && previous.state.status == seen.state.status
            });
        let rows_done = match (seen.state.finished_rows, seen.state.total_rows) {
            (Some(done), Some(total)) => 0 < total && total <= done,
            _ => false,
        };
        if let Some((from_ms, _)) = unchanged.filter(|_| is_same) {
            unchanged = Some((from_ms, rows_done));
        } else {
            if let Some(unchanged) = unchanged {
                let before_ms = previous.map_or(unchanged.0, |previous| previous.observed_at_ms);
                add(unchanged, seen.previous_observed_at_ms.unwrap_or(before_ms), true);
            }
            unchanged = is_running.then_some((seen.observed_at_ms, rows_done));
        }
        previous = Some(seen);
    }
    if let Some(unchanged) = unchanged {
        add(unchanged, object.last_seen_at_ms, false);
    }
    standstills
}

/// The longest usual time without a change from this moment on: by the rises of its attempt, or of an earlier one while
/// those are too few, or by the usual time between two snapshots.
fn standstill_threshold_ms(
    attempts: &[CopyAttempt],
    at_ms: i64,
    typical_interval_ms: Option<i64>,
) -> Option<i64> {
    let begun = attempts.partition_point(|attempt| attempt.from_ms <= at_ms);
    let known = attempts[..begun].iter().rev().find_map(|attempt| stall_threshold_ms(&attempt.rates));
    known.or_else(|| {
        let attempt = attempts[..begun].last();
        let rises = attempt.into_iter().flat_map(|attempt| {
            let ends = attempt.rates.iter().map(|rate| rate.to_ms);
            let starts = std::iter::once(attempt.from_ms).chain(ends.clone());
            starts.zip(ends).map(|(from_ms, to_ms)| to_ms - from_ms)
        });
        let usual_ms = typical_interval_ms?.max(median(rises.collect()).unwrap_or(0));
        Some(usual_ms * STALL_FACTOR)
    })
}
