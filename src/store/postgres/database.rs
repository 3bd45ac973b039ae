//! The connections to a database, and the transactions on them.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool, Postgres, Transaction};

use super::connection_error::{classify, reason};
use super::location::PostgresLocation;
use super::retry::repeated;
use crate::store::error::Error;

/// Transactions that write at once: those of different jobs do not wait for each other.
const MAX_WRITERS: u32 = 4;
/// Readers at once.
const MAX_READERS: u32 = 4;
/// How long a free connection of the pool is waited for, and how long connecting may take.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

/// Limits of a transaction that writes. Who waits for a lock waits for one recording, or for one step of `prune`. A
/// transaction whose client has stopped or is out of reach ends before those who wait for it give up.
const WRITE_LIMITS: &str = "set local statement_timeout = '120s'; set local lock_timeout = '45s'; \
     set local idle_in_transaction_session_timeout = '20s'";
/// Limits of a transaction that reads: an export of a large view may take its time between two rows.
const READ_LIMITS: &str =
    "set local statement_timeout = '300s'; set local idle_in_transaction_session_timeout = '300s'";

/// One schema of a database that is open.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    pub(super) location: PostgresLocation,
    pub(super) writer: PgPool,
    pub(super) readers: PgPool,
}

fn pool(max_connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A long wait ends in an error of ours; sqlx need not log it.
        .acquire_slow_threshold(ACQUIRE_TIMEOUT)
        // Connections are kept, as the recorder's were opened to be there when the server admits no more.
        .idle_timeout(None)
        .max_lifetime(None)
}

impl Database {
    /// Connects, without a look at the schema.
    pub(super) async fn connect(location: &PostgresLocation) -> Result<Self, Error> {
        let unreachable = |error: sqlx::Error| Error::Unreachable {
            database: location.to_string(),
            reason: reason(&error),
        };
        let options = location.connect_options().map_err(unreachable)?;
        // The pool would try again and hide the reason.
        let connecting = tokio::time::timeout(ACQUIRE_TIMEOUT, PgConnection::connect_with(&options)).await;
        let connecting =
            connecting.unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())));
        let probe = connecting.map_err(unreachable)?;
        // It is only about to be closed.
        let _ = probe.close().await;
        Ok(Self::with_options(location, options))
    }

    fn with_options(location: &PostgresLocation, options: PgConnectOptions) -> Self {
        Self {
            location: location.clone(),
            writer: pool(MAX_WRITERS).connect_lazy_with(options.clone()),
            readers: pool(MAX_READERS).connect_lazy_with(options),
        }
    }

    /// Ends all connections.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// The same database through read connections of its own, so that whoever uses them cannot keep the others waiting.
    pub(crate) fn with_own_readers(&self, connections: u32) -> Self {
        let options = self.readers.connect_options().as_ref().clone();
        Self { readers: pool(connections).connect_lazy_with(options), ..self.clone() }
    }

    /// The same database through one write connection of its own.
    pub(super) fn with_own_writer(&self) -> Self {
        let options = self.writer.connect_options().as_ref().clone();
        Self { writer: pool(1).connect_lazy_with(options), ..self.clone() }
    }

    /// Opens every connection now. They stay open, so that the recorder has one when the server admits no more.
    pub(crate) async fn reserve_connections(&self) -> Result<(), Error> {
        for pool in [&self.readers, &self.writer] {
            let mut connections = Vec::new();
            for _ in 0..pool.options().get_max_connections() {
                connections.push(pool.acquire().await.map_err(|error| self.failed(error))?);
            }
        }
        Ok(())
    }

    /// Begins a transaction that sees one state of the database throughout, and writes nothing.
    pub(super) async fn begin_read(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let begin = self.begin_statement("begin isolation level repeatable read, read only", READ_LIMITS);
        self.readers.begin_with(AssertSqlSafe(begin)).await
    }

    /// Begins a transaction that writes. Each of its statements sees what was committed before the statement; the row
    /// of a job, once locked, keeps other writers of the job out.
    pub(super) async fn begin_write(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let begin = self.begin_statement("begin isolation level read committed, read write", WRITE_LIMITS);
        self.writer.begin_with(AssertSqlSafe(begin)).await
    }

    fn begin_statement(&self, begin: &str, limits: &str) -> String {
        match self.location.quoted_schema() {
            Some(schema) => format!("{begin}; set local search_path = {schema}; {limits}"),
            None => format!("{begin}; {limits}"),
        }
    }

    /// Runs a transaction again where that may help.
    pub(super) async fn retry<T, Work>(&self, work: impl FnMut() -> Work) -> Result<T, Error>
    where
        Work: Future<Output = Result<T, sqlx::Error>>,
    {
        repeated(work).await.map_err(|error| self.failed(error))
    }

    /// The URL and the schema.
    pub(super) fn name(&self) -> String {
        self.location.to_string()
    }

    /// Adds the name of the database to an error of the server.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "used as `map_err(|error| self.failed(error))` everywhere"
    )]
    pub(super) fn failed(&self, error: sqlx::Error) -> Error {
        classify(self.name(), &error)
    }

    pub(super) fn unexpected(&self, found: String) -> Error {
        Error::Unexpected { database: self.name(), found }
    }
}
