//! The status of a job, by the calls of its kind.

use std::time::Duration;

use tokio::time::timeout;

use super::calls::dts_jobs::JOB_TYPES;
use super::calls::{dts_job_detail, dts_jobs, migration_job_status, synchronization_job_status};
use super::error::Error;
use super::transport::call_stats::CallCounter;
use super::transport::client::Client;
use crate::model::{Job, JobKind, JobStatusOutcome, JobStatusReading};

/// Limit of the time for the status of a job. The objects of a sweep do not wait longer for it.
const MAX_STATUS_TIME: Duration = Duration::from_secs(20);

/// How much of the status is requested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// The status that one call returns.
    Job,
    /// Also the progress of each phase.
    Phases,
}

/// Requests the status of a job. A failure is a result of its own: it does not decide over the sweep that it belongs to.
pub async fn request(client: &Client, job: &Job, detail: Detail, counter: &CallCounter) -> JobStatusOutcome {
    match timeout(MAX_STATUS_TIME, fetch(client, job, detail, counter)).await {
        Ok(Ok(reading)) => JobStatusOutcome::Read(reading),
        Ok(Err(error)) => JobStatusOutcome::Failed(error.to_string()),
        Err(_) => {
            let seconds = MAX_STATUS_TIME.as_secs();
            JobStatusOutcome::Failed(format!("the status of the job was not read within {seconds} s"))
        }
    }
}

/// Reads the status of a job.
///
/// # Errors
/// If a call is refused, or keeps failing for longer than the options allow.
pub async fn fetch(
    client: &Client,
    job: &Job,
    detail: Detail,
    counter: &CallCounter,
) -> Result<JobStatusReading, Error> {
    match job.kind {
        JobKind::Synchronization => synchronization_job_status::fetch(client, job, counter).await,
        JobKind::Migration => migration_job_status::fetch(client, job, counter).await,
        JobKind::Task => task(client, job, detail, counter).await,
    }
}

/// DescribeDtsJobDetail has the checkpoint and a delay whose unit is known, DescribeDtsJobs has the phases.
async fn task(
    client: &Client,
    job: &Job,
    detail: Detail,
    counter: &CallCounter,
) -> Result<JobStatusReading, Error> {
    let (mut reading, job_type) = dts_job_detail::fetch(client, job, counter).await?;
    if detail == Detail::Job {
        return Ok(reading);
    }
    let job_types = match &job_type {
        Some(known) => std::slice::from_ref(known),
        None => &JOB_TYPES[..],
    };
    for job_type in job_types {
        match dts_jobs::fetch(client, job, job_type, counter).await {
            Ok(Some(phases)) => {
                add_phases(&mut reading, phases);
                break;
            }
            Ok(None) => {}
            // The first call has told the more important half.
            Err(error) => {
                tracing::debug!(job = job.id, %error, "the phases of the task could not be read");
                break;
            }
        }
    }
    Ok(reading)
}

/// Completes a status by the fields that only the other reply has.
pub fn add_phases(reading: &mut JobStatusReading, phases: JobStatusReading) {
    let (status, other) = (&mut reading.status, phases.status);
    status.structure_status = status.structure_status.take().or(other.structure_status);
    status.structure_percent = status.structure_percent.or(other.structure_percent);
    status.data_status = status.data_status.take().or(other.data_status);
    status.data_percent = status.data_percent.or(other.data_percent);
    status.data_rows = status.data_rows.or(other.data_rows);
    status.sync_status = status.sync_status.take().or(other.sync_status);
    status.delay_ms = status.delay_ms.or(other.delay_ms);
    status.checkpoint_at_ms = status.checkpoint_at_ms.or(other.checkpoint_at_ms);
    status.rows_per_second = status.rows_per_second.or(other.rows_per_second);
    status.retrying = status.retrying.or(other.retrying);
    status.error_message = status.error_message.take().or(other.error_message);
    reading.engines.source = reading.engines.source.take().or(phases.engines.source);
    reading.engines.destination = reading.engines.destination.take().or(phases.engines.destination);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::testing::{Answer, Server, job};

    const DETAIL: &str = r#"{"Success":true,"RequestId":"r","DtsJobId":"dtsi76118o3w92abcd","Status":"Synchronizing",
        "Delay":1500,"Checkpoint":1767323040}"#;
    const JOBS: &str = r#"{"Success":true,"RequestId":"r","DtsJobList":[{"DtsJobId":"dtsi76118o3w92abcd",
        "Status":"Synchronizing","DataInitializationStatus":{"Status":"Finished","Percent":"100"}}]}"#;

    fn task() -> Job {
        Job { kind: JobKind::Task, ..job() }
    }

    #[tokio::test]
    async fn both_calls_of_a_task_are_one_status() {
        let none = r#"{"Success":true,"RequestId":"r","DtsJobList":[]}"#;
        let server = Server::queue([DETAIL, none, JOBS].map(Answer::ok)).await;
        let counter = CallCounter::default();
        let status = fetch(&server.client(), &task(), Detail::Phases, &counter).await.unwrap().status;
        assert_eq!((status.data_percent, status.delay_ms), (Some(100), Some(1_500)));
        let types: Vec<_> = server.requests().iter().map(|it| it.params.get("JobType").cloned()).collect();
        assert_eq!(types, [None, Some("MIGRATION".to_owned()), Some("SYNC".to_owned())]);
    }

    #[tokio::test]
    async fn the_phases_cost_a_call_only_where_they_are_requested_and_may_fail() {
        let server = Server::queue([Answer::ok(DETAIL)]).await;
        let counter = CallCounter::default();
        let status = fetch(&server.client(), &task(), Detail::Job, &counter).await.unwrap().status;
        assert_eq!((status.data_percent, server.requests().len()), (None, 1));
        let server = Server::queue([Answer::ok(DETAIL), Answer::error(403, "Forbidden.RAM")]).await;
        let outcome = request(&server.client(), &task(), Detail::Phases, &counter).await;
        assert!(matches!(outcome, JobStatusOutcome::Read(reading) if reading.status.delay_ms == Some(1_500)));
    }

    #[tokio::test]
    async fn a_refusal_is_a_result() {
        let server = Server::queue([Answer::error(403, "Forbidden.RAM")]).await;
        let outcome = request(&server.client(), &job(), Detail::Job, &CallCounter::default()).await;
        let JobStatusOutcome::Failed(error) = outcome else { panic!("{outcome:?}") };
        assert!(error.contains("grant the account dts:DescribeSynchronizationJobStatus"), "{error}");
    }
}
