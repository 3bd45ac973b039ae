//! Properties of the world, and its events as a client sees them.

use std::collections::{BTreeMap, BTreeSet};

use super::World;
use super::events::{Event, EventKind};
use crate::model::{ObjectKey, ObjectState, Phase, Reading, Status};
use crate::sim::scenario::{EventCounts, JobSpec, Scenario};

const MINUTE_MS: i64 = 60_000;

fn demo() -> World {
    World::new(&Scenario::demo()).expect("the built-in scenario is sound")
}

fn small(seed: u64) -> Scenario {
    Scenario { seed, tables: 20, rows_scale: 0.01, ..Scenario::demo() }
}

fn state(world: &World, key: &ObjectKey, at_ms: i64) -> Option<ObjectState> {
    world.at(at_ms).into_iter().find(|reading| reading.key == *key).map(|reading| reading.state)
}

fn rows(world: &World, key: &ObjectKey, at_ms: i64) -> i64 {
    state(world, key, at_ms).and_then(|state| state.finished_rows).expect("a listed data row")
}

fn status(world: &World, key: &ObjectKey, at_ms: i64) -> Status {
    state(world, key, at_ms).and_then(|state| state.status).expect("a listed object")
}

fn only(world: &World, kind: EventKind) -> Event {
    let mut found: Vec<_> = world.events().into_iter().filter(|event| event.kind == kind).collect();
    assert_eq!(found.len(), 1, "{kind:?}");
    found.remove(0)
}

fn table(event: &Event) -> ObjectKey {
    event.table.clone().expect("it happens to a table")
}

#[test]
fn the_same_seed_makes_the_same_world() {
    let (one, same, other) = (small(1), small(1), small(2));
    let [one, same, other] = [one, same, other].map(|scenario| World::new(&scenario).expect("sound"));
    for minute in (0..90).step_by(7) {
        assert_eq!(one.at(minute * MINUTE_MS), same.at(minute * MINUTE_MS));
    }
    assert_ne!(one.at(10 * MINUTE_MS), other.at(10 * MINUTE_MS));
}

#[test]
fn the_demo_has_the_documented_duration_and_size() {
    let world = demo();
    let hours = world.end_ms() as f64 / 3_600_000.0;
    assert!((2.5..4.0).contains(&hours), "{hours} hours");
    let counts = world.at(world.end_ms()).iter().fold(BTreeMap::new(), |mut counts, reading| {
        *counts.entry(reading.key.phase).or_insert(0) += 1;
        counts
    });
    let total: i32 = counts.values().sum();
    assert!((200..=270).contains(&total), "{counts:?}");
    assert!(counts.values().all(|count| *count >= 30), "{counts:?}");
}

#[test]
fn nothing_changes_after_the_end() {
    let world = demo();
    let still = |at_ms| {
        let mut all = world.at(at_ms);
        // Rows that are synchronized have no used time, so nothing may differ.
        all.sort_by(|a, b| a.key.cmp(&b.key));
        all
    };
    assert_eq!(still(world.end_ms()), still(world.end_ms() + 9_000_000));
    assert_ne!(still(world.end_ms()), still(world.end_ms() - 30 * MINUTE_MS));
}

