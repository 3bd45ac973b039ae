//! `DescribeDtsJobs`: the tasks of today's console, and with a DtsJobId the phases of one.
//!
//! Documented: `Region`, `JobType` (`MIGRATION` by default, which hides the others), `DtsJobId`, `Type` with `Params` (a
//! part of the name), `PageNumber`, `PageSize` (at most 30), `WithoutDbList`. An item has blocks of the phases, `Delay`
//! (milliseconds of a migration, seconds of a synchronization), `Checkpoint` in seconds since 1970 as text, `Performance`
//! and `RetryState`. Observed by others: the blocks of structure and data vanish once a synchronization runs.

use super::VERSION;
use super::dts_job_detail::{list_type, retry_state};
use super::job_list::{JobList, JobPage, ListedJob, read_page};
use super::status_fields::{DelayUnit, StatusReply, checkpoint_ms, phases, rate};
use crate::api::error::Error;
use crate::api::transport::call_stats::CallCounter;
use crate::api::transport::client::Client;
use crate::api::transport::request::Call;
use crate::api::wire::body::Unreadable;
use crate::api::wire::head::Head;
use crate::api::wire::object::{self, Object};
use crate::model::{Job, JobKind, JobStatusReading};

const ACTION: &str = "DescribeDtsJobs";
const LIST: (&str, &str) = ("DtsJobList", "DtsJobStatus");
/// The types whose tasks have objects to record. Without one, the call lists migrations only.
pub(in crate::api) const JOB_TYPES: [&str; 2] = ["MIGRATION", "SYNC"];

/// Lists the tasks of a region, all pages of them. With a name, those whose name contains it.
///
/// # Errors
/// If a page cannot be read, or there are more than a list is bounded to.
pub async fn list(client: &Client, region: &str, name: Option<&str>) -> Result<Vec<ListedJob>, Error> {
    let mut jobs: Vec<ListedJob> = Vec::new();
    for job_type in JOB_TYPES {
        let mut params = vec![
            ("Region", region.to_owned()),
            ("JobType", job_type.to_owned()),
            ("WithoutDbList", "true".to_owned()),
        ];
        if let Some(name) = name {
            params.extend([("Type", "name".to_owned()), ("Params", name.to_owned())]);
        }
        let list = JobList { action: ACTION, page_param: "PageNumber", params, read: read_list };
        jobs.extend(list.fetch(client, region).await?);
    }
    Ok(jobs)
}

/// The status of one task with its phases; `None` if no task of this type has the id.
///
/// # Errors
/// If the call is refused, or keeps failing for longer than the options allow.
pub async fn fetch(
    client: &Client,
    job: &Job,
    job_type: &'static str,
    counter: &CallCounter,
) -> Result<Option<JobStatusReading>, Error> {
    let mut params = vec![
        ("DtsJobId", job.id.clone()),
        ("JobType", job_type.to_owned()),
        ("WithoutDbList", "true".to_owned()),
    ];
    params.extend(job.region.as_ref().map(|region| ("Region", region.clone())));
    let call = Call { action: ACTION, version: VERSION, region: job.region.as_deref(), params };
    let read = if job_type == "SYNC" { read_synchronization } else { read_migration };
    let (tasks, arrived_at_ms) = client.call(&call, read, counter).await?;
    let task = tasks.into_iter().find(|(id, _)| *id == job.id);
    Ok(task.map(|(_, status)| status.into_reading(arrived_at_ms)))
}

/// The statuses of the tasks of a page, by their ids.
type Statuses = Vec<(String, StatusReply)>;

/// Reads the statuses of a saved page. The unit of a delay is that of each task's type.
///
/// # Errors
/// If the body is not a reply of this call, says why.
pub fn read(body: &[u8]) -> Result<(Head, Vec<(String, StatusReply)>), Unreadable> {
    // A type that is missing or unknown leaves the unit to the checkpoint.
    read_statuses(body, |item| match item.text("JobType") {
        Some(job_type) if list_type(&job_type) == Some("SYNC") => DelayUnit::Seconds,
        _ => DelayUnit::Milliseconds,
    })
}

fn read_migration(body: &[u8]) -> Result<(Head, Statuses), Unreadable> {
    read_statuses(body, |_| DelayUnit::Milliseconds)
}

fn read_synchronization(body: &[u8]) -> Result<(Head, Statuses), Unreadable> {
    read_statuses(body, |_| DelayUnit::Seconds)
}

