//! The forecast for a job and each of its tables at any moment of the history.

use super::eta::{Eta, EtaRange};
use super::interval_series::{Interval, IntervalSeries};
use super::rate_model::RateModel;
use super::remaining::Remaining;
use super::sampling::{Sampler, quantile};
use super::schedule::Schedule;
use super::start_order::StartOrder;
use super::table_history::TableHistory;
use crate::history::Snapshot;
use crate::history::quality::coverage::Gap;

/// Futures that are drawn for up to [`MAX_RUNNING_WITH_ALL_FUTURES`] running tables; at least [`MIN_FUTURES`] for more,
/// so that the time grows with the number of tables by a small factor only.
const MAX_FUTURES: usize = 120;
const MIN_FUTURES: usize = 30;
const MAX_RUNNING_WITH_ALL_FUTURES: usize = 500;
/// Waiting tables are scheduled in at most this many groups.
const MAX_GROUPS: usize = 1000;

/// Maps the futures to a range. The constants were chosen on the development generator of
/// `benches/calibration`, so that 80 % of the ranges hold the end and are as short as can be, measured by the time
/// left.
#[derive(Debug, Clone, Copy)]
struct Calibration {
    /// Quantiles of the futures: early, likely, late.
    quantiles: [f64; 3],
    /// Both sides are widened by this power, because the model knows less than it believes, …
    widening: f64,
    /// … and by this much more for each factor e that the time left is longer than the time watched.
    widening_by_horizon: f64,
}

const JOB_CALIBRATION: Calibration =
    Calibration { quantiles: [0.03, 0.45, 0.8], widening: 1.3, widening_by_horizon: 0.07 };
const TABLE_CALIBRATION: Calibration =
    Calibration { quantiles: [0.04, 0.48, 0.84], widening: 1.15, widening_by_horizon: 0.12 };
/// The time left is taken for at most this many factors e longer or shorter than the time watched.
const MAX_HORIZON: f64 = 1.5;
/// A forecast beyond a century is none.
const MAX_SECONDS: f64 = 3.2e9;

/// The forecasts of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecasts {
    /// The end of the last table that has not failed.
    pub job: Eta,
    /// The end of each table, in the order of the tables.
    pub tables: Vec<Eta>,
}

/// Computes forecasts from a history; each looks only at what was known at its moment.
#[derive(Debug, Clone)]
pub struct Forecaster<'a> {
    tables: &'a [TableHistory<'a>],
    gaps: &'a [Gap],
    series: IntervalSeries,
}

impl<'a> Forecaster<'a> {
    /// For a job with these tables and snapshots. Time in `gaps` of the recording does not count as a stall.
    #[must_use]
    pub fn new(tables: &'a [TableHistory<'a>], snapshots: &[Snapshot], gaps: &'a [Gap]) -> Self {
        Self { tables, gaps, series: IntervalSeries::new(tables, snapshots) }
    }

    /// The forecasts from what was known at this moment.
    #[must_use]
    pub fn forecast(&self, at_ms: i64) -> Forecasts {
        self.draw(at_ms, true)
    }

    /// The forecast for the job alone: the same as in [`Forecaster::forecast`], for less time and memory.
    #[must_use]
    pub fn forecast_job(&self, at_ms: i64) -> Eta {
        self.draw(at_ms, false).job
    }

    fn draw(&self, at_ms: i64, with_tables: bool) -> Forecasts {
        let mut left = Remaining::at(self.tables, &self.series, self.gaps, at_ms);
        let intervals = self.series.until(at_ms);
        let model = RateModel::new(intervals);
        let job = no_range(&left, intervals);
        let mut tables: Vec<Eta> = left.no_range.iter().map(|it| it.unwrap_or(Eta::NotYet)).collect();
        let Some(model) = model.filter(|_| !left.is_empty()) else {
            return Forecasts { job: job.unwrap_or(Eta::NotYet), tables };
        };
        let places = places(intervals, left.running.len());
        let running = left.running.len();
        let without_estimate = left.take_out_unknown();
        let futures = Futures::draw(&left, &model, places, running - left.running.len(), with_tables);
        for (table, seconds) in left.running.iter().zip(futures.tables) {
            if left.no_range[table.index].is_none() {
                tables[table.index] = Eta::Between(TABLE_CALIBRATION.range(seconds, at_ms, table.watched_s));
            }
        }
        let job = job.unwrap_or_else(|| {
            let range = JOB_CALIBRATION.range(futures.job, at_ms, watched_s(intervals));
            match without_estimate {
                0 => Eta::Between(range),
                without_estimate => Eta::NotBefore { range, without_estimate },
            }
        });
        Forecasts { job, tables }
    }
}

