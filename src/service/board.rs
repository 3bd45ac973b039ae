//! What the service knows of each job: pure bookkeeping, given the moment.

use std::collections::BTreeMap;

use super::cron::Cron;
use super::pace::Pace;
use super::turn::{Done, Ended};
use crate::model::Job;
use crate::store::JobSummary;

/// One job.
#[derive(Debug, Clone)]
pub(super) struct Track {
    /// As configured.
    pub(super) job: Job,
    /// When it is swept.
    pub(super) cron: Cron,
    /// Whether a sweep of it waits or is in flight.
    pub(super) sweeping: bool,
    /// Where it stands; `None` until it has a complete snapshot.
    pub(super) standing: Option<JobSummary>,
    /// When its last sweep began, complete or not.
    pub(super) swept_at_ms: i64,
    /// Sweeps since the service started that gave a snapshot.
    pub(super) complete: u64,
    /// Sweeps since the service started that gave none.
    pub(super) failed: u64,
    /// Sweeps that failed since the last complete one.
    pub(super) failed_in_a_row: u32,
    /// Why the last sweep failed; `None` if it did not.
    pub(super) error: Option<String>,
    /// How long the last sweep took, complete or not.
    pub(super) took_ms: Option<u64>,
    /// Ticks that did not become sweeps.
    pub(super) skipped: Skipped,
}

/// Ticks that did not become sweeps, by the reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Skipped {
    /// A sweep of the job was in flight.
    pub(super) overlap: u64,
    /// The time had passed too long ago.
    pub(super) late: u64,
    /// The job has ended and nothing changes.
    pub(super) resting: u64,
}

/// What becomes of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// A sweep.
    Sweep,
    /// Nothing: a sweep of the job is in flight.
    Overlaps,
    /// Nothing: the job has ended and nothing changes.
    Rests,
}

impl Track {
    fn new(job: Job, cron: Cron, standing: Option<JobSummary>) -> Self {
        let swept_at_ms = standing.map_or(0, |it| it.last.finished_at_ms);
        Self {
            job,
            cron,
            sweeping: false,
            standing,
            swept_at_ms,
            complete: 0,
            failed: 0,
            failed_in_a_row: 0,
            error: None,
            took_ms: None,
            skipped: Skipped::default(),
        }
    }

    /// Whether the initialization has come to an end, good or bad.
    pub(super) fn has_ended(&self) -> bool {
        self.standing.is_some_and(|it| it.has_ended())
    }

    /// Takes the job's turn, or says why not, and counts that.
    pub(super) fn take_turn(&mut self, pace: Pace, now_ms: i64) -> Turn {
        if self.sweeping {
            self.skipped.overlap += 1;
            return Turn::Overlaps;
        }
        let ended = self.standing.filter(JobSummary::has_ended);
        if ended.is_some_and(|it| pace.rests(it.changed_at_ms, self.swept_at_ms, now_ms)) {
            self.skipped.resting += 1;
            return Turn::Rests;
        }
        self.sweeping = true;
        self.swept_at_ms = now_ms;
        Turn::Sweep
    }

    /// Gives the turn back.
    pub(super) fn end_turn(&mut self, done: &Done) {
        self.sweeping = false;
        match &done.ended {
            Ended::Recorded => {
                self.complete += 1;
                self.failed_in_a_row = 0;
                self.error = None;
            }
            Ended::Failed(error) => {
                self.failed += 1;
                self.failed_in_a_row += 1;
                self.error = Some(error.clone());
            }
            Ended::Abandoned => return,
        }
        self.took_ms = Some(done.took_ms);
        self.standing = done.standing.or(self.standing);
    }
}

/// The jobs, by their ids.
#[derive(Debug, Default)]
pub(super) struct Board(BTreeMap<String, Track>);

impl Board {
    /// The board of a new configuration. What is known of a job stays known.
    pub(super) fn renewed(mut self, jobs: &[(Job, Cron)], standings: &BTreeMap<String, JobSummary>) -> Self {
        let track = |(job, cron): &(Job, Cron)| {
            let track = match self.0.remove(&job.id) {
                Some(known) => Track { job: job.clone(), cron: cron.clone(), ..known },
                None => Track::new(job.clone(), cron.clone(), standings.get(&job.id).copied()),
            };
            (job.id.clone(), track)
        };
        Self(jobs.iter().map(track).collect())
    }

