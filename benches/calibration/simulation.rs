//! Runs a migration, step by step.

use std::collections::VecDeque;

use dts_history::history::History;
use fastrand::Rng;

use crate::distributions::normal;
use crate::migration::{Bandwidth, Migration, Noise};
use crate::recording::Record;

/// A migration that has run to its end.
pub(crate) struct Run {
    /// The recorded history.
    pub(crate) history: History,
    /// When the first table began, milliseconds.
    pub(crate) started_ms: i64,
    /// When the last table ended.
    pub(crate) ended_ms: i64,
    /// Start and end of each table, in the order of the history's objects.
    pub(crate) tables: Vec<(i64, i64)>,
}

/// A migration that takes more than so many times its ideal duration is no subject.
const MAX_STRETCH: f64 = 25.0;
/// The moment of second 0: a fixed date.
const ORIGIN_MS: i64 = 1_767_312_000_000;

#[expect(clippy::cast_possible_truncation, reason = "a few days at most")]
pub(crate) fn at_ms(second: f64) -> i64 {
    ORIGIN_MS + (second * 1000.0).round() as i64
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Stage {
    Waiting,
    Running,
    Failed,
    Finished,
}

/// A table on its way.
pub(crate) struct Course {
    pub(crate) stage: Stage,
    pub(crate) rows: f64,
    /// Seconds that pass before it copies on.
    pause_s: f64,
    restarts: usize,
    frozen: bool,
    noise: f64,
    pub(crate) began_s: f64,
    pub(crate) ended_s: f64,
}

struct Simulation<'a> {
    migration: &'a Migration,
    rng: Rng,
    now_s: f64,
    courses: Vec<Course>,
    queue: VecDeque<usize>,
    running: Vec<usize>,
    /// The logarithm of the noise.
    level: f64,
    regime_until_s: f64,
}

/// Runs the migration; `None` if it does not end within reason, or is over before it could be watched.
pub(crate) fn run(migration: &Migration) -> Option<Run> {
    let mut simulation = Simulation::new(migration);
    let mut record = Record::new(migration);
    let step_s = (migration.ideal_s / 4000.0).min(migration.recorder.interval_s / 3.0);
    while simulation.courses.iter().any(|it| it.stage != Stage::Finished) {
        if simulation.now_s > migration.ideal_s * MAX_STRETCH {
            return None;
        }
        let to_s = (simulation.now_s + step_s).min(record.next_s);
        simulation.advance(to_s - simulation.now_s);
        simulation.now_s = to_s;
        if record.next_s <= to_s {
            record.sweep(&simulation.courses, to_s);
        }
    }
    // The sweep that sees the end.
    let last_s = record.next_s;
    record.sweep(&simulation.courses, last_s);
    let run = record.finish(&simulation.courses)?;
    (run.history.snapshots.len() >= 15).then_some(run)
}

impl<'a> Simulation<'a> {
    fn new(migration: &'a Migration) -> Self {
        let course = |_| Course {
            stage: Stage::Waiting,
            rows: 0.0,
            pause_s: 0.0,
            restarts: 0,
            frozen: false,
            noise: 0.0,
            began_s: 0.0,
            ended_s: 0.0,
        };
        Self {
            migration,
            rng: Rng::with_seed(migration.seed ^ 0x0c0f_fee0),
            now_s: 0.0,
            courses: migration.tables.iter().map(course).collect(),
            queue: (0..migration.tables.len()).collect(),
            running: Vec::new(),
            level: 0.0,
            regime_until_s: 0.0,
        }
    }

    /// Capacity of the whole job relative to its mean, noise included.
    fn capacity(&mut self, step_s: f64) -> f64 {
        let shock = normal(&mut self.rng);
        match self.migration.noise {
            Noise::Reverting { deviation, seconds } => {
                let kept = (-step_s / seconds).exp();
                self.level = self.level * kept + deviation * (1.0 - kept * kept).sqrt() * shock;
            }
            Noise::Regimes { deviation, seconds } => {
                if self.regime_until_s <= self.now_s {
                    self.level = deviation * shock;
                    self.regime_until_s = self.now_s - seconds * (1.0 - self.rng.f64()).ln();
                }
            }
            Noise::Walk { deviation } => {
                self.level += deviation * (step_s / self.migration.ideal_s).sqrt() * shock;
            }
        }
        let (amplitude, phase) = self.migration.daily;
        let daily = 1.0 + amplitude * (std::f64::consts::TAU * (self.now_s / 86_400.0 + phase)).sin();
        let inside = |it: &&crate::migration::Disturbance| it.from_s <= self.now_s && self.now_s < it.to_s;
        let disturbed: f64 = self.migration.disturbances.iter().filter(inside).map(|it| it.factor).product();
        self.level.exp() * daily * disturbed
    }

