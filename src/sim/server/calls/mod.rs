//! The API calls that the simulator serves, one file for each or for a pair that shares its rows.

pub(super) mod context; // jobs, time, parameters, errors
pub(super) mod initialization_status; // DescribeInitializationStatus
pub(super) mod dts_jobs; // DescribeDtsJobs, DescribeDtsJobDetail
pub(super) mod job_progress; // phases, delay and checkpoint of a job
pub(super) mod job_steps; // ListJobStep, SummaryJobDetail
pub(super) mod migration_job_detail; // DescribeMigrationJobDetail
pub(super) mod migration_jobs; // DescribeMigrationJobs, DescribeMigrationJobStatus
pub(super) mod precheck_status; // DescribePreCheckStatus
pub(super) mod synchronization_job_status; // DescribeSynchronizationJobStatus
pub(super) mod synchronization_jobs; // DescribeSynchronizationJobs
