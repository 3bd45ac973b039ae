//! Figures of small histories.

use crate::history::analysis::{Analysis, Window, analyse};
use crate::history::figures::throughput::Correction;
use crate::history::figures::times::{Bracket, DurationRange};
use crate::history::figures::verdict::JobVerdict;
use crate::history::forecast::eta::Eta;
use crate::history::quality::coverage::{Gap, recording_coverage};
use crate::history::{History, ObjectHistory, Observation, Outcome, Snapshot};
use crate::model::{Job, JobKind, ObjectKey, ObjectState, Phase, Source, Status};

mod scenarios;
mod time_lost;

pub(in crate::history) const MINUTE_MS: i64 = 60_000;

pub(in crate::history) fn minute(number: i64) -> i64 {
    number * MINUTE_MS
}

/// An object seen every minute up to `last`, changed at these minutes.
pub(in crate::history) fn object(
    phase: Phase,
    name: &str,
    last: i64,
    changes: &[(i64, &str, Option<i64>)],
) -> ObjectHistory {
    let observations = changes
        .iter()
        .enumerate()
        .map(|(index, (at, status, rows))| Observation {
            snapshot_id: at + 1,
            observed_at_ms: minute(*at),
            previous_observed_at_ms: (0 < index).then(|| minute(at - 1)),
            state: ObjectState {
                status: Some(Status::from(*status)),
                finished_rows: *rows,
                total_rows: rows.map(|_| 1000),
                error_message: (*status == "Failed").then(|| format!("{name} failed at {at}")),
                ..ObjectState::default()
            },
            listed: true,
        })
        .collect();
    ObjectHistory {
        key: ObjectKey {
            phase,
            source_db: "shop".to_owned(),
            destination_db: "shop".to_owned(),
            object_type: (phase == Phase::Structure).then(|| "View".to_owned()),
            parent_name: None,
            object_name: name.to_owned(),
        },
        first_seen_at_ms: minute(changes[0].0),
        last_seen_at_ms: minute(last),
        observations,
    }
}

pub(in crate::history) fn snapshot(at: i64, outcome: Outcome) -> Snapshot {
    Snapshot {
        id: at + 1,
        started_at_ms: minute(at) - 500,
        finished_at_ms: minute(at),
        outcome,
        source: Source::Api,
        pages: 1,
        objects: (outcome == Outcome::Complete).then_some(1),
        changes: 0,
        error: (outcome == Outcome::Failed).then(|| "no answer".to_owned()),
        torn: false,
    }
}

pub(in crate::history) fn history(
    minutes: std::ops::RangeInclusive<i64>,
    objects: Vec<ObjectHistory>,
) -> History {
    History {
        job: Job { id: "dtsi1".to_owned(), region: None, name: None, kind: JobKind::default() },
        snapshots: minutes.map(|at| snapshot(at, Outcome::Complete)).collect(),
        objects,
        job_status: crate::history::JobStatusHistory::default(),
        pruned: crate::history::Pruned::default(),
    }
}

pub(in crate::history) fn analysis(
    minutes: std::ops::RangeInclusive<i64>,
    objects: Vec<ObjectHistory>,
) -> Analysis {
    analyse(&history(minutes, objects), Window::default())
}

#[test]
fn a_table_that_was_watched_from_start_to_end_has_bracketed_times() {
    let changes = [
        (0, "NotStarted", Some(0)),
        (2, "Migrating", Some(100)),
        (3, "Migrating", Some(400)),
        (5, "Finished", Some(1010)),
    ];
    let analysis = analysis(0..=6, vec![object(Phase::Data, "orders", 6, &changes)]);
    let table = &analysis.tables[0];
    assert_eq!(table.started, Bracket { after_ms: Some(minute(1)), by_ms: Some(minute(2)) });
    assert_eq!(table.ended, Bracket { after_ms: Some(minute(4)), by_ms: Some(minute(5)) });
    assert_eq!(table.duration, Some(DurationRange { min_ms: 2 * MINUTE_MS, max_ms: Some(4 * MINUTE_MS) }));
    assert_eq!((table.counted_rows, table.active_ms), (1010, 3 * MINUTE_MS));
    assert_eq!(table.active_rows_per_second(), Some(1010.0 / 180.0));
    assert_eq!(table.peak_rows_per_second, Some(610.0 / 60.0));
    assert_eq!(table.ratio(), Some(1.01));
    assert_eq!(table.eta, Eta::Done);
    assert_eq!(analysis.verdict, JobVerdict::Finished);
    assert_eq!(analysis.totals.duration, table.duration);
}