/// Why the job has no range; `None` if it can have one.
fn no_range(left: &Remaining, intervals: &[Interval]) -> Option<Eta> {
    if left.is_empty() {
        let failed = left.no_range.contains(&Some(Eta::Failed));
        return Some(if failed { Eta::Failed } else { Eta::Done });
    }
    // Before anything runs, or between two steps of the job, nobody knows when it goes on.
    if left.running.is_empty() && intervals.last().is_none_or(|it| it.rows <= 0.0) {
        return Some(Eta::NotYet);
    }
    let stalled_since = |index: usize| match left.no_range[index] {
        Some(Eta::StalledSince(since_ms)) => Some(since_ms),
        _ => None,
    };
    let stalls: Option<Vec<i64>> = left.running.iter().map(|it| stalled_since(it.index)).collect();
    if let Some(since_ms) = stalls.and_then(|it| it.into_iter().max()) {
        return Some(Eta::StalledSince(since_ms));
    }
    (!left.has_known()).then_some(Eta::Unknown)
}

/// The usual number of tables copied at once while others wait, from the recent half of the past.
fn places(intervals: &[Interval], running: usize) -> usize {
    let with_queue: Vec<f64> =
        intervals.iter().filter(|it| it.waiting_at_end > 0).map(|it| it.running_at_end as f64).collect();
    let mut recent = with_queue[with_queue.len() / 2..].to_vec();
    recent.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of tables")]
    let usual = quantile(&recent, 0.8).round() as usize;
    usual.max(running).max(1)
}

/// Seconds in which tables were seen to run.
fn watched_s(intervals: &[Interval]) -> f64 {
    intervals.iter().filter(|it| it.running > 0.0).map(Interval::seconds).sum()
}

/// The ends in all futures, in seconds from now.
struct Futures {
    job: Vec<f64>,
    /// Of each running table; empty if they are not asked for.
    tables: Vec<Vec<f64>>,
}

impl Futures {
    /// `others` tables run that nothing is forecast of; each keeps its place.
    fn draw(left: &Remaining, model: &RateModel, places: usize, others: usize, with_tables: bool) -> Self {
        let mut sampler = Sampler::new();
        let mut groups = left.waiting_groups(MAX_GROUPS, &mut sampler);
        let count = MAX_FUTURES * MAX_RUNNING_WITH_ALL_FUTURES / left.running.len().max(1);
        let count = count.clamp(MIN_FUTURES, MAX_FUTURES);
        let mut futures = Self {
            job: Vec::with_capacity(count),
            tables: vec![Vec::with_capacity(count); if with_tables { left.running.len() } else { 0 }],
        };
        for _ in 0..count {
            let capacity = model.draw(&mut sampler);
            let common = left.draw_common_ratio(&mut sampler);
            let running: Vec<f64> =
                left.running.iter().map(|it| left.draw_running(it, common, &mut sampler)).collect();
            if left.order == StartOrder::Unknown {
                sampler.shuffle(&mut groups);
            }
            let waiting: Vec<f64> =
                groups.iter().map(|it| left.draw_waiting(it, common, &mut sampler)).collect();
            let schedule = Schedule::new(places.saturating_sub(others), &running, waiting.into_iter());
            let capacities = schedule.capacities(capacity.sharing, others);
            let seconds = |work| capacity.seconds_until(capacities.until(work));
            let mut last_s = seconds(schedule.last_end());
            for (nth, (work, table)) in running.iter().zip(&left.running).enumerate() {
                // A table that stands still goes on after as long again, more or less.
                let frozen_s = table.frozen_s * sampler.normal().exp();
                let end_s = frozen_s + seconds(*work);
                last_s = last_s.max(end_s);
                if let Some(ends) = futures.tables.get_mut(nth) {
                    ends.push(end_s);
                }
            }
            futures.job.push(last_s);
        }
        futures
    }
}

impl Calibration {
    /// The range of these futures of something that was watched for so long.
    fn range(&self, mut seconds: Vec<f64>, at_ms: i64, watched_s: f64) -> EtaRange {
        seconds.sort_by(f64::total_cmp);
        let [early, likely, late] = self.quantiles.map(|it| quantile(&seconds, it).clamp(1e-3, MAX_SECONDS));
        let horizon = (likely / watched_s.max(1e-3)).ln().clamp(-MAX_HORIZON, MAX_HORIZON);
        let widening = self.widening * (1.0 + self.widening_by_horizon * horizon);
        #[expect(clippy::cast_possible_truncation, reason = "bounded by MAX_SECONDS")]
        let after = |seconds: f64| at_ms.saturating_add((seconds.min(MAX_SECONDS) * 1000.0) as i64);
        EtaRange {
            early_ms: after(likely * (early / likely).powf(widening)),
            likely_ms: after(likely),
            late_ms: after(likely * (late / likely).powf(widening)),
        }
    }
}
