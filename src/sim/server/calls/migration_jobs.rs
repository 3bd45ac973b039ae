//! `DescribeMigrationJobs` and `DescribeMigrationJobStatus`: the migration jobs and their phases.
//!
//! Documented, or in the SDK models: the list has PageNum and PageSize (10, 20 or 30, at most 30), a part of the name as
//! MigrationJobName, wrapped lists, the spelling `MigrationJobID`, lower-case `status`, `percent` and `progress` in its
//! phases, and integer counters. The status call takes the instance id, returns the task id as TaskId, keys of
//! MigrationMode that begin with a lower-case letter, `CheckItem` in PrecheckStatus, a Delay in seconds and a Checkpoint in
//! seconds since 1970, all of them text.

use serde_json::{Value, json};

use super::context::{CallContext, CallError};
use super::job_progress::{JobProgress, PhaseProgress};
use crate::sim::scenario::JobKind;
use crate::sim::world::World;
use crate::sim::world::schema::{BILLING, CRM, SHOP};

const MAX_PAGE_SIZE: usize = 30;

/// Answers `DescribeMigrationJobs`.
pub(crate) fn list(call: &CallContext<'_>) -> Result<Value, CallError> {
    let (region, name) = (call.param("RegionId"), call.param("MigrationJobName"));
    let is_tagged = call.params.keys().any(|name| name.starts_with("Tag."));
    let found: Vec<&World> = call
        .worlds
        .iter()
        .filter(|world| {
            let job = world.job();
            !is_tagged
                && job.kinds.contains(&JobKind::Migration)
                && region.is_none_or(|region| job.region == region)
                && name.is_none_or(|name| job.name.contains(name))
        })
        .collect();
    let page = call.page_span("PageNum", MAX_PAGE_SIZE, MAX_PAGE_SIZE, found.len())?;
    let jobs: Vec<_> =
        found.iter().skip(page.first).take(page.size).map(|world| job_item(call, world)).collect();
    Ok(json!({
        "PageNumber": page.number,
        "PageRecordCount": jobs.len(),
        "TotalRecordCount": found.len(),
        "MigrationJobs": { "MigrationJob": jobs },
    }))
}

fn job_item(call: &CallContext<'_>, world: &World) -> Value {
    let progress = JobProgress::at(world, call.elapsed_ms);
    let phase = |phase: PhaseProgress| {
        json!({
            "status": phase.status,
            "percent": phase.percent.to_string(),
            "progress": phase.progress.to_string(),
        })
    };
    let objects: Vec<_> = [SHOP, CRM, BILLING]
        .map(|database| json!({ "DatabaseName": database.source, "WholeDatabase": "true" }))
        .into();
    let mut job = json!({
        "MigrationJobID": world.job().id,
        "MigrationJobName": world.job().name,
        "MigrationJobClass": "large",
        "MigrationJobStatus": progress.migration_status(),
        "PayType": "PostPaid",
        "MigrationMode": migration_modes(call),
        "Precheck": { "Status": "Finished", "Percent": "100" },
        "StructureInitialization": phase(progress.structure),
        "DataInitialization": phase(progress.data),
        "SourceEndpoint": {
            "EngineName": "MySQL", "InstanceType": "RDS", "InstanceID": "rm-simulated-source",
        },
        "DestinationEndpoint": {
            "EngineName": "PolarDB", "InstanceType": "POLARDB", "InstanceID": "pc-simulated-destination",
        },
        "MigrationObject": { "SynchronousObject": objects },
    });
    if let (Some(sync), Some(delay_ms)) = (progress.sync, progress.delay_ms) {
        job["DataSynchronization"] = phase(sync);
        job["DataSynchronization"]["delay"] = json!((delay_ms / 1_000).to_string());
    }
    job
}

fn migration_modes(call: &CallContext<'_>) -> Value {
    json!({
        "structureInitialization": true,
        "dataInitialization": true,
        "dataSynchronization": call.scenario.events.synchronization,
    })
}

/// Answers `DescribeMigrationJobStatus`.
pub(crate) fn status(call: &CallContext<'_>) -> Result<Value, CallError> {
    let world = call.instance_world("MigrationJobId", JobKind::Migration)?;
    let progress = JobProgress::at(world, call.elapsed_ms);
    let phase = |phase: PhaseProgress| {
        json!({
            "Status": phase.status,
            "Percent": phase.percent.to_string(),
            "Progress": phase.progress.to_string(),
        })
    };
    let mut reply = json!({
        "Success": "true",
        "MigrationJobId": world.job().id,
        "MigrationJobName": world.job().name,
        "MigrationJobClass": "large",
        "MigrationJobStatus": progress.migration_status(),
        "TaskId": world.job().task_id(),
        "PayType": "PostPaid",
        "MigrationMode": migration_modes(call),
        "MigrationObject": "{}",
        "PrecheckStatus": {
            "Status": "Finished",
            "Percent": "100",
            "Detail": { "CheckItem": [{ "CheckStatus": "Success", "ItemName": "CHECK_CONN_DEST" }] },
        },
        "StructureInitializationStatus": phase(progress.structure),
        "DataInitializationStatus": phase(progress.data),
        "SourceEndpoint": {
            "EngineName": "MySQL", "InstanceType": "RDS", "InstanceId": "rm-simulated-source", "oracleSID": "",
        },
        "DestinationEndpoint": {
            "EngineName": "PolarDB", "InstanceType": "POLARDB", "InstanceId": "pc-simulated-destination",
            "oracleSID": "",
        },
    });
    if let (Some(sync), Some(delay_ms), Some(checkpoint_ms)) =
        (progress.sync, progress.delay_ms, progress.checkpoint_ms)
    {
        let mut block = phase(sync);
        block["Delay"] = json!((delay_ms / 1_000).to_string());
        block["Checkpoint"] = json!(call.epoch_seconds(checkpoint_ms));
        reply["DataSynchronizationStatus"] = block;
    }
    Ok(reply)
}
