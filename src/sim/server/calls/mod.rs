//! The API calls that the simulator serves, one file each.

pub(super) mod synchronization_jobs; // DescribeSynchronizationJobs
