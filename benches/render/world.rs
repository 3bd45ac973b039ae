//! A job as big as wanted, recorded once a minute for as long as wanted: in memory, and the same each time.

use dts_history::history::Pruned;
use dts_history::history::{History, JobStatusHistory, ObjectHistory, Observation, Outcome, Snapshot};
use dts_history::model::{Job, JobKind, ObjectKey, ObjectState, Phase, Source, Status};

/// 2026-01-02T00:00:00Z.
const START_MS: i64 = 1_767_312_000_000;
const MINUTE_MS: i64 = 60_000;
/// Databases that the tables are spread over.
const DATABASES: i64 = 7;

fn time_at_minute(minute: i64) -> i64 {
    START_MS + minute * MINUTE_MS
}

/// A history of this many tables and snapshots. The tables are copied one group after the other; at the end a few
/// still are, a few wait, one in a thousand has failed, and some never gave a number.
pub(crate) fn world(tables: i64, snapshots: i64) -> History {
    let mut objects: Vec<_> = (0..tables / 20).map(|nth| view(nth, snapshots)).collect();
    objects.extend((0..tables).map(|nth| table(nth, tables, snapshots)));
    objects.sort_by(|a, b| a.key.cmp(&b.key));
    History {
        job: Job {
            id: "dtsi1big".to_owned(),
            region: Some("cn-hangzhou".to_owned()),
            name: None,
            kind: JobKind::default(),
        },
        snapshots: (0..snapshots).filter(|minute| !is_missed(*minute, snapshots)).map(snapshot).collect(),
        objects,
        job_status: JobStatusHistory::default(),
        pruned: Pruned::default(),
    }
}

/// The recorder was down once for a while.
fn is_missed(minute: i64, snapshots: i64) -> bool {
    (snapshots / 2..snapshots / 2 + 9).contains(&minute)
}

fn snapshot(minute: i64) -> Snapshot {
    let failed = minute % 97 == 96;
    Snapshot {
        id: minute + 1,
        started_at_ms: time_at_minute(minute) - 4_000,
        finished_at_ms: time_at_minute(minute),
        outcome: if failed { Outcome::Failed } else { Outcome::Complete },
        source: Source::Api,
        pages: 9,
        objects: (!failed).then_some(900),
        changes: 5,
        error: failed.then(|| "Throttling.User: request was denied".to_owned()),
        torn: minute % 211 == 210,
    }
}

fn key(phase: Phase, object_type: Option<&str>, database: i64, name: String) -> ObjectKey {
    ObjectKey {
        phase,
        source_db: format!("shop_{database}"),
        destination_db: format!("shop_{database}"),
        object_type: object_type.map(str::to_owned),
        parent_name: None,
        object_name: name,
    }
}

/// An object with these states at these minutes, seen every minute that was recorded.
fn timeline(key: ObjectKey, states: Vec<(i64, ObjectState)>, snapshots: i64) -> ObjectHistory {
    let recorded = |minute: i64| (0..=minute).rev().find(|it| !is_missed(*it, snapshots)).unwrap_or(0);
    let mut observations: Vec<Observation> = Vec::with_capacity(states.len());
    for (minute, state) in states {
        let minute = recorded(minute);
        if observations.last().is_some_and(|last| time_at_minute(minute) <= last.observed_at_ms) {
            continue;
        }
        let before = (!observations.is_empty()).then(|| time_at_minute(recorded(minute - 1)));
        observations.push(Observation {
            snapshot_id: minute + 1,
            observed_at_ms: time_at_minute(minute),
            previous_observed_at_ms: before,
            state,
            listed: true,
        });
    }
    ObjectHistory {
        key,
        first_seen_at_ms: time_at_minute(0),
        last_seen_at_ms: time_at_minute(snapshots - 1),
        observations,
    }
}

fn state(status: Status, rows: Option<(i64, i64)>) -> ObjectState {
    ObjectState {
        status: Some(status),
        finished_rows: rows.map(|(done, _)| done),
        total_rows: rows.map(|(_, total)| total),
        used_time: rows.map(|_| "0.0".to_owned()),
        ..ObjectState::default()
    }
}

fn table(nth: i64, tables: i64, snapshots: i64) -> ObjectHistory {
    let long = 3 + nth * 7 % 22;
    let total = 1_000 + nth * 7_919 % 3_000_000;
    // The last hundredth begins too late to end, and half of that never begins.
    let begins =
        5 + nth * (snapshots - 10) / tables + if nth >= tables - tables / 200 { snapshots } else { 0 };
    let known = |done: i64| (nth % 500 != 499).then_some((done, total));
    let mut states = vec![(0, state(Status::NotStarted, known(0)))];
    for step in 0..long {
        states.push((begins + step, state(Status::Migrating, known(total * step / long))));
    }
    let end = if nth % 1000 == 500 {
        let error = format!("DTS-1020042: Duplicate entry '{nth}' for key 'PRIMARY'");
        ObjectState { error_message: Some(error), ..state(Status::Failed, known(total / 2)) }
    } else {
        state(Status::Finished, known(total + total / 500))
    };
    states.push((begins + long, end));
    states.retain(|(minute, _)| *minute < snapshots);
    let name = format!("customer_events_{nth:06}");
    timeline(key(Phase::Data, None, nth % DATABASES, name), states, snapshots)
}

fn view(nth: i64, snapshots: i64) -> ObjectHistory {
    let name = format!("v_customer_{nth:06}");
    let definition =
        Some(format!("CREATE VIEW `{name}` AS\nSELECT `id`, `name` FROM `customer_events_{nth:06}`"));
    let done = if nth % 1000 == 7 {
        let error = format!("DTS-1020011: Unknown column 'price_{nth}' in 'field list'");
        ObjectState { error_message: Some(error), ..state(Status::Failed, None) }
    } else {
        state(Status::Finished, None)
    };
    let states = [(0, state(Status::NotStarted, None)), (1 + nth % 4, done)];
    let states =
        states.map(|(minute, state)| (minute, ObjectState { definition: definition.clone(), ..state }));
    timeline(key(Phase::Structure, Some("View"), nth % DATABASES, name), states.into(), snapshots)
}