#[test]
fn a_table_first_seen_on_its_way_began_before_recording() {
    let running = analysis(5..=9, vec![object(Phase::Data, "orders", 9, &[(5, "Migrating", Some(70))])]);
    let table = &running.tables[0];
    assert_eq!(table.started, Bracket { after_ms: None, by_ms: Some(minute(5)) });
    assert_eq!(table.ended, Bracket { after_ms: Some(minute(9)), by_ms: None });
    assert_eq!(table.duration, Some(DurationRange { min_ms: 4 * MINUTE_MS, max_ms: None }));
    assert_eq!(
        (table.counted_rows, table.active_rows_per_second()),
        (0, None),
        "70 rows were not seen coming"
    );
    assert_eq!(running.verdict, JobVerdict::InProgress);

    let over = analysis(5..=9, vec![object(Phase::Data, "orders", 9, &[(5, "Finished", Some(70))])]);
    assert_eq!(over.tables[0].duration, None, "nothing bounds it");
}

#[test]
fn each_failure_is_its_own_and_is_resolved_by_any_other_status() {
    let changes = [(0, "Failed", None), (3, "Migrating", None), (4, "Failed", None), (6, "Finished", None)];
    let failures = analysis(0..=8, vec![object(Phase::Structure, "v", 8, &changes)]).failures;
    let told: Vec<_> = failures
        .iter()
        .map(|it| (it.first_failed_at_ms, it.last_seen_at_ms, it.resolved_at_ms, it.error_message.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            (minute(0), minute(2), Some(minute(3)), Some("v failed at 0")),
            (minute(4), minute(5), Some(minute(6)), Some("v failed at 4")),
        ]
    );
}

#[test]
fn the_verdict_is_about_what_moves_waits_and_failed() {
    let told = |statuses: &[&str]| {
        let objects = statuses.iter().zip(["a", "b", "c"]);
        analysis(0..=0, objects.map(|(it, name)| object(Phase::Data, name, 0, &[(0, it, None)])).collect())
            .verdict
    };
    assert_eq!(told(&[]), JobVerdict::Empty);
    assert_eq!(told(&["Finished", "Finished"]), JobVerdict::Finished);
    assert_eq!(told(&["Finished", "Failed"]), JobVerdict::FinishedWithFailures);
    assert_eq!(told(&["Failed", "Failed"]), JobVerdict::Failed);
    assert_eq!(told(&["Finished", "Failed", "NotStarted"]), JobVerdict::Failed);
    assert_eq!(told(&["Migrating", "Failed", "NotStarted"]), JobVerdict::InProgress);
    assert_eq!(told(&["NotStarted", "Finished"]), JobVerdict::InProgress);
    assert_eq!(told(&["Finished", "Paused"]), JobVerdict::InProgress);
}

#[test]
fn changes_that_are_replicated_for_ever_do_not_keep_an_initialization_open() {
    let data = || object(Phase::Data, "orders", 0, &[(0, "Finished", Some(1000))]);
    let sync = |status| object(Phase::Sync, "orders", 0, &[(0, status, None)]);
    assert_eq!(analysis(0..=0, vec![data(), sync("Migrating")]).verdict, JobVerdict::Finished);
    assert_eq!(analysis(0..=0, vec![data(), sync("Failed")]).verdict, JobVerdict::FinishedWithFailures);
}

#[test]
fn a_gap_is_much_longer_than_the_usual_step_and_a_failed_sweep_does_not_close_it() {
    let snapshots: Vec<_> = [0, 1, 2, 3, 9, 10]
        .into_iter()
        .map(|at| snapshot(at, Outcome::Complete))
        .chain([snapshot(5, Outcome::Failed)])
        .collect();
    let coverage = recording_coverage(&snapshots);
    assert_eq!((coverage.complete_snapshots, coverage.failed_sweeps.len()), (6, 1));
    assert_eq!(coverage.typical_interval_ms, Some(MINUTE_MS));
    assert_eq!(coverage.gaps, [Gap { from_ms: minute(3), to_ms: minute(9) }]);
}

