//! Runs for weeks: takes snapshots on a schedule and publishes reports, until it is told to stop.
//!
//! [`run`] is one loop that owns all state and does nothing that takes long. A sweep is a `turn` of a job,
//! a task of its own: what it found comes back to the loop as a value.

mod board; // what is known of each job
pub mod cron; // when a time has come
mod engine; // the loop
pub mod keeper; // what old rows go
pub mod http; // what others ask
pub mod lock; // one service for each database
pub mod pace; // how often an ended job is looked at
mod publisher; // which reports are due
mod rereading; // the configuration, read again
mod signals; // what the system asks
mod systemd; // what systemd is told
pub mod tell; // who is told what happened
mod ticks; // the scheduler
mod timetable; // what has come due
mod turn; // one sweep with what follows from it

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use futures_util::future::BoxFuture;

use crate::api::client::Client;
use crate::model::Job;
use crate::report;
use crate::store;

use cron::Cron;
use pace::Pace;

pub use engine::run;

/// What the service does, and with which client. Read anew on SIGHUP.
#[derive(Debug)]
pub struct Setup {
    /// What it does.
    pub options: Options,
    /// How it calls for each job, by job id.
    pub clients: BTreeMap<String, Arc<Client>>,
}

/// Reads the configuration again; a sentence if it is none.
pub type Reload = Box<dyn Fn() -> BoxFuture<'static, Result<Setup, String>> + Send + Sync>;

/// What the service does.
#[derive(Debug, Clone)]
pub struct Options {
    /// The jobs that it records, each with its own expression or the schedule's.
    pub jobs: Vec<(Job, Cron)>,
    /// When.
    pub schedule: Schedule,
    /// Language and zone of the reports; the zone's clocks are those of the expressions.
    pub report: report::Options,
    /// Where reports are published.
    pub reports: PathBuf,
    /// When reports are published while a job runs; `None` for at its end alone.
    pub publish: Option<Cron>,
    /// Tables that have figures of their own in `/metrics`, at most.
    pub table_series: u32,
    /// When old rows are removed, and which; `None` if none ever are.
    pub retention: Option<keeper::Retention>,
    /// Who is told what.
    pub notify: Arc<tell::Rules>,
}

impl Options {
    fn zone(&self) -> Tz {
        self.report.zone
    }
}

/// The `[schedule]` of the configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// The expression of jobs that have none of their own.
    pub cron: Cron,
    /// Over how much time the sweeps of one moment are spread.
    pub jitter: Duration,
    /// How often an ended job is looked at.
    pub pace: Pace,
    /// How long an end must last until it is published and told.
    pub settle: Duration,
    /// How long sweeps in flight may take once the service is told to stop.
    pub stop_within: Duration,
}

/// Why the service could not run, or ended before it was done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The scheduler does not work.
    #[error("the scheduler does not start: {0}")]
    Scheduler(#[from] tokio_cron_scheduler::JobSchedulerError),
    /// No webhook can be called.
    #[error("{0}")]
    Courier(String),
    /// The system gives no signals.
    #[error("cannot wait for signals: {0}")]
    Signals(std::io::Error),
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A second signal came.
    #[error("stopped at once, with sweeps in flight: {jobs}; nothing of them is recorded")]
    StoppedAtOnce {
        /// The jobs whose sweeps were abandoned.
        jobs: String,
    },
}
