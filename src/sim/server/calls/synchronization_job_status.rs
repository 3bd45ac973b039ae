//! `DescribeSynchronizationJobStatus`: the state of a synchronization job.
//!
//! Documented, or in the SDK models: SynchronizationJobId is the instance id; SynchronizationDirection is Forward by
//! default; Status begins with a lower-case letter in the sample (`synchronizing`), and the older spelling is
//! `initializating`; DataInitialization is a boolean in the sample although typed text; Performance has `RPS` and `FLOW`
//! with its unit; DelayMillis and Checkpoint (seconds since 1970) are text; TaskId is the task id; PrecheckStatus.Detail is
//! a flat list.
//!
//! The simulated jobs have one direction: Reverse is an invalid parameter.

use serde_json::{Value, json};

use super::context::{CallContext, CallError};
use super::job_progress::{JobProgress, PhaseProgress};
use crate::sim::scenario::JobKind;
use crate::sim::server::gateway_error::GatewayError;
use crate::sim::world::schema::{BILLING, CRM, SHOP};

/// Average size of a change, for Performance.
const CHANGE_BYTES: f64 = 310.0;

/// Answers the call with these parameters.
pub(crate) fn describe(call: &CallContext<'_>) -> Result<Value, CallError> {
    let world = call.instance_world("SynchronizationJobId", JobKind::Synchronization)?;
    if call.param("SynchronizationDirection").is_some_and(|direction| direction != "Forward") {
        return Err(GatewayError::invalid("SynchronizationDirection").into());
    }
    let progress = JobProgress::at(world, call.elapsed_ms);
    let status = match progress.synchronization_status() {
        "Initializing" => "initializating".to_owned(),
        status => status[..1].to_lowercase() + &status[1..],
    };
    let phase = |phase: PhaseProgress| {
        json!({
            "Status": phase.status,
            "Percent": phase.percent.to_string(),
            "Progress": phase.progress.to_string(),
        })
    };
    let objects: Vec<_> = [SHOP, CRM, BILLING]
        .map(|database| {
            json!({
                "SchemaName": database.source, "NewSchemaName": database.destination,
                "TableIncludes": [], "TableExcludes": [],
            })
        })
        .into();
    let mut reply = json!({
        "Success": "true",
        "SynchronizationJobId": world.job().id,
        "SynchronizationJobName": world.job().name,
        "SynchronizationJobClass": "large",
        "SynchronizationDirection": "Forward",
        "Status": status,
        "TaskId": world.job().task_id(),
        "PayType": "PostPaid",
        "DataInitialization": true,
        "StructureInitialization": true,
        "Performance": {
            "RPS": progress.rows_per_second.to_string(),
            "FLOW": format!("{:.2}MB/s", progress.rows_per_second as f64 * CHANGE_BYTES / 1e6),
        },
        "PrecheckStatus": {
            "Status": "Finished",
            "Percent": "100",
            "Detail": [{ "CheckStatus": "Success", "ItemName": "CHECK_CONN_DEST" }],
        },
        "StructureInitializationStatus": phase(progress.structure),
        "DataInitializationStatus": phase(progress.data),
        "SourceEndpoint": {
            "EngineName": "MySQL", "InstanceType": "RDS", "InstanceId": "rm-simulated-source",
        },
        "DestinationEndpoint": {
            "EngineName": "PolarDB", "InstanceType": "POLARDB", "InstanceId": "pc-simulated-destination",
        },
        "SynchronizationObjects": call.array("SynchronizationObject", objects),
    });
    if let (Some(sync), Some(delay_ms), Some(checkpoint_ms)) =
        (progress.sync, progress.delay_ms, progress.checkpoint_ms)
    {
        reply["DelayMillis"] = json!(delay_ms.to_string());
        reply["Delay"] = json!((delay_ms / 1_000).to_string());
        reply["Checkpoint"] = json!(call.epoch_seconds(checkpoint_ms));
        reply["DataSynchronizationStatus"] = phase(sync);
        reply["DataSynchronizationStatus"]["Delay"] = json!((delay_ms / 1_000).to_string());
    }
    Ok(reply)
}