#[test]
fn a_forecast_is_a_range_or_a_reason_why_there_is_none() {
    let eta = |last, changes: &[(i64, &str, Option<i64>)]| {
        analysis(0..=last, vec![object(Phase::Data, "t", last, changes)]).tables[0].eta
    };
    let at = |minute: i64, rows: i64| (minute, "Migrating", Some(rows));
    // One to two rows a second, 700 to go.
    let range =
        eta(4, &[at(0, 0), at(1, 60), at(2, 120), at(3, 180), at(4, 300)]).range().expect("a forecast");
    let likely_s = (range.likely_ms - minute(4)) / 1000;
    assert!((350..700).contains(&likely_s), "{range:?}");
    assert!(range.early_ms < range.likely_ms && range.likely_ms < range.late_ms);
    assert_eq!(eta(2, &[at(0, 0), at(1, 60), at(2, 120)]), Eta::NotYet);
    assert_eq!(eta(3, &[at(0, 0), at(1, 500), at(2, 900), at(3, 1001)]), Eta::Due);
    assert_eq!(eta(20, &[at(0, 0), at(1, 60), at(2, 120), at(3, 180)]), Eta::StalledSince(minute(3)));
    assert_eq!(eta(3, &[(0, "Failed", Some(3))]), Eta::Failed);
    assert_eq!(eta(3, &[(0, "Migrating", None)]), Eta::Unknown);
}

#[test]
fn a_small_fall_is_a_correction_and_any_other_a_restart() {
    let attempts = |changes: &[(i64, &str, Option<i64>)]| {
        analysis(0..=9, vec![object(Phase::Data, "t", 9, changes)]).tables.remove(0).attempts
    };
    let corrected = attempts(&[
        (0, "Migrating", Some(0)),
        (1, "Migrating", Some(500)),
        (2, "Migrating", Some(1000)),
        (3, "Migrating", Some(990)),
        (4, "Migrating", Some(1050)),
    ]);
    assert_eq!(corrected.len(), 1);
    assert_eq!(corrected[0].corrections, [Correction { at_ms: minute(3), rows: 10 }]);
    assert_eq!(corrected[0].rates.iter().map(|rate| rate.rows).collect::<Vec<_>>(), [500, 500, 60]);

    let fast =
        attempts(&[(0, "Migrating", Some(0)), (1, "Migrating", Some(1000)), (2, "Migrating", Some(960))]);
    assert_eq!(fast.len(), 2, "960 rows are copied within a minute: 1000, 0, 960 is likelier");
    assert!(fast[1].uncertain && !fast[0].uncertain);
    let unknown = attempts(&[(0, "Migrating", Some(1000)), (1, "Migrating", Some(990))]);
    assert_eq!((unknown.len(), unknown[1].redone_rows_most), (2, None), "no rate speaks against a restart");

    let restarted =
        attempts(&[(0, "Migrating", Some(0)), (2, "Migrating", Some(1000)), (4, "Migrating", Some(100))]);
    assert_eq!((restarted.len(), restarted[1].redone_rows, restarted[1].uncertain), (2, 900, false));
    assert_eq!(
        restarted[1].redone_rows_most,
        Some(2000),
        "a further 1000 within the minute between the samples"
    );
    let lost = DurationRange { min_ms: MINUTE_MS, max_ms: Some(3 * MINUTE_MS) };
    assert_eq!(restarted[1].lost_time, Some(lost), "the rise was seen in the second minute");

    for again in ["Migrating", "NotStarted"] {
        let retried = attempts(&[(0, "Failed", Some(1000)), (1, again, Some(990))]);
        assert_eq!(retried.len(), 2, "a failed table that goes on has begun again");
    }
    let emptied = attempts(&[(0, "Migrating", Some(3)), (1, "Migrating", Some(0))]);
    assert_eq!(emptied.len(), 2, "nothing left is no correction");
}

#[test]
fn an_attempt_begins_when_copying_does_and_not_while_the_table_waits() {
    let begun = |changes: &[(i64, &str, Option<i64>)]| {
        let attempts = analysis(0..=9, vec![object(Phase::Data, "t", 9, changes)]).tables.remove(0).attempts;
        attempts.iter().map(|it| it.from_ms / MINUTE_MS).collect::<Vec<_>>()
    };
    assert_eq!(
        begun(&[(0, "NotStarted", Some(0)), (5, "Migrating", Some(0)), (6, "Migrating", Some(9))]),
        [5]
    );
    assert_eq!(
        begun(&[(0, "NotStarted", Some(0)), (5, "Migrating", Some(9))]),
        [4],
        "it began after that sample"
    );
    let retried = [(0, "Migrating", Some(50)), (3, "NotStarted", Some(0)), (7, "Migrating", Some(0))];
    assert_eq!(begun(&retried), [0, 7]);
    assert_eq!(begun(&[(2, "NotStarted", Some(0))]), [2], "it has not begun");
}

