//! One service for each history: an advisory lock, held by an open transaction on a connection of its own, so that it
//! ends with the process, and also behind a pooler that would give a session's locks to somebody else.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::time::sleep;

use super::database::Database;
use crate::store::error::Error;

/// How often the connection is asked for a sign of life, and a lost lock is taken again.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// The lock. It ends when this is dropped, or with the process.
#[derive(Debug)]
pub(crate) struct AdvisoryLock {
    keeper: tokio::task::JoinHandle<()>,
}

impl Drop for AdvisoryLock {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl Database {
    /// Makes this process the only service that records into the schema.
    pub(crate) async fn lock_for_service(&self) -> Result<AdvisoryLock, Error> {
        let taken = self.retry(|| take(self)).await?;
        let Some(connection) = taken else {
            return Err(Error::Locked { database: self.name(), process_id: None });
        };
        Ok(AdvisoryLock { keeper: tokio::spawn(keep(self.clone(), connection)) })
    }
}

/// A connection whose transaction has the lock; `None` if another one has it.
async fn take(database: &Database) -> Result<Option<PgConnection>, sqlx::Error> {
    let options = database.writer.connect_options();
    let mut connection = PgConnection::connect_with(&options).await?;
    let search_path = database.location.quoted_schema().map(|it| format!("set local search_path = {it}; "));
    let begin = format!(
        "begin; {} set local idle_in_transaction_session_timeout = 0",
        search_path.unwrap_or_default()
    );
    sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut connection).await?;
    let is_taken: bool = sqlx::query_scalar(
        "select pg_try_advisory_xact_lock(hashtextextended('dts-history ' || current_schema(), 0))",
    )
    .fetch_one(&mut connection)
    .await?;
    Ok(is_taken.then_some(connection))
}

/// Keeps the lock. Without it recordings stay whole and in order, because each locks its job; only the API would be
/// called twice as often.
async fn keep(database: Database, connection: PgConnection) {
    let mut held = Some(connection);
    loop {
        sleep(CHECK_EVERY).await;
        if let Some(connection) = &mut held
            && sqlx::raw_sql("select 1").execute(connection).await.is_ok()
        {
            continue;
        }
        if held.take().is_some() {
            tracing::warn!("the connection that keeps other services out was lost; it is opened again");
        }
        match take(&database).await {
            Ok(Some(connection)) => held = Some(connection),
            Ok(None) => {
                tracing::error!("another service records into {}: stop one of the two", database.name());
            }
            Err(error) => tracing::debug!(%error, "the lock of the service cannot be taken yet"),
        }
    }
}
