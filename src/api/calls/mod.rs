//! API calls, one file or folder for each: parameters, reply, and the mapping of the reply to readings.

pub mod dts_job_detail;
pub mod dts_jobs;
pub mod initialization_status;
pub mod job_list;
pub mod migration_job_detail;
pub mod migration_job_status;
pub mod migration_jobs;
pub mod pre_check_status;
mod status_fields;
pub mod synchronization_job_status;
pub mod synchronization_jobs;

pub use status_fields::StatusReply;

/// The API version of every call to DTS.
pub(in crate::api) const VERSION: &str = "2020-01-01";