#[test]
fn most_objects_finish_and_some_stay_failed() {
    let world = demo();
    let end = world.at(world.end_ms());
    let of = |phase, word: &Status| {
        let all = end.iter().filter(|reading| reading.key.phase == phase);
        all.filter(|reading| reading.state.status.as_ref() == Some(word)).count()
    };
    for phase in [Phase::Structure, Phase::Constraint, Phase::Data] {
        assert_eq!(of(phase, &Status::NotStarted), 0, "{phase:?}");
        assert_eq!(of(phase, &Status::Migrating), 0, "{phase:?}");
        assert!(of(phase, &Status::Finished) > of(phase, &Status::Failed) * 3, "{phase:?}");
    }
    assert_eq!(of(Phase::Structure, &Status::Failed), 7);
    assert!(of(Phase::Constraint, &Status::Failed) >= 3);
    assert_eq!(of(Phase::Data, &Status::Failed), 2);

    let kinds: BTreeSet<_> = end
        .iter()
        .filter(|reading| reading.key.phase == Phase::Structure && reading.state.error_message.is_some())
        .filter_map(|reading| reading.key.object_type.as_deref())
        .collect();
    let expected = ["Function", "Materialize View", "Package", "Procedure", "Table", "Trigger", "View"];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn exactly_the_failed_objects_have_error_messages() {
    let world = demo();
    for minute in (0..world.end_ms() / MINUTE_MS).step_by(5) {
        for Reading { key, state } in world.at(minute * MINUTE_MS) {
            let failed = state.status == Some(Status::Failed);
            assert_eq!(state.error_message.is_some(), failed, "{key:?} at minute {minute}");
        }
    }
}

#[test]
fn objects_go_through_their_statuses_in_order() {
    let world = World::new(&small(4)).expect("sound");
    let mut before: BTreeMap<(ObjectKey, Option<String>), Status> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for at_ms in (0..world.end_ms()).step_by(1_000) {
        for Reading { key, state } in world.at(at_ms) {
            let status = state.status.expect("always said");
            let last = before.insert((key.clone(), state.definition), status.clone());
            if let Some(last) = last.filter(|last| *last != status) {
                seen.insert((last, status));
            }
        }
    }
    let steps: Vec<_> = seen.iter().map(|(from, to)| format!("{from}-{to}")).collect();
    let expected = ["NotStarted-Migrating", "Migrating-Failed", "Migrating-Finished", "Failed-Migrating"];
    assert_eq!(steps, expected);
}

#[test]
fn row_counts_fall_only_where_a_copy_restarts() {
    let world = demo();
    let fallers: BTreeSet<_> =
        [EventKind::Restart, EventKind::Retry].map(|what| table(&only(&world, what))).into();
    let mut before: BTreeMap<ObjectKey, i64> = BTreeMap::new();
    let mut fallen = BTreeSet::new();
    for at_ms in (0..world.end_ms()).step_by(20_000) {
        for Reading { key, state } in world.at(at_ms) {
            let Some(now) = state.finished_rows else { continue };
            let last = before.insert(key.clone(), now).unwrap_or(0);
            if now < last {
                assert!(fallen.insert(key.clone()), "{key:?} falls twice");
            }
        }
    }
    assert_eq!(fallen, fallers);
}

#[test]
fn tables_are_copied_a_few_at_a_time() {
    let world = demo();
    // The copied rows show the biggest tables; estimates do not.
    let end = world.at(world.end_ms()).into_iter();
    let big: BTreeSet<_> =
        end.filter(|row| row.state.finished_rows > Some(1 << 25)).map(|row| row.key.object_name).collect();
    assert_eq!(big.len(), 4);
    let (mut most, mut most_big) = (0, 0);
    for at_ms in (0..world.end_ms()).step_by(10_000) {
        let of = |wanted: &Status| -> Vec<_> {
            let data = world.at(at_ms).into_iter().filter(|row| row.key.phase == Phase::Data);
            let all = data.filter(|row| row.state.status.as_ref() == Some(wanted));
            all.map(|row| row.key.object_name).collect()
        };
        let copying = of(&Status::Migrating);
        most = most.max(copying.len());
        if of(&Status::NotStarted).iter().any(|name| !big.contains(name)) {
            most_big = most_big.max(copying.iter().filter(|name| big.contains(*name)).count());
        }
    }
    assert_eq!((most, most_big), (4, 2), "the biggest leave room for the others, while there are others");
}

#[test]
fn a_stalled_table_makes_no_progress_while_others_do() {
    let world = demo();
    let stall = only(&world, EventKind::Stall);
    let key = table(&stall);
    assert!(stall.until_ms - stall.from_ms >= 20 * MINUTE_MS);
    let (first, last) = (rows(&world, &key, stall.from_ms), rows(&world, &key, stall.until_ms));
    assert_eq!((first > 0, first), (true, last));
    assert_eq!(status(&world, &key, stall.from_ms + 1), Status::Migrating);
    assert!(rows(&world, &key, stall.until_ms + 60_000) > last, "it goes on");
    assert_ne!(world.at(stall.from_ms), world.at(stall.until_ms));
}

#[test]
fn a_pause_stops_the_whole_migration() {
    let world = demo();
    let pause = only(&world, EventKind::Pause);
    let counts = |at_ms| {
        let all = world.at(at_ms);
        all.into_iter().map(|row| (row.key, row.state.status, row.state.finished_rows)).collect::<Vec<_>>()
    };
    assert_eq!(pause.until_ms - pause.from_ms, 11 * MINUTE_MS);
    assert_eq!(counts(pause.from_ms), counts(pause.until_ms));
    assert_ne!(counts(pause.until_ms), counts(pause.until_ms + MINUTE_MS));
    assert_ne!(counts(pause.from_ms - MINUTE_MS), counts(pause.from_ms));
}

#[test]
fn a_failed_copy_is_retried_from_zero_rows() {
    let world = demo();
    let retry = only(&world, EventKind::Retry);
    let key = table(&retry);
    let failed = state(&world, &key, retry.from_ms).expect("listed");
    assert_eq!(failed.status, Some(Status::Failed));
    assert!(
        failed
            .error_message
            .is_some_and(|text| text.starts_with("DTS-30011: ") && text.contains("DTS-51009"))
    );
    let reached = rows(&world, &key, retry.until_ms - 1);
    assert!(reached > 100_000 && reached == failed.finished_rows.unwrap_or(0));
    assert_eq!(
        (status(&world, &key, retry.until_ms), rows(&world, &key, retry.until_ms)),
        (Status::Migrating, 0)
    );
    assert_eq!(status(&world, &key, world.end_ms()), Status::Finished);
}

#[test]
fn a_counter_restarts_without_a_failure() {
    let world = demo();
    let restart = only(&world, EventKind::Restart);
    let key = table(&restart);
    assert!(rows(&world, &key, restart.from_ms - 1) > 100_000);
    assert_eq!(rows(&world, &key, restart.from_ms), 0);
    for at_ms in [restart.from_ms - 1, restart.from_ms, restart.from_ms + 1] {
        assert_eq!(status(&world, &key, at_ms), Status::Migrating);
    }
}

#[test]
fn one_table_is_added_late_and_one_is_removed() {
    let world = demo();
    let (late, gone) = (only(&world, EventKind::Appears), only(&world, EventKind::Vanishes));
    let listed = |event: &Event, at_ms| {
        let key = table(event);
        let same = |reading: &&Reading| {
            reading.key.object_name == key.object_name && reading.key.source_db == key.source_db
        };
        world.at(at_ms).iter().filter(same).map(|reading| reading.key.phase).collect::<BTreeSet<_>>()
    };
    assert_eq!(listed(&late, late.from_ms - 1), [].into());
    assert!(listed(&late, late.from_ms).is_superset(&[Phase::Structure, Phase::Data].into()));
    assert_eq!(status(&world, &table(&late), world.end_ms()), Status::Finished);
    assert!(listed(&gone, gone.from_ms - 1).is_superset(&[Phase::Structure, Phase::Data].into()));
    assert_eq!(listed(&gone, gone.from_ms), [].into());
    assert_eq!(listed(&gone, world.end_ms()), [].into());
}

#[test]
fn estimates_are_wrong_in_every_way() {
    let world = demo();
    let end = world.at(world.end_ms());
    let data: Vec<_> = end.iter().filter(|reading| reading.key.phase == Phase::Data).collect();
    let percent = |reading: &&&Reading| {
        let total = reading.state.total_rows.filter(|total| *total > 0)?;
        Some(reading.state.finished_rows? * 100 / total)
    };
    assert!(data.iter().filter_map(|reading| percent(&reading)).any(|percent| percent > 130));
    let finished = |reading: &&&Reading| reading.state.status == Some(Status::Finished);
    assert!(data.iter().filter(finished).filter_map(|reading| percent(&reading)).any(|percent| percent < 70));
    let unknown = data.iter().filter(|reading| reading.state.total_rows.is_none()).count();
    assert_eq!(unknown, 3, "absent, empty and -1");
    let zero = data
        .iter()
        .filter(|reading| reading.state.total_rows == Some(0) && reading.state.finished_rows > Some(0));
    assert_eq!(zero.count(), 1);
}

#[test]
fn all_object_types_and_unusual_names_are_present() {
    let end = demo().at(0);
    let kinds: BTreeSet<_> = end.iter().filter_map(|reading| reading.key.object_type.as_deref()).collect();
    // The vendor's list, without `Constraint`, which stands nested instead.
    let expected = [
        "Default",
        "Function",
        "Index",
        "Materialize View",
        "Package",
        "PlanGuide",
        "Procedure",
        "Rule",
        "Sequence",
        "Synonym",
        "Table",
        "Trigger",
        "Type",
        "View",
    ];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), expected);
    for name in ["<script>alert(1)</script>", "odd|pipe`tick'quote\"", "log 😀 emoji", "订单明细"] {
        assert!(end.iter().any(|reading| reading.key.object_name == name), "{name}");
    }
    let overloads = end.iter().filter(|reading| reading.key.object_name == "proration");
    let identities: BTreeSet<_> = overloads.map(Reading::identity).collect();
    assert_eq!(identities.len(), 2);
}

