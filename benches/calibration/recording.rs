//! Records a migration as the store would: snapshots and change rows.

use dts_history::history::{
    History, JobStatusHistory, ObjectHistory, Observation, Outcome, Pruned, Snapshot,
};
use dts_history::model::{Job, JobKind, ObjectKey, ObjectState, Phase, Source, Status};
use fastrand::Rng;

use crate::migration::{Migration, Recorder};
use crate::simulation::{Course, Run, Stage, at_ms};

/// The recorder: what it stored so far.
pub(crate) struct Record<'a> {
    recorder: &'a Recorder,
    rng: Rng,
    /// Second of the next sweep.
    pub(crate) next_s: f64,
    sweeps: usize,
    snapshots: Vec<Snapshot>,
    timelines: Vec<ObjectHistory>,
    last_seen_ms: Option<i64>,
    estimates: Vec<Option<i64>>,
}

impl<'a> Record<'a> {
    pub(crate) fn new(migration: &'a Migration) -> Self {
        // The store orders objects by name, and names say nothing of the order in half of the jobs.
        let mut names: Vec<usize> = (0..migration.tables.len()).collect();
        let mut rng = Rng::with_seed(migration.seed ^ 0x00c1_0c4e);
        if rng.bool() {
            rng.shuffle(&mut names);
        }
        let timeline = |nth: usize| ObjectHistory {
            key: ObjectKey {
                phase: Phase::Data,
                source_db: "shop".to_owned(),
                destination_db: "shop".to_owned(),
                object_type: None,
                parent_name: None,
                object_name: format!("table_{nth:05}"),
            },
            first_seen_at_ms: 0,
            last_seen_at_ms: 0,
            observations: Vec::new(),
        };
        Self {
            recorder: &migration.recorder,
            rng,
            next_s: migration.recorder.first_s,
            sweeps: 0,
            snapshots: Vec::new(),
            timelines: names.into_iter().map(timeline).collect(),
            last_seen_ms: None,
            estimates: migration.tables.iter().map(|it| it.estimate).collect(),
        }
    }

    pub(crate) fn sweep(&mut self, courses: &[Course], now_s: f64) {
        let jitter = 1.0 + self.recorder.jitter * (2.0 * self.rng.f64() - 1.0);
        self.next_s = now_s + self.recorder.interval_s * jitter;
        self.sweeps += 1;
        if self.recorder.down.iter().any(|(from_s, to_s)| (*from_s..*to_s).contains(&now_s)) {
            return;
        }
        let failed =
            self.rng.f64() < self.recorder.losses && courses.iter().any(|it| it.stage != Stage::Finished);
        let (id, now_ms) = (i64::try_from(self.snapshots.len()).unwrap_or(0) + 1, at_ms(now_s));
        let changes = if failed { 0 } else { self.record_changes(courses, id, now_ms) };
        self.snapshots.push(Snapshot {
            id,
            started_at_ms: now_ms - 400,
            finished_at_ms: now_ms,
            outcome: if failed { Outcome::Failed } else { Outcome::Complete },
            source: Source::Api,
            pages: 1,
            objects: (!failed).then_some(courses.len() as u64),
            changes,
            error: failed.then(|| "timeout".to_owned()),
            torn: false,
        });
        if !failed {
            self.last_seen_ms = Some(now_ms);
        }
    }

    /// Stores what changed; returns in how many tables.
    fn record_changes(&mut self, courses: &[Course], snapshot_id: i64, now_ms: i64) -> u64 {
        let counts = self.sweeps.is_multiple_of(self.recorder.counts_every);
        let mut changes = 0;
        for ((timeline, course), estimate) in self.timelines.iter_mut().zip(courses).zip(&self.estimates) {
            let status = match course.stage {
                Stage::Waiting => Status::NotStarted,
                Stage::Running => Status::Migrating,
                Stage::Failed => Status::Failed,
                Stage::Finished => Status::Finished,
            };
            let before = timeline.observations.last().map(|it| &it.state);
            #[expect(clippy::cast_possible_truncation, reason = "sizes end at 10^10")]
            let rows = course.rows.floor() as i64;
            let stale = (!counts && status == Status::Migrating).then(|| before?.finished_rows).flatten();
            let state = ObjectState {
                status: Some(status),
                finished_rows: Some(stale.unwrap_or(rows)),
                total_rows: *estimate,
                ..ObjectState::default()
            };
            timeline.last_seen_at_ms = now_ms;
            if before == Some(&state) {
                continue;
            }
            if before.is_none() {
                timeline.first_seen_at_ms = now_ms;
            }
            timeline.observations.push(Observation {
                snapshot_id,
                observed_at_ms: now_ms,
                previous_observed_at_ms: self.last_seen_ms,
                state,
                listed: true,
            });
            changes += 1;
        }
        changes
    }

    pub(crate) fn finish(self, courses: &[Course]) -> Option<Run> {
        let began = courses.iter().map(|it| it.began_s).fold(f64::INFINITY, f64::min);
        let ended = courses.iter().map(|it| it.ended_s).fold(0.0, f64::max);
        self.last_seen_ms?;
        let times = courses.iter().map(|it| (at_ms(it.began_s), at_ms(it.ended_s)));
        let mut tables: Vec<_> = self.timelines.into_iter().zip(times).collect();
        tables.sort_by(|a, b| a.0.key.cmp(&b.0.key));
        let (objects, tables) = tables.into_iter().unzip();
        Some(Run {
            history: History {
                job: Job { id: "dtsi1".to_owned(), region: None, name: None, kind: JobKind::default() },
                snapshots: self.snapshots,
                objects,
                job_status: JobStatusHistory::default(),
                pruned: Pruned::default(),
            },
            started_ms: at_ms(began),
            ended_ms: at_ms(ended),
            tables,
        })
    }
}
