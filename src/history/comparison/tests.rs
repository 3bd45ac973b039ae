//! Two small jobs, compared.

use super::*;
use crate::history::analysis::Analysis;
use crate::history::tests::{analysis, minute, object};
use crate::history::{ObjectHistory, Observation};
use crate::model::{ObjectState, Phase, Status};

/// A table that is copied between two minutes at an even pace, seen every minute.
fn copied(name: &str, from: i64, to: i64, last: i64) -> ObjectHistory {
    let mut changes = vec![(0, "NotStarted", Some(0))];
    changes.extend((from..to).map(|at| (at, "Migrating", Some(1000 * (at - from + 1) / (to - from + 1)))));
    changes.push((to, "Finished", Some(1000)));
    object(Phase::Data, name, last, &changes)
}

fn view(name: &str, definition: &str, status: &str) -> ObjectHistory {
    let mut view = object(Phase::Structure, name, 20, &[(0, status, None)]);
    view.observations[0].state.definition = Some(definition.to_owned());
    view
}

fn compared<T>(a: &Analysis, b: &Analysis, look: impl FnOnce(&Comparison<'_>) -> T) -> T {
    look(&compare(a, b, &NameMap::default()))
}

fn changes(comparison: &Comparison<'_>) -> Vec<(String, &'static str)> {
    let name = |pair: &TableComparison<'_>| pair.a.or(pair.b).unwrap().key.object_name.clone();
    comparison.tables.iter().map(|pair| (name(pair), pair.change.as_str())).collect()
}

#[test]
fn a_table_is_slower_only_if_the_ranges_do_not_overlap() {
    let a = analysis(
        0..=20,
        vec![
            copied("alike", 1, 4, 20),
            copied("faster", 1, 3, 20),
            copied("new", 1, 3, 20),
            copied("slower", 1, 12, 20),
            copied("slowest", 1, 19, 20),
        ],
    );
    let b = analysis(
        0..=20,
        vec![
            copied("alike", 1, 5, 20),
            copied("faster", 1, 9, 20),
            copied("gone", 1, 3, 20),
            copied("slower", 1, 5, 20),
            copied("slowest", 1, 3, 20),
        ],
    );
    compared(&a, &b, |comparison| {
        let expected = [
            ("slowest", "slower"),
            ("slower", "slower"),
            ("alike", "unclear"),
            ("faster", "faster"),
            ("new", "only_a"),
            ("gone", "only_b"),
        ];
        let expected = expected.map(|(name, change)| (name.to_owned(), change));
        assert_eq!(changes(comparison), expected);
        // In A from minute 11 to 12 (0 to 1 at the start): 10 to 12 minutes; in B 3 to 5.
        assert_eq!(comparison.tables[1].change, DurationChange::Slower { min_ms: minute(5) });
        let ratio = comparison.tables[1].rate_ratio().unwrap();
        assert!((0.3..0.5).contains(&ratio), "{ratio}");
        assert_eq!(comparison.forecast, None, "A has ended");
    });
    compared(&a, &a, |comparison| {
        assert!(comparison.tables.iter().all(|pair| pair.change == DurationChange::Unclear));
        assert!(comparison.definitions.is_empty() && comparison.failures.is_empty());
    });
}

#[test]
fn renamed_databases_are_matched_by_the_given_names() {
    let a = analysis(
        0..=20,
        vec![copied("orders", 1, 12, 20), view("v", "create view `shop`.`v` as select 1", "Finished")],
    );
    let mut rehearsed =
        vec![copied("orders", 1, 5, 20), view("v", "create view `test`.`v`  as select 1", "Finished")];
    for object in &mut rehearsed {
        object.key.source_db = "test".to_owned();
        object.key.destination_db = "test".to_owned();
    }
    let b = analysis(0..=20, rehearsed);
    compared(&a, &b, |comparison| {
        assert_eq!(changes(comparison).len(), 2, "each for itself");
        assert_eq!(comparison.definitions.len(), 2);
    });
    let names = NameMap::new([("test".to_owned(), "shop".to_owned())]);
    assert_eq!(names.check(&a, &b), Ok(()));
    let comparison = compare(&a, &b, &names);
    assert_eq!(changes(&comparison), [("orders".to_owned(), "slower")]);
    assert_eq!(comparison.definitions, [], "only a name and a blank differ");
    let error = NameMap::new([("shop".to_owned(), "test".to_owned())]).check(&a, &b).unwrap_err();
    assert!(error.to_string().contains("--with has no database shop; it has test"), "{error}");
}

#[test]
fn another_destination_does_not_part_a_table() {
    let a = analysis(0..=20, vec![copied("orders", 1, 12, 20)]);
    let mut rehearsed = copied("orders", 1, 5, 20);
    rehearsed.key.destination_db = "shop_rehearsal".to_owned();
    let b = analysis(0..=20, vec![rehearsed]);
    compared(&a, &b, |comparison| assert_eq!(changes(comparison), [("orders".to_owned(), "slower")]));
}

#[test]
fn failures_are_new_gone_or_the_same() {
    let failed = |name| object(Phase::Structure, name, 20, &[(0, "NotStarted", None), (3, "Failed", None)]);
    let a = analysis(0..=20, vec![failed("both"), failed("new")]);
    let b = analysis(0..=20, vec![failed("both"), failed("gone")]);
    compared(&a, &b, |comparison| {
        let told: Vec<_> = comparison
            .failures
            .iter()
            .map(|it| (it.key().unwrap().object_name.as_str(), it.change.as_str()))
            .collect();
        assert_eq!(told, [("new", "new"), ("both", "same"), ("gone", "gone")]);
    });
}

#[test]
fn statements_differ_by_their_tokens() {
    let a = analysis(
        0..=20,
        vec![
            view("same", "create view same as\n  select 1 -- one", "Finished"),
            view("other", "create view other as select 1", "Finished"),
            view("added", "create view added as select 1", "Finished"),
        ],
    );
    let b = analysis(
        0..=20,
        vec![
            view("same", "create view same as select 1", "Finished"),
            view("other", "create view other as select 2", "Finished"),
        ],
    );
    compared(&a, &b, |comparison| {
        let told: Vec<_> = comparison
            .definitions
            .iter()
            .map(|it| (it.a.unwrap().key.object_name.as_str(), it.b.is_some()))
            .collect();
        assert_eq!(told, [("added", false), ("other", true)]);
    });
}

#[test]
fn what_is_left_is_forecast_at_the_rates_of_the_other() {
    // Half of 1000 rows are left; B took 125 rows a minute, and was never seen with two tables at once.
    let running =
        object(Phase::Data, "orders", 20, &[(0, "NotStarted", Some(0)), (1, "Migrating", Some(500))]);
    let unknown = object(Phase::Data, "unmatched", 20, &[(0, "NotStarted", Some(0))]);
    let a = analysis(0..=20, vec![running, unknown]);
    let b = analysis(0..=20, vec![copied("orders", 1, 8, 20)]);
    compared(&a, &b, |comparison| {
        let forecast = comparison.forecast.unwrap();
        assert_eq!((forecast.tables, forecast.tables_without_rate), (1, 1));
        assert_eq!(forecast.early_ms, forecast.late_ms, "one table");
        assert_eq!(forecast.early_ms - a.as_of_ms.unwrap(), minute(4));
    });
}

#[test]
fn nonsense_ends_in_no_panic() {
    let huge = |name: &str, rows| ObjectHistory {
        observations: vec![Observation {
            state: ObjectState {
                status: Some(Status::Migrating),
                finished_rows: Some(rows),
                total_rows: Some(i64::MAX),
                ..ObjectState::default()
            },
            ..object(Phase::Data, name, 3, &[(0, "Migrating", Some(1))]).observations.remove(0)
        }],
        ..object(Phase::Data, name, 3, &[(0, "Migrating", Some(1))])
    };
    let a = analysis(0..=3, vec![huge("t", i64::MIN), huge("u", i64::MAX)]);
    let b = analysis(0..=3, vec![copied("t", 1, 3, 3), copied("u", 1, 3, 3)]);
    compared(&a, &b, |comparison| assert!(comparison.forecast.is_some()));
    compared(&analysis(0..=0, Vec::new()), &b, |comparison| assert_eq!(comparison.forecast, None));
}
