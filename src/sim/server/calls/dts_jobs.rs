//! `DescribeDtsJobs` and `DescribeDtsJobDetail`: current tasks.
//!
//! Documented, or in the SDK models: the list takes Region, JobType (`MIGRATION` by default, which hides the
//! synchronization jobs), DtsJobId and DtsInstanceId (lists separated by commas), Type with Params, Status, PageNumber and
//! PageSize (default 20, maximum 30); its items have phase blocks with text values, Checkpoint as text in seconds since
//! 1970, Delay as a number, DbObject and Reserved as JSON text. The detail takes DtsJobId or DtsInstanceID (with a capital
//! D), is flat, has BootTime without a zone, Checkpoint as a number and no phase blocks at its top level but the incremental
//! one. Its Delay is milliseconds by its documentation; in the list it is milliseconds for migrations and seconds for
//! synchronizations. −1 says that the incremental phase has not begun. Once a synchronization runs, the structure and data
//! blocks usually vanish.
//!
//! Chosen here: a job that answers as a synchronization has the JobType `SYNC`, any other `MIGRATION`; an unknown DtsJobId
//! is an empty list, and an error of the detail.

use serde_json::{Value, json};

use super::context::{CallContext, CallError};
use super::job_progress::{JobProgress, PhaseProgress, Stage};
use crate::sim::scenario::JobKind;
use crate::sim::server::gateway_error::GatewayError;
use crate::sim::world::World;

const DEFAULT_PAGE_SIZE: usize = 20;
const MAX_PAGE_SIZE: usize = 30;
/// Time between the creation of a job and the beginning of the world.
const CREATED_BEFORE_MS: i64 = 3_600_000;
/// Average size of a change, for Performance.
const CHANGE_BYTES: f64 = 310.0;
/// How long the vendor retries before a job fails, as documented.
const MAX_RETRY_SECONDS: i64 = 7_200;

/// Whether the job is a synchronization, by its JobType.
fn is_synchronization(world: &World) -> bool {
    world.job().kinds.contains(&JobKind::Synchronization)
}

fn status_word(world: &World, progress: &JobProgress) -> &'static str {
    if is_synchronization(world) { progress.synchronization_status() } else { progress.migration_status() }
}

/// Answers `DescribeDtsJobs`.
pub(crate) fn list(call: &CallContext<'_>) -> Result<Value, CallError> {
    let job_type = call.param("JobType").unwrap_or("MIGRATION");
    let is_type = |world: &World| match job_type.to_ascii_uppercase().as_str() {
        "MIGRATION" => !is_synchronization(world),
        "SYNC" => is_synchronization(world),
        _ => false,
    };
    let region = call.param("Region").or(call.param("RegionId"));
    let is_listed = |list: Option<&str>, id: &str| {
        list.is_none_or(|list| list.split(',').any(|listed| listed.trim() == id))
    };
    let name_part = match (call.param("Type"), call.param("Params")) {
        (Some("name"), Some(part)) => Some(part),
        (None, None) | (Some("instance" | "srcRds" | "rds"), Some(_)) => None,
        (Some(_), None) => return Err(GatewayError::missing("Params").into()),
        _ => return Err(GatewayError::invalid("Type").into()),
    };
    let found: Vec<(&World, JobProgress)> = call
        .worlds
        .iter()
        .filter(|world| {
            let job = world.job();
            job.kinds.contains(&JobKind::Task)
                && is_type(world)
                && region.is_none_or(|region| job.region == region)
                && is_listed(call.param("DtsJobId"), job.task_id())
                && is_listed(call.param("DtsInstanceId"), &job.id)
                && name_part.is_none_or(|part| job.name.contains(part))
        })
        .map(|world| (world, JobProgress::at(world, call.elapsed_ms)))
        .filter(|(world, progress)| {
            call.param("Status")
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(status_word(world, progress)))
        })
        .collect();
    let page = call.page_span("PageNumber", DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, found.len())?;
    let shown = found.iter().skip(page.first).take(page.size);
    let jobs: Vec<_> = shown.map(|(world, progress)| list_item(call, world, progress)).collect();
    Ok(json!({
        "Success": true,
        "HttpStatusCode": 200,
        "PageNumber": page.number,
        "PageRecordCount": page.size,
        "TotalRecordCount": found.len(),
        "DtsJobList": call.array("DtsJobStatus", jobs),
    }))
}

