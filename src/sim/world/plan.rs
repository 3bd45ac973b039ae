//! Plans a whole migration: structure first, then the rows, then the objects that need the rows, then the
//! synchronization of changes. The result is one timeline per object.

use std::ops::Range;

use super::copying::{self, CopyConditions, STALL_MS};
use super::events::{Event, EventKind};
use super::failures::{self, DdlFailure, Ending};
use super::incremental::Incremental;
use super::planned_object::{FOREVER_MS, PlannedObject, new_object, object_key, plan_objects};
use super::schema::CreationStep;
use super::schema_objects::SCHEMA_OBJECTS;
use super::table_plan::{CopyRole, TablePlan, plan_tables, scale};
use super::timeline::{ObjectTimeline, time_after_pause};
use crate::model::{ObjectKey, Phase};
use crate::sim::rng::Rng;
use crate::sim::scenario::Scenario;

const MINUTE_MS: i64 = 60_000;

/// The whole migration of one job.
#[derive(Debug, Clone)]
pub(crate) struct MigrationPlan {
    pub(crate) structure: Vec<PlannedObject>,
    pub(crate) data: Vec<PlannedObject>,
    pub(crate) sync: Vec<PlannedObject>,
    pub(crate) incremental: Incremental,
    pub(crate) events: Vec<Event>,
    /// When the last change of the per-object rows has happened.
    pub(crate) end_ms: i64,
}

/// The plan of the scenario's job with this index.
pub(crate) fn plan_migration(scenario: &Scenario, job: usize) -> MigrationPlan {
    let tables = scenario.job.get(job).and_then(|spec| spec.tables).unwrap_or(scenario.tables);
    let rng = |what: &str| Rng::for_label(scenario.seed, &format!("{job}/{what}"));
    let parts = plan_tables(tables, scenario.rows_scale, &scenario.events, &mut rng("sizes"));
    let mut planner = Planner {
        scenario,
        objects: plan_objects(&parts, &mut rng("ddl")),
        parts,
        rng: rng("structure"),
        events: Vec::new(),
    };
    let begin_ms = planner.plan_structure_before_data() + planner.scaled_duration_ms(20_000);
    let pause = planner.schedule_listing_changes(begin_ms);
    let ready_ms = planner.copy_ready_ms(begin_ms);
    let conditions = CopyConditions { scenario, ready_ms: &ready_ms, begin_ms };
    let mut timelines = copying::plan_copies(&planner.parts, &conditions, &mut rng("copy"));
    let data = planner.data_objects(&mut timelines);
    let after_ms = planner.plan_structure_after_data(&data);
    let sync = planner.sync_objects(&data, after_ms);
    let mut plan = MigrationPlan {
        structure: planner.objects,
        data,
        sync,
        incremental: Incremental::default(),
        events: planner.events,
        end_ms: 0,
    };
    plan.insert_pause(pause.begin_ms, i64::from(scenario.events.pause_minutes) * MINUTE_MS);
    plan.end_ms = plan.last_change_ms() + MINUTE_MS;
    if let Some(first) = plan.sync.iter().map(|object| object.listed_ms.start).min() {
        let (bursts, interruptions) = (scenario.events.bursts, scenario.events.interruptions);
        plan.incremental = Incremental::plan(begin_ms, first, bursts, interruptions, &mut rng("incremental"));
        plan.events.extend(plan.incremental.events());
    }
    plan
}

/// When the pause begins, fixed before the copy is planned.
struct PauseStart {
    begin_ms: i64,
}

struct Planner<'a> {
    scenario: &'a Scenario,
    parts: Vec<TablePlan>,
    /// Tables first, in the order of `parts`, then everything else.
    objects: Vec<PlannedObject>,
    rng: Rng,
    events: Vec<Event>,
}

/// Workers that handle one object at a time each: when each is free.
struct WorkerSlots(Vec<i64>);

impl WorkerSlots {
    fn new(at_ms: i64, count: usize) -> Self {
        Self(vec![at_ms; count])
    }

