//! `DescribeMigrationJobStatus`: the status of a migration instance of the older kind.
//!
//! Documented: `MigrationJobId` (the instance id). Observed in the vendor's samples: `MigrationJobStatus`, blocks of the
//! phases with `Status`, `Percent` and `Progress`; `Delay` (seconds) and `Checkpoint` (seconds since 1970) in the block of
//! the incremental phase; every leaf is text.

use super::VERSION;
use super::status_fields::{DelayUnit, StatusReply, checkpoint_ms, phases};
use crate::api::error::Error;
use crate::api::transport::call_stats::CallCounter;
use crate::api::transport::client::Client;
use crate::api::transport::request::Call;
use crate::api::wire::body::Unreadable;
use crate::api::wire::head::Head;
use crate::api::wire::object::{self, Object};
use crate::model::{Job, JobStatusReading};

const ACTION: &str = "DescribeMigrationJobStatus";

/// The status of the instance.
///
/// # Errors
/// If the call is refused, or keeps failing for longer than the options allow.
pub async fn fetch(client: &Client, job: &Job, counter: &CallCounter) -> Result<JobStatusReading, Error> {
    let call = Call {
        action: ACTION,
        version: VERSION,
        region: job.region.as_deref(),
        params: vec![("MigrationJobId", job.id.clone())],
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
    if !reply.has("MigrationJobStatus") {
        return Err(Unreadable::NotOfCall { action: ACTION, missing: "MigrationJobStatus" });
    }
    let mut result = StatusReply::default();
    result.status.status = reply.text("MigrationJobStatus");
    phases(
        &mut result.status,
        &reply,
        ["StructureInitializationStatus", "DataInitializationStatus", "DataSynchronizationStatus"],
    );
    let sync = reply.object("DataSynchronizationStatus");
    result.status.checkpoint_at_ms = checkpoint_ms(&sync);
    result.set_delay(sync.text("Delay").as_deref(), DelayUnit::Seconds);
    result.set_engines(&reply);
    Ok((head, result))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::testing::{Answer, Server, job};

    #[tokio::test]
    async fn the_status_is_requested_and_read() {
        let reply = r#"{"Success":"true","RequestId":"r","MigrationJobId":"dtsz2v12jfo309","TaskId":"z2v12jfo309",
            "MigrationJobStatus":"Migrating","MigrationMode":{"dataInitialization":true},
            "DataInitializationStatus":{"Status":"Finished","Progress":"200001","Percent":"100"},
            "DataSynchronizationStatus":{"Status":"Catched","Checkpoint":"1767323040","Percent":"95","Delay":"2"},
            "SourceEndpoint":{"EngineName":"MySQL","oracleSID":""},"DestinationEndpoint":{"EngineName":"PolarDB"}}"#;
        let server = Server::queue([Answer::ok(reply)]).await;
        let reading = fetch(&server.client(), &job(), &CallCounter::default()).await.unwrap();
        let status = &reading.status;
        assert_eq!(status.status.as_deref(), Some("Migrating"));
        assert_eq!((status.structure_status.as_deref(), status.structure_percent), (None, None));
        assert_eq!((status.data_percent, status.data_rows), (Some(100), Some(200_001)));
        assert_eq!((status.delay_ms, status.checkpoint_at_ms), (Some(2_000), Some(1_767_323_040_000)));
        assert_eq!(server.requests()[0].params["MigrationJobId"], "dtsi76118o3w92abcd");
        let error = read(br#"{"RequestId":"r","SynchronizationJobId":"x"}"#).unwrap_err();
        assert!(error.to_string().starts_with("not a reply of DescribeMigrationJobStatus"), "{error}");
    }
}
