//! The state of each job, with the decision what becomes of a tick. Pure: the caller passes the time.

use std::collections::BTreeMap;

use super::cron::Cron;
use super::cutover::CutoverSummary;
use super::idle_backoff::IdleBackoff;
use super::sweep_task::{SweepOutcome, SweepResult};
use crate::model::Job;
use crate::store::JobSummary;

/// The state of one job.
#[derive(Debug, Clone)]
pub(super) struct JobState {
    /// The job as configured.
    pub(super) job: Job,
    /// When it is swept.
    pub(super) cron: Cron,
    /// Whether a sweep is waiting or in flight. This is what keeps two sweeps of a job from overlapping.
    pub(super) sweeping: bool,
    /// The job in counts; `None` until it has a complete snapshot.
    pub(super) summary: Option<JobSummary>,
    /// Whether the status of the job is recorded.
    pub(super) follow: bool,
    /// The newest status in figures; `None` if none was ever read.
    pub(super) cutover: Option<CutoverSummary>,
    /// When its last sweep started, complete or failed.
    pub(super) swept_at_ms: i64,
    /// Complete sweeps since the service started.
    pub(super) complete: u64,
    /// Failed sweeps since the service started.
    pub(super) failed: u64,
    /// Failed sweeps since the last complete one.
    pub(super) failed_in_a_row: u32,
    /// The error of the last sweep; `None` if it was complete.
    pub(super) error: Option<String>,
    /// The duration of the last sweep, complete or failed.
    pub(super) duration_ms: Option<u64>,
    /// Ticks that did not become sweeps, since the service started.
    pub(super) skipped_ticks: SkippedTicks,
}

/// Ticks that did not become sweeps, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct SkippedTicks {
    /// A sweep of the job was in flight.
    pub(super) overlap: u64,
    /// The tick was noticed too late.
    pub(super) late: u64,
    /// The job has ended and the idle backoff has not passed.
    pub(super) resting: u64,
}

/// The decision about one tick of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TickDecision {
    /// Start a sweep.
    Sweep,
    /// Read the status alone: the objects rest, but changes are applied.
    ReadStatus,
    /// Skip it: a sweep of the job is in flight.
    SkipOverlap,
    /// Skip it: the job has ended and the idle backoff has not passed.
    SkipIdle,
}

impl JobState {
    fn new(job: Job, cron: Cron, summary: Option<JobSummary>) -> Self {
        let swept_at_ms = summary.map_or(0, |it| it.last.finished_at_ms);
        Self {
            job,
            cron,
            sweeping: false,
            summary,
            follow: true,
            cutover: None,
            swept_at_ms,
            complete: 0,
            failed: 0,
            failed_in_a_row: 0,
            error: None,
            duration_ms: None,
            skipped_ticks: SkippedTicks::default(),
        }
    }

    /// Whether the initialization has ended, with or without failures.
    pub(super) fn has_ended(&self) -> bool {
        self.summary.is_some_and(|it| it.has_ended())
    }

    /// Decides about a tick, and records the start of a sweep or the skipped tick.
    pub(super) fn on_tick(&mut self, idle_backoff: IdleBackoff, now_ms: i64) -> TickDecision {
        if self.sweeping {
            self.skipped_ticks.overlap += 1;
            return TickDecision::SkipOverlap;
        }
        let ended = self.summary.filter(JobSummary::has_ended);
        if ended.is_some_and(|it| idle_backoff.is_idle(it.changed_at_ms, self.swept_at_ms, now_ms)) {
            self.skipped_ticks.resting += 1;
            if self.follow && self.cutover.is_some_and(|it| it.is_followed()) {
                self.sweeping = true;
                return TickDecision::ReadStatus;
            }
            return TickDecision::SkipIdle;
        }
        self.sweeping = true;
        self.swept_at_ms = now_ms;
        TickDecision::Sweep
    }