    /// Occupies the first free worker for this long and returns when it begins.
    fn occupy(&mut self, for_ms: i64) -> i64 {
        let Some(slot) = self.0.iter_mut().min() else { return 0 };
        let begin_ms = *slot;
        *slot += for_ms;
        begin_ms
    }

    fn all_free_at_ms(&self) -> i64 {
        self.0.iter().copied().max().unwrap_or(0)
    }
}

impl Planner<'_> {
    /// A duration divided by the scenario's pace.
    fn scaled_duration_ms(&self, ms: i64) -> i64 {
        scale(ms, 1.0 / self.scenario.pace).max(1)
    }

    fn random_ddl_ms(&mut self) -> i64 {
        let ms = self.rng.between(1_500, 9_000);
        self.scaled_duration_ms(ms)
    }

    /// Creates types and sequences, then tables, then the objects that depend on tables. Returns when all are done.
    fn plan_structure_before_data(&mut self) -> i64 {
        let mut slots = WorkerSlots::new(self.scaled_duration_ms(5_000), self.scenario.parallel);
        let tables = self.parts.len();
        let schema_object_indexes = |wanted: bool| {
            (0..SCHEMA_OBJECTS.len()).filter(move |index| {
                let kind = SCHEMA_OBJECTS[*index].object_type;
                SCHEMA_OBJECTS[*index].creation_step() == CreationStep::BeforeData
                    && matches!(kind, "Type" | "Sequence") == wanted
            })
        };
        let present = (0..tables).filter(|index| self.parts[*index].role != CopyRole::Late);
        let order: Vec<usize> = (schema_object_indexes(true).map(|index| tables + index))
            .chain(present)
            .chain(schema_object_indexes(false).map(|index| tables + index))
            .collect();
        for index in order {
            let ms = self.random_ddl_ms();
            let begin_ms = slots.occupy(ms);
            let failure = ddl_failure_for(&self.objects[index], self.scenario.events.failed_objects);
            let timeline = self.creation_timeline(begin_ms, ms, failure);
            self.objects[index].timeline = timeline;
        }
        slots.all_free_at_ms()
    }

    /// The timeline of an object whose creation begins at `begin_ms`.
    fn creation_timeline(
        &mut self,
        begin_ms: i64,
        for_ms: i64,
        failure: Option<DdlFailure>,
    ) -> ObjectTimeline {
        let mut timeline = ObjectTimeline::not_started();
        timeline.start(begin_ms);
        let Some(failure) = failure else {
            timeline.end(begin_ms + for_ms, None);
            return timeline;
        };
        timeline.end(begin_ms + for_ms, Some(failure.error.to_owned()));
        if failure.ending == Ending::Resolved {
            // An operator has to notice and fix the failure; the scenario's pace does not change that.
            let again_ms = begin_ms + for_ms + self.rng.between(4 * MINUTE_MS, 9 * MINUTE_MS);
            timeline.start(again_ms);
            timeline.end(again_ms + for_ms, None);
        }
        timeline
    }

    /// Decides when tables are added and removed and when the pause begins, from an estimate of the copy's duration.
    fn schedule_listing_changes(&mut self, begin_ms: i64) -> PauseStart {
        let rows: i64 = self.parts.iter().map(|part| part.rows).sum();
        let parallel = i64::try_from(self.scenario.parallel).unwrap_or(1);
        let seconds = rows / scale(14_000, self.scenario.pace).max(1) / parallel;
        let guess_ms = (seconds * 1000).max(MINUTE_MS);
        for index in 0..self.parts.len() {
            let role = self.parts[index].role;
            let data = self.data_key(index);
            if role == CopyRole::Late {
                let at_ms = begin_ms + guess_ms * 2 / 5;
                let ms = self.random_ddl_ms();
                self.objects[index].timeline = self.creation_timeline(at_ms + MINUTE_MS / 2, ms, None);
                self.set_listed_ms(index, at_ms..FOREVER_MS);
                self.events.push(Event::instant(EventKind::Appears, data, at_ms));
            } else if role == CopyRole::Vanished {
                let at_ms = begin_ms + guess_ms * 11 / 20;
                self.set_listed_ms(index, 0..at_ms);
                self.events.push(Event::instant(EventKind::Vanishes, data, at_ms));
            }
        }
        PauseStart { begin_ms: begin_ms + guess_ms * 9 / 20 }
    }

    fn set_listed_ms(&mut self, index: usize, listed_ms: Range<i64>) {
        let object = &mut self.objects[index];
        for constraint in &mut object.constraints {
            constraint.listed_ms = listed_ms.clone();
        }
        object.listed_ms = listed_ms;
    }

    fn data_key(&self, index: usize) -> ObjectKey {
        let table = &self.parts[index].table;
        object_key(Phase::Data, table.database, &table.name)
    }

    /// When the copy of each table may begin: once the table was created.
    fn copy_ready_ms(&self, begin_ms: i64) -> Vec<i64> {
        let tables = self.objects.iter().take(self.parts.len());
        tables.map(|object| object.timeline.last_ms().max(begin_ms)).collect()
    }

    fn data_objects(&mut self, timelines: &mut [ObjectTimeline]) -> Vec<PlannedObject> {
        let mut data = Vec::with_capacity(self.parts.len());
        for (index, timeline) in timelines.iter_mut().enumerate() {
            let key = self.data_key(index);
            let part = &self.parts[index];
            self.events.extend(Event::from_copy(part.role, &key, timeline, part.rows, STALL_MS));
            let listed_ms = self.objects[index].listed_ms.clone();
            data.push(PlannedObject {
                estimate: part.estimate.clone(),
                listed_ms,
                timeline: std::mem::take(timeline),
                ..new_object(key, "")
            });
        }
        data
    }

    /// Creates indexes and keys once their table has its rows; foreign keys and triggers once all tables have.
    /// Returns when all are done.
    fn plan_structure_after_data(&mut self, data: &[PlannedObject]) -> i64 {
        let stays = data.iter().filter(|object| object.listed_ms.end == FOREVER_MS);
        let all_ms = stays.map(|object| object.timeline.last_ms()).max().unwrap_or(0);
        let mut slots = WorkerSlots::new(all_ms + self.scaled_duration_ms(10_000), self.scenario.parallel);
        for (index, data) in data.iter().enumerate() {
            for number in 0..self.objects[index].constraints.len() {
                let constraint = &self.objects[index].constraints[number];
                let definition = constraint.definition.as_deref().unwrap_or_default();
                let needs_all = definition.contains("FOREIGN KEY");
                let failure = self.constraint_failure_for(index, constraint);
                let ms = self.random_ddl_ms();
                let pause_ms = self.scaled_duration_ms(1_500) * i64::try_from(number + 1).unwrap_or(1);
                let begin_ms = if needs_all { slots.occupy(ms) } else { data.timeline.last_ms() + pause_ms };
                self.objects[index].constraints[number].timeline =
                    self.creation_timeline(begin_ms, ms, failure);
            }
        }
        let tables = self.parts.len();
        for (number, _) in SCHEMA_OBJECTS
            .iter()
            .enumerate()
            .filter(|(_, schema_object)| schema_object.creation_step() == CreationStep::AfterData)
        {
            let ms = self.random_ddl_ms();
            let failure =
                ddl_failure_for(&self.objects[tables + number], self.scenario.events.failed_objects);
            self.objects[tables + number].timeline = self.creation_timeline(slots.occupy(ms), ms, failure);
        }
        slots.all_free_at_ms()
    }

    fn constraint_failure_for(&self, index: usize, constraint: &PlannedObject) -> Option<DdlFailure> {
        if self.parts[index].role == CopyRole::NoTable {
            return Some(failures::CONSTRAINT_WITHOUT_TABLE);
        }
        let names = (constraint.key.source_db.as_str(), "Table", constraint.key.object_name.as_str());
        let definition = constraint.definition.as_deref().unwrap_or_default();
        let count = self.scenario.events.failed_constraints;
        failures::find_failure(&failures::CONSTRAINT_FAILURES, count, names, definition).copied()
    }

    /// The synchronization rows appear once everything else is done, one for each table that was copied.
    fn sync_objects(&mut self, data: &[PlannedObject], after_ms: i64) -> Vec<PlannedObject> {
        if !self.scenario.events.synchronization {
            return Vec::new();
        }
        let begin_ms = after_ms + self.scaled_duration_ms(30_000);
        let copied = data.iter().filter(|object| {
            let last = object.timeline.status_changes.last();
            object.listed_ms.end == FOREVER_MS && last.is_some_and(|change| change.error.is_none())
        });
        let mut sync: Vec<PlannedObject> = copied
            .map(|copied| {
                let mut object = new_object(ObjectKey { phase: Phase::Sync, ..copied.key.clone() }, "");
                object.listed_ms = begin_ms..FOREVER_MS;
                let start_ms = self.rng.between(5_000, 90_000);
                object.timeline.start(begin_ms + self.scaled_duration_ms(start_ms));
                object
            })
            .collect();
        // The changes of one table cannot be applied for a few minutes.
        if let (Some(object), true) = (sync.get_mut(1), self.scenario.events.failed_tables > 0) {
            let failed_ms = object.timeline.last_ms() + MINUTE_MS;
            object.timeline.end(failed_ms, Some(failures::SYNC_ERROR.to_owned()));
            object.timeline.start(failed_ms + 5 * MINUTE_MS);
        }
        sync
    }
}

