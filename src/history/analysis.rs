//! Computes every figure of a report once; reports and `status` only print them.

use super::forecast::drift::{Forecast, ForecastScore, forecast_snapshots, score_forecasts};
use super::forecast::forecaster::Forecaster;
use super::forecast::table_history::TableHistory;
use super::{History, ObjectHistory, Outcome, Snapshot};
use crate::history::failures::root_cause::{RootCause, root_causes};
use crate::history::figures::concurrency::{Concurrency, table_concurrency};
use crate::history::figures::cutover::{Cutover, CutoverLimits, cutover};
use crate::history::figures::object::ObjectFigures;
use crate::history::figures::progress::{ProgressPoint, progress_points};
use crate::history::figures::stalls::{Stall, current_stalls};
use crate::history::figures::table::TableFigures;
use crate::history::figures::throughput::{CopyAttempt, Rate, copy_attempts};
use crate::history::figures::throughput_series::{ThroughputBucket, throughput_series};
use crate::history::figures::time_lost::{StallInterval, TimeShare, stall_intervals, time_shares};
use crate::history::figures::totals::{JobTotals, job_totals};
use crate::history::figures::transitions::{ObjectFailure, Transition, object_failures, status_transitions};
use crate::history::figures::verdict::{JobVerdict, StatusCounts, no_recent_changes};
use crate::history::quality::coverage::{Coverage, recording_coverage};
use crate::model::{Job, Phase, serialize_optional_millis};
use serde::Serialize;
use std::borrow::Cow;

/// The analysed period of a history. Without a bound it extends to that of the history.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Window {
    /// From this moment: earlier changes only give the state at the start.
    #[serde(rename = "from", serialize_with = "serialize_optional_millis")]
    pub from_ms: Option<i64>,
    /// To this moment: nothing after it is looked at.
    #[serde(rename = "to", serialize_with = "serialize_optional_millis")]
    pub to_ms: Option<i64>,
}

/// The figures of one job in one window.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// The job.
    pub job: Job,
    /// The window asked for.
    pub window: Window,
    /// End of the last complete snapshot: all figures are as of this moment. `None` if there is none.
    pub as_of_ms: Option<i64>,
    /// The verdict.
    pub verdict: JobVerdict,
    /// Listed objects by status, for each phase in the order of [`crate::model::Phase::ALL`].
    pub status_counts: [StatusCounts; 4],
    /// Rows and time of the whole job.
    pub totals: JobTotals,
    /// Data rows, ordered by names.
    pub tables: Vec<TableFigures>,
    /// Structure, constraint and sync rows, ordered by phase and names.
    pub objects: Vec<ObjectFigures>,
    /// Every time an object failed, in the window or still failed in it; unresolved first, then by time.
    pub failures: Vec<ObjectFailure>,
    /// The root causes of the unresolved failures, as indices of `failures`.
    pub root_causes: Vec<RootCause>,
    /// Changes of status in the window, oldest first.
    pub transitions: Vec<Transition>,
    /// Throughput of the whole job; empty if nothing was copied.
    pub throughput: Vec<ThroughputBucket>,
    /// Completion of rows, tables and objects over time.
    pub progress: Vec<ProgressPoint>,
    /// The number of tables copied at once, and the long tail.
    pub concurrency: Concurrency,
    /// The stalls as of the last snapshot, with their causes.
    pub stalls: Vec<Stall>,
    /// Every stall of the window, over or not, by its beginning.
    pub stall_intervals: Vec<StallInterval>,
    /// The job's time by use; the shares add up to the whole. Empty if the job has not begun.
    pub time_shares: Vec<TimeShare>,
    /// Forecasts of the job's end over time; the last one is [`JobTotals::eta`].
    pub forecasts: Vec<Forecast>,
    /// How wrong it was; empty while the end has not come.
    pub forecast_scores: Vec<ForecastScore>,
    /// The way to the cutover; `None` if the status of the job was never read.
    pub cutover: Option<Cutover>,
    /// What the figures rest on.
    pub coverage: Coverage,
}

/// Computes every figure of the history in the window, with the usual limits of the cutover.
#[must_use]
pub fn analyse(history: &History, window: Window) -> Analysis {
    analyse_with(history, window, CutoverLimits::DEFAULT)
}

