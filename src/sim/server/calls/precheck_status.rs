//! `DescribePreCheckStatus`: the objects of one subtask of a current task.
//!
//! Documented, or in the SDK models: the parameters DtsJobId, JobCode (`01` precheck, `02` structure, `03` full data, `04`
//! incremental), StructType, StructPhase, Name, PageNo and PageSize (default 20); all fields of the reply and of
//! `JobProgress`; the statuses. Rows in `SubDistributedJobStatus` have the statuses of the subtask (`Finished`), the
//! others `Success`. PageRecordCount is the page size, not the number of rows. BootTime and FinishTime have two documented
//! forms, and were numbers in an early SDK; the scenario chooses.
//!
//! Not documented, and chosen here: Item, Names and TargetNames hold the object's name; a constraint is a row with its
//! table's name, which ParentObj repeats; Current and Total of `03` count rows, and those of `02` are 0 or 1 of 1; the
//! maximum of PageSize; TotalRecordCount counts all rows of the subtask, also those in `SubDistributedJobStatus`; a
//! subtask without rows has the state `NotStarted`.

use serde_json::{Value, json};

use super::context::{CallContext, CallError};
use super::job_progress::JobProgress;
use crate::model::{Phase, Status};
use crate::sim::rng::Rng;
use crate::sim::server::gateway::required_param;
use crate::sim::server::gateway_error::GatewayError;
use crate::sim::server::paging::shifted_listing;
use crate::sim::world::World;
use crate::sim::world::planned_object::PlannedObject;

const DEFAULT_PAGE_SIZE: usize = 20;
/// Items of the precheck, which has passed before the simulated migration begins.
const PRECHECK_ITEMS: [&str; 3] = ["CHECK_CONN_SRC", "CHECK_CONN_DEST", "CHECK_SAME_OBJ"];

/// Answers the call with these parameters.
pub(crate) fn describe(call: &CallContext<'_>) -> Result<Value, CallError> {
    let id = required_param(call.params, "DtsJobId")?;
    // ErrCode is not modelled for this call, so an unknown task is an error of the gateway.
    let world = call.task_world().map_err(|_| GatewayError::instance_not_found(id))?;
    let code = required_param(call.params, "JobCode")?;
    let inserted = call.row_shifts.inserted_objects();
    let listing = shifted_listing(world, call.elapsed_ms, call.row_shifts, &inserted);
    let rows: Vec<Row<'_>> = match code {
        "01" => PRECHECK_ITEMS.map(Row::Precheck).into(),
        "02" if call.param("StructType") == Some("after") => Vec::new(),
        "02" => {
            let nested = listing.structure.iter().flat_map(|object| {
                std::iter::once(*object).chain(world.constraints_of(object, call.elapsed_ms))
            });
            nested.map(Row::Object).collect()
        }
        "03" => listing.data.iter().map(|object| Row::Object(object)).collect(),
        "04" => listing.sync.iter().map(|object| Row::Object(object)).collect(),
        _ => return Err(GatewayError::invalid("JobCode").into()),
    };
    let rows: Vec<_> = rows.into_iter().filter(|row| row.matches(call)).collect();
    let max_size = call.scenario.paging.max_task_page_size;
    let page = call.page_span("PageNo", DEFAULT_PAGE_SIZE.min(max_size), max_size, rows.len())?;
    let failed = rows.iter().filter(|row| row.has_failed(call, world)).count();
    let subtask = subtask_id(world, code);
    let (mut own, mut distributed) = (Vec::new(), Vec::new());
    for (index, row) in rows.iter().enumerate().skip(page.first).take(page.size) {
        let is_distributed = call.scenario.reply.distributed && index % 3 == 2;
        let value = row.value(call, world, &subtask, index, is_distributed);
        if is_distributed { distributed.push(value) } else { own.push(value) }
    }
    let state = subtask_state(&JobProgress::at(world, call.elapsed_ms), code, rows.is_empty());
    let name = subtask_name(code);
    let mut reply = json!({
        "Code": code,
        "State": state,
        "JobId": subtask,
        "JobName": name,
        "Total": 0,
        "ErrorItem": failed,
        "ErrorAnalysisItem": 0,
        "PageNumber": page.number,
        "PageRecordCount": page.size,
        "TotalRecordCount": rows.len(),
        "Success": true,
        "HttpStatusCode": 200,
        "JobProgress": call.array("ProgressInfo", own),
    });
    if !distributed.is_empty() {
        let subtask = json!({
            "Code": code,
            "State": state,
            "JobId": subtask_id(world, &format!("{code} distributed")),
            "JobName": name,
            "ErrorItem": 0,
            "Total": distributed.len(),
            "JobProgress": call.array("ProgressInfo", distributed),
        });
        reply["SubDistributedJobStatus"] = call.array("SubDistributedJobStatusItem", vec![subtask]);
    }
    Ok(reply)
}

