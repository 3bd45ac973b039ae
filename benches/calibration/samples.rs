//! Forecasts of the library and of two simple methods at the same moments of a simulated migration.

use dts_history::history::figures::throughput::{CopyAttempt, copy_attempts};
use dts_history::history::forecast::eta::EtaRange;
use dts_history::history::forecast::forecaster::Forecaster;
use dts_history::history::forecast::table_history::TableHistory;
use dts_history::history::quality::coverage::{Gap, recording_coverage};
use dts_history::history::{History, ObjectHistory, Observation, Outcome};
use dts_history::model::Status;

use crate::simulation::Run;

/// Shares of the whole time at which forecasts are sampled.
pub(crate) const PERCENTS: [i64; 5] = [10, 25, 50, 75, 90];
/// A table is sampled if it was seen in this many sweeps, and of each migration at most so many tables.
const MIN_SWEEPS: usize = 12;
const MAX_TABLES: usize = 12;
/// The second simple method looks at this many of the latest samples.
const RECENT_SAMPLES: usize = 10;

/// A forecast at one moment and the true end, in seconds from that moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) percent: i64,
    pub(crate) truth_s: f64,
    /// Early, likely, late.
    pub(crate) forecast_s: Option<[f64; 3]>,
    /// Rows left at the mean rate since the start, and at that of the latest samples.
    pub(crate) simple_s: Option<[f64; 2]>,
}

/// The attempts of each table.
pub(crate) fn attempts_of(history: &History) -> Vec<Vec<CopyAttempt>> {
    history.objects.iter().map(|it| copy_attempts(&it.observations)).collect()
}

/// The tables as the library takes them.
pub(crate) fn tables_of<'a>(history: &'a History, attempts: &'a [Vec<CopyAttempt>]) -> Vec<TableHistory<'a>> {
    let pairs = history.objects.iter().zip(attempts);
    pairs.map(|(timeline, attempts)| TableHistory { timeline, attempts }).collect()
}

/// The library's forecaster for this history.
pub(crate) fn forecaster<'a>(history: &History, tables: &'a [TableHistory<'a>]) -> Forecaster<'a> {
    // Gaps live as long as the forecaster, and a benchmark ends soon.
    let gaps: &'a [Gap] = Vec::leak(recording_coverage(&history.snapshots).gaps);
    Forecaster::new(tables, &history.snapshots, gaps)
}

/// A sample at each share of the job's time.
pub(crate) fn job_samples(run: &Run) -> Vec<Sample> {
    let attempts = attempts_of(&run.history);
    let tables = tables_of(&run.history, &attempts);
    let forecaster = forecaster(&run.history, &tables);
    let all: Vec<&ObjectHistory> = run.history.objects.iter().collect();
    let moments = moments(&run.history, run.started_ms, run.ended_ms);
    let sample = |(percent, at_ms): (i64, i64)| {
        sample(
            percent,
            at_ms,
            run.ended_ms,
            forecaster.forecast(at_ms).job.range(),
            simple(&run.history, &all, at_ms),
        )
    };
    moments.into_iter().map(sample).collect()
}

/// A sample at each share of the time of some tables.
pub(crate) fn table_samples(run: &Run) -> Vec<Sample> {
    let attempts = attempts_of(&run.history);
    let tables = tables_of(&run.history, &attempts);
    let forecaster = forecaster(&run.history, &tables);
    let sweeps_ms = complete_ms(&run.history);
    let sweeps = |(began_ms, ended_ms): (i64, i64)| {
        sweeps_ms.partition_point(|it| *it <= ended_ms) - sweeps_ms.partition_point(|it| *it < began_ms)
    };
    let watched = run.tables.iter().enumerate().filter(|(_, times)| sweeps(**times) >= MIN_SWEEPS);
    let mut samples = Vec::new();
    for (index, (began_ms, ended_ms)) in watched.take(MAX_TABLES) {
        for (percent, at_ms) in moments(&run.history, *began_ms, *ended_ms) {
            let range = forecaster.forecast(at_ms).tables[index].range();
            let simple = simple(&run.history, &[&run.history.objects[index]], at_ms);
            samples.push(sample(percent, at_ms, *ended_ms, range, simple));
        }
    }
    samples
}

fn sample(
    percent: i64,
    at_ms: i64,
    end_ms: i64,
    range: Option<EtaRange>,
    simple_s: Option<[f64; 2]>,
) -> Sample {
    let seconds = |ms: i64| (ms - at_ms) as f64 / 1000.0;
    Sample {
        percent,
        truth_s: seconds(end_ms),
        forecast_s: range.map(|it| [it.early_ms, it.likely_ms, it.late_ms].map(seconds)),
        simple_s,
    }
}

/// The latest complete sweep at each share of this time.
fn moments(history: &History, from_ms: i64, to_ms: i64) -> Vec<(i64, i64)> {
    let sweeps_ms = complete_ms(history);
    let latest = |percent: i64| {
        let moment_ms = from_ms + (to_ms - from_ms) * percent / 100;
        let at_ms = sweeps_ms[..sweeps_ms.partition_point(|it| *it <= moment_ms)].last()?;
        Some((percent, *at_ms))
    };
    PERCENTS.into_iter().filter_map(latest).collect()
}

fn complete_ms(history: &History) -> Vec<i64> {
    let complete = history.snapshots.iter().filter(|it| it.outcome == Outcome::Complete);
    complete.map(|it| it.finished_at_ms).collect()
}

/// Seconds left by the two simple methods; `None` if either has nothing to go by.
fn simple(history: &History, timelines: &[&ObjectHistory], at_ms: i64) -> Option<[f64; 2]> {
    let sweeps_ms = complete_ms(history);
    let until = sweeps_ms.partition_point(|it| *it <= at_ms);
    let before_ms = sweeps_ms[until.saturating_sub(RECENT_SAMPLES + 1)];
    let began_ms = timelines.iter().filter_map(|it| began_ms(it)).min()?;
    let (done, left) = rows(timelines, at_ms);
    let since = |from_ms: i64, done_before: f64| {
        let seconds = (at_ms - from_ms) as f64 / 1000.0;
        (done > done_before && seconds > 0.0).then(|| left * seconds / (done - done_before))
    };
    let recent_from_ms = before_ms.max(began_ms);
    Some([since(began_ms, 0.0)?, since(recent_from_ms, rows(timelines, recent_from_ms).0)?])
}

/// The last sweep before the table was seen to have begun.
fn began_ms(timeline: &ObjectHistory) -> Option<i64> {
    let begun = |it: &&Observation| it.state.status != Some(Status::NotStarted);
    let first = timeline.observations.iter().find(begun)?;
    Some(first.previous_observed_at_ms.unwrap_or(first.observed_at_ms))
}

/// Rows done, and estimated rows left, as they were known at this moment.
fn rows(timelines: &[&ObjectHistory], at_ms: i64) -> (f64, f64) {
    let (mut done, mut left) = (0.0, 0.0);
    for timeline in timelines {
        let kept = timeline.observations.partition_point(|it| it.observed_at_ms <= at_ms);
        let Some(seen) = timeline.observations[..kept].last() else { continue };
        let finished = seen.state.finished_rows.unwrap_or(0) as f64;
        done += finished;
        if seen.state.status != Some(Status::Finished) {
            left += (seen.state.total_rows.unwrap_or(0) as f64 - finished).max(0.0);
        }
    }
    (done, left)
}
