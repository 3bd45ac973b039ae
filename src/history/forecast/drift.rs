//! The forecast of every moment, computed again from the history: how it drifted, and how wrong it was.

use super::eta::{Eta, table_eta};
use super::queue::{Paces, Remaining, job_eta};
use crate::history::figures::throughput::{CopyAttempt, Rate, recent_rates};
use crate::history::figures::times::Bracket;
use crate::history::quality::coverage::Gap;
use crate::history::statistics::{evenly_spaced_indices, rows_per_second, saturating_sum};
use crate::history::{ObjectHistory, Observation, Outcome, Snapshot};
use crate::model::Status;
use crate::model::serialize_millis;
use serde::Serialize;

/// At most this many moments: more cannot be compared by eye.
const MAX_MOMENTS: usize = 48;
/// The shares of the whole time at which forecasts are judged.
const JUDGED_PERCENT: [i64; 3] = [25, 50, 75];

/// What the forecast for the job was at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// End of the snapshot that it rests on.
    #[serde(rename = "at", serialize_with = "serialize_millis")]
    pub at_ms: i64,
    /// The forecast.
    pub eta: Eta,
}

/// How wrong a forecast was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Score {
    /// Of the time from the first start to the last end.
    pub percent: i64,
    /// The forecast at that share of the time.
    pub forecast: Forecast,
    /// By how much the end came later than the latest moment of the range (more than zero) or earlier than the
    /// earliest (less than zero); 0 inside the range, `None` if it gave no range. Where it was a lower bound, only
    /// the latter is a fault, but the former tells what the tables that were not in it took.
    pub error_ms: Option<i64>,
}

/// A table with its attempts.
pub(in crate::history) struct Course<'a> {
    /// What was seen of it.
    pub(in crate::history) timeline: &'a ObjectHistory,
    /// All its attempts.
    pub(in crate::history) attempts: &'a [CopyAttempt],
}

/// The forecast for the job from what was known at this moment.
pub(in crate::history) fn forecast(courses: &[Course<'_>], gaps: &[Gap], at_ms: i64) -> Eta {
    let mut remaining = Vec::new();
    let mut paces = Vec::new();
    let mut running = 0;
    let mut at_once = 0;
    for course in courses {
        let Some(seen) = seen_at(course.timeline, at_ms).filter(|seen| seen.listed) else { continue };
        let rates = rates_at(course.attempts, at_ms);
        if let (Some(pace), Some(total)) = (pace(rates), seen.state.total_rows) {
            paces.push((total, pace));
            // Tables that rose in the latest interval of any table were copied at once.
            at_once +=
                usize::from(rates.last().is_some_and(|rate| at_ms <= rate.to_ms + rate.to_ms - rate.from_ms));
        }
        if seen.state.status == Some(Status::Finished) {
            continue;
        }
        let is_running = seen.state.status == Some(Status::Migrating);
        running += usize::from(is_running);
        let last_seen_ms = course.timeline.last_seen_at_ms.min(at_ms);
        let eta = table_eta(&seen.state, rates, last_seen_ms, gaps);
        let to_go = |total: i64| total.saturating_sub(seen.state.finished_rows.unwrap_or(0)).max(0);
        let rows = seen.state.total_rows.filter(|_| eta != Eta::Unknown).map(to_go);
        remaining.push(Remaining { rows, running: is_running, eta });
    }
    // Before anything runs, or between two steps of the job, nobody knows when it goes on.
    if running == 0 && remaining.iter().any(|it| it.eta != Eta::Failed) {
        return Eta::NotYet;
    }
    job_eta(&remaining, &Paces::of(paces), running.max(at_once), at_ms)
}

/// The forecasts of at most 48 snapshots, evenly chosen, the first and the last among them.
pub(in crate::history) fn drift(
    courses: &[Course<'_>],
    snapshots: &[Snapshot],
    gaps: &[Gap],
) -> Vec<Forecast> {
    let complete: Vec<_> = snapshots.iter().filter(|it| it.outcome == Outcome::Complete).collect();
    let moments = evenly_spaced_indices(complete.len(), MAX_MOMENTS).into_iter();
    let moments_ms = moments.map(|index| complete[index].finished_at_ms);
    moments_ms.map(|at_ms| Forecast { at_ms, eta: forecast(courses, gaps, at_ms) }).collect()
}

/// How wrong the forecasts were, if the end has come.
pub(in crate::history) fn scores(drift: &[Forecast], started: Bracket, ended: Bracket) -> Vec<Score> {
    let (Some(from_ms), Some(to_ms)) = (started.by_ms, ended.by_ms) else { return Vec::new() };
    let judged = JUDGED_PERCENT.into_iter().filter_map(|percent| {
        let moment_ms = from_ms + (to_ms - from_ms) * percent / 100;
        let forecast = drift.iter().rfind(|it| it.at_ms <= moment_ms)?;
        // The end is known as a bracket, too: only what lies outside of both is an error.
        let after_ms = ended.after_ms.unwrap_or(to_ms);
        let error_ms = match forecast.eta {
            Eta::Between { early_ms, late_ms } | Eta::NotBefore { early_ms, late_ms, .. } => {
                Some((after_ms - late_ms).max(0) + (to_ms - early_ms).min(0))
            }
            _ => None,
        };
        Some(Score { percent, forecast: *forecast, error_ms })
    });
    judged.collect()
}

/// What was last seen of an object at this moment.
fn seen_at(timeline: &ObjectHistory, at_ms: i64) -> Option<&Observation> {
    let kept = timeline.observations.partition_point(|seen| seen.observed_at_ms <= at_ms);
    timeline.observations[..kept].last()
}

/// The rates of the attempt that was the current one at this moment, until then.
fn rates_at(attempts: &[CopyAttempt], at_ms: i64) -> &[Rate] {
    let begun = attempts.partition_point(|attempt| attempt.from_ms <= at_ms);
    attempts[..begun].last().map_or(&[], |attempt| {
        let kept = attempt.rates.partition_point(|rate| rate.to_ms <= at_ms);
        &attempt.rates[..kept]
    })
}

/// Rows per second over the recent rates.
fn pace(rates: &[Rate]) -> Option<f64> {
    let recent = recent_rates(rates);
    let rows = saturating_sum(recent.iter().map(|rate| rate.rows));
    rows_per_second(rows, recent.iter().map(|rate| rate.to_ms - rate.from_ms).sum())
}
