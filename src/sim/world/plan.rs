//! Plans a whole migration before it is looked at: structure first, then the rows, then what needs the
//! rows, then the changes. The result is one life per object.

use std::ops::Range;

use super::copying::{self, Conditions, STALL_MS};
use super::ddl;
use super::events::{Event, EventKind};
use super::failures::{self, Ending, Failure};
use super::schema::{Database, SHOP, Turn};
use super::schema_objects::SCHEMA_OBJECTS;
use super::table_plan::{Role, TablePlan, plan_tables, scaled};
use super::timeline::{ObjectTimeline, paused};
use crate::model::{ObjectKey, Phase};
use crate::sim::rng::Rng;
use crate::sim::scenario::Scenario;

const MINUTE_MS: i64 = 60_000;
const FOREVER_MS: i64 = i64::MAX;

/// An object with its whole life.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) key: ObjectKey,
    pub(crate) definition: Option<String>,
    /// `TotalRowNum` of a data row, to the letter.
    pub(crate) estimate: Option<String>,
    /// When it stands in the reply at all.
    pub(crate) listed_ms: Range<i64>,
    pub(crate) line: ObjectTimeline,
    pub(crate) constraints: Vec<Self>,
}

impl Object {
    /// A table that came in the middle of a sweep, by this call: its structure row and its data row.
    pub(crate) fn arrived(call: u64) -> [Self; 2] {
        let name = format!("arrived_{call:06}");
        let of = |phase| key(phase, SHOP, &name);
        let table = ObjectKey { object_type: Some("Table".to_owned()), ..of(Phase::Structure) };
        let definition = format!("CREATE TABLE `shop`.`{name}` (\n`id` bigint(20) NOT NULL) ;\n");
        [object(table, &definition), Self { estimate: Some("0".to_owned()), ..object(of(Phase::Data), "") }]
    }
}

/// Everything that will ever be said of one job.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) structure: Vec<Object>,
    pub(crate) data: Vec<Object>,
    pub(crate) sync: Vec<Object>,
    pub(crate) events: Vec<Event>,
    pub(crate) end_ms: i64,
}

/// The plan of the job that stands at this place in the scenario.
pub(crate) fn plan(scenario: &Scenario, job: usize) -> Plan {
    let tables = scenario.job.get(job).and_then(|spec| spec.tables).unwrap_or(scenario.tables);
    let rng = |what: &str| Rng::for_label(scenario.seed, &format!("{job}/{what}"));
    let parts = plan_tables(tables, scenario.rows_scale, &scenario.events, &mut rng("sizes"));
    let mut planner = Planner {
        scenario,
        objects: objects(&parts, &mut rng("ddl")),
        parts,
        rng: rng("structure"),
        events: Vec::new(),
    };
    let begin_ms = planner.structure_before_data() + planner.scaled_duration_ms(20_000);
    let times = planner.schedule_listing_changes(begin_ms);
    let ready_ms = planner.ready_ms(begin_ms);
    let conditions = Conditions { scenario, ready_ms: &ready_ms, begin_ms };
    let mut lines = copying::copy(&planner.parts, &conditions, &mut rng("copy"));
    let data = planner.data(&mut lines);
    let after_ms = planner.structure_after_data(&data);
    let sync = planner.synchronization(&data, after_ms);
    let mut plan = Plan { structure: planner.objects, data, sync, events: planner.events, end_ms: 0 };
    plan.pause(times.pause_ms, i64::from(scenario.events.pause_minutes) * MINUTE_MS);
    plan.end_ms = plan.last_ms() + MINUTE_MS;
    plan
}

/// Moments that are fixed before the copy is planned.
struct Times {
    pause_ms: i64,
}

struct Planner<'a> {
    scenario: &'a Scenario,
    parts: Vec<TablePlan>,
    /// Tables first, in the order of `parts`, then everything else.
    objects: Vec<Object>,
    rng: Rng,
    events: Vec<Event>,
}

fn key(phase: Phase, database: Database, name: &str) -> ObjectKey {
    ObjectKey {
        phase,
        source_db: database.source.to_owned(),
        destination_db: database.destination.to_owned(),
        object_type: None,
        parent_name: None,
        object_name: name.to_owned(),
    }
}

