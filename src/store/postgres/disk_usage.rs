//! What a history takes of the server's disk, and what it gives back.

use sqlx::AssertSqlSafe;

use super::database::Database;
use super::prune::Pruner;
use crate::store::error::Error;
use crate::store::rows::DiskUsage;

/// Every base table.
const TABLES: [&str; 11] = [
    "job",
    "snapshot",
    "page",
    "stored_text",
    "object",
    "reading",
    "job_status",
    "outbox",
    "pruning",
    "dropped_job",
    "forgotten",
];

impl Database {
    /// Bytes of the tables with their indexes. How much of it is free, and the log, are the server's business.
    pub(crate) async fn disk_usage(&self) -> Result<DiskUsage, Error> {
        let file_bytes = self
            .retry(|| async {
                let mut transaction = self.begin_read().await?;
                sqlx::query_scalar(
                    "select coalesce(sum(pg_total_relation_size(oid)), 0)::bigint from pg_catalog.pg_class
                     where relkind in ('r', 'p') and relname = any($1)
                         and relnamespace = to_regnamespace(quote_ident(current_schema()))",
                )
                .bind(&TABLES[..])
                .fetch_one(&mut *transaction)
                .await
            })
            .await?;
        Ok(DiskUsage { file_bytes, free_bytes: 0, log_bytes: 0 })
    }
}

impl Pruner {
    /// Writes every table anew without free space. Whoever records or reads waits until it is done.
    pub(crate) async fn compact(&mut self) -> Result<(), Error> {
        let database = &self.database;
        let schema: String = database
            .retry(|| async {
                let mut transaction = database.begin_write().await?;
                sqlx::query_scalar("select quote_ident(current_schema())").fetch_one(&mut *transaction).await
            })
            .await?;
        for table in TABLES {
            // Not possible in a transaction, hence without its limits and with the full name.
            let statement = format!("vacuum (full, analyze) {schema}.{table}");
            sqlx::query(AssertSqlSafe(statement))
                .persistent(false)
                .execute(&database.writer)
                .await
                .map_err(|error| database.failed(error))?;
        }
        Ok(())
    }
}
