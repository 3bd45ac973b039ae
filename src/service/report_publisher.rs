//! Publishes reports: which ones are due, and their file names.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::sync::Mutex;

use super::options::Options;
use crate::store::{JobSummary, Store};
use crate::{publish, report};

/// The characters that are escaped in file names.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// The publications since the service started.
#[derive(Debug, Clone, Default)]
pub(super) struct PublicationStats {
    pub(super) complete: u64,
    pub(super) failed: u64,
    /// The error of the last publication, or of the last check of the folder; `None` if it succeeded.
    pub(super) last_error: Option<String>,
}

/// The state that all publishers of the service share.
#[derive(Debug, Default)]
pub(super) struct Publications {
    /// Held while a report is written: one history is in memory at a time, and no two tasks publish the same end.
    lock: Mutex<()>,
    stats: StdMutex<PublicationStats>,
}

impl Publications {
    pub(super) fn stats(&self) -> PublicationStats {
        self.lock_stats().clone()
    }

    fn record(&self, result: Result<(), &str>) {
        let mut stats = self.lock_stats();
        match result {
            Ok(()) => stats.complete += 1,
            Err(_) => stats.failed += 1,
        }
        stats.last_error = result.err().map(str::to_owned);
    }

    fn lock_stats(&self) -> std::sync::MutexGuard<'_, PublicationStats> {
        self.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes reports to the folder of the configuration.
#[derive(Debug, Clone)]
pub(super) struct ReportPublisher {
    folder: PathBuf,
    options: report::Options,
    settle: Duration,
    shared: Arc<Publications>,
}

impl ReportPublisher {
    pub(super) fn new(options: &Options, shared: Arc<Publications>) -> Self {
        let Options { reports, report, schedule, .. } = options;
        Self { folder: reports.clone(), options: *report, settle: schedule.settle, shared }
    }

    /// Checks that reports can be written, so that a folder that is not writable is noticed before a job ends.
    pub(super) async fn check_folder(self) {
        let folder = self.folder.clone();
        let checked = tokio::task::spawn_blocking(move || publish::check_folder(&folder)).await;
        let mut stats = self.shared.lock_stats();
        let error = match checked {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(format!("{error:#}")),
            Err(error) => Some(error.to_string()),
        };
        if let Some(error) = error.as_ref().filter(|_| stats.last_error.is_none()) {
            tracing::error!(error, "reports cannot be published");
        }
        stats.last_error = error;
    }

    /// Publishes the report of a job that has ended, unless the report of this end exists already. Its file name
    /// contains the time of the last change, so a report that an error or a crash prevented is written later, and
    /// none is written twice.
    pub(super) async fn publish_end(&self, store: &Store, job_id: &str, summary: &JobSummary) {
        if !summary.is_over(self.settle) {
            return;
        }
        let _guard = self.shared.lock.lock().await;
        let stem = file_stem(job_id);
        let dated = format!("{stem}-{}", compact_utc(summary.initialized_at_ms));
        if self.folder.join(format!("{dated}.json")).exists() {
            return;
        }
        self.publish(store, job_id, vec![stem, dated]).await;
    }

    /// Publishes the current report of a job, under its file name without a time.
    pub(super) async fn publish_current(&self, store: &Store, job_id: &str) {
        let _guard = self.shared.lock.lock().await;
        self.publish(store, job_id, vec![file_stem(job_id)]).await;
    }

    async fn publish(&self, store: &Store, job_id: &str, file_stems: Vec<String>) {
        let folder: &Path = &self.folder;
        let name = file_stems.last().cloned().unwrap_or_default();
        match publish::write_all_formats(store, job_id, self.options, folder, file_stems).await {
            Ok(()) => {
                self.shared.record(Ok(()));
                tracing::info!(job = job_id, folder = %folder.display(), name, "report published");
            }
            Err(error) => {
                let error = format!("{error:#}");
                self.shared.record(Err(&error));
                tracing::error!(
                    job = job_id,
                    error,
                    "the report could not be published; it is retried later"
                );
            }
        }
    }
}

/// A job id as a file name that is valid in any file system.
fn file_stem(job_id: &str) -> String {
    utf8_percent_encode(job_id, ESCAPED).to_string()
}

/// `20260102T030405Z`
fn compact_utc(at_ms: i64) -> String {
    match chrono::DateTime::from_timestamp_millis(at_ms) {
        Some(at) => at.format("%Y%m%dT%H%M%SZ").to_string(),
        None => at_ms.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_id_cannot_leave_the_folder() {
        assert_eq!(file_stem("dtsi76118o3w92abcd"), "dtsi76118o3w92abcd");
        assert_eq!(file_stem("../a b*"), "%2E%2E%2Fa%20b%2A");
        assert_eq!(compact_utc(1_767_312_000_000), "20260102T000000Z");
    }
}