fn object(key: ObjectKey, definition: &str) -> Object {
    let definition = (!definition.is_empty()).then(|| definition.to_owned());
    let listed_ms = 0..FOREVER_MS;
    Object {
        key,
        definition,
        estimate: None,
        listed_ms,
        line: ObjectTimeline::waiting(),
        constraints: Vec::new(),
    }
}

fn objects(parts: &[TablePlan], rng: &mut Rng) -> Vec<Object> {
    let tables = parts.iter().map(|TablePlan { table, .. }| {
        let of_type = |phase| ObjectKey {
            object_type: Some("Table".to_owned()),
            ..key(phase, table.database, &table.name)
        };
        let mut made = object(of_type(Phase::Structure), &ddl::create_table(table, rng));
        for definition in ddl::constraints(table, rng) {
            // The vendor's page: a constraint has its table's name and its table's type.
            let parent_name = Some(table.name.clone());
            made.constraints
                .push(object(ObjectKey { parent_name, ..of_type(Phase::Constraint) }, &definition));
        }
        made
    });
    let others = SCHEMA_OBJECTS.iter().map(|schema_object| {
        let names = key(Phase::Structure, schema_object.database, schema_object.name);
        object(
            ObjectKey { object_type: Some(schema_object.object_type.to_owned()), ..names },
            schema_object.definition,
        )
    });
    tables.chain(others).collect()
}

/// A few objects at a time: when the next one can begin.
struct WorkerSlots(Vec<i64>);

impl WorkerSlots {
    fn from(at_ms: i64, count: usize) -> Self {
        Self(vec![at_ms; count])
    }

    /// Begins something that takes this long as soon as a slot is free.
    fn take(&mut self, for_ms: i64) -> i64 {
        let Some(slot) = self.0.iter_mut().min() else { return 0 };
        let begin_ms = *slot;
        *slot += for_ms;
        begin_ms
    }

    fn all_free_ms(&self) -> i64 {
        self.0.iter().copied().max().unwrap_or(0)
    }
}

