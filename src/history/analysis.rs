//! Every figure of a report, computed once; reports and `status` only say them.

use super::forecast::drift::{Course, Forecast, Score, drift, scores};
use super::forecast::estimates::{Revision, is_misjudged, revisions};
use super::forecast::eta::{Eta, table_eta};
use super::statistics::saturating_sum;
use super::{History, ObjectHistory, Outcome};
use crate::history::failures::root_cause::{RootCause, root_causes};
use crate::history::figures::concurrency::{Concurrency, concurrency};
use crate::history::figures::progress::{ProgressPoint, progress};
use crate::history::figures::stalls::{Stall, stalls};
use crate::history::figures::throughput::{CopyAttempt, Rate, attempts};
use crate::history::figures::throughput_series::{ThroughputBucket, series};
use crate::history::figures::times::{Bracket, DurationRange, between, ended, spans, started};
use crate::history::figures::totals::{JobTotals, totals};
use crate::history::figures::transitions::{ObjectFailure, Transition, failures, transitions};
use crate::history::figures::verdict::{StatusCounts, Verdict, settled, verdict};
use crate::history::quality::coverage::{Coverage, coverage};
use crate::history::quality::data_quality::FigureQuality;
use crate::model::{Job, ObjectKey, ObjectState, Phase, Status};
use crate::model::{Timestamp, serialize_millis, serialize_optional_millis};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// The part of a history that is looked at. An open end is the history's own.
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
    /// End of the last complete snapshot: the moment that all this is true of. `None` if there is none.
    pub as_of_ms: Option<i64>,
    /// The verdict.
    pub verdict: Verdict,
    /// Listed objects by status, for each phase in the order of [`crate::model::Phase::ALL`].
    pub counts: [StatusCounts; 4],
    /// Rows and time of the whole job.
    pub totals: JobTotals,
    /// Data rows, ordered by names.
    pub tables: Vec<TableFigures>,
    /// Structure, constraint and sync rows, ordered by phase and names.
    pub objects: Vec<ObjectFigures>,
    /// Every time an object failed, in the window or still failed in it; unresolved first, then by time.
    pub failures: Vec<ObjectFailure>,
    /// The unresolved failures by what caused them; their places are those in `failures`.
    pub causes: Vec<RootCause>,
    /// Changes of status in the window, oldest first.
    pub transitions: Vec<Transition>,
    /// Throughput of the whole job; empty if nothing was copied.
    pub series: Vec<ThroughputBucket>,
    /// How far rows, tables and objects were over time.
    pub progress: Vec<ProgressPoint>,
    /// Tables at once, and the long tail.
    pub concurrency: Concurrency,
    /// What should move and does not, and why.
    pub stalls: Vec<Stall>,
    /// What the forecast for the job was over time; the last is that of [`JobTotals::eta`].
    pub drift: Vec<Forecast>,
    /// How wrong it was; empty while the end has not come.
    pub scores: Vec<Score>,
    /// What the figures rest on.
    pub coverage: Coverage,
}

/// One table's data.
#[derive(Debug, Clone, PartialEq)]
pub struct TableFigures {
    /// The table.
    pub key: ObjectKey,
    /// Its latest state.
    pub state: ObjectState,
    /// Whether the job lists it still.
    pub listed: bool,
    /// When it was first and last seen.
    pub first_seen_at_ms: i64,
    /// When it was last truly seen.
    pub last_seen_at_ms: i64,
    /// When it began to migrate.
    pub started: Bracket,
    /// When it finished or failed for the last time; open while it does not.
    pub ended: Bracket,
    /// From start to end.
    pub duration: Option<DurationRange>,
    /// Its attempts, with the rates in the window; the first has number 1.
    pub attempts: Vec<CopyAttempt>,
    /// Rows of all its rates in the window.
    pub counted_rows: i64,
    /// Milliseconds of all its rates in the window.
    pub active_ms: i64,
    /// Its fastest rate, rows per second.
    pub peak_rows_per_second: Option<f64>,
    /// Its statuses over time, for the timeline, oldest first.
    pub spans: Vec<StatusSpan>,
    /// The forecast of its end.
    pub eta: Eta,
    /// Every change of its estimated total, oldest first.
    pub revisions: Vec<Revision>,
    /// What its start, its end and its rates rest on besides complete snapshots.
    pub doubts: FigureQuality,
}

