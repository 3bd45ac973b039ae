//! The scheduler: one job of it for each distinct cron expression.
//!
//! The scheduler takes a zone's offset once, when a job is made, so its times are wrong after clocks change.
//! It is therefore given the seconds of each expression, which are the same everywhere, and the timetable
//! says, with the zone's own clocks, whether a time has come. Offsets that change within a minute have not
//! been seen since 1972.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};
use uuid::Uuid;

use super::timetable::Timetable;

/// Strokes that wait to be heard; the timetable makes up for a lost one.
const WAITING_MOST: usize = 64;

/// A running scheduler.
pub(super) struct Ticks {
    scheduler: JobScheduler,
    registered: Vec<Uuid>,
    strike: mpsc::Sender<Arc<str>>,
    strokes: mpsc::Receiver<Arc<str>>,
}

impl Ticks {
    /// Starts with nothing to strike for.
    pub(super) async fn start() -> Result<Self, JobSchedulerError> {
        let scheduler = JobScheduler::new().await?;
        scheduler.start().await?;
        let (strike, strokes) = mpsc::channel(WAITING_MOST);
        Ok(Self { scheduler, registered: Vec::new(), strike, strokes })
    }

    /// Strikes for the expressions of this timetable, and for no other any more.
    pub(super) async fn set(&mut self, timetable: &Timetable) -> Result<(), JobSchedulerError> {
        for id in self.registered.drain(..) {
            self.scheduler.remove(&id).await?;
        }
        for (expression, seconds) in timetable.expressions() {
            let (strike, expression) = (self.strike.clone(), Arc::<str>::from(expression));
            let job = Job::new(format!("{seconds} * * * * *"), move |_, _| {
                // If nobody has listened for so long, the stroke that waits will do.
                let _ = strike.try_send(Arc::clone(&expression));
            })?;
            self.registered.push(self.scheduler.add(job).await?);
        }
        Ok(())
    }

    /// Waits for a stroke: the expression that may have come due.
    pub(super) async fn next(&mut self) -> Arc<str> {
        match self.strokes.recv().await {
            Some(expression) => expression,
            // One sender is kept here, so that the channel never ends.
            None => std::future::pending().await,
        }
    }

    /// Strikes no more.
    pub(super) async fn stop(&mut self) {
        if let Err(error) = self.scheduler.shutdown().await {
            tracing::warn!(%error, "the scheduler did not stop");
        }
    }
}
