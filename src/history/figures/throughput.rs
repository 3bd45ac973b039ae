//! Rows per second between two observations of a table, and the attempts they belong to.

use crate::history::Observation;
use crate::history::figures::times::DurationRange;
use crate::history::statistics::median;
use crate::model::Status;
use crate::model::{Timestamp, serialize_millis};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// A rise of finished rows between two successive observations: an exact difference over an exact time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The earlier observation.
    pub from_ms: i64,
    /// The later observation; always after the earlier.
    pub to_ms: i64,
    /// Rows copied between them; always more than zero.
    pub rows: i64,
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rate = serializer.serialize_struct("Rate", 4)?;
        rate.serialize_field("from_at", &Timestamp::from_millis(self.from_ms))?;
        rate.serialize_field("to_at", &Timestamp::from_millis(self.to_ms))?;
        rate.serialize_field("rows", &self.rows)?;
        rate.serialize_field("rows_per_second", &self.rows_per_second())?;
        rate.end()
    }
}

impl Rate {
    /// Rows per second over the time between the two observations.
    #[must_use]
    pub fn rows_per_second(&self) -> f64 {
        self.rows as f64 * 1000.0 / (self.to_ms - self.from_ms) as f64
    }
}

/// Figures of the present look at this many of the latest rates, so that an old pause or an old speed does not count.
pub(crate) const RECENT_RATES: usize = 8;
/// A table stalls when it has not risen for this many times its usual time between two rises.
pub(crate) const STALL_FACTOR: i64 = 5;
/// Fewer rates than this do not show the usual time between two rises.
const MIN_RATES: usize = 3;

/// The latest [`RECENT_RATES`] of these rates.
pub(crate) fn recent_rates(rates: &[Rate]) -> &[Rate] {
    &rates[rates.len().saturating_sub(RECENT_RATES)..]
}

/// A table with these rates stalls when it has not risen for longer than this; `None` while the rates are too few.
pub(crate) fn stall_threshold_ms(rates: &[Rate]) -> Option<i64> {
    if rates.len() < MIN_RATES {
        return None;
    }
    // From rise to rise: a table may tell its count only every few sweeps.
    Some(median(rates.windows(2).map(|pair| pair[1].to_ms - pair[0].to_ms).collect())? * STALL_FACTOR)
}

/// A small fall of finished rows that is no restart: the status did not go back. It gives no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Correction {
    /// The observation that saw it.
    #[serde(rename = "at", serialize_with = "serialize_millis")]
    pub at_ms: i64,
    /// By how many rows; always more than zero.
    pub rows: i64,
}

/// A run of observations in which finished rows never fell but by a [`Correction`]. Any other fall is a restart
/// and opens the next attempt.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CopyAttempt {
    /// From 1.
    pub number: u32,
    /// First observation of the attempt.
    #[serde(rename = "from", serialize_with = "serialize_millis")]
    pub from_ms: i64,
    /// Last observation of the attempt.
    #[serde(rename = "to", serialize_with = "serialize_millis")]
    pub to_ms: i64,
    /// Finished rows at its first observation (0 or more: some may have been copied before it was seen).
    pub first_rows: i64,
    /// Finished rows at its last observation.
    pub last_rows: i64,
    /// The rates inside it, oldest first.
    pub rates: Vec<Rate>,
    /// Small falls inside it, oldest first.
    pub corrections: Vec<Correction>,
    /// Rows of the attempt before that this one has to do again; 0 for the first.
    pub redone_rows: i64,
    /// Time in which those rows were copied and that is lost; `None` for the first.
    #[serde(rename = "lost")]
    pub lost_time: Option<DurationRange>,
}

/// A correction takes away at most one row in this many.
const CORRECTION_MOST: i64 = 20;

/// The attempts of a table, oldest first. An observation without a number belongs to none, and gives no
/// rate with the one after it: what happened between is unknown.
#[must_use]
pub fn copy_attempts(observations: &[Observation]) -> Vec<CopyAttempt> {
    let mut attempts: Vec<CopyAttempt> = Vec::new();
    let mut previous_rows = None;
    let mut previous_status = None;
    for seen in observations {
        let status_before = std::mem::replace(&mut previous_status, seen.state.status.as_ref());
        let rows_before = previous_rows;
        previous_rows = seen.state.finished_rows;
        let Some(rows) = seen.state.finished_rows else { continue };
        match attempts.last_mut() {
            Some(attempt) if attempt.last_rows <= rows => {
                attempt.rates.extend(rate_since_previous(rows_before, seen, rows));
                attempt.to_ms = seen.observed_at_ms;
                attempt.last_rows = rows;
            }
            Some(attempt) if is_correction(attempt, rows, status_before, seen) => {
                let fall = Correction { at_ms: seen.observed_at_ms, rows: attempt.last_rows - rows };
                attempt.corrections.push(fall);
                attempt.to_ms = seen.observed_at_ms;
                attempt.last_rows = rows;
            }
            _ => {
                let next = begin_attempt(attempts.last(), seen, rows);
                attempts.push(next);
            }
        }
    }
    attempts
}

fn begin_attempt(before: Option<&CopyAttempt>, seen: &Observation, rows: i64) -> CopyAttempt {
    CopyAttempt {
        number: before.map_or(1, |it| it.number.saturating_add(1)),
        from_ms: seen.observed_at_ms,
        to_ms: seen.observed_at_ms,
        first_rows: rows,
        last_rows: rows,
        rates: Vec::new(),
        corrections: Vec::new(),
        redone_rows: before.map_or(0, |it| it.last_rows - rows),
        lost_time: before.map(|it| lost_time(it, seen.observed_at_ms)),
    }
}

/// From the first rise of an attempt to its last, or to the next one's first sight.
fn lost_time(attempt: &CopyAttempt, next_ms: i64) -> DurationRange {
    let began_ms = attempt.rates.first().map_or(attempt.from_ms, |rate| rate.from_ms);
    let last_ms = attempt.rates.last().map_or(began_ms, |rate| rate.to_ms);
    DurationRange { min_ms: last_ms - began_ms, max_ms: Some(next_ms - began_ms) }
}

/// Whether a fall is too small for a restart, and nothing else speaks for one.
fn is_correction(attempt: &CopyAttempt, rows: i64, before: Option<&Status>, seen: &Observation) -> bool {
    let fall = attempt.last_rows - rows;
    0 < rows
        && fall <= attempt.last_rows / CORRECTION_MOST
        && !status_went_back(before, seen.state.status.as_ref())
}

/// Whether the status says that work begins again: after a failure or an end, or by waiting once more.
fn status_went_back(before: Option<&Status>, after: Option<&Status>) -> bool {
    match before {
        Some(Status::Failed | Status::Finished) => before != after,
        Some(Status::Migrating) => after == Some(&Status::NotStarted),
        _ => false,
    }
}

/// The rate that ends at this observation, if finished rows rose since the one before.
fn rate_since_previous(rows_before: Option<i64>, seen: &Observation, rows: i64) -> Option<Rate> {
    let from_ms = seen.previous_observed_at_ms?;
    let rate = Rate { from_ms, to_ms: seen.observed_at_ms, rows: rows - rows_before? };
    (rate.rows > 0 && rate.from_ms < rate.to_ms).then_some(rate)
}
