//! Properties of forecasts, for arbitrary histories.

use proptest::collection::vec;
use proptest::prelude::*;

use super::eta::{Eta, EtaRange};
use super::forecaster::{Forecaster, Forecasts};
use super::table_history::TableHistory;
use crate::history::figures::throughput::copy_attempts;
use crate::history::quality::coverage::recording_coverage;
use crate::history::tests::{minute, object, snapshot};
use crate::history::{ObjectHistory, Outcome, Snapshot};
use crate::model::{Phase, Status};

const LAST_MINUTE: i64 = 30;

/// One table: the minute it begins, its rows in each minute, whether it is done at the end, its estimate.
type Table = (i64, Vec<i64>, Option<i64>);

fn table_strategy() -> impl Strategy<Value = Table> {
    let rows = vec(prop_oneof![1 => Just(0), 4 => 1..5000_i64], 4..25);
    (0..35_i64, rows, proptest::option::weighted(0.9, 1..200_000_i64))
}

fn timelines(tables: &[Table]) -> Vec<ObjectHistory> {
    let timeline = |(index, (begins, rises, estimate)): (usize, &Table)| {
        let mut changes = vec![(0, "NotStarted", Some(0))];
        let mut rows = 0;
        for (minutes, rise) in (*begins..).zip(rises).filter(|(at, _)| (1..=LAST_MINUTE).contains(at)) {
            rows += rise;
            changes.push((minutes, "Migrating", Some(rows)));
        }
        // A table whose rises are over before the last minute is done.
        let end = begins + i64::try_from(rises.len()).unwrap_or(0);
        if (1..=LAST_MINUTE).contains(&end) {
            changes.push((end, "Finished", Some(rows)));
        }
        let mut timeline = object(Phase::Data, &format!("t{index:02}"), LAST_MINUTE, &changes);
        for seen in &mut timeline.observations {
            seen.state.total_rows = *estimate;
        }
        timeline
    };
    tables.iter().enumerate().map(timeline).collect()
}

fn forecast(timelines: &[ObjectHistory]) -> Forecasts {
    let snapshots: Vec<Snapshot> = (0..=LAST_MINUTE).map(|at| snapshot(at, Outcome::Complete)).collect();
    let attempts: Vec<_> = timelines.iter().map(|it| copy_attempts(&it.observations)).collect();
    let tables: Vec<_> = timelines
        .iter()
        .zip(&attempts)
        .map(|(timeline, attempts)| TableHistory { timeline, attempts })
        .collect();
    let coverage = recording_coverage(&snapshots);
    Forecaster::new(&tables, &snapshots, &coverage.gaps).forecast(minute(LAST_MINUTE))
}

fn ranges(forecasts: &Forecasts) -> impl Iterator<Item = EtaRange> {
    std::iter::once(&forecasts.job).chain(&forecasts.tables).filter_map(Eta::range)
}

proptest! {
    #[test]
    fn a_range_contains_its_middle_and_lies_ahead(tables in vec(table_strategy(), 1..25)) {
        for range in ranges(&forecast(&timelines(&tables))) {
            prop_assert!(minute(LAST_MINUTE) <= range.early_ms, "{range:?}");
            prop_assert!(range.early_ms <= range.likely_ms && range.likely_ms <= range.late_ms, "{range:?}");
        }
    }

    #[test]
    fn the_same_history_gives_the_same_forecast(tables in vec(table_strategy(), 1..25)) {
        prop_assert_eq!(forecast(&timelines(&tables)), forecast(&timelines(&tables)));
    }

    #[test]
    fn more_rows_left_never_mean_an_earlier_middle(
        tables in vec(table_strategy(), 1..25),
        which in 0..25_usize,
        more in 1..500_000_i64,
    ) {
        let before = timelines(&tables);
        let mut after = before.clone();
        let is_unfinished = |it: &ObjectHistory| it.latest_state().0.status != Some(Status::Finished);
        let unfinished: Vec<usize> = (0..after.len()).filter(|index| is_unfinished(&after[*index])).collect();
        if unfinished.is_empty() {
            return Ok(());
        }
        let index = unfinished[which % unfinished.len()];
        for seen in &mut after[index].observations {
            seen.state.total_rows = seen.state.total_rows.map(|it| it + more);
        }
        let (before, after) = (forecast(&before), forecast(&after));
        for (before, after) in std::iter::once((&before.job, &after.job)).chain(before.tables.iter().zip(&after.tables)) {
            if let (Some(before), Some(after)) = (before.range(), after.range()) {
                prop_assert!(before.likely_ms <= after.likely_ms, "{before:?} {after:?}");
            }
        }
    }

    #[test]
    fn nonsense_counts_end_in_no_panic(
        tables in vec((0..35_i64, vec(prop_oneof![Just(0), Just(i64::MAX / 30)], 4..25), Just(Some(i64::MAX))), 1..4),
    ) {
        for range in ranges(&forecast(&timelines(&tables))) {
            prop_assert!(range.early_ms <= range.late_ms);
        }
    }
}
