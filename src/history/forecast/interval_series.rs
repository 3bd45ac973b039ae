//! The job between two snapshots: rows copied by all tables, and how many tables were being copied.

use super::table_history::TableHistory;
use crate::history::figures::throughput::Rate;
use crate::history::{Outcome, Snapshot};
use crate::model::Status;

/// The time between two complete snapshots.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Interval {
    pub(super) from_ms: i64,
    pub(super) to_ms: i64,
    /// Rows that all tables were seen to gain.
    pub(super) rows: f64,
    /// Tables being copied, the mean of both ends; at least 1 where rows were gained.
    pub(super) running: f64,
    pub(super) running_at_end: usize,
    pub(super) waiting_at_end: usize,
}

impl Interval {
    pub(super) fn seconds(&self) -> f64 {
        (self.to_ms - self.from_ms) as f64 / 1000.0
    }
}

/// The intervals of a job, oldest first, without those before anything ran.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct IntervalSeries {
    intervals: Vec<Interval>,
    /// For each interval's end: rows that one table of mean speed would have gained by then.
    mean_table_rows: Vec<f64>,
}

impl IntervalSeries {
    /// From all tables and snapshots of a job.
    pub(super) fn new(tables: &[TableHistory<'_>], snapshots: &[Snapshot]) -> Self {
        let mut ends_ms: Vec<i64> = Vec::new();
        for snapshot in snapshots.iter().filter(|it| it.outcome == Outcome::Complete) {
            if ends_ms.last().is_none_or(|last_ms| *last_ms < snapshot.finished_at_ms) {
                ends_ms.push(snapshot.finished_at_ms);
            }
        }
        let Some(last) = ends_ms.len().checked_sub(1) else { return Self::default() };
        let snapshot_index = |at_ms: i64| ends_ms.partition_point(|end_ms| *end_ms < at_ms).min(last);
        let mut rows = vec![0.0; ends_ms.len()];
        let mut running = vec![0_i64; ends_ms.len() + 1];
        let mut waiting = vec![0_i64; ends_ms.len() + 1];
        for table in tables {
            for rate in table.attempts.iter().flat_map(|it| &it.rates) {
                rows[snapshot_index(rate.to_ms)] += rate.rows as f64;
            }
            let observations = &table.timeline.observations;
            for (index, seen) in observations.iter().enumerate().filter(|(_, seen)| seen.listed) {
                let counts = match seen.state.status {
                    Some(Status::Migrating) => &mut running,
                    Some(Status::NotStarted) => &mut waiting,
                    _ => continue,
                };
                counts[snapshot_index(seen.observed_at_ms)] += 1;
                let next = observations.get(index + 1);
                counts[next.map_or(ends_ms.len(), |next| snapshot_index(next.observed_at_ms))] -= 1;
            }
        }
        Self::from_counts(&ends_ms, &rows, &running_sums(&running), &running_sums(&waiting))
    }

    fn from_counts(ends_ms: &[i64], rows: &[f64], running: &[usize], waiting: &[usize]) -> Self {
        let mut series = Self::default();
        let mut mean_table_rows = 0.0;
        for index in 1..ends_ms.len() {
            let mean = (running[index - 1] + running[index]) as f64 / 2.0;
            let at_once = if rows[index] > 0.0 { mean.max(1.0) } else { mean };
            if at_once <= 0.0 && series.intervals.is_empty() {
                continue;
            }
            mean_table_rows += rows[index] / at_once.max(1.0);
            series.mean_table_rows.push(mean_table_rows);
            series.intervals.push(Interval {
                from_ms: ends_ms[index - 1],
                to_ms: ends_ms[index],
                rows: rows[index],
                running: at_once,
                running_at_end: running[index],
                waiting_at_end: waiting[index],
            });
        }
        series
    }

    /// The intervals that had ended at this moment.
    pub(super) fn until(&self, at_ms: i64) -> &[Interval] {
        &self.intervals[..self.intervals.partition_point(|it| it.to_ms <= at_ms)]
    }

    /// The logarithm of the speed of a table with these rates, relative to the table of mean speed; `None` if the rates
    /// say nothing of it.
    pub(super) fn log_relative_speed(&self, rates: &[Rate]) -> Option<f64> {
        let (first, last) = (rates.first()?, rates.last()?);
        let rows: f64 = rates.iter().map(|it| it.rows as f64).sum();
        let expected = self.mean_table_rows_at(last.to_ms) - self.mean_table_rows_at(first.from_ms);
        (expected > 0.0 && rows > 0.0).then(|| (rows / expected).ln())
    }

    fn mean_table_rows_at(&self, at_ms: i64) -> f64 {
        let index = self.intervals.partition_point(|it| it.to_ms <= at_ms);
        let before = if index == 0 { 0.0 } else { self.mean_table_rows[index - 1] };
        match self.intervals.get(index) {
            Some(it) if it.from_ms < at_ms => {
                let part = (at_ms - it.from_ms) as f64 / (it.to_ms - it.from_ms) as f64;
                before + (self.mean_table_rows[index] - before) * part
            }
            _ => before,
        }
    }
}

fn running_sums(changes: &[i64]) -> Vec<usize> {
    let sums = changes.iter().scan(0_i64, |sum, change| {
        *sum += change;
        Some(usize::try_from(*sum).unwrap_or(0))
    });
    sums.collect()
}