impl Planner<'_> {
    /// A duration at the scenario's pace.
    fn scaled_duration_ms(&self, ms: i64) -> i64 {
        scaled(ms, 1.0 / self.scenario.pace).max(1)
    }

    fn ddl_ms(&mut self) -> i64 {
        let ms = self.rng.between(1_500, 9_000);
        self.scaled_duration_ms(ms)
    }

    /// Types and sequences, then tables, then what is made of tables. Says when all is done.
    fn structure_before_data(&mut self) -> i64 {
        let mut slots = WorkerSlots::from(self.scaled_duration_ms(5_000), self.scenario.parallel);
        let tables = self.parts.len();
        let schema_object_indexes = |wanted: bool| {
            (0..SCHEMA_OBJECTS.len()).filter(move |index| {
                let kind = SCHEMA_OBJECTS[*index].object_type;
                SCHEMA_OBJECTS[*index].turn() == Turn::BeforeData
                    && matches!(kind, "Type" | "Sequence") == wanted
            })
        };
        let present = (0..tables).filter(|index| self.parts[*index].role != Role::Late);
        let order: Vec<usize> = (schema_object_indexes(true).map(|index| tables + index))
            .chain(present)
            .chain(schema_object_indexes(false).map(|index| tables + index))
            .collect();
        for index in order {
            let ms = self.ddl_ms();
            let begin_ms = slots.take(ms);
            let failure = ddl_failure_for(&self.objects[index], self.scenario.events.failed_objects);
            let line = self.create(begin_ms, ms, failure);
            self.objects[index].line = line;
        }
        slots.all_free_ms()
    }

    /// The life of an object whose creation begins at this moment.
    fn create(&mut self, begin_ms: i64, for_ms: i64, failure: Option<Failure>) -> ObjectTimeline {
        let mut line = ObjectTimeline::waiting();
        line.start(begin_ms);
        let Some(failure) = failure else {
            line.end(begin_ms + for_ms, None);
            return line;
        };
        line.end(begin_ms + for_ms, Some(failure.error.to_owned()));
        if failure.ending == Ending::Resolved {
            // People have to see it, to understand it and to mend it; that has nothing to do with the pace.
            let again_ms = begin_ms + for_ms + self.rng.between(4 * MINUTE_MS, 9 * MINUTE_MS);
            line.start(again_ms);
            line.end(again_ms + for_ms, None);
        }
        line
    }

    /// Fixes when a table is added or taken out and when everything stops, by a guess at how long it takes.
    fn schedule_listing_changes(&mut self, begin_ms: i64) -> Times {
        let rows: i64 = self.parts.iter().map(|part| part.rows).sum();
        let parallel = i64::try_from(self.scenario.parallel).unwrap_or(1);
        let seconds = rows / scaled(14_000, self.scenario.pace).max(1) / parallel;
        let guess_ms = (seconds * 1000).max(MINUTE_MS);
        for index in 0..self.parts.len() {
            let role = self.parts[index].role;
            let data = self.data_key(index);
            if role == Role::Late {
                let at_ms = begin_ms + guess_ms * 2 / 5;
                let ms = self.ddl_ms();
                self.objects[index].line = self.create(at_ms + MINUTE_MS / 2, ms, None);
                self.list(index, at_ms..FOREVER_MS);
                self.events.push(Event::at(EventKind::Appears, data, at_ms));
            } else if role == Role::Vanished {
                let at_ms = begin_ms + guess_ms * 11 / 20;
                self.list(index, 0..at_ms);
                self.events.push(Event::at(EventKind::Vanishes, data, at_ms));
            }
        }
        Times { pause_ms: begin_ms + guess_ms * 9 / 20 }
    }

    fn list(&mut self, index: usize, listed_ms: Range<i64>) {
        let object = &mut self.objects[index];
        for constraint in &mut object.constraints {
            constraint.listed_ms = listed_ms.clone();
        }
        object.listed_ms = listed_ms;
    }

    fn data_key(&self, index: usize) -> ObjectKey {
        let table = &self.parts[index].table;
        key(Phase::Data, table.database, &table.name)
    }

    /// When the copy of each table may begin: when the table is there.
    fn ready_ms(&self, begin_ms: i64) -> Vec<i64> {
        let tables = self.objects.iter().take(self.parts.len());
        tables.map(|object| object.line.last_ms().max(begin_ms)).collect()
    }

    fn data(&mut self, lines: &mut [ObjectTimeline]) -> Vec<Object> {
        let mut data = Vec::with_capacity(self.parts.len());
        for (index, line) in lines.iter_mut().enumerate() {
            let key = self.data_key(index);
            let part = &self.parts[index];
            self.events.extend(Event::of_copy(part.role, &key, line, part.rows, STALL_MS));
            let listed_ms = self.objects[index].listed_ms.clone();
            data.push(Object {
                estimate: part.estimate.clone(),
                listed_ms,
                line: std::mem::take(line),
                ..object(key, "")
            });
        }
        data
    }

    /// Indexes and keys, when their table has its rows; foreign keys and triggers when all have. Says when
    /// all is done.
    fn structure_after_data(&mut self, data: &[Object]) -> i64 {
        let stays = data.iter().filter(|object| object.listed_ms.end == FOREVER_MS);
        let all_ms = stays.map(|object| object.line.last_ms()).max().unwrap_or(0);
        let mut slots = WorkerSlots::from(all_ms + self.scaled_duration_ms(10_000), self.scenario.parallel);
        for (index, data) in data.iter().enumerate() {
            for number in 0..self.objects[index].constraints.len() {
                let constraint = &self.objects[index].constraints[number];
                let definition = constraint.definition.as_deref().unwrap_or_default();
                let needs_all = definition.contains("FOREIGN KEY");
                let failure = self.constraint_failure_for(index, constraint);
                let ms = self.ddl_ms();
                let pause_ms = self.scaled_duration_ms(1_500) * i64::try_from(number + 1).unwrap_or(1);
                let begin_ms = if needs_all { slots.take(ms) } else { data.line.last_ms() + pause_ms };
                self.objects[index].constraints[number].line = self.create(begin_ms, ms, failure);
            }
        }
        let tables = self.parts.len();
        for (number, _) in SCHEMA_OBJECTS
            .iter()
            .enumerate()
            .filter(|(_, schema_object)| schema_object.turn() == Turn::AfterData)
        {
            let ms = self.ddl_ms();
            let failure =
                ddl_failure_for(&self.objects[tables + number], self.scenario.events.failed_objects);
            self.objects[tables + number].line = self.create(slots.take(ms), ms, failure);
        }
        slots.all_free_ms()
    }

    fn constraint_failure_for(&self, index: usize, constraint: &Object) -> Option<Failure> {
        if self.parts[index].role == Role::NoTable {
            return Some(failures::CONSTRAINT_WITHOUT_TABLE);
        }
        let names = (constraint.key.source_db.as_str(), "Table", constraint.key.object_name.as_str());
        let definition = constraint.definition.as_deref().unwrap_or_default();
        let count = self.scenario.events.failed_constraints;
        failures::find_failure(&failures::CONSTRAINTS, count, names, definition).copied()
    }

    /// The third array fills once everything else is done, with the tables that were copied.
    fn synchronization(&mut self, data: &[Object], after_ms: i64) -> Vec<Object> {
        if !self.scenario.events.synchronization {
            return Vec::new();
        }
        let begin_ms = after_ms + self.scaled_duration_ms(30_000);
        let copied = data.iter().filter(|object| {
            let last = object.line.status_changes.last();
            object.listed_ms.end == FOREVER_MS && last.is_some_and(|mark| mark.error.is_none())
        });
        let mut sync: Vec<Object> = copied
            .map(|copied| {
                let mut object = object(ObjectKey { phase: Phase::Sync, ..copied.key.clone() }, "");
                object.listed_ms = begin_ms..FOREVER_MS;
                let start_ms = self.rng.between(5_000, 90_000);
                object.line.start(begin_ms + self.scaled_duration_ms(start_ms));
                object
            })
            .collect();
        // One table's changes cannot be applied for some minutes.
        if let (Some(object), true) = (sync.get_mut(1), self.scenario.events.failed_tables > 0) {
            let failed_ms = object.line.last_ms() + MINUTE_MS;
            object.line.end(failed_ms, Some(failures::SYNC_FAILED.to_owned()));
            object.line.start(failed_ms + 5 * MINUTE_MS);
        }
        sync
    }
}

