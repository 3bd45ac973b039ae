//! When A ends if its tables are copied at the rates of B.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde::Serialize;

use super::tables::TableComparison;
use crate::history::analysis::Analysis;
use crate::history::figures::table::TableFigures;
use crate::model::{Status, serialize_millis};

/// The end of A at the rates of B.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ForecastByRates {
    /// With as many tables at once as B had at most.
    #[serde(rename = "early", serialize_with = "serialize_millis")]
    pub early_ms: i64,
    /// With as many tables at once as B had in the mean.
    #[serde(rename = "late", serialize_with = "serialize_millis")]
    pub late_ms: i64,
    /// Tables that are left and have a rate.
    pub tables: usize,
    /// Tables that are left and have none: the end cannot come before these are done either.
    pub tables_without_rate: usize,
}

/// Each table that is left needs its rows that are left, at its mean rate in B. Tables take free places, those that
/// run first, then the others in the order in which they began in B.
pub(super) fn forecast(
    a: &Analysis,
    b: &Analysis,
    tables: &[TableComparison<'_>],
) -> Option<ForecastByRates> {
    let as_of_ms = a.as_of_ms?;
    let mut work = Vec::new();
    let mut tables_without_rate = 0;
    for (table, counterpart) in tables.iter().filter_map(|pair| pair.a.map(|a| (a, pair.b))) {
        if !table.listed || matches!(table.state.status, Some(Status::Finished | Status::Failed)) {
            continue;
        }
        let waits = table.state.status != Some(Status::Migrating);
        let began_ms = counterpart.and_then(|it| it.started.by_ms);
        match counterpart.and_then(|counterpart| work_ms(table, counterpart)) {
            Some(ms) => work.push((waits, began_ms.unwrap_or(i64::MAX), &table.key, ms)),
            None => tables_without_rate += 1,
        }
    }
    if work.is_empty() {
        return None;
    }
    work.sort_unstable();
    let work_ms: Vec<i64> = work.into_iter().map(|(.., ms)| ms).collect();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of tables")]
    let mean = b.concurrency.mean_tables.round() as usize;
    let ends_ms = [b.concurrency.peak_tables, mean].map(|places| last_end_ms(&work_ms, places.max(1)));
    let [early_ms, late_ms] = ends_ms.map(|end_ms| as_of_ms.saturating_add(end_ms));
    Some(ForecastByRates {
        early_ms: early_ms.min(late_ms),
        late_ms: late_ms.max(early_ms),
        tables: work_ms.len(),
        tables_without_rate,
    })
}

/// The time that a table of A needs for what is left, at its rate in B; `None` if there is no rate or no total.
fn work_ms(table: &TableFigures, counterpart: &TableFigures) -> Option<i64> {
    // B knows how many rows there were in the end; A has only an estimate, but of today.
    let total = table.state.total_rows.or(counterpart.state.finished_rows)?;
    let left = total.saturating_sub(table.state.finished_rows.unwrap_or(0)).max(0);
    let rows_per_ms = counterpart.active_rows_per_second().map(|rate| rate / 1000.0).or_else(|| {
        // Done between two samples: at least as fast as this.
        let max_ms = counterpart.duration?.max_ms?;
        (max_ms > 0).then(|| counterpart.state.finished_rows.map(|rows| rows as f64 / max_ms as f64))?
    });
    match (left, rows_per_ms) {
        (0, _) => Some(0),
        #[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is what is wanted")]
        (_, Some(rate)) if rate > 0.0 => Some((left as f64 / rate) as i64),
        _ => None,
    }
}

/// The end of the last of these, each of which takes the place that is free first.
fn last_end_ms(work_ms: &[i64], places: usize) -> i64 {
    let mut free_at_ms: BinaryHeap<Reverse<i64>> =
        std::iter::repeat_n(Reverse(0), places.min(work_ms.len()).max(1)).collect();
    let mut last_ms = 0;
    for work_ms in work_ms {
        let Reverse(free_ms) = free_at_ms.pop().unwrap_or(Reverse(0));
        let end_ms = free_ms.saturating_add(*work_ms);
        last_ms = last_ms.max(end_ms);
        free_at_ms.push(Reverse(end_ms));
    }
    last_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_takes_the_place_that_is_free_first() {
        assert_eq!(last_end_ms(&[5, 3, 4], 1), 12);
        assert_eq!(last_end_ms(&[5, 3, 4], 2), 7);
        assert_eq!(last_end_ms(&[5, 3, 4], 9), 5);
        assert_eq!(last_end_ms(&[], 2), 0);
    }
}
