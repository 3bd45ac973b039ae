//! The errors that end the service.

use crate::store;

/// Why the service could not start, or did not stop cleanly.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The cron scheduler failed.
    #[error("the scheduler failed: {0}")]
    Scheduler(#[from] tokio_cron_scheduler::JobSchedulerError),
    /// The HTTP client for webhooks could not be built.
    #[error("HTTPS cannot be used on this machine: {0}")]
    HttpClient(reqwest::Error),
    /// The threads of the HTTP server could not be started.
    #[error("the HTTP server could not be started: {0}")]
    Http(std::io::Error),
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A second signal arrived before the sweeps in flight had ended.
    #[error("stopped at once, with sweeps in flight: {jobs}; nothing of them is recorded")]
    StoppedAtOnce {
        /// The ids of the jobs whose sweeps were aborted, separated by commas.
        jobs: String,
    },
}
