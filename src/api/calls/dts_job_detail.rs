//! `DescribeDtsJobDetail`: the status of a task of today's console.
//!
//! Documented: `DtsJobId`; a flat reply with `Status`, `Checkpoint` (seconds since 1970), `Delay` in milliseconds,
//! `DataSynchronizationStatus`, `RetryState` and the endpoints, without blocks of the structure and data phases.
//! Observed in the vendor's samples: `DataSynchronizationStatus.Progress` as `0.00RPS/(0.000MB/s)`, and a `JobType` of
//! `sync`, `online` or `subSync`.

use super::VERSION;
use super::status_fields::{DelayUnit, StatusReply, checkpoint_ms, phases, rate};
use crate::api::error::Error;
use crate::api::transport::call_stats::CallCounter;
use crate::api::transport::client::Client;
use crate::api::transport::request::Call;
use crate::api::wire::body::Unreadable;
use crate::api::wire::head::{Head, ReplyOrigin};
use crate::api::wire::object::{self, Object};
use crate::model::{Job, JobStatus, JobStatusReading};

const ACTION: &str = "DescribeDtsJobDetail";

/// The status of the task, and the `JobType` that DescribeDtsJobs lists it under, if the reply tells it.
///
/// # Errors
/// If the call is refused, or keeps failing for longer than the options allow.
pub async fn fetch(
    client: &Client,
    job: &Job,
    counter: &CallCounter,
) -> Result<(JobStatusReading, Option<&'static str>), Error> {
    let call = Call {
        action: ACTION,
        version: VERSION,
        region: job.region.as_deref(),
        params: vec![("DtsJobId", job.id.clone())],
    };
    let ((reply, job_type), arrived_at_ms) = client.call(&call, read, counter).await?;
    Ok((reply.into_reading(arrived_at_ms), job_type))
}

/// Reads a reply.
///
/// # Errors
/// If the body is not a reply of this call, says why.
pub fn read(body: &[u8]) -> Result<(Head, (StatusReply, Option<&'static str>)), Unreadable> {
    let (mut head, text) = object::read_document(body)?;
    let reply = Object::parse(&text)?;
    if head.origin == ReplyOrigin::Gateway && reply.has("DtsJobId") {
        // The gateway's errors have a `Code` too; here it is that of the job.
        head = Head { request_id: head.request_id, success: true, ..Head::default() };
    }
    if !head.success {
        return Ok((head, (StatusReply::default(), None)));
    }
    if !reply.has("DtsJobId") && !reply.has("DtsInstanceID") {
        return Err(Unreadable::NotOfCall { action: ACTION, missing: "DtsJobId" });
    }
    let mut result = StatusReply::default();
    result.status.status = reply.text("Status");
    phases(
        &mut result.status,
        &reply,
        ["StructureInitializationStatus", "DataInitializationStatus", "DataSynchronizationStatus"],
    );
    let sync = reply.object("DataSynchronizationStatus");
    result.status.checkpoint_at_ms = checkpoint_ms(&reply);
    result.status.rows_per_second = sync.text("Progress").as_deref().and_then(rate);
    retry_state(&mut result.status, &reply);
    result.set_delay(reply.text("Delay").as_deref(), DelayUnit::Milliseconds);
    result.set_engines(&reply);
    Ok((head, (result, reply.text("JobType").as_deref().and_then(list_type))))
}

/// The type under which DescribeDtsJobs lists a job of this type.
pub(super) fn list_type(job_type: &str) -> Option<&'static str> {
    match job_type.to_ascii_lowercase().as_str() {
        "sync" | "subsync" | "synchronization" => Some("SYNC"),
        "online" | "migration" => Some("MIGRATION"),
        "subscribe" => Some("SUBSCRIBE"),
        _ => None,
    }
}

/// `RetryState`: whether the job retries, and after which error.
pub(super) fn retry_state(status: &mut JobStatus, reply: &Object<'_>) {
    let retry = reply.object("RetryState");
    status.retrying = retry.text("Retrying").and_then(|text| text.trim().to_ascii_lowercase().parse().ok());
    if status.retrying == Some(true) && status.error_message.is_none() {
        status.error_message = retry.text("ErrMessage").or_else(|| retry.text("ErrMsg"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::testing::{Answer, Server, job};

    #[tokio::test]
    async fn the_status_is_requested_and_read() {
        let reply = r#"{"Success":true,"RequestId":"r","HttpStatusCode":200,"Code":"200","DtsJobId":"i03e3zty16i",
            "DtsInstanceID":"","JobType":"sync","Status":"Synchronizing","Checkpoint":1767323040,"Delay":1500,
            "DataSynchronizationStatus":{"Status":"Catched","Percent":"95","Progress":"12.50RPS/(0.003MB/s)"},
            "RetryState":{"Retrying":true,"RetryCount":3,"ErrMessage":"DTS-71016: link failure"},
            "SourceEndpoint":{"EngineName":"PostgreSQL"},"DestinationEndpoint":{"EngineName":"PolarDB_PG"}}"#;
        let server = Server::queue([Answer::ok(reply)]).await;
        let (reading, job_type) = fetch(&server.client(), &job(), &CallCounter::default()).await.unwrap();
        let status = &reading.status;
        assert_eq!(job_type, Some("SYNC"));
        assert_eq!((status.status.as_deref(), status.retrying), (Some("Synchronizing"), Some(true)));
        assert_eq!(status.error_message.as_deref(), Some("DTS-71016: link failure"));
        assert_eq!((status.delay_ms, status.rows_per_second), (Some(1_500), Some(12)));
        assert_eq!(status.checkpoint_at_ms, Some(1_767_323_040_000));
        assert_eq!(status.data_status, None, "an absent block is unknown");
        assert_eq!(server.requests()[0].params["DtsJobId"], "dtsi76118o3w92abcd");
    }

    #[test]
    fn before_the_incremental_phase_there_is_no_delay() {
        let reply = br#"{"Success":true,"RequestId":"r","DtsJobId":"x","Status":"Migrating","Delay":-1,"Checkpoint":0}"#;
        let (_, (reply, _)) = read(reply).unwrap();
        let status = reply.into_reading(1_767_323_040_000).status;
        assert_eq!((status.delay_ms, status.checkpoint_at_ms, status.retrying), (None, None, None));
    }

    #[test]
    fn an_unknown_task_is_a_refusal_and_another_reply_is_named() {
        let refused = br#"{"Success":false,"ErrCode":"InvalidJobId","ErrMessage":"job id %s","DynamicMessage":"x","RequestId":"r"}"#;
        let (head, _) = read(refused).unwrap();
        assert_eq!((head.success, head.err_message.as_deref()), (false, Some("job id x")));
        let error = read(br#"{"RequestId":"r","Success":true,"DtsJobList":[]}"#).unwrap_err();
        assert_eq!(error.to_string(), "not a reply of DescribeDtsJobDetail: it has no DtsJobId");
    }
}
