//! The SQL dialects of DTS's source and destination databases.

/// The dialect of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// MySQL and compatible systems: MariaDB, PolarDB for MySQL.
    MySql,
    /// PostgreSQL and compatible systems.
    PostgreSql,
}

impl Dialect {
    /// The word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MySql => "mysql",
            Self::PostgreSql => "postgresql",
        }
    }
}
