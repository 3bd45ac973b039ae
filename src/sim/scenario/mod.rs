//! The scenario file: the simulated migrations and the behavior of the server. `docs/scenario.md` documents it.

use std::path::Path;

use serde::Deserialize;

pub use error::Error;
use error::out_of_range_error;
use fault::Fault;
use reply::{Paging, Reply};

mod error;
pub mod fault; // faults of the server and of the network
pub mod reply; // paging and form of the replies

/// A scenario. Every key may be left out; the defaults are those of the demo.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// Seed of everything random.
    pub seed: u64,
    /// Tables of each job, 1 to 100 000. The first 60 have names, the others are numbered.
    pub tables: usize,
    /// Multiplies every row count.
    pub rows_scale: f64,
    /// Tables copied at the same time, 1 to 1000.
    pub parallel: usize,
    /// Multiplies how fast objects are created and rows are copied.
    pub pace: f64,
    /// World time for each unit of real time, for a running clock; 0 stops the world's time.
    pub speed: f64,
    /// World time elapsed when a running clock starts, up to a year.
    pub elapsed_minutes: u32,
    /// Calls that each security token of the temporary access key may sign; 0 for any number.
    pub security_token_calls: u32,
    /// Planned events.
    pub events: EventCounts,
    /// How the arrays are paged.
    pub paging: Paging,
    /// How replies are written.
    pub reply: Reply,
    /// Faults of the server and of the network.
    pub fault: Vec<Fault>,
    /// The jobs of the server; by default the demo's job.
    pub job: Vec<JobSpec>,
}

/// How many objects each kind of planned event affects. An event is left out if no suitable table is left.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EventCounts {
    /// DDL statements that fail (at most 10); the 2nd, 7th and 9th are fixed later.
    pub failed_objects: usize,
    /// Constraints that fail (at most 4); the 3rd is fixed later.
    pub failed_constraints: usize,
    /// Tables that fail in the middle of their copy and start again from zero rows.
    pub retried_tables: usize,
    /// Tables that fail in the middle of their copy and stay failed.
    pub failed_tables: usize,
    /// Tables whose row count falls to zero without a failure.
    pub restarted_tables: usize,
    /// Tables that make no progress for a while in the middle of their copy.
    pub stalled_tables: usize,
    /// Tables that are added to the job while it runs.
    pub late_tables: usize,
    /// Tables that are removed from the job while it runs.
    pub vanished_tables: usize,
    /// Duration of one pause of the whole migration, in minutes; 0 for none.
    pub pause_minutes: u32,
    /// Whether some estimates are too small, too large, `0`, `-1`, empty or absent.
    pub wrong_estimates: bool,
    /// Whether the changes are synchronized after the copy: the rows of `DataSynchronizationDetails`, and the delay.
    pub synchronization: bool,
    /// Bursts of writes at the source during the synchronization, which raise the delay.
    pub bursts: usize,
    /// Interruptions of the synchronization, during which the job retries and nothing is applied.
    pub interruptions: usize,
}

/// A job of the server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobSpec {
    /// The instance id: `SynchronizationJobId`, `MigrationJobId`, `DtsInstanceID`.
    pub id: String,
    /// The task id, `DtsJobId`; by default the instance id without its prefix `dts`.
    pub dts_job_id: Option<String>,
    /// The name of the job.
    #[serde(default)]
    pub name: String,
    /// Region of the job.
    #[serde(default = "default_region")]
    pub region: String,
    /// Tables of this job, if different from `tables` of the scenario.
    pub tables: Option<usize>,
    /// World minutes before its migration begins.
    #[serde(default)]
    pub begins_after_minutes: u32,
    /// The kinds of calls that the job answers.
    #[serde(default = "all_kinds")]
    pub kinds: Vec<JobKind>,
}

/// A family of calls, for one kind of job each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// DescribeInitializationStatus and the calls beside it.
    Synchronization,
    /// DescribeMigrationJobDetail and the calls beside it.
    Migration,
    /// DescribePreCheckStatus and the other current calls.
    Task,
}

fn all_kinds() -> Vec<JobKind> {
    vec![JobKind::Synchronization, JobKind::Migration, JobKind::Task]
}

fn default_region() -> String {
    "cn-hangzhou".to_owned()
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            seed: 29,
            tables: 60,
            rows_scale: 1.0,
            parallel: 4,
            pace: 1.0,
            speed: 60.0,
            elapsed_minutes: 0,
            security_token_calls: 0,
            events: EventCounts::default(),
            paging: Paging::default(),
            reply: Reply::default(),
            fault: Vec::new(),
            job: vec![JobSpec::demo()],
        }
    }
}

