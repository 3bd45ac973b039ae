//! Prunes the history when its time has come, beside everything else.

use crate::prune::{self, Pruned, Rules, Task};
use crate::store::Store;

use super::cron::Cron;

/// The `[retention]` of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// When the service prunes.
    pub cron: Cron,
    /// What it removes.
    pub rules: Rules,
}

impl Retention {
    /// Whether anything is ever removed.
    #[must_use]
    pub fn is_asked_for(&self) -> bool {
        self.rules.limits(0).any()
    }
}

/// Prunes once, and says in one line what is gone. It may be abandoned at any moment.
pub(super) async fn prune(store: Store, rules: Rules, recorded: Vec<String>, now_ms: i64) {
    let task = Task { limits: rules.limits(now_ms), job_id: None, recorded: &recorded, dry_run: false };
    match prune::prune(&store, task, |_| {}).await {
        Ok(Pruned { jobs, messages, dropped_rows, before, after }) => {
            let thinned_rows: u64 = jobs.iter().map(|it| it.thinned_rows).sum();
            let failed_sweeps: u64 = jobs.iter().map(|it| it.failed_sweeps).sum();
            let dropped_jobs = jobs.iter().filter(|it| it.dropped).count();
            let bytes_given_back = (before.file_bytes - after.file_bytes).max(0);
            tracing::info!(
                thinned_rows,
                failed_sweeps,
                messages,
                dropped_jobs,
                dropped_rows,
                bytes_given_back,
                "pruned"
            );
        }
        Err(error) => tracing::error!(%error, "not pruned; it is tried again the next time"),
    }
}
