//! `DescribeSynchronizationJobs`: the list of synchronization jobs with their progress.
//!
//! Documented, or in the SDK models: PageNum and PageSize (at most 30), filters by region, by a part of the name and by
//! tag, integer counters; all values of a job are text; `Initializating` is the vendor's spelling; CreateTime is in UTC+8,
//! the other times are in UTC. There is neither Success nor ErrCode.

use chrono::{DateTime, FixedOffset};
use serde_json::{Value, json};

use super::context::{CallContext, CallError};
use super::job_progress::{JobProgress, PhaseProgress};
use crate::sim::scenario::JobKind;
use crate::sim::world::World;
use crate::sim::world::schema::{BILLING, CRM, SHOP};

/// Maximum of `PageSize`, by the current documentation.
const MAX_PAGE_SIZE: usize = 30;
/// Offset of `CreateTime`, which is in UTC+8; the other times are in UTC.
const CHINA_SECONDS: i32 = 8 * 3_600;
/// Time between the creation of a job and the beginning of the world.
const CREATED_BEFORE_MS: i64 = 3_600_000;

/// Answers the call with these parameters.
pub(crate) fn list(call: &CallContext<'_>) -> Result<Value, CallError> {
    let (region, name) = (call.param("RegionId"), call.param("SynchronizationJobName"));
    // No simulated job has a tag.
    let is_tagged = call.params.keys().any(|name| name.starts_with("Tag."));
    let found: Vec<&World> = call
        .worlds
        .iter()
        .filter(|world| {
            let job = world.job();
            !is_tagged
                && job.kinds.contains(&JobKind::Synchronization)
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
        "SynchronizationInstances": jobs,
    }))
}

fn job_item(call: &CallContext<'_>, world: &World) -> Value {
    let progress = JobProgress::at(world, call.elapsed_ms);
    let created_ms = call.world_start_ms - CREATED_BEFORE_MS;
    let created = DateTime::from_timestamp_millis(created_ms).unwrap_or_default();
    let in_china = FixedOffset::east_opt(CHINA_SECONDS)
        .map_or_else(|| created.naive_utc(), |china| created.with_timezone(&china).naive_local());
    let phase = |phase: PhaseProgress| {
        json!({
            "Status": phase.status,
            "Percent": phase.percent.to_string(),
            "Progress": phase.progress.to_string(),
        })
    };
    let objects: Vec<_> = [SHOP, CRM, BILLING]
        .map(|database| json!({ "SchemaName": database.source, "NewSchemaName": database.destination }))
        .into();
    let mut job = json!({
        "SynchronizationJobId": world.job().id,
        "SynchronizationJobName": world.job().name,
        "SynchronizationJobClass": "large",
        "SynchronizationDirection": "Forward",
        "Status": match progress.synchronization_status() {
            "Initializing" => "Initializating",
            status => status,
        },
        "PayType": "PostPaid",
        "CreateTime": in_china.format("%Y-%m-%d %H:%M:%S.0").to_string(),
        "JobCreateTime": created.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "DataInitialization": "true",
        "StructureInitialization": "true",
        "StructureInitializationStatus": phase(progress.structure),
        "DataInitializationStatus": phase(progress.data),
        "SourceEndpoint": {
            "EngineName": "MySQL", "InstanceType": "RDS", "InstanceId": "rm-simulated-source",
        },
        "DestinationEndpoint": {
            "EngineName": "PolarDB", "InstanceType": "RDS", "InstanceId": "pc-simulated-destination",
        },
        "SynchronizationObjects": objects,
    });
    if let Some(delay_ms) = progress.delay_ms {
        job["Delay"] = json!((delay_ms / 1_000).to_string());
    }
    job
}
