//! API calls, one file or folder for each: parameters, reply, and the mapping of the reply to readings.

pub mod initialization_status;
pub mod migration_job_detail;
pub mod pre_check_status;
pub mod synchronization_jobs;

/// The API version of every call to DTS.
pub(in crate::api) const VERSION: &str = "2020-01-01";
