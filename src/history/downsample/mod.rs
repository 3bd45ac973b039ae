//! Selects change rows of a finished table that can be merged without changing any figure but rates.
//!
//! A change row holds the previous state of a table (with its last sighting) and the new one. Two
//! rows in succession are therefore one, with the "before" of the first and the "after" of the second: the rate
//! of the merged row is the exact difference over the exact, longer time.

use super::Observation;
use crate::history::figures::throughput::rate_since_previous;
use crate::model::ObjectState;

/// Forecasts for a job rest on this many of the latest rates of each table: these stay as they are.
const KEPT_LATEST_RISES: usize = crate::history::figures::throughput::RECENT_RATES;

/// A range of rows that become one: the last row stays, with the previous state of the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowMerge {
    /// The first row.
    pub first_index: usize,
    /// The last row: the one that stays. Always behind `from`.
    pub last_index: usize,
}

/// The merges after which at most one of a table's change rows (oldest first) is left in each bucket of time.
///
/// Stay as they are: the first row, each row that changed anything but the count and `UsedTime`, each fall of the
/// count or change to or from an unknown one, and the newest rows. Where the count stood still before its first
/// rise, or after its last, nothing is merged with a rise, so that the time from first to last rise stays exact. The
/// fastest rate before each fall stays, because it decides whether the fall is a restart.
#[must_use]
pub fn plan_merges(observations: &[Observation], bucket_ms: i64) -> Vec<RowMerge> {
    let kept_from = first_kept_index(observations);
    let fastest = fastest_before_falls(observations);
    let may_merge = |at: usize| changes_only_counts(observations, at) && fastest.binary_search(&at).is_err();
    let mut merges = Vec::new();
    let mut first = 1;
    while first < kept_from {
        if !may_merge(first) {
            first += 1;
            continue;
        }
        let run = (first..kept_from).take_while(|at| may_merge(*at)).count();
        plan_merges_of_run(observations, first, first + run, bucket_ms, &mut merges);
        first += run;
    }
    merges
}

/// The row of the fastest rate before each fall of the count, sorted.
fn fastest_before_falls(observations: &[Observation]) -> Vec<usize> {
    let mut indices = Vec::new();
    let mut fastest: Option<(f64, usize)> = None;
    let mut known_rows = None;
    for (index, seen) in observations.iter().enumerate() {
        let Some(rows) = seen.state.finished_rows else { continue };
        if known_rows.replace(rows).is_some_and(|before| rows < before) {
            indices.extend(fastest.map(|(_, index)| index));
        }
        let rate = index.checked_sub(1).and_then(|before| {
            rate_since_previous(observations[before].state.finished_rows, seen, rows)
                .map(|rate| rate.rows_per_second())
        });
        if let Some(rate) = rate.filter(|rate| fastest.is_none_or(|(peak, _)| peak < *rate)) {
            fastest = Some((rate, index));
        }
    }
    indices.sort_unstable();
    indices.dedup();
    indices
}

/// From here on nothing is merged; 0 if there are fewer rises than are kept.
fn first_kept_index(observations: &[Observation]) -> usize {
    let mut rises = (1..observations.len()).rev().filter(|at| is_rise(observations, *at));
    rises.nth(KEPT_LATEST_RISES - 1).unwrap_or(0)
}

fn is_rise(observations: &[Observation], at: usize) -> bool {
    let rows = |at: usize| observations[at].state.finished_rows;
    rows(at - 1).zip(rows(at)).is_some_and(|(before, after)| before < after)
}

/// Whether the row only records an increased count or a changed `UsedTime`.
fn changes_only_counts(observations: &[Observation], at: usize) -> bool {
    let (before, seen) = (&observations[at - 1], &observations[at]);
    let of = |seen: &Observation| {
        let state = ObjectState { finished_rows: None, used_time: None, ..seen.state.clone() };
        (state, seen.listed)
    };
    let rows = before.state.finished_rows.zip(seen.state.finished_rows);
    rows.is_some_and(|(before, after)| before <= after)
        && of(before) == of(seen)
        // A row that was recorded while the clock was set back is not merged.
        && before.observed_at_ms < seen.observed_at_ms
        && seen.previous_observed_at_ms.is_some_and(|previous_ms| previous_ms < seen.observed_at_ms)
}

/// Merges a run of plain rows: what came before its first rise, what lies between the rises, what came after.
fn plan_merges_of_run(
    observations: &[Observation],
    from: usize,
    to: usize,
    bucket_ms: i64,
    merges: &mut Vec<RowMerge>,
) {
    let rises = || (from..to).filter(|at| is_rise(observations, *at));
    let first_rise = rises().next().unwrap_or(to);
    let after_rises = rises().next_back().map_or(to, |at| at + 1);
    for (from, to) in [(from, first_rise), (first_rise, after_rises), (after_rises, to)] {
        let places: Vec<usize> = (from..to).collect();
        let bucket = |at: &usize| observations[*at].observed_at_ms.div_euclid(bucket_ms.max(1));
        for rows in places.chunk_by(|a, b| bucket(a) == bucket(b)) {
            if let [from, .., into] = rows {
                merges.push(RowMerge { first_index: *from, last_index: *into });
            }
        }
    }
}

#[cfg(test)]
mod tests;
