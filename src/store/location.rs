//! Where a history is: a file, or a PostgreSQL database.

use std::fmt;
use std::path::{Path, PathBuf};

use super::postgres::PostgresLocation;

/// The place of a history database. It displays as the path or the URL, never with a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// An SQLite file.
    File(PathBuf),
    /// A schema of a PostgreSQL database.
    Postgres(PostgresLocation),
}

impl Location {
    /// The file; `None` for a PostgreSQL database.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Postgres(location) => write!(f, "{location}"),
        }
    }
}

impl From<&Path> for Location {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<&PathBuf> for Location {
    fn from(path: &PathBuf) -> Self {
        Self::File(path.clone())
    }
}

impl From<PathBuf> for Location {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<PostgresLocation> for Location {
    fn from(location: PostgresLocation) -> Self {
        Self::Postgres(location)
    }
}

impl From<&Location> for Location {
    fn from(location: &Location) -> Self {
        location.clone()
    }
}