// By hand, because the columns of the table stand beside what is computed from them.
impl Serialize for TableFigures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut table = serializer.serialize_struct("TableFigures", 26)?;
        table.serialize_field("source_db", &self.key.source_db)?;
        table.serialize_field("destination_db", &self.key.destination_db)?;
        table.serialize_field("table_name", &self.key.object_name)?;
        table.serialize_field("status", &self.state.status)?;
        table.serialize_field("finished_rows", &self.state.finished_rows)?;
        table.serialize_field("total_rows", &self.state.total_rows)?;
        table.serialize_field("ratio", &self.ratio())?;
        table.serialize_field("used_time", &self.state.used_time)?;
        table.serialize_field("error_message", &self.state.error_message)?;
        table.serialize_field("listed", &self.listed)?;
        table.serialize_field("first_seen_at", &Timestamp::from_millis(self.first_seen_at_ms))?;
        table.serialize_field("last_seen_at", &Timestamp::from_millis(self.last_seen_at_ms))?;
        table.serialize_field("started", &self.started)?;
        table.serialize_field("ended", &self.ended)?;
        table.serialize_field("duration", &self.duration)?;
        table.serialize_field("counted_rows", &self.counted_rows)?;
        table.serialize_field("active_ms", &self.active_ms)?;
        table.serialize_field("rows_per_second", &self.active_rows_per_second())?;
        table.serialize_field("peak_rows_per_second", &self.peak_rows_per_second)?;
        table.serialize_field("eta", &self.eta)?;
        table.serialize_field("misjudged", &self.is_misjudged())?;
        table.serialize_field("revisions", &self.revisions)?;
        table.serialize_field("rests_on_gap", &self.doubts.rests_on_gap())?;
        table.serialize_field("rests_on", &self.doubts)?;
        table.serialize_field("attempts", &self.attempts)?;
        table.serialize_field("spans", &self.spans)?;
        table.end()
    }
}

impl TableFigures {
    /// Every rate in the window, oldest first.
    pub fn rates(&self) -> impl Iterator<Item = &Rate> {
        self.attempts.iter().flat_map(|attempt| &attempt.rates)
    }

    /// Rows per second over the intervals in which it rose; `None` if it was never seen to.
    #[must_use]
    pub fn active_rows_per_second(&self) -> Option<f64> {
        (self.active_ms > 0).then(|| self.counted_rows as f64 * 1000.0 / self.active_ms as f64)
    }

    /// Whether it is finished, and its estimate was wrong.
    #[must_use]
    pub fn is_misjudged(&self) -> bool {
        is_misjudged(&self.state)
    }

    /// Finished rows over the estimated total, as a number that may exceed 1; `None` if either is unknown
    /// or the total is zero. It is an estimate: only the status says that a table is done.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        match (self.state.finished_rows, self.state.total_rows) {
            (Some(done), Some(total)) if total > 0 => Some(done as f64 / total as f64),
            _ => None,
        }
    }
}

/// A time in which a status was seen and not contradicted by a sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusSpan {
    /// The status.
    pub status: Option<Status>,
    /// When it began.
    pub began: Bracket,
    /// When it was last seen.
    #[serde(rename = "last_seen_at", serialize_with = "serialize_millis")]
    pub last_seen_ms: i64,
    /// The first sample that saw another status; `None` for the last span.
    #[serde(rename = "ended_by", serialize_with = "serialize_optional_millis")]
    pub ended_by_ms: Option<i64>,
}

