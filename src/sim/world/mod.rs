//! The simulated migration of one job and its state at any time. Pure: no clock, no network.

use events::Event;
use incremental::Incremental;
use plan::{MigrationPlan, plan_migration};
use planned_object::PlannedObject;

use crate::model::{ObjectState, Phase, Reading, Status};
use crate::sim::scenario::{Error, JobSpec, Scenario};

pub mod events; // planned events

pub(super) mod incremental; // delay and checkpoint after the copy
pub(super) mod planned_object; // an object with its timeline
pub(super) mod plan; // the whole migration, planned ahead
pub(super) mod schema; // the source databases: tables and their sizes
pub(super) mod table_plan; // rows, role and estimate of each table

mod copying; // how rows are copied
mod ddl; // statements of tables and constraints
mod failures; // error texts in the vendor's forms
mod schema_objects; // views, functions, triggers
mod timeline; // status and row count of one object over time

#[cfg(test)]
mod tests;

const MINUTE_MS: i64 = 60_000;

/// One job's migration from beginning to end. The same scenario always makes the same world.
#[derive(Debug, Clone)]
pub struct World {
    job: JobSpec,
    plan: MigrationPlan,
    begin_ms: i64,
}

/// The rows of the three arrays at one time, in the order of the reply.
#[derive(Debug, Clone)]
pub(crate) struct Listing<'a> {
    pub(crate) structure: Vec<&'a PlannedObject>,
    pub(crate) data: Vec<&'a PlannedObject>,
    pub(crate) sync: Vec<&'a PlannedObject>,
}

impl World {
    /// The world of the scenario's first job.
    ///
    /// # Errors
    /// If a value of the scenario is outside of its range.
    pub fn new(scenario: &Scenario) -> Result<Self, Error> {
        scenario.check()?;
        let first = scenario.job.first().cloned().unwrap_or_else(JobSpec::demo);
        Ok(Self::for_job(scenario, 0, first))
    }

    /// The worlds of all jobs of the scenario, in its order.
    ///
    /// # Errors
    /// If a value of the scenario is outside of its range.
    pub fn all(scenario: &Scenario) -> Result<Vec<Self>, Error> {
        scenario.check()?;
        Ok(scenario
            .job
            .iter()
            .enumerate()
            .map(|(index, job)| Self::for_job(scenario, index, job.clone()))
            .collect())
    }

    fn for_job(scenario: &Scenario, index: usize, job: JobSpec) -> Self {
        let begin_ms = i64::from(job.begins_after_minutes) * MINUTE_MS;
        Self { job, plan: plan_migration(scenario, index), begin_ms }
    }

    /// The job that is migrated.
    #[must_use]
    pub fn job(&self) -> &JobSpec {
        &self.job
    }

    /// When the migration begins, in world time.
    pub(crate) fn begin_ms(&self) -> i64 {
        self.begin_ms
    }

    /// When the last planned change has happened. The synchronization of changes continues after it.
    #[must_use]
    pub fn end_ms(&self) -> i64 {
        self.begin_ms + self.plan.end_ms
    }

    /// When the last planned change of the delay has happened; [`World::end_ms`] without an incremental phase.
    #[must_use]
    pub fn cutover_end_ms(&self) -> i64 {
        self.plan
            .incremental
            .end_ms()
            .map_or(self.end_ms(), |end_ms| self.end_ms().max(self.begin_ms + end_ms))
    }

    /// How far the destination is behind the source at this time, in milliseconds; `None` before the incremental
    /// phase.
    #[must_use]
    pub fn delay_ms(&self, elapsed_ms: i64) -> Option<i64> {
        self.plan.incremental.delay_ms_at(self.job_time_ms(elapsed_ms))
    }

    /// The incremental phase and the job's own time in it.
    pub(crate) fn incremental_at(&self, elapsed_ms: i64) -> (&Incremental, i64) {
        (&self.plan.incremental, self.job_time_ms(elapsed_ms))
    }

    /// Beginning and end of an object's latest attempt, in world time. A running attempt has no end.
    pub(crate) fn attempt_times(
        &self,
        object: &PlannedObject,
        elapsed_ms: i64,
    ) -> (Option<i64>, Option<i64>) {
        let Some(change) = object.timeline.status_change_at(self.job_time_ms(elapsed_ms)) else {
            return (None, None);
        };
        let started = change.attempt_started_ms.map(|ms| ms + self.begin_ms);
        let has_ended = matches!(change.status, Status::Finished | Status::Failed);
        (started, has_ended.then_some(change.at_ms + self.begin_ms))
    }

    /// The planned events, in world time.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        let later = |event: &Event| Event {
            from_ms: event.from_ms + self.begin_ms,
            until_ms: event.until_ms + self.begin_ms,
            ..event.clone()
        };
        self.plan.events.iter().map(later).collect()
    }

    /// All rows at this time: structure, each followed by its constraints, then data, then synchronization.
    #[must_use]
    pub fn at(&self, elapsed_ms: i64) -> Vec<Reading> {
        let listing = self.listing(elapsed_ms);
        let all = listing.structure.into_iter().chain(listing.data).chain(listing.sync);
        let nested =
            all.flat_map(|object| std::iter::once(object).chain(self.constraints_of(object, elapsed_ms)));
        nested.map(|object| self.reading(object, elapsed_ms)).collect()
    }

    /// The rows of each array at this time.
    pub(crate) fn listing(&self, elapsed_ms: i64) -> Listing<'_> {
        let now_ms = self.job_time_ms(elapsed_ms);
        Listing {
            structure: listed_at(&self.plan.structure, now_ms),
            data: listed_at(&self.plan.data, now_ms),
            sync: listed_at(&self.plan.sync, now_ms),
        }
    }

    /// The constraints of a structure row at this time.
    pub(crate) fn constraints_of<'a>(
        &self,
        object: &'a PlannedObject,
        elapsed_ms: i64,
    ) -> Vec<&'a PlannedObject> {
        listed_at(&object.constraints, self.job_time_ms(elapsed_ms))
    }

    /// The state of an object at this time, as a client should read it.
    pub(crate) fn reading(&self, object: &PlannedObject, elapsed_ms: i64) -> Reading {
        let now_ms = self.job_time_ms(elapsed_ms);
        let change = object.timeline.status_change_at(now_ms);
        let is_data = object.key.phase == Phase::Data;
        let count = |text: &String| text.parse().ok().filter(|count: &i64| *count >= 0);
        let state = ObjectState {
            status: change.map(|change| change.status.clone()),
            finished_rows: is_data.then(|| object.timeline.rows_at(now_ms)),
            total_rows: object.estimate.as_ref().and_then(count),
            used_time: is_data.then(|| object.timeline.used_time_at(now_ms)),
            error_message: change.and_then(|change| change.error.clone()),
            definition: object.definition.clone(),
        };
        Reading { key: object.key.clone(), state }
    }

    /// Time since the job's migration began; 0 before that.
    fn job_time_ms(&self, elapsed_ms: i64) -> i64 {
        (elapsed_ms - self.begin_ms).max(0)
    }
}

fn listed_at(objects: &[PlannedObject], now_ms: i64) -> Vec<&PlannedObject> {
    objects.iter().filter(|object| object.listed_ms.contains(&now_ms)).collect()
}
