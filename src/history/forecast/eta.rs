//! When a table will be done, as a range, or the reason why no figure is honest.

use crate::history::figures::throughput::{Rate, recent_rates, stall_threshold_ms};
use crate::history::quality::coverage::{Gap, recorded_ms};
use crate::model::Timestamp;
use crate::model::{ObjectState, Status};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// No forecast before this share of the total is copied.
const MIN_RATIO: f64 = 0.01;

/// A forecast, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eta {
    /// Between these moments, if it goes on as in its recent active intervals.
    Between {
        /// At the pace of its faster recent intervals.
        early_ms: i64,
        /// At the pace of its slower recent intervals.
        late_ms: i64,
    },
    /// Of a job, for some of whose tables nobody knows what is left: not before these moments, which are the
    /// range of the others.
    NotBefore {
        /// The others, at the pace of their faster recent intervals.
        early_ms: i64,
        /// The others, at the pace of their slower recent intervals.
        late_ms: i64,
        /// Tables that are not in it; always more than zero.
        without_estimate: usize,
    },
    /// Already finished.
    Done,
    /// Too little seen: under 1 % or under three rises, or the table has not begun.
    NotYet,
    /// Copied as many rows as estimated, but not finished: any moment, the estimate is wrong.
    Due,
    /// Migrating without a rise since this moment, for much longer than its usual pace.
    StalledSince(i64),
    /// Failed: it will not finish by itself.
    Failed,
    /// There is no estimate of the total to count towards, or no count.
    Unknown,
}

/// Every kind has the same fields; those that a kind does not know are null.
impl Serialize for Eta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = match self {
            Self::Between { .. } => "between",
            Self::NotBefore { .. } => "not_before",
            Self::Done => "done",
            Self::NotYet => "not_yet",
            Self::Due => "due",
            Self::StalledSince(_) => "stalled",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        };
        let (range, since, without_estimate) = match self {
            Self::Between { early_ms, late_ms } => (Some((*early_ms, *late_ms)), None, None),
            Self::NotBefore { early_ms, late_ms, without_estimate } => {
                (Some((*early_ms, *late_ms)), None, Some(*without_estimate))
            }
            Self::StalledSince(since_ms) => (None, Some(Timestamp::from_millis(*since_ms)), None),
            Self::Done | Self::NotYet | Self::Due | Self::Failed | Self::Unknown => (None, None, None),
        };
        let mut eta = serializer.serialize_struct("Eta", 5)?;
        eta.serialize_field("kind", kind)?;
        eta.serialize_field("early", &range.map(|(early_ms, _)| Timestamp::from_millis(early_ms)))?;
        eta.serialize_field("late", &range.map(|(_, late_ms)| Timestamp::from_millis(late_ms)))?;
        eta.serialize_field("since", &since)?;
        eta.serialize_field("tables_without_estimate", &without_estimate)?;
        eta.end()
    }
}

/// The forecast for one table that was last seen at `last_seen_at_ms`, from the rates of its current attempt.
/// Time in `gaps` of the recording is not held against it.
#[must_use]
pub fn table_eta(state: &ObjectState, rates: &[Rate], last_seen_at_ms: i64, gaps: &[Gap]) -> Eta {
    match &state.status {
        Some(Status::Finished) => return Eta::Done,
        Some(Status::Failed) => return Eta::Failed,
        Some(Status::Migrating) => {}
        _ => return Eta::NotYet,
    }
    let Some((done, total)) = state.finished_rows.zip(state.total_rows.filter(|total| *total > 0)) else {
        return Eta::Unknown;
    };
    if done >= total {
        return Eta::Due;
    }
    let Some(threshold_ms) = stall_threshold_ms(rates) else { return Eta::NotYet };
    let last_rise_ms = rates.last().map_or(last_seen_at_ms, |rate| rate.to_ms);
    if recorded_ms(last_rise_ms, last_seen_at_ms, gaps) > threshold_ms {
        return Eta::StalledSince(last_rise_ms);
    }
    if (done as f64 / total as f64) < MIN_RATIO {
        return Eta::NotYet;
    }
    at_pace(total - done, recent_rates(rates).iter().map(Rate::rows_per_second).collect(), last_seen_at_ms)
}

/// When `rows` more rows will be done after `from_ms`: at the upper and at the lower quartile of the rates.
pub(super) fn at_pace(rows: i64, mut rows_per_second: Vec<f64>, from_ms: i64) -> Eta {
    rows_per_second.retain(|rate| *rate > 0.0);
    rows_per_second.sort_by(f64::total_cmp);
    let Some(last) = rows_per_second.len().checked_sub(1) else { return Eta::NotYet };
    let (slow, fast) = (rows_per_second[last / 4], rows_per_second[last - last / 4]);
    // A forecast beyond a century is none.
    #[expect(clippy::cast_possible_truncation, reason = "bounded to a century before the cast")]
    let after = |rate: f64| from_ms + (rows as f64 * 1000.0 / rate).min(3.2e12) as i64;
    Eta::Between { early_ms: after(fast), late_ms: after(slow) }
}
