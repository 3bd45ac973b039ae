//! The figures of one table's data.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::history::ObjectHistory;
use crate::history::figures::standstill::{Standstill, standstills};
use crate::history::figures::throughput::{CopyAttempt, Rate};
use crate::history::figures::times::{
    Bracket, DurationRange, StatusSpan, duration_between, end_bracket, start_bracket, status_spans,
};
use crate::history::forecast::estimates::{Revision, is_misjudged, revisions};
use crate::history::forecast::eta::Eta;
use crate::history::quality::coverage::Coverage;
use crate::history::quality::data_quality::FigureQuality;
use crate::history::statistics::{exact_sum, rows_per_second};
use crate::model::{ObjectKey, ObjectState, Timestamp};

/// One table's data.
#[derive(Debug, Clone, PartialEq)]
pub struct TableFigures {
    /// The table.
    pub key: ObjectKey,
    /// Its latest state.
    pub state: ObjectState,
    /// Whether the job lists it still.
    pub listed: bool,
    /// When it was first seen.
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
    pub counted_rows: i128,
    /// Milliseconds of all its rates in the window.
    pub active_ms: i64,
    /// Its fastest rate, rows per second.
    pub peak_rows_per_second: Option<f64>,
    /// Its statuses over time, for the timeline, oldest first.
    pub spans: Vec<StatusSpan>,
    /// Times in which it stood still, oldest first; those that ended before the window are left out.
    pub standstills: Vec<Standstill>,
    /// The forecast of its end.
    pub eta: Eta,
    /// Every change of its estimated total, oldest first.
    pub revisions: Vec<Revision>,
    /// Impairments of the start, the end and the rates.
    pub quality: FigureQuality,
}

/// A table without its attempts, with their rates, and without its statuses over time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TableSummary<'a>(pub &'a TableFigures);

/// The number of fields of a [`TableSummary`].
const SUMMARY_FIELDS: usize = 24;

// By hand, because the columns of the table stand beside what is computed from them.
impl Serialize for TableFigures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut table = serializer.serialize_struct("TableFigures", SUMMARY_FIELDS + 2)?;
        self.serialize_summary(&mut table)?;
        table.serialize_field("attempts", &self.attempts)?;
        table.serialize_field("spans", &self.spans)?;
        table.end()
    }
}

impl Serialize for TableSummary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut table = serializer.serialize_struct("TableSummary", SUMMARY_FIELDS)?;
        self.0.serialize_summary(&mut table)?;
        table.end()
    }
}

impl TableFigures {
    fn serialize_summary<S: SerializeStruct>(&self, table: &mut S) -> Result<(), S::Error> {
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
        table.serialize_field("rests_on_gap", &self.quality.rests_on_gap())?;
        table.serialize_field("rests_on", &self.quality)?;
        Ok(())
    }
}

impl TableFigures {
    /// The figures of a table from its history and all its attempts. Rates that end before `from_ms` are left out.
    pub(crate) fn new(
        object: &ObjectHistory,
        attempts: &[CopyAttempt],
        eta: Eta,
        from_ms: i64,
        coverage: &Coverage,
    ) -> Self {
        let (state, listed) = object.latest_state();
        let spans = status_spans(object);
        let started = start_bracket(&spans, object.last_seen_at_ms);
        let ended = end_bracket(&spans, object.last_seen_at_ms);
        let mut standstills = standstills(object, attempts, coverage);
        standstills.retain(|it| from_ms <= it.to_ms);
        let mut attempts = attempts.to_vec();
        for attempt in &mut attempts {
            attempt.rates.retain(|rate| from_ms <= rate.to_ms);
        }
        let rates = || attempts.iter().flat_map(|attempt| &attempt.rates);
        Self {
            key: object.key.clone(),
            listed,
            first_seen_at_ms: object.first_seen_at_ms,
            last_seen_at_ms: object.last_seen_at_ms,
            started,
            ended,
            duration: duration_between(started, ended),
            counted_rows: exact_sum(rates().map(|rate| rate.rows)),
            active_ms: rates().map(|rate| rate.to_ms - rate.from_ms).sum(),
            peak_rows_per_second: rates().map(Rate::rows_per_second).max_by(f64::total_cmp),
            eta,
            revisions: revisions(&object.observations),
            quality: coverage.figure_quality(started, ended, rates()),
            state,
            attempts,
            spans,
            standstills,
        }
    }

    /// Every rate in the window, oldest first.
    pub fn rates(&self) -> impl Iterator<Item = &Rate> {
        self.attempts.iter().flat_map(|attempt| &attempt.rates)
    }

    /// Rows per second over the intervals in which it rose; `None` if it was never seen to.
    #[must_use]
    pub fn active_rows_per_second(&self) -> Option<f64> {
        rows_per_second(self.counted_rows, self.active_ms)
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