fn ddl_failure_for(object: &Object, count: usize) -> Option<Failure> {
    let kind = object.key.object_type.as_deref().unwrap_or_default();
    let names = (object.key.source_db.as_str(), kind, object.key.object_name.as_str());
    let definition = object.definition.as_deref().unwrap_or_default();
    failures::find_failure(&failures::OBJECTS, count, names, definition).copied()
}

impl Plan {
    fn lives(&mut self) -> impl Iterator<Item = (&mut ObjectTimeline, &mut Range<i64>)> {
        let structure = self.structure.iter_mut().flat_map(|object| {
            let own = std::iter::once((&mut object.line, &mut object.listed_ms));
            own.chain(object.constraints.iter_mut().map(|inner| (&mut inner.line, &mut inner.listed_ms)))
        });
        let rows = self.data.iter_mut().chain(&mut self.sync);
        structure.chain(rows.map(|object| (&mut object.line, &mut object.listed_ms)))
    }

    /// Lets the whole migration stand still.
    fn pause(&mut self, from_ms: i64, for_ms: i64) {
        if for_ms == 0 {
            return;
        }
        for (line, listed_ms) in self.lives() {
            line.pause(from_ms, for_ms);
            listed_ms.start = paused(listed_ms.start, from_ms, for_ms);
            if listed_ms.end < FOREVER_MS {
                listed_ms.end = paused(listed_ms.end, from_ms, for_ms);
            }
        }
        for event in &mut self.events {
            event.from_ms = paused(event.from_ms, from_ms, for_ms);
            event.until_ms = paused(event.until_ms, from_ms, for_ms);
        }
        let until_ms = from_ms + for_ms;
        self.events.push(Event { what: EventKind::Pause, table: None, from_ms, until_ms });
    }

    /// When the last thing happens that a reply can show.
    fn last_ms(&mut self) -> i64 {
        self.lives()
            .map(|(line, listed)| if listed.end < FOREVER_MS { listed.end } else { line.last_ms() })
            .max()
            .unwrap_or(0)
    }
}