/// Computes every figure of the history in the window.
#[must_use]
pub fn analyse_with(history: &History, window: Window, limits: CutoverLimits) -> Analysis {
    let to_ms = window.to_ms.unwrap_or(i64::MAX);
    let from_ms = window.from_ms.unwrap_or(i64::MIN);
    let snapshots: Vec<_> =
        history.snapshots.iter().filter(|it| it.finished_at_ms <= to_ms).cloned().collect();
    let as_of_ms =
        snapshots.iter().rev().find(|it| it.outcome == Outcome::Complete).map(|it| it.finished_at_ms);
    let known: Vec<Cow<'_, ObjectHistory>> =
        history.objects.iter().filter_map(|it| object_as_of(it, as_of_ms?, window.to_ms)).collect();
    let objects: Vec<&ObjectHistory> = known.iter().map(AsRef::as_ref).collect();
    let complete = snapshots.iter().rev().filter(|it| it.outcome == Outcome::Complete);
    let no_recent_changes = no_recent_changes(complete.map(|it| it.changes));
    let in_window: Vec<_> = snapshots.into_iter().filter(|it| from_ms <= it.finished_at_ms).collect();
    let coverage = Coverage { pruned: history.pruned, ..recording_coverage(&in_window) };

    let (data, others): (Vec<&ObjectHistory>, Vec<&ObjectHistory>) =
        objects.iter().copied().partition(|it| it.key.phase == Phase::Data);
    let attempts: Vec<Vec<CopyAttempt>> = data.iter().map(|it| copy_attempts(&it.observations)).collect();
    let histories: Vec<TableHistory<'_>> =
        data.iter().zip(&attempts).map(|(timeline, attempts)| TableHistory { timeline, attempts }).collect();
    let forecaster = Forecaster::new(&histories, &in_window, &coverage.gaps);
    let drift = if data.is_empty() { Vec::new() } else { forecast_snapshots(&forecaster, &in_window) };
    let etas = forecaster.forecast(as_of_ms.unwrap_or(i64::MIN)).tables;
    let tables: Vec<_> = histories
        .iter()
        .zip(etas)
        .map(|(it, eta)| TableFigures::new(it.timeline, it.attempts, eta, from_ms, &coverage))
        .collect();
    let rates: Vec<Vec<Rate>> = tables.iter().map(|table| table.rates().copied().collect()).collect();
    let series = throughput_series(&rates, coverage.typical_interval_ms, &coverage.gaps);
    let counts = count_statuses(&objects);
    let transitions = transitions_since(&objects, from_ms);
    let failures = failures_in_window(&objects, from_ms);
    let open = failures.partition_point(|it| it.resolved_at_ms.is_none());
    let totals = job_totals(&tables, &rates, drift.last().map(|it| it.eta), &coverage);
    let concurrency = table_concurrency(&tables, &complete_ends_ms(&in_window));
    let stall_intervals = stall_intervals(&tables, &in_window, &coverage, totals.started, totals.ended);
    let time_shares = time_shares(
        &tables,
        &stall_intervals,
        concurrency.long_tail.as_ref(),
        &coverage,
        totals.started,
        totals.ended,
    );
    Analysis {
        job: history.job.clone(),
        window,
        as_of_ms,
        verdict: JobVerdict::from_counts(&counts, no_recent_changes),
        status_counts: counts,
        forecast_scores: score_forecasts(&drift, totals.started, totals.ended),
        totals,
        progress: progress_points(&objects, &in_window),
        concurrency,
        stalls: current_stalls(&tables, &in_window, &coverage),
        stall_intervals,
        time_shares,
        forecasts: drift,
        tables,
        objects: others.into_iter().map(ObjectFigures::new).collect(),
        root_causes: root_causes(&failures[..open]),
        failures,
        transitions,
        throughput: series,
        cutover: cutover(&history.job_status, from_ms, to_ms, limits),
        coverage,
    }
}

/// Changes of status from this moment on, oldest first.
fn transitions_since(objects: &[&ObjectHistory], from_ms: i64) -> Vec<Transition> {
    let all = objects.iter().copied().flat_map(status_transitions);
    let mut transitions: Vec<_> = all.filter(|it| from_ms <= it.observed_at_ms).collect();
    transitions.sort_by(|a, b| (a.observed_at_ms, &a.key).cmp(&(b.observed_at_ms, &b.key)));
    transitions
}

/// The ends of the complete snapshots.
fn complete_ends_ms(snapshots: &[Snapshot]) -> Vec<i64> {
    let complete = snapshots.iter().filter(|it| it.outcome == Outcome::Complete);
    complete.map(|it| it.finished_at_ms).collect()
}

/// The object as it was known at `as_of_ms`; `None` if it had not been seen. Borrows the history if the window has
/// no end, so that nothing has to be left out.
fn object_as_of(
    object: &ObjectHistory,
    as_of_ms: i64,
    window_end_ms: Option<i64>,
) -> Option<Cow<'_, ObjectHistory>> {
    if window_end_ms.is_none() {
        return Some(Cow::Borrowed(object));
    }
    let kept = object.observations.partition_point(|seen| seen.observed_at_ms <= as_of_ms);
    let observations = object.observations[..kept].to_vec();
    let newest = observations.last()?;
    // The next row says when the object was last seen before it; without one, every snapshot had the object.
    let next_ms = object.observations.get(kept).and_then(|next| next.previous_observed_at_ms);
    let last_seen_at_ms = match next_ms.filter(|seen_ms| *seen_ms <= as_of_ms) {
        Some(seen_ms) => seen_ms,
        None if newest.listed => object.last_seen_at_ms.min(as_of_ms),
        None => newest.previous_observed_at_ms.unwrap_or(newest.observed_at_ms),
    };
    let ObjectHistory { key, first_seen_at_ms, .. } = object;
    let key = key.clone();
    let first_seen_at_ms = *first_seen_at_ms;
    Some(Cow::Owned(ObjectHistory { key, first_seen_at_ms, last_seen_at_ms, observations }))
}

fn count_statuses(objects: &[&ObjectHistory]) -> [StatusCounts; 4] {
    let mut counts = [StatusCounts::default(); 4];
    for object in objects {
        if let Some(seen) = object.observations.last() {
            counts[object.key.phase as usize].count_object(seen.state.status.as_ref(), seen.listed);
        }
    }
    counts
}

/// Every failure that was not over before the window: unresolved first, then by time and name.
fn failures_in_window(objects: &[&ObjectHistory], from_ms: i64) -> Vec<ObjectFailure> {
    let in_window = |it: &ObjectFailure| it.resolved_at_ms.is_none_or(|resolved_ms| from_ms <= resolved_ms);
    let mut failures: Vec<_> = objects.iter().copied().flat_map(object_failures).filter(in_window).collect();
    let order = |it: &ObjectFailure| (it.resolved_at_ms.is_some(), it.first_failed_at_ms);
    failures.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.key.cmp(&b.key)));
    failures
}
