//! Words of the verdict and of the next steps.

use super::sentence::{CountSentence1, CountSentence2, CountSentence3, Sentence1, Sentence2};
use crate::history::figures::verdict::JobVerdict;

/// The verdict and what to do next.
#[derive(Debug)]
pub struct Verdict {
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
    /// So many of all failed, the others are finished.
    pub means_finished_with_failures: CountSentence2,
    /// So many failed, so many wait, of all.
    pub means_failed: CountSentence3,
    /// So many finished, so many move, of all.
    pub means_in_progress: CountSentence3,
    /// So many failed until now.
    pub failed_so_far: CountSentence1,
    /// Complete snapshots exist, but list nothing.
    pub means_empty: &'static str,
    /// What there was is no longer listed, and had not come to its end when last seen.
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
    /// So many objects have another status, and nothing else moves.
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
    /// An open end of it.
    pub window_open: &'static str,
}

impl Verdict {
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
