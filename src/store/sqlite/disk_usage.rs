//! The disk usage of a database, and the release of free space.

use super::database::Database;
use super::file::BUSY_TIMEOUT;
use super::prune::Pruner;
use crate::store::error::Error;
use crate::store::rows::DiskUsage;

/// How long the log may be waited for. Whoever reads may go on: the next time will do.
const CHECKPOINT_TIMEOUT_MS: u32 = 200;

impl Database {
    /// Bytes of the database on the disk.
    pub(crate) async fn disk_usage(&self) -> Result<DiskUsage, Error> {
        let (file_bytes, free_bytes) = sqlx::query_as(
            "select page_count * page_size, freelist_count * page_size
             from pragma_page_count(), pragma_page_size(), pragma_freelist_count()",
        )
        .fetch_one(&self.readers)
        .await
        .map_err(|error| self.query_error(error))?;
        let mut log = self.path().as_os_str().to_owned();
        log.push("-wal");
        // There is no log while no process has the database open for writing.
        let log_bytes = std::fs::metadata(log).map_or(0, |it| i64::try_from(it.len()).unwrap_or(i64::MAX));
        Ok(DiskUsage { file_bytes, free_bytes, log_bytes })
    }
}

impl Pruner {
    /// Gives at most `limit` free pages at the end of the file back to the disk; returns how many. A file of an
    /// older version keeps them, until it is compacted.
    pub(crate) async fn release_free_pages(&mut self, pages: u32) -> Result<u64, Error> {
        let free = "select freelist_count from pragma_freelist_count()";
        let work = async {
            let before: i64 = sqlx::query_scalar(free).fetch_one(&mut self.connection).await?;
            if before == 0 {
                return Ok(0);
            }
            let statement = format!("pragma incremental_vacuum({pages})");
            sqlx::query(sqlx::AssertSqlSafe(statement)).fetch_all(&mut self.connection).await?;
            let after: i64 = sqlx::query_scalar(free).fetch_one(&mut self.connection).await?;
            Ok((before - after).max(0).unsigned_abs())
        };
        work.await.map_err(|error: sqlx::Error| self.database.query_error(error))
    }

    /// Folds the log into the file and empties it, unless somebody reads or writes just now: `false`.
    pub(crate) async fn truncate_wal(&mut self) -> Result<bool, Error> {
        // This kind of checkpoint keeps others from writing while it waits for those who read.
        let short = format!("pragma busy_timeout = {CHECKPOINT_TIMEOUT_MS}");
        let usual = format!("pragma busy_timeout = {}", BUSY_TIMEOUT.as_millis());
        let work = async {
            sqlx::query(sqlx::AssertSqlSafe(short)).execute(&mut self.connection).await?;
            let busy: i64 =
                sqlx::query_scalar("pragma wal_checkpoint(truncate)").fetch_one(&mut self.connection).await?;
            sqlx::query(sqlx::AssertSqlSafe(usual)).execute(&mut self.connection).await?;
            Ok(busy == 0)
        };
        work.await.map_err(|error: sqlx::Error| self.database.query_error(error))
    }

    /// Writes the whole file anew without any free page, and makes it one that gives pages back from then on.
    /// Whoever records waits until it is done.
    pub(crate) async fn compact(&mut self) -> Result<(), Error> {
        for statement in ["pragma auto_vacuum = incremental", "vacuum"] {
            sqlx::query(statement)
                .execute(&mut self.connection)
                .await
                .map_err(|error| self.database.query_error(error))?;
        }
        Ok(())
    }
}
