//! The job of a command without `--job`: the only one of the database.

use super::error::{CliError, CommandError, usage_error};
use crate::store::Store;

/// Maximum number of job ids in an error.
const MAX_LISTED: usize = 5;

/// The given job, or the only job of the database.
pub(super) async fn select_job_id(store: &Store, given: Option<String>) -> Result<String, CommandError> {
    if let Some(id) = given {
        return Ok(id);
    }
    let mut ids: Vec<String> = store.jobs().await?.into_iter().map(|it| it.job.id).collect();
    match ids.len() {
        0 => Err(usage_error(CliError::NoJobInDatabase)),
        1 => Ok(ids.remove(0)),
        count => {
            let rest = if count > MAX_LISTED { ", …" } else { "" };
            let listed = ids[..count.min(MAX_LISTED)].join(", ") + rest;
            Err(usage_error(CliError::SeveralJobs { count, listed }))
        }
    }
}
