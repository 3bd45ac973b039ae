//! Scheduled pruning, beside the sweeps.

use crate::prune::{self, PruneOptions, Pruned, RetentionRules};
use crate::store::Store;

use super::cron::Cron;

/// The `[retention]` table of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// When the service prunes.
    pub cron: Cron,
    /// Which rows it removes.
    pub rules: RetentionRules,
}

impl Retention {
    /// Whether the rules remove anything at all.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.rules.cutoffs(0).is_any_set()
    }
}

/// Prunes once. It may be aborted at any moment: each of its steps is a transaction.
pub(super) struct RetentionTask {
    pub(super) store: Store,
    pub(super) rules: RetentionRules,
    /// The ids of the configured jobs, which are never dropped.
    pub(super) configured_jobs: Vec<String>,
    /// The time that the ages of the rules are counted from.
    pub(super) now_ms: i64,
}

impl RetentionTask {
    pub(super) async fn run(self) {
        let Self { store, rules, configured_jobs, now_ms } = self;
        let options = PruneOptions {
            cutoffs: rules.cutoffs(now_ms),
            job_id: None,
            keep_jobs: &configured_jobs,
            dry_run: false,
        };
        match prune::prune(&store, options, |_| {}).await {
            Ok(pruned) => log(&pruned),
            Err(error) => tracing::error!(%error, "pruning failed; it runs again at the next scheduled time"),
        }
    }
}

/// One line for each run. Users search their logs for the names of its fields.
fn log(pruned: &Pruned) {
    let Pruned { jobs, messages, dropped_rows, before, after } = pruned;
    let thinned_rows: u64 = jobs.iter().map(|it| it.downsampled_rows).sum();
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
