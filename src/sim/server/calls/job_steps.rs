//! `ListJobStep` and `SummaryJobDetail`: the stages of a current task, and the number of its objects by type.
//!
//! In the SDK models: steps with Code, a State that begins with a sign (`○ Finished`), Progress as a number, BootTime and
//! FinishTime in UTC, IncLatencySeconds (−1 is none) and IncLatencyMilliseconds as numbers. SummaryJobDetail has Key, State
//! (0 finished, 1 catched, 2 initializing, 3 running, 4 warning, 5 failed) and TotalCount for each type of object; JobCode
//! `03` is documented as "incremental" and most likely means the full data. It has no paging.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::context::{CallContext, CallError};
use super::job_progress::JobProgress;
use super::precheck_status::{subtask_id, subtask_name, subtask_state};
use crate::model::{Phase, Status};
use crate::sim::server::gateway::required_param;
use crate::sim::server::gateway_error::GatewayError;

/// Answers `ListJobStep`.
pub(crate) fn list(call: &CallContext<'_>) -> Result<Value, CallError> {
    let world = call.task_world()?;
    let progress = JobProgress::at(world, call.elapsed_ms);
    let listing = world.listing(call.elapsed_ms);
    let mut steps = Vec::new();
    for (code, objects, percent) in [
        ("01", Vec::new(), 100),
        ("02", listing.structure, progress.structure.percent),
        ("03", listing.data, progress.data.percent),
        ("04", listing.sync, progress.sync.map_or(0, |sync| sync.percent)),
    ] {
        if code == "04" && !call.scenario.events.synchronization {
            continue;
        }
        let state = subtask_state(&progress, code, code != "01" && objects.is_empty());
        let times: Vec<_> =
            objects.iter().map(|object| world.attempt_times(object, call.elapsed_ms)).collect();
        let started_ms = times.iter().filter_map(|(started_ms, _)| *started_ms).min();
        let ended_ms = times.iter().filter_map(|(_, ended_ms)| *ended_ms).max();
        let is_latency_known = code == "04" && progress.delay_ms.is_some();
        let mut step = json!({
            "JobStepId": subtask_id(world, code),
            "JobStepName": subtask_name(code),
            "Code": code,
            "State": format!("○ {state}"),
            "Progress": percent,
            "CreateTime": call.utc_text(world.begin_ms()),
            "IncLatencySeconds": progress.delay_ms.filter(|_| is_latency_known).map_or(-1, |ms| ms / 1_000),
            "IncLatencyMilliseconds": progress.delay_ms.filter(|_| is_latency_known).unwrap_or(-1),
            "SubJobCount": 0,
            "SubJobSteps": [],
        });
        if let Some(started_ms) = started_ms {
            step["BootTime"] = json!(call.utc_text(started_ms));
        }
        if let Some(ended_ms) = ended_ms.filter(|_| matches!(state, "Finished" | "Failed")) {
            step["FinishTime"] = json!(call.utc_text(ended_ms));
        }
        steps.push(step);
    }
    Ok(json!({
        "Code": 200, "HttpStatusCode": 200, "Success": true, "JobSteps": call.array("JobStep", steps),
    }))
}

/// Answers `SummaryJobDetail`.
pub(crate) fn summary(call: &CallContext<'_>) -> Result<Value, CallError> {
    let world = call.task_world()?;
    let phase = match required_param(call.params, "JobCode")? {
        "02" => Phase::Structure,
        "03" => Phase::Data,
        _ => return Err(GatewayError::invalid("JobCode").into()),
    };
    let mut by_type: BTreeMap<String, Vec<Status>> = BTreeMap::new();
    for reading in world.at(call.elapsed_ms) {
        let is_constraint = phase == Phase::Structure && reading.key.phase == Phase::Constraint;
        if reading.key.phase == phase || is_constraint {
            let object_type = match (is_constraint, reading.key.object_type) {
                (true, _) => "Constraint".to_owned(),
                (false, object_type) => object_type.unwrap_or_else(|| "Table".to_owned()),
            };
            by_type.entry(object_type).or_default().extend(reading.state.status);
        }
    }
    let details: Vec<_> = by_type
        .into_iter()
        .map(|(key, statuses)| {
            let any = |status| statuses.contains(&status);
            let state = match (any(Status::Failed), any(Status::Migrating), any(Status::NotStarted)) {
                (true, ..) => 5,
                (_, true, _) => 3,
                (.., true) if any(Status::Finished) => 3,
                (.., true) => 2,
                _ => 0,
            };
            json!({ "Key": key, "State": state, "TotalCount": statuses.len() })
        })
        .collect();
    Ok(json!({
        "Code": 200,
        "HttpStatusCode": 200,
        "Success": true,
        "JobId": subtask_id(world, required_param(call.params, "JobCode")?),
        "ProgressSummaryDetails": call.array("ProgressSummaryDetail", details),
    }))
}
