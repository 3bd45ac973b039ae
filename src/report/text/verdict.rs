//! Words of the verdict and of the next steps.

use super::sentence::{CountSentence1, CountSentence2, CountSentence3, Sentence1, Sentence2};
use crate::history::figures::verdict::JobVerdict;

/// The verdict and what to do next.
#[derive(Debug)]
pub struct VerdictText {
    /// Every object is finished.
    pub finished: &'static str,
    /// Some failed, the others finished.
    pub finished_with_failures: &'static str,
    /// Nothing moves and something failed.
    pub failed: &'static str,
    /// Something moves.
    pub in_progress: &'static str,
    /// There is nothing.
    pub empty: &'static str,
    /// All of this many objects (of which tables with data) are finished.
    pub means_finished: CountSentence2,
    /// The failed objects, of all; the others are finished.
    pub means_finished_with_failures: CountSentence2,
    /// The failed and the waiting objects, of all.
    pub means_failed: CountSentence3,
    /// The finished and the running objects, of all.
    pub means_in_progress: CountSentence3,
    /// The number of failed objects so far.
    pub failed_so_far: CountSentence1,
    /// Complete snapshots exist, but list nothing.
    pub means_empty: &'static str,
    /// No object is listed any longer, and some had not finished when last seen.
    pub means_gone: &'static str,
    /// No complete snapshot exists.
    pub means_unrecorded: &'static str,
    /// The same, and so many failed; why the last did.
    pub means_failing: fn(usize, &str) -> String,
    /// Heading of the next steps.
    pub next: &'static str,
    /// After a finish: compare before the cutover.
    pub next_compare: &'static str,
    /// Failures: repair each.
    pub next_repair: &'static str,
    /// Failures: record again to see them resolved.
    pub next_record: &'static str,
    /// Others wait behind the failures.
    pub next_waiting: CountSentence1,
    /// Nothing to do while it runs.
    pub next_watch: &'static str,
    /// The number of objects with an unknown status, while nothing else progresses.
    pub next_other: CountSentence1,
    /// Nothing listed: what to check.
    pub next_empty: &'static str,
    /// Snapshots failed: what to check.
    pub next_failing: &'static str,
    /// Nothing in the time that was asked for.
    pub next_window: &'static str,
    /// The moment that everything is true of.
    pub as_of: Sentence1,
    /// There is no such moment.
    pub as_of_never: &'static str,
    /// The part of the history that was asked for.
    pub window: Sentence2,
    /// The beginning of a period without a start.
    pub recording_start: &'static str,
    /// The end of a period without an end.
    pub recording_end: &'static str,
}

impl VerdictText {
    /// The word of a verdict.
    #[must_use]
    pub fn word(&self, verdict: JobVerdict) -> &'static str {
        match verdict {
            JobVerdict::Finished => self.finished,
            JobVerdict::FinishedWithFailures => self.finished_with_failures,
            JobVerdict::Failed => self.failed,
            JobVerdict::InProgress => self.in_progress,
            JobVerdict::Empty => self.empty,
        }
    }
}
