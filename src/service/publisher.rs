//! Which reports are due, and under which names.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::sync::Mutex;

use super::Options;
use crate::store::{JobSummary, Store};
use crate::{publish, report};

/// What a job's id keeps in the name of a file.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// Writes reports to one folder.
#[derive(Debug, Clone)]
pub(super) struct Publisher {
    folder: PathBuf,
    options: report::Options,
    settle: Duration,
    one_at_a_time: Arc<Mutex<()>>,
}

impl Publisher {
    /// Whoever shares the lock writes one report at a time: a history held in memory at once, and nobody
    /// publishes an end that another is about to publish.
    pub(super) fn new(options: &Options, one_at_a_time: Arc<Mutex<()>>) -> Self {
        let Options { reports, report, schedule, .. } = options;
        Self { folder: reports.clone(), options: *report, settle: schedule.settle, one_at_a_time }
    }

    /// The report of a job that has ended, unless this very end is published: the name holds the moment of
    /// the last change, so that a restart, or a write that failed, is made up for and nothing comes twice.
    pub(super) async fn at_end(&self, store: &Store, job_id: &str, standing: &JobSummary) {
        if !standing.is_over(self.settle) {
            return;
        }
        let _turn = self.one_at_a_time.lock().await;
        let stable = stem(job_id);
        let dated = format!("{stable}-{}", compact(standing.initialized_at_ms));
        if self.folder.join(format!("{dated}.json")).exists() {
            return;
        }
        self.publish(store, job_id, vec![stable, dated]).await;
    }

    /// The report of a job as it stands, under its stable name.
    pub(super) async fn as_it_stands(&self, store: &Store, job_id: &str) {
        let _turn = self.one_at_a_time.lock().await;
        self.publish(store, job_id, vec![stem(job_id)]).await;
    }

    async fn publish(&self, store: &Store, job_id: &str, names: Vec<String>) {
        let folder: &Path = &self.folder;
        let name = names.last().cloned().unwrap_or_default();
        match publish::all_forms(store, job_id, self.options, folder, names).await {
            Ok(()) => tracing::info!(job = job_id, folder = %folder.display(), name, "report published"),
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(job = job_id, error, "the report is not published; it is tried again");
            }
        }
    }
}

/// A job's id as the name of a file in any file system.
fn stem(job_id: &str) -> String {
    utf8_percent_encode(job_id, KEPT).to_string()
}

/// `20260102T030405Z`
fn compact(at_ms: i64) -> String {
    match chrono::DateTime::from_timestamp_millis(at_ms) {
        Some(at) => at.format("%Y%m%dT%H%M%SZ").to_string(),
        None => at_ms.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_leaves_the_folder() {
        assert_eq!(stem("dtsi76118o3w92abcd"), "dtsi76118o3w92abcd");
        assert_eq!(stem("../a b*"), "%2E%2E%2Fa%20b%2A");
        assert_eq!(compact(1_767_312_000_000), "20260102T000000Z");
    }
}