#[test]
fn a_window_looks_at_its_own_time_only() {
    let changes = [(0, "NotStarted", Some(0)), (2, "Migrating", Some(100)), (5, "Finished", Some(1000))];
    let history = history(0..=8, vec![object(Phase::Data, "orders", 8, &changes)]);
    let until = analyse(&history, Window { from_ms: None, to_ms: Some(minute(4) + 1) });
    assert_eq!(until.as_of_ms, Some(minute(4)));
    assert_eq!(until.tables[0].state.finished_rows, Some(100));
    assert_eq!(until.tables[0].last_seen_at_ms, minute(4));
    assert_eq!(until.tables[0].ended, Bracket { after_ms: Some(minute(4)), by_ms: None });
    assert_eq!(until.coverage.complete_snapshots, 5);
    let since = analyse(&history, Window { from_ms: Some(minute(4)), to_ms: None });
    assert_eq!(since.tables[0].counted_rows, 900);
    assert_eq!(since.transitions.len(), 1);
    assert_eq!(since.coverage.complete_snapshots, 5);
    let before = analyse(&history, Window { from_ms: None, to_ms: Some(-1) });
    assert_eq!((before.as_of_ms, before.verdict, before.tables.len()), (None, JobVerdict::Empty, 0));
}

#[test]
fn an_empty_history_has_no_figures() {
    let nothing = analysis(0..=0, vec![]);
    assert_eq!(nothing.totals, crate::history::figures::totals::JobTotals::default());
    assert_eq!(nothing.throughput, vec![]);
}

#[test]
fn a_failure_stands_though_its_object_is_listed_no_longer() {
    let gone = |name: &str, status: &str| {
        let mut table = object(Phase::Data, name, 0, &[(0, status, Some(1))]);
        let seen = table.observations[0].clone();
        table.observations.push(Observation {
            snapshot_id: 3,
            observed_at_ms: minute(2),
            listed: false,
            ..seen
        });
        table
    };
    let stays = object(Phase::Data, "stays", 2, &[(0, "Finished", Some(1))]);
    let told = |objects: Vec<ObjectHistory>| analysis(0..=2, objects).verdict;
    assert_eq!(told(vec![stays.clone(), gone("a", "Failed")]), JobVerdict::FinishedWithFailures);
    assert_eq!(told(vec![stays.clone(), gone("a", "Migrating")]), JobVerdict::Finished);
    assert_eq!(
        told(vec![gone("a", "Finished"), gone("b", "Finished")]),
        JobVerdict::Finished,
        "a released job"
    );
    assert_eq!(told(vec![gone("a", "Migrating")]), JobVerdict::Empty, "nobody knows how it ended");
}

#[test]
fn a_failure_among_waiting_objects_is_the_end_only_once_nothing_happens_any_more() {
    let objects = || {
        vec![
            object(Phase::Structure, "v", 9, &[(0, "NotStarted", None), (1, "Failed", None)]),
            object(Phase::Data, "t", 9, &[(0, "NotStarted", Some(0))]),
        ]
    };
    let told = |changes: &[u64]| {
        let mut history = history(0..=i64::try_from(changes.len()).unwrap() - 1, objects());
        for (snapshot, changes) in history.snapshots.iter_mut().zip(changes) {
            snapshot.changes = *changes;
        }
        analyse(&history, Window::default()).verdict
    };
    assert_eq!(told(&[2]), JobVerdict::Failed, "one sample in which nothing moves");
    assert_eq!(told(&[2, 1]), JobVerdict::InProgress);
    assert_eq!(told(&[2, 1, 0]), JobVerdict::InProgress);
    assert_eq!(told(&[2, 1, 0, 0]), JobVerdict::Failed);
}

#[test]
fn nonsense_counts_end_in_no_panic_and_estimates_are_held_against_their_own_tables() {
    let huge =
        || object(Phase::Data, "huge", 1, &[(0, "Migrating", Some(0)), (1, "Migrating", Some(i64::MAX))]);
    let mut other = huge();
    other.key.object_name = "other".to_owned();
    let totals = analysis(0..=1, vec![huge(), other]).totals;
    let both = 2 * i128::from(i64::MAX);
    assert_eq!((totals.finished_rows, totals.counted_rows), (both, both));

    let mut unknown = object(Phase::Data, "a", 0, &[(0, "Migrating", Some(1_000_000))]);
    unknown.observations[0].state.total_rows = None;
    let known = object(Phase::Data, "b", 0, &[(0, "Migrating", Some(10))]);
    let totals = analysis(0..=0, vec![unknown, known]).totals;
    assert_eq!(
        (totals.finished_rows, totals.finished_rows_with_total, totals.total_rows),
        (1_000_010, 10, 1000)
    );
    assert_eq!(totals.tables_without_counts, 1);
}
