//! A saved reply of any call that the recorder sends, told apart by its content.

use super::calls::pre_check_status::Subtask;
use super::calls::{
    dts_job_detail, dts_jobs, initialization_status, migration_job_detail, migration_job_status,
    pre_check_status, synchronization_job_status,
};
use super::wire::body::{Format, Unreadable};
use super::wire::head::Head;
use super::wire::object::{self, Object};
use crate::model::{JobKind, JobStatusReading, Reading};

/// The content of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one of it for each saved file")]
pub enum SavedReply {
    /// A page of objects, of a job of this kind.
    Objects {
        /// The kind of the job.
        kind: JobKind,
        /// The rows.
        readings: Vec<Reading>,
    },
    /// The status of a job.
    Status {
        /// The kind of the job.
        kind: JobKind,
        /// The status, as of the given moment.
        reading: JobStatusReading,
    },
}

/// Keys of lists that only DescribeMigrationJobDetail sends.
const MIGRATION_LISTS: [&str; 3] =
    ["StructureInitializationDetailList", "DataInitializationDetailList", "DataSynchronizationDetailList"];

/// Reads a reply that had arrived at `observed_at_ms`. `job_id` selects the task in a reply that lists several.
///
/// # Errors
/// If the body is not a reply of one of the calls, says why.
pub fn read(body: &[u8], job_id: &str, observed_at_ms: i64) -> Result<(Head, SavedReply), Unreadable> {
    let status = |kind, (head, reply): (Head, super::calls::StatusReply)| {
        (head, SavedReply::Status { kind, reading: reply.into_reading(observed_at_ms) })
    };
    let objects = |kind, (head, readings)| (head, SavedReply::Objects { kind, readings });
    let Some(call) = call_of(body) else {
        let reply = initialization_status::read(body)?;
        return Ok(objects(JobKind::Synchronization, (reply.head, reply.readings)));
    };
    Ok(match call {
        SavedCall::MigrationJobDetail => objects(JobKind::Migration, migration_job_detail::read(body)?),
        SavedCall::PreCheckStatus(subtask) => objects(JobKind::Task, pre_check_status::read(body, subtask)?),
        SavedCall::MigrationJobStatus => status(JobKind::Migration, migration_job_status::read(body)?),
        SavedCall::SynchronizationJobStatus => {
            status(JobKind::Synchronization, synchronization_job_status::read(body)?)
        }
        SavedCall::DtsJobDetail => {
            let (head, (reply, _)) = dts_job_detail::read(body)?;
            status(JobKind::Task, (head, reply))
        }
        SavedCall::DtsJobs => {
            let (head, tasks) = dts_jobs::read(body)?;
            let task = tasks.into_iter().find(|(id, _)| id == job_id).map(|(_, reply)| reply);
            let missing = || Unreadable::Malformed {
                format: Format::Json,
                detail: format!("it lists no task {job_id}"),
            };
            status(JobKind::Task, (head, task.ok_or_else(missing)?))
        }
    })
}

/// The calls besides DescribeInitializationStatus.
#[derive(Clone, Copy)]
enum SavedCall {
    MigrationJobDetail,
    PreCheckStatus(Subtask),
    SynchronizationJobStatus,
    MigrationJobStatus,
    DtsJobDetail,
    DtsJobs,
}

/// The call whose reply has these keys; `None` if there is no sign of another one than DescribeInitializationStatus.
fn call_of(body: &[u8]) -> Option<SavedCall> {
    let (_, text) = object::read_document(body).ok()?;
    let reply = Object::parse(&text).ok()?;
    let has_any = |keys: &[&str]| keys.iter().any(|key| reply.has(key));
    if has_any(&MIGRATION_LISTS) {
        return Some(SavedCall::MigrationJobDetail);
    }
    if has_any(&["DataInitializationDetails", "StructureInitializationDetails"]) {
        return None;
    }
    if has_any(&["JobProgress", "SubDistributedJobStatus"]) {
        let subtask = match reply.text("Code").as_deref() {
            Some("02") => Subtask::Structure,
            _ => Subtask::Data,
        };
        return Some(SavedCall::PreCheckStatus(subtask));
    }
    if reply.has("DtsJobList") {
        return Some(SavedCall::DtsJobs);
    }
    if reply.has("MigrationJobStatus") {
        return Some(SavedCall::MigrationJobStatus);
    }
    if has_any(&["SynchronizationJobId", "SynchronizationObjects"]) {
        return Some(SavedCall::SynchronizationJobStatus);
    }
    has_any(&["DtsJobId", "DtsInstanceID"]).then_some(SavedCall::DtsJobDetail)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_MS: i64 = 1_767_323_045_000;

    fn kind_and_form(body: &str) -> (JobKind, &'static str) {
        match read(body.as_bytes(), "dtsone", AT_MS).unwrap().1 {
            SavedReply::Objects { kind, .. } => (kind, "objects"),
            SavedReply::Status { kind, reading } => {
                assert_eq!(reading.observed_at_ms, AT_MS);
                (kind, "status")
            }
        }
    }

    #[test]
    fn a_reply_is_of_the_call_whose_keys_it_has() {
        for (body, expected) in [
            (r#"{"RequestId":"r","DataInitializationDetails":[]}"#, (JobKind::Synchronization, "objects")),
            (
                "<R><RequestId>r</RequestId><DataInitializationDetails/></R>",
                (JobKind::Synchronization, "objects"),
            ),
            (r#"{"Success":true,"DataInitializationDetailList":{}}"#, (JobKind::Migration, "objects")),
            (r#"{"RequestId":"r","Code":"02","JobProgress":[]}"#, (JobKind::Task, "objects")),
            (r#"{"RequestId":"r","Code":"03","JobProgress":[]}"#, (JobKind::Task, "objects")),
            (
                r#"{"RequestId":"r","SynchronizationJobId":"x","Status":"y"}"#,
                (JobKind::Synchronization, "status"),
            ),
            (
                r#"{"RequestId":"r","MigrationJobId":"x","MigrationJobStatus":"y"}"#,
                (JobKind::Migration, "status"),
            ),
            (r#"{"RequestId":"r","DtsJobId":"x","Status":"y"}"#, (JobKind::Task, "status")),
            (r#"{"RequestId":"r","DtsJobList":[{"DtsJobId":"dtsone"}]}"#, (JobKind::Task, "status")),
        ] {
            assert_eq!(kind_and_form(body), expected, "{body}");
        }
        let error =
            read(br#"{"RequestId":"r","DtsJobList":[{"DtsJobId":"other"}]}"#, "dtsone", AT_MS).unwrap_err();
        assert_eq!(error.to_string(), "broken JSON: it lists no task dtsone");
        let error = read(br#"{"RequestId":"r","Code":"04","JobProgress":[]}"#, "dtsone", AT_MS).unwrap_err();
        assert!(error.to_string().contains("it is of JobCode 04"), "{error}");
    }
}