/// The id of a subtask, in the form of a task id.
pub(crate) fn subtask_id(world: &World, code: &str) -> String {
    const DIGITS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut rng = Rng::for_label(0, &format!("{} {code}", world.job().task_id()));
    (0..15).map(|_| char::from(DIGITS[usize::try_from(rng.below(36)).unwrap_or(0)])).collect()
}

/// The name of a subtask.
pub(crate) fn subtask_name(code: &str) -> &'static str {
    match code {
        "01" => "Precheck",
        "02" => "dts.step.struct.load",
        "03" => "dts.step.data.load",
        _ => "Incremental data service",
    }
}

/// The state of a subtask.
pub(crate) fn subtask_state(progress: &JobProgress, code: &str, is_empty: bool) -> &'static str {
    match code {
        "01" => "Finished",
        _ if is_empty => "NotStarted",
        "02" => progress.structure.status,
        "03" => progress.data.status,
        _ => progress.sync.map_or("NotStarted", |sync| sync.status),
    }
}

/// A row of `JobProgress`.
enum Row<'a> {
    Precheck(&'static str),
    Object(&'a PlannedObject),
}

impl Row<'_> {
    /// Whether the filters Name and StructPhase select the row.
    fn matches(&self, call: &CallContext<'_>) -> bool {
        let (name, object_type) = match self {
            Self::Precheck(item) => (*item, None),
            Self::Object(object) => (object.key.object_name.as_str(), object.key.object_type.as_deref()),
        };
        call.param("Name").is_none_or(|part| name.contains(part))
            && call.param("StructPhase").is_none_or(|phase| object_type == Some(phase))
    }

    fn has_failed(&self, call: &CallContext<'_>, world: &World) -> bool {
        match self {
            Self::Precheck(_) => false,
            Self::Object(object) => {
                world.reading(object, call.elapsed_ms).state.status == Some(Status::Failed)
            }
        }
    }

    fn value(
        &self,
        call: &CallContext<'_>,
        world: &World,
        subtask: &str,
        index: usize,
        is_distributed: bool,
    ) -> Value {
        let mut row = match self {
            Self::Precheck(item) => json!({
                "Item": item, "Names": format!("{item}_DETAIL"), "State": "Success", "Current": "0", "Total": 1,
                "Id": (index + 1).to_string(), "Sub": "[]", "Skip": false, "CanSkip": false, "IgnoreFlag": "N",
            }),
            Self::Object(object) => object_row(call, world, object, is_distributed),
        };
        row["JobId"] = json!(subtask);
        row["OrderNum"] = json!(index + 1);
        row
    }
}

fn object_row(call: &CallContext<'_>, world: &World, object: &PlannedObject, is_distributed: bool) -> Value {
    let reading = world.reading(object, call.elapsed_ms);
    let (started_ms, ended_ms) = world.attempt_times(object, call.elapsed_ms);
    let status = reading.state.status.unwrap_or(Status::NotStarted);
    let key = &reading.key;
    let identity = format!("{key:?} {:?}", reading.state.definition);
    let id = Rng::for_label(0, &identity).below(1_000_000_000_000);
    let mut row = json!({
        "Id": id.to_string(),
        "Item": key.object_name,
        "Names": key.object_name,
        "TargetNames": key.object_name,
        "SourceSchema": key.source_db,
        "DestSchema": key.destination_db,
        "State": match &status {
            Status::Finished if !is_distributed => "Success",
            Status::Migrating if key.phase == Phase::Sync => "Catched",
            other => other.as_str(),
        },
        "Sub": "[]",
        "Skip": false,
        "CanSkip": false,
        "IgnoreFlag": "N",
    });
    if let Some(parent) = &key.parent_name {
        row["ParentObj"] = json!(parent);
    }
    if key.phase == Phase::Data {
        row["Current"] = json!(reading.state.finished_rows.unwrap_or(0).to_string());
        if let Some(total) = object.estimate.as_ref().and_then(|text| text.parse::<i64>().ok()) {
            row["Total"] = json!(total);
        }
    } else {
        row["Current"] = json!(if status == Status::Finished { "1" } else { "0" });
        row["Total"] = json!(1);
    }
    if key.phase == Phase::Sync {
        row["DelaySeconds"] = json!(world.delay_ms(call.elapsed_ms).map_or(-1, |delay_ms| delay_ms / 1000));
    }
    for (name, time_ms) in [("BootTime", started_ms), ("FinishTime", ended_ms)] {
        if let Some(time_ms) = time_ms {
            row[name] = call.boot_time(time_ms);
        }
    }
    if let Some(definition) = &reading.state.definition {
        row["DdlSql"] = json!(definition);
    }
    if let Some(error) = &reading.state.error_message {
        row["ErrMsg"] = json!(error);
        row["ErrDetail"] = json!(error);
        row["RepairMethod"] = json!("CHECK__REPAIR_RETRY");
        let log = json!({ "ErrMsg": error, "ErrData": "", "ErrType": "", "LogLevel": "ERROR" });
        row["Logs"] = call.array("JobLog", vec![log]);
    }
    row
}
