//! One migration through the three families of calls, each with its own paging, casing and units.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Caller, Raw, scenario};
use crate::sim::scenario::fault::{Fault, FaultKind};
use crate::sim::scenario::reply::{Arrays, BootTime, PastEnd, Shape};
use crate::sim::scenario::{EventCounts, JobKind, JobSpec, Scenario};

const INSTANCE: &str = "dtsdemo0a1b2c3d4e";
const TASK: &str = "demo0a1b2c3d4e";

type Changes<'a> = Vec<(&'a str, Option<&'a str>)>;

/// Calls an action with these parameters only.
async fn raw(caller: &Caller, action: &str, params: &[(&str, &str)]) -> Raw {
    let mut changes: Changes<'_> =
        vec![("Action", Some(action)), ("SynchronizationJobId", None), ("PageSize", None)];
    changes.extend(params.iter().map(|(name, value)| (*name, Some(*value))));
    caller.get(&changes).await
}

async fn call(caller: &Caller, action: &str, params: &[(&str, &str)]) -> Value {
    let raw = raw(caller, action, params).await;
    assert_eq!(raw.status, 200, "{action}: {}", String::from_utf8_lossy(&raw.body));
    serde_json::from_slice(&raw.body).unwrap()
}

/// A world without latency, so that its time stands still between two moves.
fn still() -> Scenario {
    let mut scenario = scenario();
    scenario.reply.latency_ms = 0;
    scenario
}

/// The items of an array, flat or wrapped.
fn items(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Object(wrapper) => wrapper.values().flat_map(items).collect(),
        _ => Vec::new(),
    }
}