/// One structure object, constraint or sync row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectFigures {
    /// The object.
    #[serde(flatten)]
    pub key: ObjectKey,
    /// Its latest state.
    #[serde(flatten)]
    pub state: ObjectState,
    /// Whether the job lists it still.
    pub listed: bool,
    /// When it was first seen.
    #[serde(rename = "first_seen_at", serialize_with = "serialize_millis")]
    pub first_seen_at_ms: i64,
    /// When it last changed.
    #[serde(rename = "changed_at", serialize_with = "serialize_millis")]
    pub changed_at_ms: i64,
    /// When it was last truly seen.
    #[serde(rename = "last_seen_at", serialize_with = "serialize_millis")]
    pub last_seen_at_ms: i64,
}

/// Computes every figure of the history in the window.
#[must_use]
pub fn analyse(history: &History, window: Window) -> Analysis {
    let to_ms = window.to_ms.unwrap_or(i64::MAX);
    let from_ms = window.from_ms.unwrap_or(i64::MIN);
    let snapshots: Vec<_> =
        history.snapshots.iter().filter(|it| it.finished_at_ms <= to_ms).cloned().collect();
    let as_of_ms =
        snapshots.iter().rev().find(|it| it.outcome == Outcome::Complete).map(|it| it.finished_at_ms);
    let objects: Vec<_> =
        history.objects.iter().filter_map(|it| as_of(it, as_of_ms?, window.to_ms)).collect();
    let complete = snapshots.iter().rev().filter(|it| it.outcome == Outcome::Complete);
    let settled = settled(complete.map(|it| it.changes));
    let in_window: Vec<_> = snapshots.into_iter().filter(|it| from_ms <= it.finished_at_ms).collect();
    let coverage = Coverage { pruned: history.pruned, ..coverage(&in_window) };

    let (data, others): (Vec<_>, Vec<_>) = objects.iter().partition(|it| it.key.phase == Phase::Data);
    let attempts: Vec<Vec<CopyAttempt>> = data.iter().map(|it| attempts(&it.observations)).collect();
    let courses: Vec<Course<'_>> =
        data.iter().zip(&attempts).map(|(timeline, attempts)| Course { timeline, attempts }).collect();
    let drift = if data.is_empty() { Vec::new() } else { drift(&courses, &in_window, &coverage.gaps) };
    let tables: Vec<_> = courses.iter().map(|it| table_figures(it, from_ms, &coverage)).collect();
    let rates: Vec<Vec<Rate>> = tables.iter().map(|table| table.rates().copied().collect()).collect();
    let series = series(&rates, coverage.typical_interval_ms, &coverage.gaps);
    let counts = count(&objects);
    let mut transitions: Vec<_> =
        objects.iter().flat_map(transitions).filter(|it| from_ms <= it.observed_at_ms).collect();
    let failures = all_failures(&objects, from_ms);
    let open = failures.partition_point(|it| it.resolved_at_ms.is_none());
    transitions.sort_by(|a, b| (a.observed_at_ms, &a.key).cmp(&(b.observed_at_ms, &b.key)));
    let totals = totals(&tables, &rates, drift.last().map(|it| it.eta), &coverage);
    Analysis {
        job: history.job.clone(),
        window,
        as_of_ms,
        verdict: verdict(&counts, settled),
        counts,
        scores: scores(&drift, totals.started, totals.ended),
        totals,
        progress: progress(&objects, &in_window),
        concurrency: concurrency(&tables),
        stalls: stalls(&tables, &in_window, &coverage),
        drift,
        tables,
        objects: others.into_iter().map(object_figures).collect(),
        causes: root_causes(&failures[..open]),
        failures,
        transitions,
        series,
        coverage,
    }
}