    /// Rows per second of each of so many tables, before noise.
    fn share(&self, moving: usize) -> f64 {
        let (moving, places) = (moving.max(1) as f64, self.migration.places as f64);
        let part = match self.migration.bandwidth {
            Bandwidth::Shared => 1.0 / moving,
            Bandwidth::Separate => 1.0 / places,
            Bandwidth::Capped(full) => (1.0 / full.min(places)).min(1.0 / moving),
            Bandwidth::Power(exponent) => (moving / places).powf(exponent) / moving,
        };
        self.migration.rows_per_second * part
    }

    fn advance(&mut self, step_s: f64) {
        let capacity = self.capacity(step_s);
        while self.running.len() < self.migration.places {
            let Some(next) = self.start_next(0.0) else { break };
            self.running.push(next);
        }
        let moving = self.running.iter().filter(|it| self.courses[**it].pause_s <= 0.0).count();
        let rate = self.share(moving) * capacity;
        let (deviation, seconds) = self.migration.own_noise;
        let kept = (-step_s / seconds).exp();
        let mut running = std::mem::take(&mut self.running);
        running.retain_mut(|place| {
            let shock = deviation * (1.0 - kept * kept).sqrt() * normal(&mut self.rng);
            let course = &mut self.courses[*place];
            course.noise = course.noise * kept + shock;
            let mut left_s = step_s;
            loop {
                left_s = self.copy(*place, rate, left_s);
                if self.courses[*place].stage != Stage::Finished {
                    return true;
                }
                self.courses[*place].ended_s = self.now_s + step_s - left_s;
                match self.start_next(step_s - left_s) {
                    Some(next) => *place = next,
                    None => return false,
                }
            }
        });
        self.running = running;
    }

    /// The next table of the queue begins so long after the start of the step.
    fn start_next(&mut self, after_s: f64) -> Option<usize> {
        let next = self.queue.pop_front()?;
        let course = &mut self.courses[next];
        course.stage = Stage::Running;
        course.began_s = self.now_s + after_s;
        course.pause_s = self.migration.tables[next].overhead_s;
        Some(next)
    }

    /// Copies one table for this time; returns the time left over once it is finished.
    fn copy(&mut self, index: usize, rate: f64, mut left_s: f64) -> f64 {
        let (table, course) = (&self.migration.tables[index], &mut self.courses[index]);
        let rate = rate * table.speed * course.noise.exp();
        loop {
            let paused_s = course.pause_s.min(left_s);
            course.pause_s -= paused_s;
            left_s -= paused_s;
            if course.pause_s > 0.0 {
                return 0.0;
            }
            course.stage = Stage::Running;
            let restart = table.restarts.get(course.restarts);
            let freeze = table.freeze.filter(|_| !course.frozen);
            let lost_at = restart.map_or(f64::INFINITY, |it| it.share * table.rows);
            let frozen_at = freeze.map_or(f64::INFINITY, |(share, _)| share * table.rows);
            let target = table.rows.min(lost_at).min(frozen_at.max(course.rows));
            let needed_s = if rate > 0.0 { (target - course.rows).max(0.0) / rate } else { f64::INFINITY };
            if left_s < needed_s {
                course.rows += rate * left_s;
                return 0.0;
            }
            left_s -= needed_s;
            course.rows = target;
            if let Some((_, freeze_s)) = freeze.filter(|_| frozen_at <= target) {
                (course.frozen, course.pause_s) = (true, freeze_s);
            } else if let Some(restart) = restart.filter(|_| lost_at <= target) {
                course.restarts += 1;
                (course.rows, course.pause_s) = (0.0, restart.failed_s);
                course.stage = if restart.failed_s > 0.0 { Stage::Failed } else { Stage::Running };
            } else {
                course.stage = Stage::Finished;
                return left_s;
            }
        }
    }
}
