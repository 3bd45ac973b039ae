//! `DescribeSynchronizationJobs`: the list of synchronization jobs with their progress.

use chrono::{DateTime, FixedOffset};
use serde::Serialize;

use crate::api::auth::rpc::Params;
use crate::clock::Clock;
use crate::model::{Phase, Reading, Status};
use crate::sim::clock::WorldClock;
use crate::sim::server::gateway::GatewayError;
use crate::sim::server::paging::integer_param;
use crate::sim::world::World;
use crate::sim::world::schema::{BILLING, CRM, Database, SHOP};

/// Maximum of `PageSize`, by the current documentation.
const MAX_PAGE_SIZE: usize = 30;
/// Offset of `CreateTime`, which is in UTC+8; the other times are in UTC.
const CHINA_SECONDS: i32 = 8 * 3_600;
/// Time between the creation of a job and the beginning of the world.
const MADE_BEFORE_MS: i64 = 3_600_000;

/// The reply before serialization. The names are those of the vendor's documentation and SDK models.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase", rename = "DescribeSynchronizationJobsResponse")]
pub(crate) struct Jobs {
    /// Set by `ApiResponse::jobs`.
    pub(crate) request_id: String,
    page_number: usize,
    page_record_count: usize,
    total_record_count: usize,
    synchronization_instances: Vec<Instance>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Instance {
    synchronization_job_id: String,
    synchronization_job_name: String,
    synchronization_job_class: &'static str,
    synchronization_direction: &'static str,
    status: &'static str,
    pay_type: &'static str,
    create_time: String,
    job_create_time: String,
    data_initialization: &'static str,
    structure_initialization: &'static str,
    structure_initialization_status: PhaseState,
    data_initialization_status: PhaseState,
    source_endpoint: Endpoint,
    destination_endpoint: Endpoint,
    synchronization_objects: Vec<Schema>,
}

/// Progress of one phase. All values are text.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PhaseState {
    status: &'static str,
    percent: String,
    progress: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Endpoint {
    engine_name: &'static str,
    instance_type: &'static str,
    instance_id: &'static str,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Schema {
    schema_name: &'static str,
    new_schema_name: &'static str,
}

/// Answers the call with these parameters.
pub(crate) fn describe(worlds: &[World], clock: &WorldClock, params: &Params) -> Result<Jobs, GatewayError> {
    let number = integer_param(params, "PageNum")?.unwrap_or(1);
    if number == 0 {
        return Err(GatewayError::invalid("PageNum"));
    }
    let size = integer_param(params, "PageSize")?.unwrap_or(MAX_PAGE_SIZE);
    if !(1..=MAX_PAGE_SIZE).contains(&size) {
        return Err(GatewayError::invalid("PageSize"));
    }
    let given = |name: &str| params.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let (region, name) = (given("RegionId"), given("SynchronizationJobName"));
    // No simulated job has a tag.
    let tagged = params.keys().any(|name| name.starts_with("Tag."));
    let wanted: Vec<_> = worlds
        .iter()
        .filter(|world| !tagged && region.is_none_or(|region| world.job().region == region))
        .filter(|world| name.is_none_or(|name| world.job().name.contains(name)))
        .collect();
    let elapsed_ms = clock.elapsed_ms();
    let made_ms = clock.now_ms() - elapsed_ms - MADE_BEFORE_MS;
    let page = wanted.iter().skip((number - 1).saturating_mul(size)).take(size);
    let synchronization_instances: Vec<_> = page.map(|world| instance(world, elapsed_ms, made_ms)).collect();
    Ok(Jobs {
        request_id: String::new(),
        page_number: number,
        page_record_count: synchronization_instances.len(),
        total_record_count: wanted.len(),
        synchronization_instances,
    })
}

fn instance(world: &World, elapsed_ms: i64, made_ms: i64) -> Instance {
    let readings = world.at(elapsed_ms);
    let of = |phase| readings.iter().filter(move |row| row.key.phase == phase).collect::<Vec<_>>();
    let (structure, data) = (of(Phase::Structure), of(Phase::Data));
    let tables = structure.iter().filter(|row| row.key.object_type.as_deref() == Some("Table"));
    let tables_done = tables.filter(|row| is(row, &Status::Finished)).count();
    let rows_done: i64 = data.iter().filter_map(|row| row.state.finished_rows).sum();
    let rows: i64 = data.iter().filter_map(|row| row.state.total_rows).sum();
    let structure_done = structure.iter().filter(|row| is(row, &Status::Finished)).count();
    let structure_percent = structure_done * 100 / structure.len().max(1);
    let data_percent = (rows_done * 100 / rows.max(1)).min(100);
    let made = DateTime::from_timestamp_millis(made_ms).unwrap_or_default();
    let in_china = FixedOffset::east_opt(CHINA_SECONDS)
        .map_or_else(|| made.naive_utc(), |china| made.with_timezone(&china).naive_local());
    let schema = |of: Database| Schema { schema_name: of.source, new_schema_name: of.destination };
    let endpoint = |engine_name, instance_id| Endpoint { engine_name, instance_type: "RDS", instance_id };
    Instance {
        synchronization_job_id: world.job().id.clone(),
        synchronization_job_name: world.job().name.clone(),
        synchronization_job_class: "large",
        synchronization_direction: "Forward",
        status: job_status(&structure, &data),
        pay_type: "PostPaid",
        create_time: in_china.format("%Y-%m-%d %H:%M:%S.0").to_string(),
        job_create_time: made.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        data_initialization: "true",
        structure_initialization: "true",
        structure_initialization_status: PhaseState {
            status: phase_status(&structure),
            percent: structure_percent.to_string(),
            progress: tables_done.to_string(),
        },
        data_initialization_status: PhaseState {
            status: phase_status(&data),
            percent: data_percent.to_string(),
            progress: rows_done.to_string(),
        },
        source_endpoint: endpoint("MySQL", "rm-simulated-source"),
        destination_endpoint: endpoint("PolarDB", "pc-simulated-destination"),
        synchronization_objects: [SHOP, CRM, BILLING].map(schema).into(),
    }
}

fn is(reading: &Reading, status: &Status) -> bool {
    reading.state.status.as_ref() == Some(status)
}

fn phase_status(readings: &[&Reading]) -> &'static str {
    let any = |status| readings.iter().any(|reading| is(reading, &status));
    match (any(Status::Migrating), any(Status::NotStarted), any(Status::Finished), any(Status::Failed)) {
        (false, true, false, false) => "NotStarted",
        (true, ..) | (_, true, ..) => "Migrating",
        (.., true) => "Failed",
        _ => "Finished",
    }
}

/// The vendor spells it `Initializating`.
fn job_status(structure: &[&Reading], data: &[&Reading]) -> &'static str {
    match (phase_status(structure), phase_status(data)) {
        ("NotStarted", _) => "NotStarted",
        ("Migrating", _) | (_, "NotStarted" | "Migrating") => "Initializating",
        _ => "Synchronizing",
    }
}
