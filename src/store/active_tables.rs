//! The tables of a job that somebody watches: those that move and those that failed.

use sqlx::FromRow;

use super::{Error, Store};

/// A listed table whose data moves or failed.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ActiveTable {
    /// `SourceOwnerDBName`.
    pub source_db: String,
    /// `DestinationOwnerDBName`.
    pub destination_db: String,
    /// `TableName`.
    pub table_name: String,
    /// `Migrating` or `Failed`.
    pub status: String,
    /// RowTotals copied; `None` if unknown.
    pub finished_rows: Option<i64>,
    /// The vendor's estimate; `None` if unknown.
    pub total_rows: Option<i64>,
}

impl Store {
    /// The listed tables of a job that move or failed, failed ones first, at most so many.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn active_tables(&self, job_id: &str, most: u32) -> Result<Vec<ActiveTable>, Error> {
        sqlx::query_as(
            "select source_db, destination_db, object_name as table_name, status, finished_rows, total_rows
             from object
             join job using (job_no)
             join reading on reading.object_no = object.object_no
                 and reading.snapshot_id = object.changed_snapshot_id
             where job_id = ? and phase = 'data' and listed and status in ('Failed', 'Migrating')
             order by status, source_db, destination_db, object_name
             limit ?",
        )
        .bind(job_id)
        .bind(most)
        .fetch_all(&self.readers)
        .await
        .map_err(|error| self.failed(error))
    }
}
