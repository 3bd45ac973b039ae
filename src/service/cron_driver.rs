//! tokio-cron-scheduler as a source of ticks, one each second; [`super::schedule`] decides what is due at a tick.
//!
//! The scheduler fixes the offset of a time zone when a job is added, so its own times are wrong after daylight
//! saving changes. A tick each second is the same in every zone, needs no change when the configuration is reloaded,
//! and a lost or doubled tick changes nothing.

use tokio::sync::mpsc;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};
use uuid::Uuid;

const EVERY_SECOND: &str = "* * * * * *";

/// A running scheduler with its one job.
pub(super) struct CronDriver {
    scheduler: JobScheduler,
    job: Uuid,
    sender: mpsc::Sender<()>,
    ticks: mpsc::Receiver<()>,
}

impl CronDriver {
    pub(super) async fn start() -> Result<Self, JobSchedulerError> {
        let scheduler = JobScheduler::new().await?;
        // A tick that waits to be received covers those after it.
        let (sender, ticks) = mpsc::channel(1);
        let job = scheduler.add(tick_job(&sender)?).await?;
        scheduler.start().await?;
        Ok(Self { scheduler, job, sender, ticks })
    }

    /// Adds the job anew. The scheduler has computed its next tick by the clock, and would wait until a clock that
    /// was set back has caught up.
    pub(super) async fn restart(&mut self) -> Result<(), JobSchedulerError> {
        self.scheduler.remove(&self.job).await?;
        self.job = self.scheduler.add(tick_job(&self.sender)?).await?;
        Ok(())
    }

    /// Waits for the next tick. Cancel safe.
    pub(super) async fn tick(&mut self) {
        // `self` holds a sender, so the channel is never closed.
        self.ticks.recv().await;
    }

    /// Stops the ticks.
    pub(super) async fn shutdown(&mut self) {
        if let Err(error) = self.scheduler.shutdown().await {
            tracing::warn!(%error, "the scheduler did not shut down");
        }
    }
}

fn tick_job(sender: &mpsc::Sender<()>) -> Result<Job, JobSchedulerError> {
    let sender = sender.clone();
    Job::new(EVERY_SECOND, move |_, _| {
        // Full: a tick waits already.
        let _ = sender.try_send(());
    })
}
