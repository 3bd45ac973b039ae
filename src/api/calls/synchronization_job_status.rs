//! `DescribeSynchronizationJobStatus`: the status of a synchronization instance.
//!
//! Documented: `SynchronizationJobId`, `SynchronizationDirection` (`Forward` by default, `Reverse` for the other half of
//! a two-way instance). Observed in the vendor's samples and SDKs: `Status` in lower case (`synchronizing`) and in an
//! older spelling (`Initializating`), `DelayMillis` and `Delay` (seconds), `Checkpoint` in seconds since 1970 as text,
//! `Performance.RPS`, blocks of the phases with `Status`, `Percent` and `Progress`. All leaves are text in the SDKs.

use super::VERSION;
use super::status_fields::{DelayUnit, StatusReply, checkpoint_ms, phases, rate};
use crate::api::error::Error;
use crate::api::transport::call_stats::CallCounter;
use crate::api::transport::client::Client;
use crate::api::transport::request::Call;
use crate::api::wire::body::Unreadable;
use crate::api::wire::head::Head;
use crate::api::wire::object::{self, Object};
use crate::model::{Job, JobStatusReading};

const ACTION: &str = "DescribeSynchronizationJobStatus";

/// The status of the instance.
///
/// # Errors
/// If the call is refused, or keeps failing for longer than the options allow.
pub async fn fetch(client: &Client, job: &Job, counter: &CallCounter) -> Result<JobStatusReading, Error> {
    let call = Call {
        action: ACTION,
        version: VERSION,
        region: job.region.as_deref(),
        params: vec![("SynchronizationJobId", job.id.clone())],
    };
    let (reply, arrived_at_ms) = client.call(&call, read, counter).await?;
    Ok(reply.into_reading(arrived_at_ms))
}

/// Reads a reply.
///
/// # Errors
/// If the body is not a reply of this call, says why.
pub fn read(body: &[u8]) -> Result<(Head, StatusReply), Unreadable> {
    let (head, text) = object::read_document(body)?;
    if !head.success {
        return Ok((head, StatusReply::default()));
    }
    let reply = Object::parse(&text)?;
    if !reply.has("SynchronizationJobId") && !reply.has("SynchronizationDirection") {
        return Err(Unreadable::NotOfCall { action: ACTION, missing: "SynchronizationJobId" });
    }
    let mut result = StatusReply::default();
    result.status.status = reply.text("Status");
    phases(
        &mut result.status,
        &reply,
        ["StructureInitializationStatus", "DataInitializationStatus", "DataSynchronizationStatus"],
    );
    let sync = reply.object("DataSynchronizationStatus");
    result.status.checkpoint_at_ms = checkpoint_ms(&reply).or_else(|| checkpoint_ms(&sync));
    result.status.rows_per_second = reply.object("Performance").text("RPS").as_deref().and_then(rate);
    result.set_delay(reply.text("DelayMillis").as_deref(), DelayUnit::Milliseconds);
    result.set_delay(reply.text("Delay").as_deref(), DelayUnit::Seconds);
    result.set_delay(sync.text("Delay").as_deref(), DelayUnit::Seconds);
    result.set_engines(&reply);
    Ok((head, result))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::testing::{Answer, Server, job};

    const REPLY: &str = r#"{"Success":"true","RequestId":"r","SynchronizationJobId":"dtsi1","TaskId":"exjk1alb116",
        "SynchronizationDirection":"Forward","Status":"synchronizing","DataInitialization":true,
        "DelayMillis":"1500","Delay":"1","Checkpoint":"1767323040","Performance":{"RPS":"12","FLOW":"0.00MB/s"},
        "StructureInitializationStatus":{"Status":"Finished","Percent":"100","Progress":"4"},
        "DataInitializationStatus":{"Status":"Finished","Percent":"130","Progress":"200001"},
        "DataSynchronizationStatus":{"Status":"Catched","Percent":"95","Delay":"1"},
        "SourceEndpoint":{"EngineName":"MySQL"},"DestinationEndpoint":{"EngineName":"PolarDB"},
        "SynchronizationObjects":[{"SchemaName":"shop"}]}"#;

    #[tokio::test]
    async fn the_status_is_requested_and_read() {
        let server = Server::queue([Answer::ok(REPLY)]).await;
        let reading = fetch(&server.client(), &job(), &CallCounter::default()).await.unwrap();
        let status = &reading.status;
        assert_eq!(status.status.as_deref(), Some("synchronizing"));
        assert_eq!(
            (status.structure_status.as_deref(), status.structure_percent),
            (Some("Finished"), Some(100))
        );
        assert_eq!((status.data_percent, status.data_rows), (Some(130), Some(200_001)), "as received");
        assert_eq!((status.sync_status.as_deref(), status.delay_ms), (Some("Catched"), Some(1_500)));
        assert_eq!(status.checkpoint_at_ms, Some(1_767_323_040_000));
        assert_eq!((status.rows_per_second, status.retrying), (Some(12), None));
        assert_eq!(reading.engines.source.as_deref(), Some("MySQL"));
        assert_eq!(reading.engines.destination.as_deref(), Some("PolarDB"));
        let request = server.requests().remove(0);
        assert_eq!(request.params["Action"], ACTION);
        assert_eq!(request.params["SynchronizationJobId"], "dtsi76118o3w92abcd");
    }

    #[test]
    fn absent_blocks_are_unknown() {
        let (_, reply) =
            read(br#"{"RequestId":"r","SynchronizationJobId":"x","Status":"Initializating"}"#).unwrap();
        assert_eq!(
            reply.into_reading(0).status,
            crate::model::JobStatus { status: Some("Initializating".to_owned()), ..Default::default() }
        );
    }

    #[test]
    fn a_reply_of_another_call_is_not_a_status() {
        let error = read(br#"{"RequestId":"r","DataInitializationDetails":[]}"#).unwrap_err();
        assert_eq!(
            error.to_string(),
            "not a reply of DescribeSynchronizationJobStatus: it has no SynchronizationJobId"
        );
        let (head, _) = read(br#"{"Success":"false","ErrCode":"InvalidJobId","RequestId":"r"}"#).unwrap();
        assert!(!head.success);
    }
}
