//! Worlds with one or two causes, and many failures.

use super::*;
use crate::history::figures::transitions::ObjectFailure;
use crate::model::ObjectKey;
use proptest::prelude::*;

fn failure(phase: Phase, name: &str, ddl: &str, error: &str) -> ObjectFailure {
    ObjectFailure {
        key: ObjectKey {
            phase,
            source_db: "billing".to_owned(),
            destination_db: "billing".to_owned(),
            object_type: (phase != Phase::Data).then(|| "Table".to_owned()),
            parent_name: (phase == Phase::Constraint).then(|| name.to_owned()),
            object_name: name.to_owned(),
        },
        definition: (!ddl.is_empty()).then(|| ddl.to_owned()),
        error_message: (!error.is_empty()).then(|| error.to_owned()),
        snapshot_id: 7,
        first_failed_at_ms: 1000,
        previous_observed_at_ms: None,
        last_seen_at_ms: 2000,
        resolved_at_ms: None,
    }
}

const NO_TYPE: &str = "DTS-1020042 Execute sql error sql: ERROR: type \"geometry\" does not exist";
const NO_RELATION: &str = "DTS-1020042 Execute sql error sql: ERROR: relation does not exist";

#[test]
fn one_missing_type_stands_behind_its_table_and_all_that_hangs_on_it() {
    let mut failures = vec![failure(
        Phase::Structure,
        "places",
        "CREATE TABLE \"billing\".\"places\" (\"at\" geometry(Point))",
        NO_TYPE,
    )];
    for number in 0..37 {
        let ddl = format!("ALTER TABLE \"billing\".\"places\" ADD CONSTRAINT \"ck_{number}\" CHECK (true)");
        failures.push(failure(Phase::Constraint, "places", &ddl, NO_RELATION));
    }
    failures.push(failure(Phase::Data, "places", "", "DTS-70002: table or database does not exist"));
    failures.push(failure(
        Phase::Constraint,
        "people",
        "CREATE UNIQUE INDEX \"uk\" ON \"billing\".\"people\" (\"mail\")",
        "Duplicate entry 'a' for key 'uk'",
    ));
    let causes = root_causes(&failures);
    let told: Vec<_> = causes
        .iter()
        .map(|it| (it.error_class, it.failures.len(), it.dependents.len(), it.is_consequence))
        .collect();
    assert_eq!(
        told,
        [
            (ErrorClass::MissingType, 1, 38, false),
            (ErrorClass::DuplicateRows, 1, 0, false),
            (ErrorClass::MissingTable, 37, 0, true),
            (ErrorClass::MissingTable, 1, 0, true),
        ]
    );
    assert_eq!(causes[0].codes, ["DTS-1020042"]);
    assert_eq!(causes[0].missing_objects[0].name, "geometry");
    assert_eq!(causes[0].first_snapshot_id, 7);
}

#[test]
fn a_statement_that_names_what_another_lacks_follows_it() {
    let failures = [
        failure(Phase::Structure, "f", "CREATE FUNCTION f() RETURNS x", "ERROR: type \"x\" does not exist"),
        failure(Phase::Structure, "g", "CREATE FUNCTION g(a \"X\") RETURNS int", "it failed"),
        failure(Phase::Structure, "h", "CREATE FUNCTION h(a int) RETURNS int", "it failed"),
    ];
    let causes = root_causes(&failures);
    assert_eq!(causes.len(), 2);
    assert_eq!((&causes[0].failures[..], &causes[0].dependents[..]), (&[0][..], &[1][..]));
    assert!(!causes[1].is_consequence, "h fails for a reason of its own");
}

#[test]
fn trouble_with_rows_has_no_cause_but_itself() {
    let failures = [
        failure(Phase::Structure, "t", "CREATE TABLE t (a x)", "ERROR: type \"x\" does not exist"),
        failure(Phase::Data, "t", "", "Incorrect string value: '\\xF0' for column 'a'"),
    ];
    assert!(root_causes(&failures).iter().all(|it| it.dependents.is_empty()));
}

#[test]
fn objects_that_need_each_other_are_not_lost() {
    let failures = [
        failure(Phase::Structure, "a", "CREATE VIEW a AS SELECT * FROM b", "it broke"),
        failure(Phase::Structure, "b", "CREATE VIEW b AS SELECT * FROM a", "it broke, too"),
        failure(Phase::Structure, "c", "CREATE VIEW c AS SELECT * FROM b", "it broke as well"),
    ];
    let causes = root_causes(&failures);
    assert_eq!(causes.iter().filter(|it| !it.is_consequence).count(), 1);
    assert_eq!(causes[0].dependents, [1, 2]);
}

proptest! {
    #[test]
    fn every_failure_has_one_cause_and_follows_at_most_one(
        objects in proptest::collection::vec((0..5_usize, 0..5_usize, 0..4_usize), 0..20)
    ) {
        let names = ["a", "b", "c", "d", "e"];
        let errors = ["type \"a\" does not exist", "it broke", "DTS-1: Duplicate entry 'x'", ""];
        let failures: Vec<_> = objects
            .iter()
            .map(|(name, needs, error)| {
                let ddl = format!("CREATE VIEW {} AS SELECT {}", names[*name], names[*needs]);
                failure(Phase::Structure, names[*name], &ddl, errors[*error])
            })
            .collect();
        let causes = root_causes(&failures);
        let mut own: Vec<_> = causes.iter().flat_map(|it| it.failures.clone()).collect();
        own.sort_unstable();
        prop_assert_eq!(own, (0..failures.len()).collect::<Vec<_>>());
        let mut followers: Vec<_> = causes.iter().flat_map(|it| it.dependents.clone()).collect();
        followers.sort_unstable();
        let count = followers.len();
        followers.dedup();
        prop_assert_eq!(followers.len(), count);
        for cause in &causes {
            prop_assert!(cause.dependents.iter().all(|it| !cause.failures.contains(it)));
            prop_assert_eq!(cause.is_consequence && !cause.dependents.is_empty(), false);
        }
        prop_assert!(failures.is_empty() || causes.iter().any(|it| !it.is_consequence));
    }
}
