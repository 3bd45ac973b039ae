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

/// A small fall of finished rows that is more likely a correction of the count than a restart: the status did not go
/// back, and at its fastest rate so far the table could not have copied its rows again since it was last seen. It
/// gives no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Correction {
    /// The observation that saw it.
    #[serde(rename = "at", serialize_with = "serialize_millis")]
    pub at_ms: i64,
    /// By how many rows; always more than zero.
    pub rows: i64,
}

/// A run of observations in which finished rows never fell except by a [`Correction`]. Any other fall is a restart
/// and opens the next attempt.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CopyAttempt {
    /// From 1.
    pub number: u32,
    /// When copying began: the first observation with another status than `NotStarted`, or the one before it if rows
    /// had risen between the two.
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
    /// Whether the fall that opened this attempt was small enough for a correction of the count: the restart is
    /// uncertain.
    pub uncertain: bool,
    /// Rows of the attempt before that this one has to copy again, at least; 0 for the first.
    pub redone_rows: i64,
    /// The same, at most: if the attempt before went on at the table's fastest rate until this one was seen, and this
    /// one began with no row. `None` if no rate is known; 0 for the first.
    pub redone_rows_most: Option<i64>,
    /// Time in which those rows were copied and that is lost; `None` for the first.
    #[serde(rename = "lost")]
    pub lost_time: Option<DurationRange>,
}

/// A correction takes away at most one row in this many.
const MIN_ROWS_PER_CORRECTED_ROW: i64 = 20;

/// The attempts of a table, oldest first. An observation without a number belongs to none, and gives no
/// rate with the one after it: what happened between is unknown.
#[must_use]
pub fn copy_attempts(observations: &[Observation]) -> Vec<CopyAttempt> {
    let mut folded = AttemptFold::default();
    for seen in observations {
        folded.add(seen);
    }
    folded.attempts
}

/// The attempts of the observations so far.
#[derive(Default)]
struct AttemptFold<'a> {
    attempts: Vec<CopyAttempt>,
    previous_rows: Option<i64>,
    previous_status: Option<&'a Status>,
    /// Whether the latest attempt was only seen waiting.
    is_waiting: bool,
    /// The fastest rate of the table, rows per second.
    peak: Option<f64>,
}

impl<'a> AttemptFold<'a> {
    fn add(&mut self, seen: &'a Observation) {
        let status = seen.state.status.as_ref();
        let status_before = std::mem::replace(&mut self.previous_status, status);
        let rows_before = std::mem::replace(&mut self.previous_rows, seen.state.finished_rows);
        let Some(rows) = seen.state.finished_rows else { return };
        let waits = status == Some(&Status::NotStarted);
        let is_fall = self.attempts.last().is_some_and(|attempt| rows < attempt.last_rows);
        let small = is_fall && self.is_small_fall(rows, status_before, status);
        match self.attempts.last_mut() {
            Some(attempt) if !is_fall || (small && !could_copy_again(self.peak, rows, seen)) => {
                let rate = rate_since_previous(rows_before, seen, rows);
                if self.is_waiting && (!waits || rate.is_some()) {
                    attempt.from_ms = rate.map_or(seen.observed_at_ms, |rate| rate.from_ms);
                    self.is_waiting = false;
                }
                self.peak =
                    rate.map(|rate| rate.rows_per_second()).into_iter().chain(self.peak).reduce(f64::max);
                attempt.rates.extend(rate);
                if is_fall {
                    let fall = Correction { at_ms: seen.observed_at_ms, rows: attempt.last_rows - rows };
                    attempt.corrections.push(fall);
                }
                attempt.to_ms = seen.observed_at_ms;
                attempt.last_rows = rows;
            }
            before => {
                let next = begin_attempt(before.as_deref(), seen, rows, self.peak, small);
                self.attempts.push(next);
                self.is_waiting = waits;
            }
        }
    }

    /// Whether a fall is too small for a usual restart, and the status does not say that it is one.
    fn is_small_fall(&self, rows: i64, before: Option<&Status>, after: Option<&Status>) -> bool {
        self.attempts.last().is_some_and(|attempt| {
            let fall = attempt.last_rows - rows;
            0 < rows
                && fall <= attempt.last_rows / MIN_ROWS_PER_CORRECTED_ROW
                && !status_went_back(before, after)
        })
    }
}

fn begin_attempt(
    before: Option<&CopyAttempt>,
    seen: &Observation,
    rows: i64,
    peak: Option<f64>,
    uncertain: bool,
) -> CopyAttempt {
    let most = |before: &CopyAttempt| {
        let unseen_ms = seen.observed_at_ms - seen.previous_observed_at_ms?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "saturates, and counts from outside may be nonsense"
        )]
        let unseen_rows = (peak? * unseen_ms as f64 / 1000.0) as i64;
        Some(before.last_rows.saturating_add(unseen_rows))
    };
    CopyAttempt {
        number: before.map_or(1, |it| it.number.saturating_add(1)),
        from_ms: seen.observed_at_ms,
        to_ms: seen.observed_at_ms,
        first_rows: rows,
        last_rows: rows,
        rates: Vec::new(),
        corrections: Vec::new(),
        uncertain,
        redone_rows: before.map_or(0, |it| it.last_rows - rows),
        redone_rows_most: before.map_or(Some(0), most),
        lost_time: before.map(|it| lost_time(it, seen.observed_at_ms)),
    }
}

/// From the first rise of an attempt to its last, or to the next one's first sight.
fn lost_time(attempt: &CopyAttempt, next_ms: i64) -> DurationRange {
    let began_ms = attempt.rates.first().map_or(attempt.from_ms, |rate| rate.from_ms);
    let last_ms = attempt.rates.last().map_or(began_ms, |rate| rate.to_ms);
    DurationRange { min_ms: last_ms - began_ms, max_ms: Some(next_ms - began_ms) }
}

/// Whether a table with this fastest rate could have copied its rows from the beginning since it was last seen. Then a
/// small fall is more likely a restart; without a rate nothing speaks against one.
fn could_copy_again(peak: Option<f64>, rows: i64, seen: &Observation) -> bool {
    let (Some(peak), Some(since_ms)) = (peak, seen.previous_observed_at_ms) else { return true };
    let unseen_ms = seen.observed_at_ms - since_ms;
    unseen_ms > 0 && rows as f64 * 1000.0 / unseen_ms as f64 <= peak
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
pub(crate) fn rate_since_previous(rows_before: Option<i64>, seen: &Observation, rows: i64) -> Option<Rate> {
    let from_ms = seen.previous_observed_at_ms?;
    let rate = Rate { from_ms, to_ms: seen.observed_at_ms, rows: rows - rows_before? };
    (rate.rows > 0 && rate.from_ms < rate.to_ms).then_some(rate)
}
