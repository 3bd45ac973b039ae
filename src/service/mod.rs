//! The long-running service: sweeps every job on its schedule, publishes reports, sends notifications and answers
//! HTTP, until it is told to stop.
//!
//! [`run`] is one `select!` loop that owns all state and never blocks. Each sweep is a task of its own that shares
//! nothing with the loop and returns its outcome as a value.

mod config_reload; // reloads of the configuration, one at a time
pub mod cron; // cron expressions
mod cron_driver;
mod cutover; // tokio-cron-scheduler as a source of ticks
mod descriptors; // the limit of open files
pub mod error; // why the service could not run
pub mod http; // pages, the JSON API, metrics
pub mod idle_backoff; // how often an ended job is swept
mod job_states; // the state of each job
pub mod notify; // webhooks, through a transactional outbox
pub mod options; // what the service is configured to do
mod report_publisher; // reports as files
pub mod retention; // scheduled pruning
mod schedule; // which cron expressions are due
mod scheduler; // the loop
pub mod signals; // SIGTERM, SIGINT and SIGHUP
mod state; // the snapshot of the state that HTTP reads
mod sweep_task; // one sweep and the steps that follow it
mod systemd; // sd_notify

pub use error::Error;
pub use options::{Options, Reload, ReloadError, ScheduleOptions, Setup};
pub use scheduler::run;