fn text(row: &Value, field: &str) -> String {
    match &row[field] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// An object as every family of calls describes it: phase, databases, name, status, rows, total, error, definition.
type Row = [String; 9];

fn row(phase: &str, item: &Value, fields: [&str; 6]) -> Row {
    let [source, destination, name, status, rows, total] = fields.map(|field| text(item, field));
    let error = [text(item, "ErrorMessage"), text(item, "ErrMsg")].concat();
    let definition = [text(item, "ObjectDefinition"), text(item, "DdlSql")].concat();
    let status = if status == "Success" { "Finished".to_owned() } else { status };
    [phase.to_owned(), source, destination, name, status, rows, total, error, definition]
}

const OLD_FIELDS: [&str; 4] = ["SourceOwnerDBName", "DestinationOwnerDBName", "", "Status"];

fn old_rows(rows: &mut BTreeSet<Row>, structure: &Value, constraints: &str, data: &Value) -> usize {
    let [source, destination, _, status] = OLD_FIELDS;
    let structure_fields = [source, destination, "ObjectName", status, "", ""];
    let (structure, data) = (items(structure), items(data));
    for item in &structure {
        rows.insert(row("structure", item, structure_fields));
        for inner in items(&item[constraints]) {
            rows.insert(row("structure", &inner, structure_fields));
        }
    }
    for item in &data {
        rows.insert(row(
            "data",
            item,
            [source, destination, "TableName", status, "FinishRowNum", "TotalRowNum"],
        ));
    }
    structure.len() + data.len()
}

async fn synchronization(caller: &Caller) -> BTreeSet<Row> {
    let mut rows = BTreeSet::new();
    for number in 1.. {
        let page = number.to_string();
        let reply = call(
            caller,
            "DescribeInitializationStatus",
            &[("SynchronizationJobId", INSTANCE), ("PageNum", &page), ("PageSize", "40")],
        )
        .await;
        let (structure, data) =
            (&reply["StructureInitializationDetails"], &reply["DataInitializationDetails"]);
        if old_rows(&mut rows, structure, "Constraints", data) == 0 {
            break;
        }
    }
    rows
}

const SWITCHES: [(&str, &str); 3] = [
    ("MigrationMode.StructureInitialization", "true"),
    ("MigrationMode.DataInitialization", "true"),
    ("MigrationMode.DataSynchronization", "true"),
];

async fn migration(caller: &Caller) -> BTreeSet<Row> {
    let mut rows = BTreeSet::new();
    for number in 1.. {
        let page = number.to_string();
        let own = [("MigrationJobId", INSTANCE), ("PageNum", &page), ("PageSize", "50")];
        let reply = call(caller, "DescribeMigrationJobDetail", &[&own[..], &SWITCHES].concat()).await;
        let (structure, data) =
            (&reply["StructureInitializationDetailList"], &reply["DataInitializationDetailList"]);
        assert!(structure["StructureInitializationDetail"].is_array(), "wrapped in every version");
        if old_rows(&mut rows, structure, "ConstraintList", data) == 0 {
            break;
        }
    }
    rows
}

/// The rows of one subtask; and the number of replies.
async fn subtask(caller: &Caller, code: &str) -> (Vec<Value>, usize) {
    let mut rows = Vec::new();
    for number in 1.. {
        let page = number.to_string();
        let reply = call(
            caller,
            "DescribePreCheckStatus",
            &[("DtsJobId", TASK), ("JobCode", code), ("StructType", "before"), ("PageNo", &page)],
        )
        .await;
        let mut page = items(&reply["JobProgress"]);
        for subtask in items(&reply["SubDistributedJobStatus"]) {
            page.extend(items(&subtask["JobProgress"]));
        }
        if page.is_empty() {
            assert_eq!(reply["TotalRecordCount"].as_u64(), Some(rows.len() as u64));
            return (rows, number);
        }
        rows.extend(page);
    }
    unreachable!("every number is tried")
}

async fn task(caller: &Caller) -> BTreeSet<Row> {
    let mut rows = BTreeSet::new();
    let of = |phase, item: &Value, counts: [&str; 2]| {
        row(phase, item, ["SourceSchema", "DestSchema", "Names", "State", counts[0], counts[1]])
    };
    rows.extend(subtask(caller, "02").await.0.iter().map(|item| of("structure", item, ["", ""])));
    rows.extend(subtask(caller, "03").await.0.iter().map(|item| of("data", item, ["Current", "Total"])));
    rows
}

#[tokio::test]
async fn the_three_families_describe_the_same_objects() {
    for (shape, arrays, distributed) in
        [(Shape::Flat, Arrays::InStep, false), (Shape::Wrapped, Arrays::Concatenated, true)]
    {
        let mut scenario = Scenario { tables: 60, ..still() };
        (scenario.reply.shape, scenario.reply.distributed) = (shape, distributed);
        scenario.paging.arrays = arrays;
        let caller = Caller::of(&scenario).await;
        let world = &caller.server.worlds()[0];
        for at_ms in [0, world.end_ms() / 3, world.end_ms() * 2 / 3, world.cutover_end_ms()] {
            caller.clock.advance_to_ms(at_ms);
            let expected = synchronization(&caller).await;
            assert!(expected.len() > 100 && expected.iter().any(|row| row[0] == "data"));
            assert_eq!(migration(&caller).await, expected, "migration at {at_ms}");
            assert_eq!(task(&caller).await, expected, "task at {at_ms}");
        }
    }
}

#[tokio::test]
async fn job_level_calls_agree_on_status_delay_and_checkpoint() {
    let mut scenario = still();
    scenario.job = vec![
        JobSpec { kinds: vec![JobKind::Migration, JobKind::Task], ..JobSpec::demo() },
        JobSpec {
            id: "dtssync0a1b2c3d4e".to_owned(),
            dts_job_id: Some("k9x2m4c7v1b8n3q".to_owned()),
            kinds: vec![JobKind::Synchronization, JobKind::Task],
            ..JobSpec::demo()
        },
    ];
    let caller = Caller::of(&scenario).await;
    for (index, job_type, unit_ms) in [(0, "MIGRATION", 1), (1, "SYNC", 1_000)] {
        let world = &caller.server.worlds()[index];
        let (instance, task) = (world.job().id.as_str(), world.job().task_id());
        let mut seen = BTreeSet::new();
        for at_ms in (0..world.cutover_end_ms()).step_by(120_000) {
            caller.clock.advance_to_ms(at_ms);
            // The clock does not go back: the second job is looked at where the first one ended.
            let at_ms = caller.clock.elapsed_ms();
            let delay_ms = world.delay_ms(at_ms);
            let old = if job_type == "SYNC" {
                call(&caller, "DescribeSynchronizationJobStatus", &[("SynchronizationJobId", instance)]).await
            } else {
                call(&caller, "DescribeMigrationJobStatus", &[("MigrationJobId", instance)]).await
            };
            let listed = call(&caller, "DescribeDtsJobs", &[("JobType", job_type), ("DtsJobId", task)]).await;
            let listed = items(&listed["DtsJobList"]).remove(0);
            let detail = call(&caller, "DescribeDtsJobDetail", &[("DtsJobId", task)]).await;
            let steps = call(&caller, "ListJobStep", &[("DtsJobId", task)]).await;
            let last = items(&steps["JobSteps"]).pop().unwrap();
            assert_eq!(text(&old, "TaskId"), task);
            assert_eq!(listed["Delay"], delay_ms.map_or(-1, |delay_ms| delay_ms / unit_ms));
            assert_eq!(detail["Delay"], delay_ms.unwrap_or(-1));
            assert_eq!(last["IncLatencyMilliseconds"], delay_ms.unwrap_or(-1));
            assert_eq!(listed["Status"], detail["Status"]);
            seen.insert(text(&listed, "Status"));
            let checkpoint = delay_ms.map(|delay_ms| (super::START_MS + at_ms - delay_ms) / 1_000);
            assert_eq!(detail["Checkpoint"], checkpoint.unwrap_or(0));
            let expected = checkpoint.map_or_else(|| "0".to_owned(), |seconds| seconds.to_string());
            assert_eq!(text(&listed, "Checkpoint"), expected);
            let old_checkpoint = if job_type == "SYNC" {
                text(&old, "Checkpoint")
            } else {
                text(&old["DataSynchronizationStatus"], "Checkpoint")
            };
            assert_eq!(old_checkpoint, checkpoint.map_or_else(String::new, |seconds| seconds.to_string()));
        }
        let expected: &[&str] = match job_type {
            "MIGRATION" => &["Migrating", "NotStarted", "Retrying"],
            _ => &["Synchronizing"],
        };
        assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }
}

#[tokio::test]
async fn each_call_has_its_own_casing() {
    let caller = Caller::of(&still()).await;
    caller.clock.advance_to_ms(caller.server.worlds()[0].cutover_end_ms());
    let status =
        call(&caller, "DescribeSynchronizationJobStatus", &[("SynchronizationJobId", INSTANCE)]).await;
    assert_eq!((&status["Status"], &status["DataInitialization"]), (&"synchronizing".into(), &true.into()));
    assert!(text(&status["Performance"], "FLOW").ends_with("MB/s"));
    let jobs = call(&caller, "DescribeMigrationJobs", &[]).await;
    let job = &items(&jobs["MigrationJobs"])[0];
    assert_eq!(
        (&job["MigrationJobID"], &job["DataInitialization"]["percent"]),
        (&INSTANCE.into(), &"100".into())
    );
    let status = call(&caller, "DescribeMigrationJobStatus", &[("MigrationJobId", INSTANCE)]).await;
    assert_eq!(status["MigrationMode"]["structureInitialization"], true);
    assert!(status["PrecheckStatus"]["Detail"]["CheckItem"].is_array());
    let steps = call(&caller, "ListJobStep", &[("DtsJobId", TASK)]).await;
    assert_eq!(steps["JobSteps"][1]["State"], "○ Failed", "a sign stands before the word");
    let detail = call(&caller, "DescribeDtsJobDetail", &[("DtsInstanceID", INSTANCE)]).await;
    assert_eq!((&detail["DtsJobId"], &detail["BootTime"]), (&TASK.into(), &"2026-07-01T00:00:00.000".into()));
    let summary = call(&caller, "SummaryJobDetail", &[("DtsJobId", TASK), ("JobCode", "02")]).await;
    let total: u64 = items(&summary["ProgressSummaryDetails"])
        .iter()
        .map(|item| item["TotalCount"].as_u64().unwrap())
        .sum();
    assert_eq!(total, subtask(&caller, "02").await.0.len() as u64);
}

#[tokio::test]
async fn a_switch_that_is_not_sent_leaves_its_list_empty() {
    let caller = Caller::of(&still()).await;
    let count = async |switches: &[(&str, &str)]| {
        let own = [("MigrationJobId", INSTANCE)];
        let reply = call(&caller, "DescribeMigrationJobDetail", &[&own[..], switches].concat()).await;
        ["StructureInitializationDetailList", "DataInitializationDetailList"]
            .map(|list| items(&reply[list]).len())
    };
    assert_eq!(count(&[]).await, [0, 0]);
    assert_eq!(count(&SWITCHES[1..2]).await, [0, 24]);
    assert_eq!(count(&[("MigrationMode.StructureInitialization", "false")]).await, [0, 0]);
    assert_eq!(count(&SWITCHES[..1]).await, [30, 0], "a page has 30 rows by default");
}

#[tokio::test]
async fn boot_times_have_the_form_of_the_scenario() {
    for (boot_time, expected) in [
        (BootTime::Offset, Value::from("2026-07-01T00:00:05.000+00:00")),
        (BootTime::Zulu, "2026-07-01T00:00:05Z".into()),
        (BootTime::EpochMs, 1_782_864_005_000_i64.into()),
    ] {
        let mut scenario = still();
        scenario.reply.boot_time = boot_time;
        let caller = Caller::of(&scenario).await;
        caller.clock.advance_to_ms(caller.server.worlds()[0].end_ms());
        let (rows, replies) = subtask(&caller, "02").await;
        assert!(rows.iter().any(|row| row["BootTime"] == expected), "{boot_time:?}");
        assert!(replies > 3, "twenty rows on a page by default");
        let ended = rows.iter().filter(|row| row["State"] == "Success");
        assert!(ended.clone().count() > 20 && ended.clone().all(|row| !row["FinishTime"].is_null()));
        let failed = rows.iter().find(|row| row["State"] == "Failed").unwrap();
        assert_eq!(failed["Logs"][0]["LogLevel"], "ERROR");
    }
}

#[tokio::test]
async fn unknown_jobs_and_wrong_parameters_are_errors_of_each_call() {
    let mut scenario = still();
    scenario.job[0].kinds = vec![JobKind::Task];
    scenario.paging.past_end = PastEnd::Error;
    let caller = Caller::of(&scenario).await;
    for (action, param) in [
        ("DescribeInitializationStatus", "SynchronizationJobId"),
        ("DescribeSynchronizationJobStatus", "SynchronizationJobId"),
        ("DescribeMigrationJobDetail", "MigrationJobId"),
        ("DescribeMigrationJobStatus", "MigrationJobId"),
        ("DescribePreCheckStatus", "DtsJobId"),
    ] {
        let refused = raw(&caller, action, &[(param, INSTANCE), ("JobCode", "02")]).await;
        assert_eq!(refused.gateway_error(), (404, "Forbidden.InstanceNotFound".to_owned()), "{action}");
    }
    let unknown = call(&caller, "DescribeDtsJobDetail", &[("DtsJobId", "nobody")]).await;
    assert_eq!(
        (&unknown["Success"], &unknown["ErrCode"], &unknown["DynamicMessage"]),
        (&false.into(), &"InvalidJobId".into(), &"nobody".into())
    );
    let own = [("DtsJobId", TASK), ("JobCode", "03")];
    for wrong in [("JobCode", "09"), ("PageNo", "0"), ("PageNo", "99"), ("PageSize", "101")] {
        let refused = raw(&caller, "DescribePreCheckStatus", &[&own[..], &[wrong]].concat()).await;
        assert_eq!(refused.gateway_error(), (400, "InvalidParameter".to_owned()), "{wrong:?}");
    }
    let empty = call(&caller, "DescribeDtsJobs", &[("JobType", "SYNC")]).await;
    assert_eq!(empty["TotalRecordCount"], 0);
    let jobs = call(&caller, "DescribeDtsJobs", &[("Region", "cn-hangzhou")]).await;
    assert_eq!(jobs["DtsJobList"][0]["DtsJobId"], TASK, "JobType is MIGRATION by default");
}

#[tokio::test]
async fn a_subtask_without_rows_has_not_started() {
    let caller = Caller::of(&Scenario { events: EventCounts::none(), ..still() }).await;
    let reply = call(&caller, "DescribePreCheckStatus", &[("DtsJobId", TASK), ("JobCode", "04")]).await;
    assert_eq!((&reply["State"], &reply["TotalRecordCount"]), (&"NotStarted".into(), &0.into()));
}

#[tokio::test]
async fn replies_are_xml_by_default_and_faults_apply() {
    let caller = Caller::of(&Scenario {
        fault: vec![
            Fault::on_calls(FaultKind::Throttle, &[2]),
            Fault::on_calls(FaultKind::RowInserted, &[3]),
        ],
        ..still()
    })
    .await;
    let xml = caller
        .get(&[
            ("Action", Some("DescribeMigrationJobDetail")),
            ("MigrationJobId", Some(INSTANCE)),
            ("MigrationMode.DataInitialization", Some("true")),
            ("Format", None),
        ])
        .await;
    let body = String::from_utf8(xml.body).unwrap();
    assert!(body.contains("<DescribeMigrationJobDetailResponse>"), "{body}");
    assert!(body.contains("<DataInitializationDetailList><DataInitializationDetail><"), "{body}");
    let task = [("DtsJobId", TASK), ("JobCode", "03")];
    let refused = raw(&caller, "DescribePreCheckStatus", &task).await;
    assert_eq!(refused.gateway_error().1, "Throttling.User");
    let shifted = call(&caller, "DescribePreCheckStatus", &task).await;
    assert_eq!(shifted["JobProgress"][0]["Names"], "arrived_000003");
}