    /// Records the outcome of a sweep.
    pub(super) fn on_sweep_finished(&mut self, outcome: &SweepOutcome) {
        self.sweeping = false;
        self.cutover = outcome.cutover.or(self.cutover);
        match &outcome.result {
            SweepResult::Recorded => {
                self.complete += 1;
                self.failed_in_a_row = 0;
                self.error = None;
            }
            SweepResult::Failed(error) => {
                self.failed += 1;
                self.failed_in_a_row += 1;
                self.error = Some(error.clone());
            }
            SweepResult::StatusRead | SweepResult::Cancelled => return,
        }
        self.duration_ms = Some(outcome.duration_ms);
        self.summary = outcome.summary.or(self.summary);
    }
}

/// The states of the configured jobs, by id.
#[derive(Debug, Default)]
pub(super) struct JobStates(BTreeMap<String, JobState>);

impl JobStates {
    /// The states for a new configuration. A job that stays configured keeps its state; the others start from their
    /// summary in the database.
    pub(super) fn reconfigured(
        mut self,
        jobs: &[(Job, Cron)],
        summaries: &BTreeMap<String, JobSummary>,
    ) -> Self {
        let state = |(job, cron): &(Job, Cron)| {
            let state = match self.0.remove(&job.id) {
                Some(existing) => JobState { job: job.clone(), cron: cron.clone(), ..existing },
                None => JobState::new(job.clone(), cron.clone(), summaries.get(&job.id).copied()),
            };
            (job.id.clone(), state)
        };
        Self(jobs.iter().map(state).collect())
    }