impl Default for EventCounts {
    fn default() -> Self {
        Self {
            failed_objects: 10,
            failed_constraints: 4,
            retried_tables: 1,
            failed_tables: 1,
            restarted_tables: 1,
            stalled_tables: 1,
            late_tables: 1,
            vanished_tables: 1,
            pause_minutes: 11,
            wrong_estimates: true,
            synchronization: true,
            bursts: 1,
            interruptions: 1,
        }
    }
}

impl EventCounts {
    /// No events: a migration without failures.
    #[must_use]
    pub fn none() -> Self {
        Self {
            failed_objects: 0,
            failed_constraints: 0,
            retried_tables: 0,
            failed_tables: 0,
            restarted_tables: 0,
            stalled_tables: 0,
            late_tables: 0,
            vanished_tables: 0,
            pause_minutes: 0,
            wrong_estimates: false,
            synchronization: false,
            bursts: 0,
            interruptions: 0,
        }
    }
}

impl JobSpec {
    /// The task id.
    #[must_use]
    pub fn task_id(&self) -> &str {
        self.dts_job_id.as_deref().unwrap_or_else(|| self.id.strip_prefix("dts").unwrap_or(&self.id))
    }

    /// The job of the demo.
    #[must_use]
    pub fn demo() -> Self {
        Self {
            id: "dtsdemo0a1b2c3d4e".to_owned(),
            name: "shop, crm and billing to PolarDB".to_owned(),
            region: default_region(),
            tables: None,
            begins_after_minutes: 0,
            dts_job_id: None,
            kinds: all_kinds(),
        }
    }
}

impl Scenario {
    /// The migration that `demo` records: 60 tables in three databases, about three hours.
    #[must_use]
    pub fn demo() -> Self {
        Self::default()
    }

    /// Reads a scenario file.
    ///
    /// # Errors
    /// If the file cannot be read, or its text is not a scenario.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| Error::Unreadable { path: path.display().to_string(), source })?;
        Self::parse(&text)
    }

    /// Reads the text of a scenario file.
    ///
    /// # Errors
    /// If the text is not TOML, has an unknown key, or a value outside its range.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let scenario: Self = toml::from_str(text).map_err(|error| malformed_error(text, &error))?;
        scenario.check()?;
        Ok(scenario)
    }

    /// Checks every value. [`super::world::World::new`] calls this for a scenario made in code.
    ///
    /// # Errors
    /// Names the first value outside its range.
    pub fn check(&self) -> Result<(), Error> {
        // Within these bounds no time and no count overflows an i64, for any number of tables.
        check_factor("rows_scale", self.rows_scale)?;
        check_factor("pace", self.pace)?;
        if self.speed != 0.0 {
            check_factor("speed", self.speed)?;
        }
        check_range("elapsed_minutes", self.elapsed_minutes as usize, 0, 525_600, "0 to 525600")?;
        check_range("events.bursts", self.events.bursts, 0, 100, "0 to 100")?;
        check_range("events.interruptions", self.events.interruptions, 0, 100, "0 to 100")?;
        check_range("paging.max_task_page_size", self.paging.max_task_page_size, 1, 100, "1 to 100")?;
        check_range("parallel", self.parallel, 1, 1_000, "1 to 1000")?;
        for tables in std::iter::once(self.tables).chain(self.job.iter().filter_map(|job| job.tables)) {
            check_range("tables", tables, 1, 100_000, "1 to 100000")?;
        }
        self.fault.iter().try_for_each(Fault::check)?;
        let mut ids: Vec<_> = self.job.iter().map(|job| job.id.as_str()).collect();
        ids.sort_unstable();
        let twice = ids.iter().zip(ids.iter().skip(1)).find(|(id, next)| id == next);
        if let Some((id, _)) = twice {
            return Err(out_of_range_error("job.id", format!("{id:?} twice"), "different in each [[job]]"));
        }
        if self.job.is_empty() || ids.contains(&"") {
            return Err(out_of_range_error(
                "job.id",
                "missing".to_owned(),
                "given in each [[job]], and one at least",
            ));
        }
        Ok(())
    }
}

fn check_factor(key: &'static str, value: f64) -> Result<(), Error> {
    if (0.001..=100_000.0).contains(&value) {
        return Ok(());
    }
    Err(out_of_range_error(key, value.to_string(), "a number from 0.001 to 100000"))
}

fn check_range(
    key: &'static str,
    value: usize,
    low: usize,
    high: usize,
    expected: &'static str,
) -> Result<(), Error> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(out_of_range_error(key, value.to_string(), expected))
}

fn malformed_error(text: &str, error: &toml::de::Error) -> Error {
    let start = error.span().map_or(0, |span| span.start.min(text.len()));
    let line = text.as_bytes()[..start].split(|byte| *byte == b'\n').count();
    Error::Malformed { line, message: error.message().replace('\n', " ") }
}

#[cfg(test)]
mod tests;