/// The object as it was known at `as_of_ms`; `None` if it had not been seen. `cut` tells whether later rows
/// may have to be left out.
fn as_of(object: &ObjectHistory, as_of_ms: i64, cut: Option<i64>) -> Option<ObjectHistory> {
    if cut.is_none() {
        return Some(object.clone());
    }
    let kept = object.observations.partition_point(|seen| seen.observed_at_ms <= as_of_ms);
    let observations = object.observations[..kept].to_vec();
    let newest = observations.last()?;
    // The last true sighting in the window: said by the next row, else the object was in every snapshot.
    let next_ms = object.observations.get(kept).and_then(|next| next.previous_observed_at_ms);
    let last_seen_at_ms = match next_ms.filter(|seen_ms| *seen_ms <= as_of_ms) {
        Some(seen_ms) => seen_ms,
        None if newest.listed => object.last_seen_at_ms.min(as_of_ms),
        None => newest.previous_observed_at_ms.unwrap_or(newest.observed_at_ms),
    };
    Some(ObjectHistory { last_seen_at_ms, observations, ..object.clone() })
}

/// The latest state of an object, and whether it is listed.
fn latest(object: &ObjectHistory) -> (ObjectState, bool) {
    object.observations.last().map_or_else(Default::default, |seen| (seen.state.clone(), seen.listed))
}

fn table_figures(course: &Course<'_>, from_ms: i64, coverage: &Coverage) -> TableFigures {
    let object = course.timeline;
    let (state, listed) = latest(object);
    let spans = spans(object);
    let started = started(&spans, object.last_seen_at_ms);
    let ended = ended(&spans, object.last_seen_at_ms);
    let mut attempts = course.attempts.to_vec();
    let current = attempts.last().map_or(&[][..], |attempt| &attempt.rates);
    let eta = table_eta(&state, current, object.last_seen_at_ms, &coverage.gaps);
    for attempt in &mut attempts {
        attempt.rates.retain(|rate| from_ms <= rate.to_ms);
    }
    let rates = || attempts.iter().flat_map(|attempt| &attempt.rates);
    TableFigures {
        key: object.key.clone(),
        listed,
        first_seen_at_ms: object.first_seen_at_ms,
        last_seen_at_ms: object.last_seen_at_ms,
        started,
        ended,
        duration: between(started, ended),
        counted_rows: saturating_sum(rates().map(|rate| rate.rows)),
        active_ms: rates().map(|rate| rate.to_ms - rate.from_ms).sum(),
        peak_rows_per_second: rates().map(Rate::rows_per_second).max_by(f64::total_cmp),
        eta,
        revisions: revisions(&object.observations),
        doubts: coverage.doubts(started, ended, rates()),
        state,
        attempts,
        spans,
    }
}

fn object_figures(object: &ObjectHistory) -> ObjectFigures {
    let (state, listed) = latest(object);
    ObjectFigures {
        key: object.key.clone(),
        state,
        listed,
        first_seen_at_ms: object.first_seen_at_ms,
        changed_at_ms: object.observations.last().map_or(object.first_seen_at_ms, |seen| seen.observed_at_ms),
        last_seen_at_ms: object.last_seen_at_ms,
    }
}

fn count(objects: &[ObjectHistory]) -> [StatusCounts; 4] {
    let mut counts = [StatusCounts::default(); 4];
    for object in objects {
        if let Some(seen) = object.observations.last() {
            counts[object.key.phase as usize].add(seen.state.status.as_ref(), seen.listed);
        }
    }
    counts
}

/// Every failure that was not over before the window: unresolved first, then by time and name.
fn all_failures(objects: &[ObjectHistory], from_ms: i64) -> Vec<ObjectFailure> {
    let in_window = |it: &ObjectFailure| it.resolved_at_ms.is_none_or(|resolved_ms| from_ms <= resolved_ms);
    let mut failures: Vec<_> = objects.iter().flat_map(failures).filter(in_window).collect();
    let order = |it: &ObjectFailure| (it.resolved_at_ms.is_some(), it.first_failed_at_ms);
    failures.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.key.cmp(&b.key)));
    failures
}