#[test]
fn no_two_rows_of_a_moment_are_the_same_object() {
    let world = World::new(&Scenario { tables: 300, ..Scenario::demo() }).expect("sound");
    for at_ms in [0, world.end_ms() / 2, world.end_ms()] {
        let all = world.at(at_ms);
        let identities: BTreeSet<_> = all.iter().map(Reading::identity).collect();
        assert_eq!(identities.len(), all.len());
    }
}

#[test]
fn without_events_everything_finishes() {
    let scenario = Scenario { events: EventCounts::none(), ..small(9) };
    let world = World::new(&scenario).expect("sound");
    assert_eq!(world.events(), []);
    for reading in world.at(world.end_ms()) {
        assert_eq!(reading.state.status, Some(Status::Finished), "{:?}", reading.key);
    }
}

#[test]
fn each_job_has_its_own_world_and_start() {
    let spec = |id: &str, begins_after_minutes| JobSpec {
        id: id.to_owned(),
        tables: Some(9),
        begins_after_minutes,
        ..JobSpec::demo()
    };
    let scenario = Scenario { job: vec![spec("a", 0), spec("b", 30)], ..small(1) };
    let worlds = World::all(&scenario).expect("sound");
    let statuses = |world: &World, at_ms| {
        world.at(at_ms).into_iter().filter_map(|row| row.state.status).collect::<BTreeSet<_>>()
    };
    assert_eq!(statuses(&worlds[1], 30 * MINUTE_MS), [Status::NotStarted].into());
    assert!(statuses(&worlds[1], 32 * MINUTE_MS).contains(&Status::Migrating));
    assert!(worlds[1].end_ms() > 30 * MINUTE_MS);
    let totals =
        |world: &World| world.at(0).into_iter().filter_map(|row| row.state.total_rows).collect::<Vec<_>>();
    assert_ne!(totals(&worlds[0]), totals(&worlds[1]));
}

#[test]
fn the_smallest_and_largest_scenarios_work() {
    for (tables, rows_scale, pace, parallel) in
        [(1, 0.001, 100_000.0, 1), (1, 100_000.0, 0.001, 1), (3_000, 100_000.0, 0.001, 1_000)]
    {
        let world =
            World::new(&Scenario { tables, rows_scale, parallel, pace, ..Scenario::demo() }).expect("sound");
        let all = world.at(world.end_ms() / 2);
        assert!(all.len() > tables * 2 && world.end_ms() > 0);
        assert!(
            all.iter()
                .all(|reading| reading.state.finished_rows >= Some(0) || reading.key.phase != Phase::Data)
        );
    }
}