    pub(super) fn get_mut(&mut self, job_id: &str) -> Option<&mut JobState> {
        self.0.get_mut(job_id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &JobState> {
        self.0.values()
    }

    /// The ids of the jobs with this cron expression.
    pub(super) fn scheduled_by(&self, expression: &str) -> Vec<String> {
        self.iter().filter(|it| it.cron.as_str() == expression).map(|it| it.job.id.clone()).collect()
    }

    /// The ids of the jobs with a sweep waiting or in flight.
    pub(super) fn sweeping(&self) -> Vec<String> {
        self.iter().filter(|it| it.sweeping).map(|it| it.job.id.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::figures::cutover::CutoverState;
    use crate::history::figures::verdict::StatusCounts;
    use crate::store::{LastSnapshot, RowTotals};

    const MINUTE_MS: i64 = 60_000;

    fn job(id: &str) -> (Job, Cron) {
        (
            Job { id: id.to_owned(), region: None, name: None, kind: crate::model::JobKind::default() },
            Cron::parse("* * * * *").unwrap(),
        )
    }

    fn summary(finished: usize, migrating: usize, changed_at_ms: i64) -> JobSummary {
        let data = StatusCounts { migrating, finished, ..StatusCounts::default() };
        let counts = [StatusCounts::default(), StatusCounts::default(), data, StatusCounts::default()];
        let last = LastSnapshot { finished_at_ms: changed_at_ms, pages: 1 };
        JobSummary {
            rows: RowTotals::default(),
            counts,
            last,
            changed_snapshot_id: 1,
            changed_at_ms,
            initialized_snapshot_id: 1,
            no_recent_changes: true,
            initialized_at_ms: changed_at_ms,
        }
    }

    fn outcome(result: SweepResult, summary: Option<JobSummary>) -> SweepOutcome {
        SweepOutcome { job_id: "a".to_owned(), result, duration_ms: 7, summary, cutover: None }
    }

    fn states() -> JobStates {
        JobStates::default().reconfigured(&[job("a"), job("b")], &BTreeMap::new())
    }

    #[test]
    fn sweeps_of_one_job_never_overlap() {
        let mut states = states();
        let state = states.get_mut("a").unwrap();
        assert_eq!(state.on_tick(IdleBackoff::default(), MINUTE_MS), TickDecision::Sweep);
        assert_eq!(state.on_tick(IdleBackoff::default(), 2 * MINUTE_MS), TickDecision::SkipOverlap);
        state.on_sweep_finished(&outcome(SweepResult::Failed("no reply".to_owned()), None));
        assert_eq!((state.failed_in_a_row, state.skipped_ticks.overlap), (1, 1));
        assert_eq!(state.error.as_deref(), Some("no reply"));
        assert_eq!(state.on_tick(IdleBackoff::default(), 3 * MINUTE_MS), TickDecision::Sweep);
        assert_eq!(
            states.get_mut("b").unwrap().on_tick(IdleBackoff::default(), 3 * MINUTE_MS),
            TickDecision::Sweep
        );
        assert_eq!(states.sweeping(), ["a", "b"]);
    }

    #[test]
    fn an_ended_job_is_swept_less_often_until_it_changes() {
        let mut states = states();
        let state = states.get_mut("a").unwrap();
        let now_ms = 1000 * MINUTE_MS;
        let sweep = |state: &mut JobState, at_ms, summary| {
            assert_eq!(state.on_tick(IdleBackoff::default(), at_ms), TickDecision::Sweep);
            state.on_sweep_finished(&outcome(SweepResult::Recorded, Some(summary)));
        };
        sweep(state, now_ms, summary(2, 0, 0));
        assert_eq!(state.on_tick(IdleBackoff::default(), now_ms + MINUTE_MS), TickDecision::SkipIdle);
        assert_eq!(state.skipped_ticks.resting, 1);
        // After the pause a table moves again: no backoff.
        let later_ms = now_ms + 60 * MINUTE_MS;
        sweep(state, later_ms, summary(1, 1, later_ms));
        assert_eq!(state.on_tick(IdleBackoff::default(), later_ms + MINUTE_MS), TickDecision::Sweep);
    }

    #[test]
    fn an_ended_job_that_applies_changes_is_followed_by_its_status() {
        let mut states = states();
        let state = states.get_mut("a").unwrap();
        let now_ms = 1000 * MINUTE_MS;
        assert_eq!(state.on_tick(IdleBackoff::default(), now_ms), TickDecision::Sweep);
        let cutover = |state| CutoverSummary {
            state,
            delay_ms: Some(7_000),
            checkpoint_at_ms: None,
            last_seen_at_ms: now_ms,
        };
        let recorded = outcome(SweepResult::Recorded, Some(summary(2, 0, 0)));
        state.on_sweep_finished(&SweepOutcome {
            cutover: Some(cutover(CutoverState::CatchingUp)),
            ..recorded
        });
        let later_ms = now_ms + MINUTE_MS;
        assert_eq!(state.on_tick(IdleBackoff::default(), later_ms), TickDecision::ReadStatus);
        assert_eq!(state.on_tick(IdleBackoff::default(), later_ms), TickDecision::SkipOverlap);
        let read = outcome(SweepResult::StatusRead, None);
        state.on_sweep_finished(&SweepOutcome { cutover: Some(cutover(CutoverState::Ended)), ..read });
        assert_eq!((state.complete, state.swept_at_ms), (1, now_ms), "it was no sweep");
        assert_eq!(
            state.on_tick(IdleBackoff::default(), later_ms),
            TickDecision::SkipIdle,
            "the job has ended"
        );
        state.cutover = Some(cutover(CutoverState::Ready));
        state.follow = false;
        assert_eq!(state.on_tick(IdleBackoff::default(), later_ms), TickDecision::SkipIdle);
    }

    #[test]
    fn a_new_configuration_keeps_the_states_of_its_jobs() {
        let mut states = states();
        states.get_mut("a").unwrap().on_tick(IdleBackoff::default(), 0);
        let known = BTreeMap::from([("c".to_owned(), summary(1, 0, 5))]);
        let mut states = states.reconfigured(&[job("a"), job("c")], &known);
        assert_eq!(states.sweeping(), ["a"]);
        assert_eq!(states.get_mut("c").unwrap().swept_at_ms, 5);
        assert!(states.get_mut("b").is_none());
        assert_eq!(states.scheduled_by("0 * * * * *"), ["a", "c"]);
    }
}
