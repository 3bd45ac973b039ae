//! Domain types that every module shares: the data of the API, and nothing computed from it.

mod job_status;
mod timestamp;

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

pub use job_status::{Engines, JobStatus, JobStatusOutcome, JobStatusReading};
pub use timestamp::Timestamp;
pub(crate) use timestamp::{serialize_millis, serialize_optional_millis};

/// A DTS job, as the user names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Job {
    /// The id that the calls of its kind take, for example `dtsi76118o3w92****`.
    #[serde(rename = "job_id")]
    pub id: String,
    /// Region id, for example `cn-hangzhou`; unknown for some imports.
    pub region: Option<String>,
    /// The user's own name for the job.
    pub name: Option<String>,
    /// Which calls the job answers.
    #[serde(skip)]
    pub kind: JobKind,
}

/// The kind of a job, which decides the calls that list its objects and the id that they take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobKind {
    /// A synchronization instance, by its `SynchronizationJobId`: DescribeInitializationStatus.
    #[default]
    Synchronization,
    /// A migration instance of the older kind, by its `MigrationJobId`: DescribeMigrationJobDetail.
    Migration,
    /// A task of today's console, by its `DtsJobId`: DescribePreCheckStatus with JobCode 02 and 03.
    Task,
}

impl JobKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Synchronization, Self::Migration, Self::Task];

    /// The word used in the configuration and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Synchronization => "synchronization",
            Self::Migration => "migration",
            Self::Task => "task",
        }
    }

    /// The kind that [`JobKind::as_str`] names, if any.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// The phase of an object: the array of the reply that lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// `StructureInitializationDetails`: tables, views, routines, sequences and so on.
    Structure,
    /// `Constraints` inside a structure row: keys and indexes of a table.
    Constraint,
    /// `DataInitializationDetails`: the rows of a table.
    Data,
    /// `DataSynchronizationDetails`: changes of a table (announced as going away by the vendor).
    Sync,
}

impl Phase {
    /// Every phase, in the order DTS works through them.
    pub const ALL: [Self; 4] = [Self::Structure, Self::Constraint, Self::Data, Self::Sync];

    /// The word used in the database, in JSON and in the views.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Constraint => "constraint",
            Self::Data => "data",
            Self::Sync => "sync",
        }
    }

    /// The phase that [`Phase::as_str`] names, if any.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == word)
    }
}

/// Status of an object. The vendor documents four values; any other is kept as it came.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Waits.
    NotStarted,
    /// Is being created or copied.
    Migrating,
    /// Ended with an error.
    Failed,
    /// Ended without an error.
    Finished,
    /// An undocumented word, unchanged.
    Other(String),
}

impl Status {
    /// The word as the API writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::NotStarted => "NotStarted",
            Self::Migrating => "Migrating",
            Self::Failed => "Failed",
            Self::Finished => "Finished",
            Self::Other(word) => word,
        }
    }
}

