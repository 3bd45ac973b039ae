//! Rows and time of a whole job: what the figures of its tables come to.

use crate::history::figures::table::TableFigures;
use crate::history::figures::throughput::Rate;
use crate::history::figures::times::{Bracket, DurationRange, duration_between};
use crate::history::forecast::eta::Eta;
use crate::history::quality::coverage::Coverage;
use crate::history::quality::data_quality::FigureQuality;
use crate::history::statistics::exact_sum;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// Rows and time of the whole job. Sums leave out what is unknown, and say how many tables that is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct JobTotals {
    /// Sum of finished rows of listed tables that give a number.
    pub finished_rows: i128,
    /// Of these, the finished rows of tables that give a total too: what `total_rows` is to be held against.
    pub finished_rows_with_total: i128,
    /// Sum of the estimated totals of listed tables that give both numbers.
    pub total_rows: i128,
    /// Listed tables whose finished rows or total is unknown.
    pub tables_without_counts: usize,
    /// When the first table began.
    pub started: Bracket,
    /// When the last table ended; open while any is not.
    pub ended: Bracket,
    /// From the first start to the last end.
    pub duration: Option<DurationRange>,
    /// Rows of all rates in the window: what was seen being copied.
    pub counted_rows: i128,
    /// Milliseconds in which at least one table was seen to rise (union of the rates' intervals).
    pub active_ms: i64,
    /// Forecast of the end of all tables.
    pub eta: Option<Eta>,
    /// Impairments of the start, the end and the rates.
    pub quality: FigureQuality,
}

impl Serialize for JobTotals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut totals = serializer.serialize_struct("JobTotals", 12)?;
        totals.serialize_field("finished_rows", &self.finished_rows)?;
        totals.serialize_field("finished_rows_with_total", &self.finished_rows_with_total)?;
        totals.serialize_field("total_rows", &self.total_rows)?;
        totals.serialize_field("tables_without_counts", &self.tables_without_counts)?;
        totals.serialize_field("started", &self.started)?;
        totals.serialize_field("ended", &self.ended)?;
        totals.serialize_field("duration", &self.duration)?;
        totals.serialize_field("counted_rows", &self.counted_rows)?;
        totals.serialize_field("active_ms", &self.active_ms)?;
        totals.serialize_field("rows_per_second", &self.active_rows_per_second())?;
        totals.serialize_field("eta", &self.eta)?;
        totals.serialize_field("rests_on", &self.quality)?;
        totals.end()
    }
}

impl JobTotals {
    /// Rows per second over the time in which at least one table rose; `None` if none did.
    #[must_use]
    pub fn active_rows_per_second(&self) -> Option<f64> {
        (self.active_ms > 0).then(|| self.counted_rows as f64 * 1000.0 / self.active_ms as f64)
    }
}

/// Sums the figures of these tables.
pub(crate) fn job_totals(
    tables: &[TableFigures],
    rates: &[Vec<Rate>],
    eta: Option<Eta>,
    coverage: &Coverage,
) -> JobTotals {
    let listed = || tables.iter().filter(|table| table.listed);
    let both = || listed().filter_map(|it| it.state.finished_rows.zip(it.state.total_rows));
    let (started, ended) =
        (earliest_start(listed().map(|it| it.started)), latest_end(listed().map(|it| it.ended)));
    JobTotals {
        finished_rows: exact_sum(listed().filter_map(|it| it.state.finished_rows)),
        finished_rows_with_total: exact_sum(both().map(|(finished, _)| finished)),
        total_rows: exact_sum(both().map(|(_, total)| total)),
        tables_without_counts: listed()
            .filter(|it| it.state.finished_rows.is_none() || it.state.total_rows.is_none())
            .count(),
        started,
        ended,
        duration: duration_between(started, ended),
        counted_rows: tables.iter().map(|table| table.counted_rows).sum(),
        active_ms: covered_ms(rates),
        eta,
        quality: coverage.figure_quality(started, ended, rates.iter().flatten()),
    }
}

/// The start of the first of several: not after the earliest bound that is known, and not before the earliest
/// moment at which one can have begun.
fn earliest_start(brackets: impl Iterator<Item = Bracket>) -> Bracket {
    let begun: Vec<_> = brackets.filter(|it| it.by_ms.is_some()).collect();
    Bracket {
        after_ms: begun.iter().map(|it| it.after_ms).min().flatten(),
        by_ms: begun.iter().filter_map(|it| it.by_ms).min(),
    }
}

/// The end of the last of several; open while one of them is.
fn latest_end(brackets: impl Iterator<Item = Bracket>) -> Bracket {
    let ends: Vec<_> = brackets.collect();
    let by_ms: Option<Vec<i64>> = ends.iter().map(|it| it.by_ms).collect();
    Bracket {
        after_ms: ends.iter().filter_map(|it| it.after_ms).max(),
        by_ms: by_ms.and_then(|all| all.into_iter().max()),
    }
}

/// Milliseconds covered by at least one rate.
fn covered_ms(rates: &[Vec<Rate>]) -> i64 {
    let mut intervals: Vec<_> = rates.iter().flatten().map(|rate| (rate.from_ms, rate.to_ms)).collect();
    intervals.sort_unstable();
    let mut union_ms = 0;
    let mut covered_to_ms = i64::MIN;
    for (from_ms, to_ms) in intervals {
        union_ms += (to_ms - from_ms.max(covered_to_ms)).max(0);
        covered_to_ms = covered_to_ms.max(to_ms);
    }
    union_ms
}