/// The fields that the list and the detail share.
fn common_fields(call: &CallContext<'_>, world: &World, progress: &JobProgress) -> Value {
    let endpoint = |engine: &str, kind: &str, id: &str| {
        json!({
            "EngineName": engine, "InstanceType": kind, "InstanceID": id, "Region": world.job().region,
            "DatabaseName": "", "Ip": "", "Port": "3306", "UserName": "dts", "SslSolutionEnum": "DISABLE",
        })
    };
    let mut job = json!({
        "DtsJobId": world.job().task_id(),
        "DtsInstanceID": world.job().id,
        "DtsJobName": world.job().name,
        "DtsJobClass": "large",
        "DtsJobDirection": "Forward",
        "Status": status_word(world, progress),
        "CreateTime": call.utc_text(-CREATED_BEFORE_MS),
        "PayType": "PostPaid",
        "MigrationMode": {
            "StructureInitialization": true,
            "DataInitialization": true,
            "DataSynchronization": call.scenario.events.synchronization,
            "FullDataCheck": false,
            "IncDataCheck": false,
        },
        "SourceEndpoint": endpoint("MySQL", "RDS", "rm-simulated-source"),
        "DestinationEndpoint": endpoint("PolarDB", "POLARDB", "pc-simulated-destination"),
        "Reserved": "{}",
        "DbObject": "{\"shop\":{\"name\":\"shop\",\"all\":true},\"crm\":{\"name\":\"crm_v2\",\"all\":true},\
                     \"billing\":{\"name\":\"billing\",\"all\":true}}",
    });
    let retry_seconds = progress.retrying_ms.map(|retrying_ms| retrying_ms / 1_000);
    job["RetryState"] = match retry_seconds {
        None => json!({ "Retrying": false, "RetryCount": 0 }),
        Some(seconds) => json!({
            "Retrying": true,
            "RetryCount": seconds / 10 + 1,
            "RetryTime": seconds,
            "MaxRetryTime": MAX_RETRY_SECONDS,
            "RetryTarget": "destDB",
            "Module": "04",
            "ErrMessage": "DTS-71016: Communications link failure",
            "JobId": super::precheck_status::subtask_id(world, "04"),
        }),
    };
    job
}

fn list_item(call: &CallContext<'_>, world: &World, progress: &JobProgress) -> Value {
    let block = |phase: PhaseProgress, progress: String| json!({ "Status": phase.status, "Percent": phase.percent.to_string(), "Progress": progress });
    let mut job = common_fields(call, world, progress);
    job["JobType"] = json!(if is_synchronization(world) { "SYNC" } else { "MIGRATION" });
    job["PrecheckStatus"] = json!({ "Status": "Finished", "Percent": "100" });
    // Absent does not mean not started.
    let is_running =
        is_synchronization(world) && matches!(progress.stage, Stage::Synchronizing | Stage::Retrying);
    if !is_running {
        job["StructureInitializationStatus"] =
            block(progress.structure, progress.structure.progress.to_string());
        job["DataInitializationStatus"] = block(progress.data, progress.data.progress.to_string());
    }
    if let Some(sync) = progress.sync {
        job["DataSynchronizationStatus"] = block(sync, "0/0".to_owned());
    }
    let unit_ms = if is_synchronization(world) { 1_000 } else { 1 };
    job["Delay"] = json!(progress.delay_ms.map_or(-1, |delay_ms| delay_ms / unit_ms));
    job["Checkpoint"] = json!(progress.checkpoint_ms.map_or("0".to_owned(), |ms| call.epoch_seconds(ms)));
    job["BeginTimestamp"] = json!(call.utc_text(-CREATED_BEFORE_MS));
    job["Performance"] = json!({
        "Rps": progress.rows_per_second.to_string(),
        "Flow": format!("{:.2}", progress.rows_per_second as f64 * CHANGE_BYTES / 1e6),
    });
    if progress.data.failed_objects > 0 && progress.stage == Stage::Finished {
        job["ErrorMessage"] = json!("DTS-31009: some objects failed");
    }
    job
}

/// Answers `DescribeDtsJobDetail`.
pub(crate) fn detail(call: &CallContext<'_>) -> Result<Value, CallError> {
    let instance = call.param("DtsInstanceID");
    let world = match (call.param("DtsJobId"), instance) {
        (None, Some(id)) => {
            let found = call
                .worlds
                .iter()
                .find(|world| world.job().id == id && world.job().kinds.contains(&JobKind::Task));
            found.ok_or_else(|| GatewayError::instance_not_found(id))?
        }
        _ => call.task_world()?,
    };
    let progress = JobProgress::at(world, call.elapsed_ms);
    let mut job = common_fields(call, world, &progress);
    job["Success"] = json!(true);
    job["HttpStatusCode"] = json!(200);
    job["JobType"] = json!(if is_synchronization(world) { "sync" } else { "online" });
    job["SynchronizationDirection"] = json!("Forward");
    job["Delay"] = json!(progress.delay_ms.unwrap_or(-1));
    let checkpoint = progress.checkpoint_ms.map_or(0, |ms| (call.world_start_ms + ms) / 1_000);
    job["Checkpoint"] = json!(checkpoint);
    let begin_ms = world.begin_ms();
    if call.elapsed_ms >= begin_ms {
        job["BootTime"] = json!(call.utc_text(begin_ms).trim_end_matches('Z').to_owned() + ".000");
    }
    if progress.stage == Stage::Finished {
        job["FinishTime"] = json!(call.utc_text(world.end_ms()));
    }
    if let Some(sync) = progress.sync {
        let megabytes = progress.rows_per_second as f64 * CHANGE_BYTES / 1e6;
        job["DataSynchronizationStatus"] = json!({
            "Status": sync.status,
            "Percent": sync.percent.to_string(),
            "Progress": format!("{:.2}RPS/({megabytes:.3}MB/s)", progress.rows_per_second as f64),
            "NeedUpgrade": false,
        });
    }
    Ok(job)
}