    pub(super) fn get_mut(&mut self, job_id: &str) -> Option<&mut Track> {
        self.0.get_mut(job_id)
    }

    pub(super) fn tracks(&self) -> impl Iterator<Item = &Track> {
        self.0.values()
    }

    /// The ids of the jobs that this expression is for.
    pub(super) fn swept_by(&self, expression: &str) -> Vec<String> {
        self.tracks().filter(|it| it.cron.as_str() == expression).map(|it| it.job.id.clone()).collect()
    }

    /// The jobs whose sweeps wait or are in flight.
    pub(super) fn sweeping(&self) -> Vec<String> {
        self.tracks().filter(|it| it.sweeping).map(|it| it.job.id.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::history::verdict::StatusCounts;
    use crate::model::Phase;
    use crate::store::{LastSnapshot, RowTotals};

    const MINUTE_MS: i64 = 60_000;

    fn job(id: &str) -> (Job, Cron) {
        (Job { id: id.to_owned(), region: None, name: None }, Cron::parse("* * * * *").unwrap())
    }

    fn standing(finished: usize, migrating: usize, changed_at_ms: i64) -> JobSummary {
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
            settled: true,
            initialized_at_ms: changed_at_ms,
        }
    }

    fn done(ended: Ended, standing: Option<JobSummary>) -> Done {
        Done { job_id: "a".to_owned(), ended, took_ms: 7, standing }
    }

    fn board() -> Board {
        Board::default().renewed(&[job("a"), job("b")], &BTreeMap::new())
    }

    #[test]
    fn a_sweep_never_overlaps_another_of_its_job() {
        let mut board = board();
        let track = board.get_mut("a").unwrap();
        assert_eq!(track.take_turn(Pace::default(), MINUTE_MS), Turn::Sweep);
        assert_eq!(track.take_turn(Pace::default(), 2 * MINUTE_MS), Turn::Overlaps);
        track.end_turn(&done(Ended::Failed("no reply".to_owned()), None));
        assert_eq!((track.failed_in_a_row, track.skipped.overlap), (1, 1));
        assert_eq!(track.error.as_deref(), Some("no reply"));
        assert_eq!(track.take_turn(Pace::default(), 3 * MINUTE_MS), Turn::Sweep);
        assert_eq!(board.get_mut("b").unwrap().take_turn(Pace::default(), 3 * MINUTE_MS), Turn::Sweep);
        assert_eq!(board.sweeping(), ["a", "b"]);
    }

    #[test]
    fn an_ended_job_rests_until_something_changes() {
        let mut board = board();
        let track = board.get_mut("a").unwrap();
        let now_ms = 1000 * MINUTE_MS;
        let sweep = |track: &mut Track, at_ms, standing| {
            assert_eq!(track.take_turn(Pace::default(), at_ms), Turn::Sweep);
            track.end_turn(&done(Ended::Recorded, Some(standing)));
        };
        sweep(track, now_ms, standing(2, 0, 0));
        assert_eq!(track.take_turn(Pace::default(), now_ms + MINUTE_MS), Turn::Rests);
        assert_eq!(track.skipped.resting, 1);
        // The pause over, a table moves again: full pace.
        let later_ms = now_ms + 60 * MINUTE_MS;
        sweep(track, later_ms, standing(1, 1, later_ms));
        assert_eq!(track.take_turn(Pace::default(), later_ms + MINUTE_MS), Turn::Sweep);
    }

    #[test]
    fn an_end_counts_once_it_has_lasted() {
        let minute = Duration::from_mins(1);
        let mut standing = standing(2, 0, 0);
        assert!(standing.has_ended() && !standing.is_over(minute));
        standing.last.finished_at_ms = MINUTE_MS;
        assert!(standing.is_over(minute));
        standing.counts[Phase::Data as usize].migrating = 1;
        assert!(!standing.is_over(minute));
    }

    #[test]
    fn a_new_configuration_keeps_what_is_known() {
        let mut board = board();
        board.get_mut("a").unwrap().take_turn(Pace::default(), 0);
        let known = BTreeMap::from([("c".to_owned(), standing(1, 0, 5))]);
        let mut board = board.renewed(&[job("a"), job("c")], &known);
        assert_eq!(board.sweeping(), ["a"]);
        assert_eq!(board.get_mut("c").unwrap().swept_at_ms, 5);
        assert!(board.get_mut("b").is_none());
        assert_eq!(board.swept_by("0 * * * * *"), ["a", "c"]);
    }
}
