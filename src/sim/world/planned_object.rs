//! The objects of a planned migration: tables with their constraints, and the other schema objects.

use std::ops::Range;

use super::ddl;
use super::schema::{Database, SHOP};
use super::schema_objects::SCHEMA_OBJECTS;
use super::table_plan::TablePlan;
use super::timeline::ObjectTimeline;
use crate::model::{ObjectKey, Phase};
use crate::sim::rng::Rng;

/// The end of the listing of an object that is never removed.
pub(super) const FOREVER_MS: i64 = i64::MAX;

/// An object with its timeline.
#[derive(Debug, Clone)]
pub(crate) struct PlannedObject {
    pub(crate) key: ObjectKey,
    pub(crate) definition: Option<String>,
    /// `TotalRowNum` of a data row, exactly as sent.
    pub(crate) estimate: Option<String>,
    /// When the object is listed.
    pub(crate) listed_ms: Range<i64>,
    pub(crate) timeline: ObjectTimeline,
    pub(crate) constraints: Vec<Self>,
}

impl PlannedObject {
    /// The structure row and the data row of a table that is inserted by this call, in the middle of a sweep.
    pub(crate) fn inserted_by_call(call: u64) -> [Self; 2] {
        let name = format!("arrived_{call:06}");
        let of = |phase| object_key(phase, SHOP, &name);
        let table = ObjectKey { object_type: Some("Table".to_owned()), ..of(Phase::Structure) };
        let definition = format!("CREATE TABLE `shop`.`{name}` (\n`id` bigint(20) NOT NULL) ;\n");
        [
            new_object(table, &definition),
            Self { estimate: Some("0".to_owned()), ..new_object(of(Phase::Data), "") },
        ]
    }
}

pub(super) fn object_key(phase: Phase, database: Database, name: &str) -> ObjectKey {
    ObjectKey {
        phase,
        source_db: database.source.to_owned(),
        destination_db: database.destination.to_owned(),
        object_type: None,
        parent_name: None,
        object_name: name.to_owned(),
    }
}

pub(super) fn new_object(key: ObjectKey, definition: &str) -> PlannedObject {
    let definition = (!definition.is_empty()).then(|| definition.to_owned());
    let listed_ms = 0..FOREVER_MS;
    PlannedObject {
        key,
        definition,
        estimate: None,
        listed_ms,
        timeline: ObjectTimeline::not_started(),
        constraints: Vec::new(),
    }
}

pub(super) fn plan_objects(parts: &[TablePlan], rng: &mut Rng) -> Vec<PlannedObject> {
    let tables = parts.iter().map(|TablePlan { table, .. }| {
        let of_type = |phase| ObjectKey {
            object_type: Some("Table".to_owned()),
            ..object_key(phase, table.database, &table.name)
        };
        let mut made = new_object(of_type(Phase::Structure), &ddl::create_table_statement(table, rng));
        for definition in ddl::constraint_statements(table, rng) {
            // The vendor's page: a constraint has its table's name and its table's type.
            let parent_name = Some(table.name.clone());
            made.constraints
                .push(new_object(ObjectKey { parent_name, ..of_type(Phase::Constraint) }, &definition));
        }
        made
    });
    let others = SCHEMA_OBJECTS.iter().map(|schema_object| {
        let names = object_key(Phase::Structure, schema_object.database, schema_object.name);
        new_object(
            ObjectKey { object_type: Some(schema_object.object_type.to_owned()), ..names },
            schema_object.definition,
        )
    });
    tables.chain(others).collect()
}
