//! `DescribeMigrationJobDetail`: the objects of a migration instance of the older kind, page by page.
//!
//! Documented: `MigrationJobId` (the instance id), `PageNum`, `PageSize` (30, 50 or 100), and one switch for each list
//! (`MigrationMode.StructureInitialization`, `.DataInitialization`, `.DataSynchronization`), each false unless sent. The
//! lists are wrapped in their item's name, constraints stand in `ConstraintList`, and `MigrationTime` takes the place of
//! `UsedTime`. The call answers only while the job is in Migrating, Failed, Paused or Finished. Observed in the
//! vendor's sample: the page counters are absent, so the end is not known from them. Assumed: paging ends as in
//! DescribeInitializationStatus, and `MigrationTime`, like `UsedTime`, has no known unit.

use super::VERSION;
use crate::api::error::Error;
use crate::api::transport::call_stats::CallCounter;
use crate::api::transport::client::Client;
use crate::api::transport::request::Call;
use crate::api::wire::body::{Format, Unreadable};
use crate::api::wire::head::Head;
use crate::api::wire::object::{self, Object};
use crate::model::{Job, ObjectKey, ObjectState, Page, Phase, Reading, Status};

const STRUCTURE: (&str, &str) = ("StructureInitializationDetailList", "StructureInitializationDetail");
const DATA: (&str, &str) = ("DataInitializationDetailList", "DataInitializationDetail");
const SYNC: (&str, &str) = ("DataSynchronizationDetailList", "DataSynchronizationDetail");
const CONSTRAINTS: (&str, &str) = ("ConstraintList", "StructureInitializationDetail");

/// Fetches one page of a job, with the arrival time of its reply. `number` counts from 1.
///
/// # Errors
/// If the call is rejected, or still fails after `retry_for_seconds`.
pub async fn fetch_page(
    client: &Client,
    job: &Job,
    number: u32,
    counter: &CallCounter,
) -> Result<Page, Error> {
    let call = Call {
        action: "DescribeMigrationJobDetail",
        version: VERSION,
        region: job.region.as_deref(),
        params: vec![
            ("MigrationJobId", job.id.clone()),
            ("PageNum", number.to_string()),
            ("PageSize", supported_page_size(client.options().page_size).to_string()),
            ("MigrationMode.StructureInitialization", "true".to_owned()),
            ("MigrationMode.DataInitialization", "true".to_owned()),
            ("MigrationMode.DataSynchronization", "true".to_owned()),
        ],
    };
    let (readings, arrived_at_ms) = client.call(&call, read, counter).await?;
    Ok(Page { number, arrived_at_ms, readings })
}

/// The largest documented page size that is at most `wanted`, or the smallest one.
fn supported_page_size(wanted: u32) -> u32 {
    match wanted {
        100.. => 100,
        50.. => 50,
        _ => 30,
    }
}

/// Reads a page of the reply.
///
/// # Errors
/// The reason, if the body is not a reply of this call.
pub fn read(body: &[u8]) -> Result<(Head, Vec<Reading>), Unreadable> {
    let (head, text) = object::read_document(body)?;
    let reply = Object::parse(&text)?;
    if head.success && ![STRUCTURE.0, DATA.0, SYNC.0].into_iter().any(|list| reply.has(list)) {
        for key in
            ["DataInitializationDetails", "StructureInitializationDetails", "JobProgress", "DtsJobList"]
        {
            if reply.has(key) {
                return Err(Unreadable::OtherCall { action: "DescribeMigrationJobDetail", key });
            }
        }
        // A job without objects still has its lists.
        return Err(Unreadable::Foreign { format: Format::Json });
    }
    let mut readings = Vec::new();
    for row in reply.list(STRUCTURE.0, STRUCTURE.1)? {
        let parent = reading_from_row(&row, Phase::Structure, None);
        let constraints = row.list(CONSTRAINTS.0, CONSTRAINTS.1)?;
        let key = parent.key.clone();
        readings.push(parent);
        readings.extend(constraints.iter().map(|row| reading_from_row(row, Phase::Constraint, Some(&key))));
    }
    for (list, phase) in [(DATA, Phase::Data), (SYNC, Phase::Sync)] {
        readings.extend(reply.list(list.0, list.1)?.iter().map(|row| reading_from_row(row, phase, None)));
    }
    Ok((head, readings))
}