fn read_statuses(
    body: &[u8],
    unit: impl Fn(&Object<'_>) -> DelayUnit,
) -> Result<(Head, Statuses), Unreadable> {
    let (head, text) = object::read_document(body)?;
    if !head.success {
        return Ok((head, Vec::new()));
    }
    let reply = Object::parse(&text)?;
    if !reply.has(LIST.0) {
        return Err(Unreadable::NotOfCall { action: ACTION, missing: LIST.0 });
    }
    let status = |item: &Object<'_>| {
        let mut result = StatusReply::default();
        result.status.status = item.text("Status");
        phases(
            &mut result.status,
            item,
            ["StructureInitializationStatus", "DataInitializationStatus", "DataSynchronizationStatus"],
        );
        result.status.checkpoint_at_ms = checkpoint_ms(item);
        result.status.rows_per_second = item.object("Performance").text("Rps").as_deref().and_then(rate);
        retry_state(&mut result.status, item);
        result.set_delay(item.text("Delay").as_deref(), unit(item));
        result.set_engines(item);
        Some((item.text("DtsJobId")?, result))
    };
    Ok((head, reply.list(LIST.0, LIST.1)?.iter().filter_map(status).collect()))
}

fn read_list(body: &[u8]) -> Result<(Head, JobPage), Unreadable> {
    read_page(body, ACTION, LIST, |item| {
        Some(ListedJob {
            kind: JobKind::Task,
            id: item.text("DtsJobId")?,
            instance_id: item.text("DtsInstanceID"),
            name: item.text("DtsJobName"),
            status: item.text("Status"),
            direction: item.text("DtsJobDirection"),
            source_engine: item.object("SourceEndpoint").text("EngineName"),
            destination_engine: item.object("DestinationEndpoint").text("EngineName"),
            data_percent: item.object("DataInitializationStatus").text("Percent"),
            error_message: item.text("ErrorMessage"),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::testing::{Answer, Server, job};

    fn reply(items: &str) -> String {
        format!(
            r#"{{"Success":true,"RequestId":"r","PageNumber":1,"PageRecordCount":30,"TotalRecordCount":1,"DtsJobList":{items}}}"#
        )
    }

    const TASK: &str = r#"{"DtsJobId":"dtsi76118o3w92abcd","DtsInstanceID":"dtsone","DtsJobName":"orders","JobType":"SYNC",
        "Status":"Initializing","Delay":90,"Checkpoint":"1767322956","DtsJobDirection":"Forward",
        "StructureInitializationStatus":{"Status":"Finished","Percent":"100","Progress":"1"},
        "DataInitializationStatus":{"Status":"Migrating","Percent":"44","Progress":"44755"},
        "Performance":{"Rps":"7.5","Flow":"0.1"},"RetryState":{"Retrying":false,"RetryCount":0},
        "SourceEndpoint":{"EngineName":"MySQL"},"DestinationEndpoint":{"EngineName":"PolarDB"}}"#;

    #[tokio::test]
    async fn the_phases_of_one_task_are_requested_by_its_id_and_type() {
        let other = TASK.replace("dtsi76118o3w92abcd", "another");
        let server =
            Server::queue([Answer::ok(reply(&format!("[{other},{TASK}]"))), Answer::ok(reply("[]"))]).await;
        let (client, counter) = (server.client(), CallCounter::default());
        let reading = fetch(&client, &job(), "SYNC", &counter).await.unwrap().unwrap();
        let status = &reading.status;
        assert_eq!((status.structure_percent, status.data_percent), (Some(100), Some(44)));
        assert_eq!((status.data_rows, status.rows_per_second), (Some(44_755), Some(7)));
        assert_eq!(
            (status.delay_ms, status.retrying),
            (Some(90_000), Some(false)),
            "seconds of a synchronization"
        );
        assert_eq!(fetch(&client, &job(), "MIGRATION", &counter).await.unwrap(), None);
        let request = server.requests().remove(0);
        for (name, value) in [("Action", ACTION), ("JobType", "SYNC"), ("DtsJobId", "dtsi76118o3w92abcd")] {
            assert_eq!(request.params[name], value, "{name}");
        }
    }

    #[tokio::test]
    async fn every_type_of_task_is_listed() {
        let server = Server::queue([
            Answer::ok(reply("[]").replace(":1,\"DtsJobList", ":0,\"DtsJobList")),
            Answer::ok(reply(&format!(r#"{{"DtsJobStatus":[{TASK}]}}"#))),
        ])
        .await;
        let jobs = list(&server.client(), "cn-hangzhou", Some("ord")).await.unwrap();
        assert_eq!((jobs[0].kind, jobs[0].instance_id.as_deref()), (JobKind::Task, Some("dtsone")));
        assert_eq!(jobs.len(), 1);
        let requests = server.requests();
        assert_eq!(requests.iter().map(|it| it.params["JobType"].as_str()).collect::<Vec<_>>(), JOB_TYPES);
        let request = &requests[1].params;
        assert_eq!((request["Region"].as_str(), request["Params"].as_str()), ("cn-hangzhou", "ord"));
    }
}
