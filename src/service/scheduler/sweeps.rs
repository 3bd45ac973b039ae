//! The tasks that start at a tick: sweeps, publications and pruning.

use std::sync::Arc;
use std::time::Duration;

use super::Scheduler;
use crate::service::job_states::TickDecision;
use crate::service::retention::RetentionTask;
use crate::service::schedule::Due;
use crate::service::sweep_task::{Reads, SweepTask};

impl Scheduler {
    /// Sweeps the jobs that were due while no service ran, and publishes and notifies ends that were missed.
    pub(super) fn catch_up(&mut self) {
        let (now_ms, zone) = (self.clock.now_ms(), self.options.zone());
        let overdue: Vec<_> = self
            .job_states
            .iter()
            .filter(|it| it.cron.next_after(it.swept_at_ms, zone).is_none_or(|next_ms| next_ms <= now_ms))
            .map(|it| it.job.id.clone())
            .collect();
        for state in self.job_states.iter() {
            let Some(summary) = state.summary else { continue };
            let (publisher, notifier) = (self.publisher(), self.notifier());
            let (store, job) = (self.store.clone(), state.job.clone());
            self.publications.spawn(async move {
                publisher.publish_end(&store, &job.id, &summary).await;
                notifier.on_summary(&job, None, &summary, now_ms).await;
            });
        }
        self.start_sweeps(&overdue, self.next_due_at_ms(now_ms));
    }

    /// Starts what is due.
    pub(super) fn on_tick(&mut self) {
        let now_ms = self.clock.now_ms();
        for due in self.schedule.take_due(now_ms) {
            self.on_due(&due, now_ms);
        }
    }

    fn on_due(&mut self, due: &Due, now_ms: i64) {
        let Due { expression, at_ms, late } = due;
        let jobs = self.job_states.scheduled_by(expression);
        if *late > 0 {
            for id in &jobs {
                if let Some(state) = self.job_states.get_mut(id) {
                    state.skipped_ticks.late += late;
                    tracing::warn!(job = id, reason = "late", ticks = late, "ticks skipped");
                }
            }
        }
        if at_ms.is_none() {
            return;
        }
        self.start_sweeps(&jobs, self.schedule.next_due_at_ms(expression, now_ms));
        if self.options.publish.as_ref().is_some_and(|cron| cron.as_str() == expression) {
            self.publish_unfinished();
        }
        if self.options.retention.as_ref().is_some_and(|it| it.cron.as_str() == expression) {
            self.prune(now_ms);
        }
    }

    /// Starts the retention task, unless the previous one is still running.
    fn prune(&mut self, now_ms: i64) {
        let Some(retention) = &self.options.retention else { return };
        if self.pruning.is_empty() {
            let configured_jobs = self.options.jobs.iter().map(|(job, _)| job.id.clone()).collect();
            let (store, rules) = (self.store.clone(), retention.rules);
            self.pruning.spawn(RetentionTask { store, rules, configured_jobs, now_ms }.run());
        }
    }

    /// When the next sweep of any job is due.
    pub(super) fn next_due_at_ms(&self, now_ms: i64) -> Option<i64> {
        let zone = self.options.zone();
        self.job_states.iter().filter_map(|it| it.cron.next_after(now_ms, zone)).min()
    }

    /// Starts a sweep of each job, spread over the jitter, but over half of the time to the next due time at most.
    pub(super) fn start_sweeps(&mut self, jobs: &[String], next_due_at_ms: Option<i64>) {
        let now_ms = self.clock.now_ms();
        let until_next_ms = next_due_at_ms.and_then(|next_ms| u64::try_from(next_ms - now_ms).ok());
        let half = until_next_ms.map_or(Duration::MAX, |ms| Duration::from_millis(ms / 2));
        let spread = self.options.schedule.jitter.min(half);
        for (position, id) in (0_u32..).zip(jobs) {
            // A job has the same position each time, so that its snapshots are evenly spaced.
            let share = f64::from(position) / (jobs.len() as f64);
            self.start_sweep(id, spread.mul_f64(share), now_ms);
        }
    }

    fn start_sweep(&mut self, job_id: &str, delay: Duration, now_ms: i64) {
        let (publisher, notifier) = (self.publisher(), self.notifier());
        let Some(state) = self.job_states.get_mut(job_id) else { return };
        let Some(client) = self.clients.get(job_id) else { return };
        let reads = match state.on_tick(self.options.schedule.idle_backoff, now_ms) {
            TickDecision::Sweep if state.follow => Reads::ObjectsAndStatus,
            TickDecision::Sweep => Reads::Objects,
            TickDecision::ReadStatus => Reads::Status,
            TickDecision::SkipOverlap => {
                let skipped = state.skipped_ticks.overlap;
                tracing::warn!(job = job_id, reason = "overlap", skipped, "tick skipped");
                return;
            }
            TickDecision::SkipIdle => {
                tracing::debug!(job = job_id, reason = "resting", "tick skipped");
                return;
            }
        };
        let task = SweepTask {
            job: state.job.clone(),
            client: Arc::clone(client),
            store: self.store.clone(),
            publisher,
            notifier,
            clock: Arc::clone(&self.clock),
            failed_in_a_row: state.failed_in_a_row,
            summary: state.summary,
            cutover: state.cutover,
            limits: self.options.report.cutover,
            reads,
            delay,
            permits: Arc::clone(&self.sweep_permits),
            shutdown: self.shutdown.clone(),
        };
        self.sweeps.spawn(task.run());
    }

    /// Publishes the current report of every job that has not ended, one after the other. The end has its own report.
    fn publish_unfinished(&mut self) {
        if !self.publications.is_empty() {
            tracing::warn!("the previous publication of reports is still running; this one is skipped");
            return;
        }
        let unfinished = self.job_states.iter().filter(|it| it.summary.is_some() && !it.has_ended());
        let job_ids: Vec<_> = unfinished.map(|it| it.job.id.clone()).collect();
        let (publisher, store) = (self.publisher(), self.store.clone());
        self.publications.spawn(async move {
            for job_id in job_ids {
                publisher.publish_current(&store, &job_id).await;
            }
        });
    }
}
