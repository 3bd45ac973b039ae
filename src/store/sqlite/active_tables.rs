//! The tables of a job that somebody watches: those that move and those that failed.

use super::database::Database;
use crate::store::error::Error;
use crate::store::rows::ActiveTable;

impl Database {
    /// The listed tables of a job that move or failed, failed ones first, at most `limit`.
    pub(crate) async fn active_tables(&self, job_id: &str, limit: u32) -> Result<Vec<ActiveTable>, Error> {
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
        .bind(limit)
        .fetch_all(&self.readers)
        .await
        .map_err(|error| self.query_error(error))
    }
}
