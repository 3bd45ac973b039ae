//! The forecast of every moment, computed again from the history: how it drifted, and how wrong it was.

use super::eta::Eta;
use super::forecaster::Forecaster;
use crate::history::figures::times::Bracket;
use crate::history::statistics::evenly_spaced_indices;
use crate::history::{Outcome, Snapshot};
use crate::model::serialize_millis;
use serde::Serialize;

/// At most this many moments: more cannot be compared by eye.
const MAX_MOMENTS: usize = 48;
/// The shares of the whole time at which forecasts are judged.
const JUDGED_PERCENT: [i64; 3] = [25, 50, 75];

/// The forecast of the job's end at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// End of the snapshot that it rests on.
    #[serde(rename = "at", serialize_with = "serialize_millis")]
    pub at_ms: i64,
    /// The forecast.
    pub eta: Eta,
}

/// The error of a past forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ForecastScore {
    /// Of the time from the first start to the last end.
    pub percent: i64,
    /// The forecast at that share of the time.
    pub forecast: Forecast,
    /// By how much the end came later than the latest moment of the range (more than zero) or earlier than the
    /// earliest (less than zero); 0 inside the range, `None` if it gave no range. Where it was a lower bound, only
    /// the latter is a fault, but the former tells what the tables that were not in it took.
    pub error_ms: Option<i64>,
}

/// The forecasts of at most 48 snapshots, evenly chosen, the first and the last among them.
pub(in crate::history) fn forecast_snapshots(
    forecaster: &Forecaster<'_>,
    snapshots: &[Snapshot],
) -> Vec<Forecast> {
    let complete: Vec<_> = snapshots.iter().filter(|it| it.outcome == Outcome::Complete).collect();
    let moments = evenly_spaced_indices(complete.len(), MAX_MOMENTS).into_iter();
    let moments_ms = moments.map(|index| complete[index].finished_at_ms);
    moments_ms.map(|at_ms| Forecast { at_ms, eta: forecaster.forecast_job(at_ms) }).collect()
}

/// The errors of the forecasts; empty while the job has not ended.
pub(in crate::history) fn score_forecasts(
    drift: &[Forecast],
    started: Bracket,
    ended: Bracket,
) -> Vec<ForecastScore> {
    let (Some(from_ms), Some(to_ms)) = (started.by_ms, ended.by_ms) else { return Vec::new() };
    let judged = JUDGED_PERCENT.into_iter().filter_map(|percent| {
        let moment_ms = from_ms + (to_ms - from_ms) * percent / 100;
        let forecast = drift.iter().rfind(|it| it.at_ms <= moment_ms)?;
        // The end is known as a bracket, too: only what lies outside of both is an error.
        let after_ms = ended.after_ms.unwrap_or(to_ms);
        let range = forecast.eta.range();
        let error_ms = range.map(|it| (after_ms - it.late_ms).max(0) + (to_ms - it.early_ms).min(0));
        Some(ForecastScore { percent, forecast: *forecast, error_ms })
    });
    judged.collect()
}
