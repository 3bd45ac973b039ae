//! Errors of an export.

use crate::store;

/// Why a view could not be exported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database has no such view.
    #[error("there is no view {name:?}: give --view one of {}", known.join(", "))]
    UnknownView {
        /// The requested name.
        name: String,
        /// The names of the views.
        known: Vec<String>,
    },
    /// The database has no such job.
    #[error("the job {job_id} is not recorded{}", store::other_recorded_jobs(.recorded))]
    UnknownJob {
        /// The requested job.
        job_id: String,
        /// The ids of the recorded jobs.
        recorded: Vec<String>,
    },
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The output cannot be written.
    #[error("cannot write the export")]
    Write(#[from] std::io::Error),
    /// A value is not of the type of its column.
    #[error("{column} is {value}, which is not of its type: the database was changed by another program")]
    UnexpectedValue {
        /// The column.
        column: String,
        /// The value, quoted.
        value: String,
    },
}

impl From<csv::Error> for Error {
    fn from(error: csv::Error) -> Self {
        Self::Write(error.into())
    }
}

impl From<parquet::errors::ParquetError> for Error {
    fn from(error: parquet::errors::ParquetError) -> Self {
        match error {
            parquet::errors::ParquetError::External(source) => match source.downcast::<std::io::Error>() {
                Ok(io) => Self::Write(*io),
                Err(source) => Self::Write(std::io::Error::other(source)),
            },
            other => Self::Write(std::io::Error::other(other)),
        }
    }
}
