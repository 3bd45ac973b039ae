//! The list of jobs.

use serde_json::Value;

use super::{Caller, Raw, scenario};
use crate::sim::scenario::{JobSpec, Scenario};

/// Seventy small jobs in two regions, alternating.
async fn seventy_jobs() -> Caller {
    let spec = |number: u32| JobSpec {
        id: format!("dtsjob{number:02}"),
        name: format!("copy {number} of shop <&>"),
        region: if number.is_multiple_of(2) { "cn-hangzhou" } else { "eu-central-1" }.to_owned(),
        tables: Some(2),
        begins_after_minutes: number,
        ..JobSpec::demo()
    };
    let scenario = Scenario { job: (0..70).map(spec).collect(), ..scenario() };
    Caller::of(&scenario).await
}

async fn list(caller: &Caller, changes: &[(&str, Option<&str>)]) -> Raw {
    let own =
        [("Action", Some("DescribeSynchronizationJobs")), ("SynchronizationJobId", None), ("PageSize", None)];
    caller.get(&[&own[..], changes].concat()).await
}

async fn read(caller: &Caller, changes: &[(&str, Option<&str>)]) -> Value {
    serde_json::from_slice(&list(caller, changes).await.body).expect("JSON")
}

fn ids(page: &Value) -> Vec<String> {
    let instances = page["SynchronizationInstances"].as_array().expect("an array");
    instances.iter().map(|job| job["SynchronizationJobId"].as_str().expect("text").to_owned()).collect()
}

#[tokio::test]
async fn jobs_come_in_pages_of_thirty_at_most() {
    let caller = seventy_jobs().await;
    let mut all = Vec::new();
    for (number, count) in [("1", 30), ("2", 30), ("3", 10), ("4", 0)] {
        let page = read(&caller, &[("PageNum", Some(number))]).await;
        assert_eq!(
            (page["TotalRecordCount"].as_u64(), page["PageRecordCount"].as_u64()),
            (Some(70), Some(count))
        );
        assert_eq!(page["PageNumber"].to_string(), number);
        all.extend(ids(&page));
    }
    let expected: Vec<_> = (0..70).map(|number| format!("dtsjob{number:02}")).collect();
    assert_eq!(all, expected);
    for size in ["31", "50", "0", "x"] {
        let refused = list(&caller, &[("PageSize", Some(size))]).await;
        assert_eq!(refused.gateway_error(), (400, "InvalidParameter".to_owned()), "{size}");
    }
}

#[tokio::test]
async fn jobs_are_filtered_by_region_name_and_tag() {
    let caller = seventy_jobs().await;
    let count = async |change| read(&caller, &[change]).await["TotalRecordCount"].as_u64().expect("a number");
    assert_eq!(count(("RegionId", Some("eu-central-1"))).await, 35);
    assert_eq!(count(("RegionId", Some("me-east-1"))).await, 0);
    assert_eq!(count(("SynchronizationJobName", Some("copy 6"))).await, 11);
    assert_eq!(count(("Tag.1.Key", Some("team"))).await, 0);
}

#[tokio::test]
async fn a_job_has_status_and_progress() {
    let caller = Caller::of(&scenario()).await;
    let job = async || read(&caller, &[]).await["SynchronizationInstances"][0].clone();
    let first = job().await;
    assert_eq!(first["Status"], "NotStarted");
    assert_eq!(
        (&first["CreateTime"], &first["JobCreateTime"]),
        (&"2026-07-01 07:00:00.0".into(), &"2026-06-30T23:00:00Z".into())
    );

    let world = &caller.server.worlds()[0];
    caller.clock.advance_to_ms(world.end_ms() / 3);
    assert_eq!(job().await["Status"], "Initializating");
    caller.clock.advance_to_ms(world.end_ms());
    let last = job().await;
    assert_eq!(last["Status"], "Synchronizing");
    assert_eq!(last["StructureInitializationStatus"]["Status"], "Failed");
    let rows: i64 = world.at(world.end_ms()).iter().filter_map(|row| row.state.finished_rows).sum();
    assert_eq!(last["DataInitializationStatus"]["Progress"], rows.to_string());
}

#[tokio::test]
async fn the_list_is_xml_by_default() {
    let caller = seventy_jobs().await;
    let raw = list(&caller, &[("Format", None), ("PageSize", Some("2"))]).await;
    let text = String::from_utf8(raw.body).expect("text");
    assert_eq!(raw.content_type, "text/xml;charset=utf-8");
    let root = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeSynchronizationJobsResponse>";
    assert!(text.starts_with(root), "{text}");
    assert_eq!(text.matches("<SynchronizationInstances>").count(), 2);
    assert!(
        text.contains("<SynchronizationJobName>copy 1 of shop &lt;&amp;&gt;</SynchronizationJobName>"),
        "{text}"
    );
}