impl From<&str> for Status {
    fn from(word: &str) -> Self {
        match word {
            "NotStarted" => Self::NotStarted,
            "Migrating" => Self::Migrating,
            "Failed" => Self::Failed,
            "Finished" => Self::Finished,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl Serialize for Phase {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The names of an object. A name that the API left out is an empty text; `object_type` and
/// `parent_name` are `None` where the phase has no such thing.
///
/// Names alone do not always identify a structure row or a constraint: see [`Reading::identity`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    /// The phase.
    pub phase: Phase,
    /// `SourceOwnerDBName`.
    pub source_db: String,
    /// `DestinationOwnerDBName`.
    pub destination_db: String,
    /// `ObjectType` of a structure row or constraint, for example `Table` or `Materialize View`.
    pub object_type: Option<String>,
    /// The structure row's `ObjectName`, for a constraint.
    pub parent_name: Option<String>,
    /// `ObjectName`, or `TableName` for data and sync rows.
    pub object_name: String,
}

/// The state of one object in one reply.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize)]
pub struct ObjectState {
    /// `Status`; `None` if it was absent.
    pub status: Option<Status>,
    /// `FinishRowNum`: rows really copied. Never negative; `None` if absent or not a whole number.
    pub finished_rows: Option<i64>,
    /// `TotalRowNum`: the vendor's estimate, taken before the copy began. Never negative.
    pub total_rows: Option<i64>,
    /// `UsedTime`, the text as received: no unit is documented.
    pub used_time: Option<String>,
    /// `ErrorMessage`; `None` if absent or empty.
    pub error_message: Option<String>,
    /// `ObjectDefinition`, the DDL; `None` if absent or empty.
    pub definition: Option<String>,
}

/// One row of one reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The object.
    pub key: ObjectKey,
    /// Its state.
    pub state: ObjectState,
}

/// The identity of a row within a sweep, to compare and to hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity<'a> {
    phase: Phase,
    source_db: &'a str,
    destination_db: &'a str,
    object_type: Option<&'a str>,
    parent_name: Option<&'a str>,
    object_name: Option<&'a str>,
    definition: Option<&'a str>,
}

// By hand, because the order of the columns differs from the order by which keys are compared.
impl Serialize for ObjectKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut key = serializer.serialize_struct("ObjectKey", 6)?;
        key.serialize_field("phase", &self.phase)?;
        key.serialize_field("object_type", &self.object_type)?;
        key.serialize_field("source_db", &self.source_db)?;
        key.serialize_field("destination_db", &self.destination_db)?;
        key.serialize_field("parent_name", &self.parent_name)?;
        key.serialize_field("object_name", &self.object_name)?;
        key.end()
    }
}

impl ObjectKey {
    /// The identity of a row with these names and this definition, within one sweep.
    ///
    /// Data and sync rows are distinguished by their names. Structure rows with the same names
    /// (overloaded functions) are distinguished by their definition too. A constraint is identified by its parent and
    /// its definition, because the API gives every constraint its table's name; one without a
    /// definition has only its name.
    #[must_use]
    pub fn identity<'a>(&'a self, definition: Option<&'a str>) -> Identity<'a> {
        let constraint = self.phase == Phase::Constraint;
        let by_definition = matches!(self.phase, Phase::Structure | Phase::Constraint);
        Identity {
            phase: self.phase,
            source_db: &self.source_db,
            destination_db: &self.destination_db,
            object_type: if constraint { None } else { self.object_type.as_deref() },
            parent_name: self.parent_name.as_deref(),
            object_name: (!constraint || definition.is_none()).then_some(self.object_name.as_str()),
            definition: if by_definition { definition } else { None },
        }
    }
}

impl Reading {
    /// The identity of this row within its sweep.
    #[must_use]
    pub fn identity(&self) -> Identity<'_> {
        self.key.identity(self.state.definition.as_deref())
    }
}

/// One reply of a sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// `PageNum` as asked for, from 1; for an import, the position of the file.
    pub number: u32,
    /// When the reply had arrived, UTC.
    pub arrived_at_ms: i64,
    /// Its rows, in the order of the reply.
    pub readings: Vec<Reading>,
}

/// The source of a snapshot's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The DTS API.
    Api,
    /// Saved responses.
    Import,
}

impl Source {
    /// The word used in the database and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Import => "import",
        }
    }
}

/// All pages of one job, each read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep {
    /// The source of the pages.
    pub source: Source,
    /// When the first request was sent, UTC.
    pub started_at_ms: i64,
    /// When the last reply had arrived, UTC.
    pub finished_at_ms: i64,
    /// The job's number of pages. The last page read again as the sign of the end is not counted.
    pub page_count: u32,
    /// The replies, in the order of their numbers.
    pub pages: Vec<Page>,
    /// Whether rows moved from page to page while they were read. Each counts once, but one that slipped past
    /// the reader may be missing.
    pub torn: bool,
}
