//! `DescribeMigrationJobDetail`: the objects of a migration job.
//!
//! Documented, or in the SDK models: MigrationJobId is the instance id; PageNum from 1; PageSize 30, 50 or 100, by default
//! 30; the three switches `MigrationMode.…`, each false unless sent; the wrapped lists, which every version has; the
//! strings of all leaf fields; MigrationTime in place of UsedTime; PageNumber, PageRecordCount and TotalRecordCount, which
//! a complete sample lacks. `Success` is a boolean in the sample.
//!
//! Not documented, and chosen here: the lists are paged like those of DescribeInitializationStatus, by the same setting of
//! the scenario; TotalRecordCount is the number of rows of the longest list that was asked for, or of all of them where
//! the lists share the pages; constraints are not counted. The call is answered in every state of the job.

use serde_json::{Map, Value, json};

use super::context::{CallContext, CallError};
use crate::model::Reading;
use crate::sim::scenario::JobKind;
use crate::sim::scenario::reply::Arrays;
use crate::sim::server::paging::{DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, page_objects, shifted_listing};
use crate::sim::world::World;
use crate::sim::world::planned_object::PlannedObject;

/// Answers the call with these parameters.
pub(crate) fn describe(call: &CallContext<'_>) -> Result<Value, CallError> {
    let world = call.instance_world("MigrationJobId", JobKind::Migration)?;
    let inserted = call.row_shifts.inserted_objects();
    let mut listing = shifted_listing(world, call.elapsed_ms, call.row_shifts, &inserted);
    let wanted = ["StructureInitialization", "DataInitialization", "DataSynchronization"]
        .map(|mode| call.flag(&format!("MigrationMode.{mode}")));
    for (list, wanted) in
        [&mut listing.structure, &mut listing.data, &mut listing.sync].into_iter().zip(wanted)
    {
        if !wanted {
            list.clear();
        }
    }
    let arrays = call.scenario.paging.arrays;
    let lengths = [listing.structure.len(), listing.data.len(), listing.sync.len()];
    let rows = match arrays {
        Arrays::InStep => lengths.into_iter().max().unwrap_or(0),
        Arrays::Concatenated => lengths.into_iter().sum(),
    };
    let page = call.page_span("PageNum", DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, rows)?;
    let [structure, data, sync] = page_objects(&listing, arrays, page.first, page.size);
    let structure = structure.iter().map(|object| structure_row(call, world, object)).collect::<Vec<_>>();
    let data = data.iter().map(|object| data_row(call, world, object)).collect::<Vec<_>>();
    let sync = sync
        .iter()
        .map(|object| Value::Object(common_fields(call, world, object, "TableName")))
        .collect::<Vec<_>>();
    Ok(json!({
        "Success": true,
        "PageNumber": page.number,
        "PageRecordCount": page.size,
        "TotalRecordCount": rows,
        "StructureInitializationDetailList": { "StructureInitializationDetail": structure },
        "DataInitializationDetailList": { "DataInitializationDetail": data },
        "DataSynchronizationDetailList": { "DataSynchronizationDetail": sync },
    }))
}

/// The fields that all three lists have. Absent values are left out.
fn common_fields(
    call: &CallContext<'_>,
    world: &World,
    object: &PlannedObject,
    name_field: &str,
) -> Map<String, Value> {
    let Reading { key, state } = world.reading(object, call.elapsed_ms);
    let fields = [
        (name_field, Some(key.object_name)),
        ("SourceOwnerDBName", Some(key.source_db)),
        ("DestinationOwnerDBName", Some(key.destination_db)),
        ("Status", state.status.map(|status| status.as_str().to_owned())),
        ("ErrorMessage", state.error_message),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))).collect()
}

fn data_row(call: &CallContext<'_>, world: &World, object: &PlannedObject) -> Value {
    let state = world.reading(object, call.elapsed_ms).state;
    let mut row = common_fields(call, world, object, "TableName");
    let fields = [
        ("TotalRowNum", object.estimate.clone()),
        ("FinishRowNum", state.finished_rows.map(|rows| rows.to_string())),
        ("MigrationTime", state.used_time),
    ];
    row.extend(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))));
    Value::Object(row)
}

fn structure_row(call: &CallContext<'_>, world: &World, object: &PlannedObject) -> Value {
    let mut row = common_fields(call, world, object, "ObjectName");
    let fields =
        [("ObjectType", object.key.object_type.clone()), ("ObjectDefinition", object.definition.clone())];
    row.extend(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?)))));
    let constraints = world.constraints_of(object, call.elapsed_ms);
    if !constraints.is_empty() {
        let constraints: Vec<_> =
            constraints.into_iter().map(|inner| structure_row(call, world, inner)).collect();
        row.insert("ConstraintList".to_owned(), json!({ "StructureInitializationDetail": constraints }));
    }
    Value::Object(row)
}
