//! The options of the service, as the command line and the configuration give them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use futures_util::future::BoxFuture;

use super::cron::Cron;
use super::idle_backoff::IdleBackoff;
use super::notify::rules::Rules;
use super::retention::Retention;
use crate::api::transport::client::Client;
use crate::model::Job;
use crate::report;

/// The options of the service and the API client of each job. Loaded again on reload.
#[derive(Debug)]
pub struct Setup {
    /// The options.
    pub options: Options,
    /// The API client of each job, by job id.
    pub clients: BTreeMap<String, Arc<Client>>,
}

/// Loads the configuration again.
pub type Reload = Box<dyn Fn() -> BoxFuture<'static, Result<Setup, ReloadError>> + Send + Sync>;

/// Why a reload changed nothing. It is cloned into the reply to each caller that waits for the reload.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ReloadError {
    /// The new configuration is invalid.
    #[error("{0}")]
    Invalid(Arc<str>),
    /// The new configuration has another value for a setting that only a restart can change.
    #[error(
        "it sets {setting} to {new}, but this service runs with {current}: restart the service to change it"
    )]
    NeedsRestart {
        /// The setting.
        setting: &'static str,
        /// Its value in the new configuration.
        new: String,
        /// Its value in the running service.
        current: String,
    },
    /// The task that loads the configuration ended without a result.
    #[error("the reload was aborted: {0}")]
    Aborted(Arc<tokio::task::JoinError>),
}

/// The options of the service.
#[derive(Debug, Clone)]
pub struct Options {
    /// The jobs to record, each with its own cron expression or the one of the schedule.
    pub jobs: Vec<(Job, Cron)>,
    /// The jobs whose own status is not recorded.
    pub unfollowed: BTreeSet<String>,
    /// The schedule of the sweeps.
    pub schedule: ScheduleOptions,
    /// Language and time zone of the reports. Cron expressions follow the clocks of this time zone.
    pub report: report::Options,
    /// The folder of the published reports.
    pub reports: PathBuf,
    /// When the reports of unfinished jobs are published; `None` if a report is published at the end only.
    pub publish: Option<Cron>,
    /// Maximum number of tables with metrics of their own in `/metrics`.
    pub table_series: u32,
    /// Scheduled pruning; `None` if nothing is ever removed.
    pub retention: Option<Retention>,
    /// Which events are sent to which webhooks.
    pub notify: Arc<Rules>,
}

impl Options {
    pub(super) fn zone(&self) -> Tz {
        self.report.zone
    }
}

/// The `[schedule]` table of the configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleOptions {
    /// The cron expression of jobs that have none of their own.
    pub cron: Cron,
    /// The time over which sweeps that are due at the same moment are spread.
    pub jitter: Duration,
    /// How often a job that has ended is swept.
    pub idle_backoff: IdleBackoff,
    /// How long an end must last until it is published and notified.
    pub settle: Duration,
    /// How long sweeps in flight may take after the service is told to stop.
    pub stop_within: Duration,
}
