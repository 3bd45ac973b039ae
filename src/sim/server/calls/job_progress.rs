//! The progress of a job and of its phases, which the job-level calls write each in its own words.

use crate::model::{Phase, Reading, Status};
use crate::sim::world::World;

/// Progress of one phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PhaseProgress {
    /// `NotStarted`, `Migrating`, `Failed` or `Finished`; of the incremental phase also `Catched`.
    pub(crate) status: &'static str,
    pub(crate) percent: i64,
    /// Tables created, or rows copied.
    pub(crate) progress: i64,
    pub(crate) failed_objects: usize,
    pub(crate) objects: usize,
}

/// The stage of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    NotStarted,
    /// Structure and data are being copied.
    Initializing,
    /// The copy is done, and there is no synchronization.
    Finished,
    /// Changes are applied.
    Synchronizing,
    /// Changes are not applied: the job retries.
    Retrying,
}

/// The progress of a job at one time.
#[derive(Debug, Clone)]
pub(crate) struct JobProgress {
    pub(crate) stage: Stage,
    pub(crate) structure: PhaseProgress,
    pub(crate) data: PhaseProgress,
    /// `None` if the job has no synchronization phase yet.
    pub(crate) sync: Option<PhaseProgress>,
    /// `None` before the incremental phase.
    pub(crate) delay_ms: Option<i64>,
    /// World time up to which the changes are applied.
    pub(crate) checkpoint_ms: Option<i64>,
    pub(crate) rows_per_second: i64,
    /// How long the job has been retrying.
    pub(crate) retrying_ms: Option<i64>,
}

impl JobProgress {
    pub(crate) fn at(world: &World, elapsed_ms: i64) -> Self {
        let readings = world.at(elapsed_ms);
        let of = |phase| readings.iter().filter(move |row| row.key.phase == phase).collect::<Vec<_>>();
        let (structure, data, sync) = (of(Phase::Structure), of(Phase::Data), of(Phase::Sync));
        let is_table = |row: &&&Reading| row.key.object_type.as_deref() == Some("Table");
        let tables_done =
            structure.iter().filter(is_table).filter(|row| has_status(row, &Status::Finished)).count();
        let structure_done = structure.iter().filter(|row| has_status(row, &Status::Finished)).count();
        let rows_done: i64 = data.iter().filter_map(|row| row.state.finished_rows).sum();
        let rows: i64 = data.iter().filter_map(|row| row.state.total_rows).sum();
        let structure = phase_progress(
            &structure,
            (structure_done * 100 / structure.len().max(1)).try_into().unwrap_or(100),
            tables_done.try_into().unwrap_or(i64::MAX),
        );
        let data = phase_progress(&data, (rows_done * 100 / rows.max(1)).min(100), rows_done);
        let (incremental, job_time_ms) = world.incremental_at(elapsed_ms);
        let delay_ms = world.delay_ms(elapsed_ms);
        let retrying_ms = incremental.interrupted_for_ms(job_time_ms);
        let stage = match (structure.status, data.status) {
            ("NotStarted", _) => Stage::NotStarted,
            ("Migrating", _) | (_, "NotStarted" | "Migrating") => Stage::Initializing,
            _ if retrying_ms.is_some() => Stage::Retrying,
            _ if delay_ms.is_none() && incremental.end_ms().is_none() => Stage::Finished,
            _ => Stage::Synchronizing,
        };
        let sync = delay_ms.map(|_| PhaseProgress {
            status: if incremental.has_caught_up_at(job_time_ms) { "Catched" } else { "Migrating" },
            percent: 95,
            ..phase_progress(&sync, 95, 0)
        });
        Self {
            stage,
            structure,
            data,
            sync,
            delay_ms,
            checkpoint_ms: delay_ms.map(|delay_ms| elapsed_ms - delay_ms),
            rows_per_second: incremental.rows_per_second_at(job_time_ms),
            retrying_ms,
        }
    }

    /// The word for a synchronization job. The older calls spell the second one `Initializating`.
    pub(crate) fn synchronization_status(&self) -> &'static str {
        match self.stage {
            Stage::NotStarted => "NotStarted",
            Stage::Initializing => "Initializing",
            Stage::Finished | Stage::Synchronizing => "Synchronizing",
            Stage::Retrying => "Retrying",
        }
    }

    /// The word for a migration job.
    pub(crate) fn migration_status(&self) -> &'static str {
        match self.stage {
            Stage::NotStarted => "NotStarted",
            Stage::Finished if self.data.failed_objects > 0 => "MigrationFailed",
            Stage::Finished => "Finished",
            Stage::Initializing | Stage::Synchronizing => "Migrating",
            Stage::Retrying => "Retrying",
        }
    }
}

fn has_status(reading: &Reading, status: &Status) -> bool {
    reading.state.status.as_ref() == Some(status)
}

fn phase_progress(readings: &[&Reading], percent: i64, progress: i64) -> PhaseProgress {
    let count = |status| readings.iter().filter(|reading| has_status(reading, &status)).count();
    let counts = [Status::Migrating, Status::NotStarted, Status::Finished, Status::Failed].map(count);
    let status = match counts.map(|count| count > 0) {
        [false, true, false, false] => "NotStarted",
        [true, ..] | [_, true, ..] => "Migrating",
        [.., true] => "Failed",
        _ => "Finished",
    };
    PhaseProgress { status, percent, progress, failed_objects: counts[3], objects: readings.len() }
}
