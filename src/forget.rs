//! Use case: removes the newest snapshots of a job, for example those with a wrong time, or the whole job.

use crate::store::{Error, ForgetPreview, ForgetScope, Store};

/// Maximum number of rows that one transaction removes, so that a recorder of other jobs waits for one transaction at
/// most.
const MAX_ROWS_PER_STEP: u32 = 2000;

/// The snapshots and rows that [`forget`] would remove; `None` if the job is not recorded.
///
/// # Errors
/// If the database cannot be read.
pub async fn preview(
    store: &Store,
    job_id: &str,
    scope: ForgetScope,
) -> Result<Option<ForgetPreview>, Error> {
    let mut pruner = store.pruner().await?;
    let preview = pruner.forget_preview(job_id, scope).await;
    pruner.close().await;
    preview
}

/// Removes these snapshots and rows, and records the removal. `None` if the job is not recorded.
///
/// # Errors
/// If the database cannot be written. Until then either all snapshots of the scope are removed or none.
pub async fn forget(
    store: &Store,
    job_id: &str,
    scope: ForgetScope,
    now_ms: i64,
) -> Result<Option<ForgetPreview>, Error> {
    let mut pruner = store.pruner().await?;
    let work = async {
        let forgotten = pruner.forget(job_id, scope, now_ms).await?;
        while pruner.delete_rows_of_dropped_jobs(MAX_ROWS_PER_STEP).await? > 0 {}
        Ok(forgotten)
    };
    let forgotten = work.await;
    pruner.close().await;
    forgotten
}