fn ddl_failure_for(object: &PlannedObject, count: usize) -> Option<DdlFailure> {
    let kind = object.key.object_type.as_deref().unwrap_or_default();
    let names = (object.key.source_db.as_str(), kind, object.key.object_name.as_str());
    let definition = object.definition.as_deref().unwrap_or_default();
    failures::find_failure(&failures::OBJECT_FAILURES, count, names, definition).copied()
}

impl MigrationPlan {
    fn timelines_mut(&mut self) -> impl Iterator<Item = (&mut ObjectTimeline, &mut Range<i64>)> {
        let structure = self.structure.iter_mut().flat_map(|object| {
            let own = std::iter::once((&mut object.timeline, &mut object.listed_ms));
            own.chain(object.constraints.iter_mut().map(|inner| (&mut inner.timeline, &mut inner.listed_ms)))
        });
        let rows = self.data.iter_mut().chain(&mut self.sync);
        structure.chain(rows.map(|object| (&mut object.timeline, &mut object.listed_ms)))
    }

    /// Inserts a pause of the whole migration.
    fn insert_pause(&mut self, from_ms: i64, for_ms: i64) {
        if for_ms == 0 {
            return;
        }
        for (timeline, listed_ms) in self.timelines_mut() {
            timeline.pause(from_ms, for_ms);
            listed_ms.start = time_after_pause(listed_ms.start, from_ms, for_ms);
            if listed_ms.end < FOREVER_MS {
                listed_ms.end = time_after_pause(listed_ms.end, from_ms, for_ms);
            }
        }
        for event in &mut self.events {
            event.from_ms = time_after_pause(event.from_ms, from_ms, for_ms);
            event.until_ms = time_after_pause(event.until_ms, from_ms, for_ms);
        }
        let until_ms = from_ms + for_ms;
        self.events.push(Event { kind: EventKind::Pause, table: None, from_ms, until_ms });
    }

    /// Time of the last change that a reply can show.
    fn last_change_ms(&mut self) -> i64 {
        self.timelines_mut()
            .map(|(timeline, listed)| if listed.end < FOREVER_MS { listed.end } else { timeline.last_ms() })
            .max()
            .unwrap_or(0)
    }
}