fn reading_from_row(row: &Object<'_>, phase: Phase, parent: Option<&ObjectKey>) -> Reading {
    let structural = matches!(phase, Phase::Structure | Phase::Constraint);
    let name = if structural { "ObjectName" } else { "TableName" };
    let inherited = |key: &str, parents: fn(&ObjectKey) -> &String| {
        row.text(key).or_else(|| parent.map(|parent| parents(parent).clone())).unwrap_or_default()
    };
    Reading {
        key: ObjectKey {
            phase,
            source_db: inherited("SourceOwnerDBName", |key| &key.source_db),
            destination_db: inherited("DestinationOwnerDBName", |key| &key.destination_db),
            object_type: structural.then(|| row.text("ObjectType").unwrap_or_default()),
            parent_name: parent.map(|parent| parent.object_name.clone()),
            object_name: row.text(name).unwrap_or_default(),
        },
        state: ObjectState {
            status: row.text("Status").map(|word| Status::from(word.trim())),
            finished_rows: row.count("FinishRowNum"),
            total_rows: row.count("TotalRowNum"),
            used_time: row.text("MigrationTime"),
            error_message: row.text("ErrorMessage"),
            definition: row.text("ObjectDefinition"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::testing::{Answer, Server, job};

    /// The sample of the vendor's documentation, completed by a constraint.
    const SAMPLE: &str = r#"{"DataSynchronizationDetailList":{"DataSynchronizationDetail":[{"Status":"Migrating",
        "TableName":"customer","SourceOwnerDBName":"dtstestdata","DestinationOwnerDBName":"dtstestdata"}]},
        "DataInitializationDetailList":{"DataInitializationDetail":[{"Status":"Finished","TableName":"customer",
        "TotalRowNum":"201477","MigrationTime":"0.0","FinishRowNum":"200001","SourceOwnerDBName":"dtstestdata",
        "DestinationOwnerDBName":"dtstestdata","ErrorMessage":""}]},"Success":true,"RequestId":"r",
        "StructureInitializationDetailList":{"StructureInitializationDetail":[{"ObjectType":"Table",
        "ObjectName":"customer","Status":"Finished","SourceOwnerDBName":"dtstestdata","DestinationOwnerDBName":"dtstestdata",
        "ObjectDefinition":"CREATE TABLE c (id int)","ConstraintList":{"StructureInitializationDetail":[
        {"ObjectType":"Constraint","ObjectName":"customer","ObjectDefinition":"ALTER TABLE c ADD PRIMARY KEY (id)"}]}}]}}"#;

    #[test]
    fn the_documented_sample_is_parsed() {
        let (head, readings) = read(SAMPLE.as_bytes()).unwrap();
        assert!(head.success);
        let phases: Vec<_> = readings.iter().map(|reading| reading.key.phase).collect();
        assert_eq!(phases, [Phase::Structure, Phase::Constraint, Phase::Data, Phase::Sync]);
        assert_eq!(readings[1].key.parent_name.as_deref(), Some("customer"));
        assert_eq!(readings[1].key.source_db, "dtstestdata");
        let data = &readings[2];
        assert_eq!(data.key.object_name, "customer");
        assert_eq!(
            data.state,
            ObjectState {
                status: Some(Status::Finished),
                finished_rows: Some(200_001),
                total_rows: Some(201_477),
                used_time: Some("0.0".to_owned()),
                ..ObjectState::default()
            }
        );
        assert_eq!(readings[3].state.status, Some(Status::Migrating));
    }

    #[test]
    fn errors_and_replies_of_other_calls_are_distinguished() {
        let (head, rows) =
            read(br#"{"Code":"Forbidden.InstanceNotFound","Message":"no","RequestId":"r"}"#).unwrap();
        assert_eq!(
            (head.success, head.err_code.as_deref(), rows.len()),
            (false, Some("Forbidden.InstanceNotFound"), 0)
        );
        for (body, begins) in [
            (
                r#"{"RequestId":"r","DataInitializationDetails":[]}"#,
                "the reply of another call: it has DataInit",
            ),
            (r#"{"RequestId":"r","JobProgress":[]}"#, "the reply of another call: it has JobProgress"),
            (r#"{"RequestId":"r"}"#, "JSON of something else"),
            (
                r#"{"RequestId":"r","DataInitializationDetailList":7}"#,
                "broken JSON: DataInitializationDetailList",
            ),
        ] {
            let said = read(body.as_bytes()).unwrap_err().to_string();
            assert!(said.starts_with(begins), "{body}: {said}");
        }
        let (_, rows) =
            read(br#"{"Success":"true","RequestId":"r","DataInitializationDetailList":{}}"#).unwrap();
        assert!(rows.is_empty());
    }

    #[tokio::test]
    async fn all_three_lists_are_requested() {
        let server = Server::queue([Answer::ok(SAMPLE)]).await;
        let page = fetch_page(&server.client(), &job(), 2, &CallCounter::default()).await.unwrap();
        assert_eq!((page.number, page.readings.len()), (2, 4));
        let request = server.requests().remove(0);
        for (name, value) in [
            ("Action", "DescribeMigrationJobDetail"),
            ("MigrationJobId", "dtsi76118o3w92abcd"),
            ("PageNum", "2"),
            ("PageSize", "100"),
            ("MigrationMode.StructureInitialization", "true"),
            ("MigrationMode.DataInitialization", "true"),
            ("MigrationMode.DataSynchronization", "true"),
        ] {
            assert_eq!(request.params.get(name).map(String::as_str), Some(value), "{name}");
        }
        assert_eq!([1, 30, 49, 50, 99, 100].map(supported_page_size), [30, 30, 30, 50, 50, 100]);
    }
}
