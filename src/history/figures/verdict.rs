//! The state of the whole job in one word, and the counts that it is computed from.

use crate::model::{Phase, Status};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The state of the initialization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobVerdict {
    /// Every object is `Finished`.
    Finished,
    /// Nothing moves or waits any more; some objects failed, and of the tables at least one finished.
    FinishedWithFailures,
    /// Nothing moves; something failed, and other objects wait that will not start, or no table finished.
    Failed,
    /// Something moves, or waits and nothing stands in its way.
    InProgress,
    /// No object of the initialization was listed.
    Empty,
}

impl Serialize for JobVerdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for JobVerdict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        let found = Self::ALL.into_iter().find(|verdict| verdict.as_str() == word);
        found.ok_or_else(|| D::Error::custom(format!("{word:?} is not a verdict")))
    }
}

impl JobVerdict {
    const ALL: [Self; 5] =
        [Self::Finished, Self::FinishedWithFailures, Self::Failed, Self::InProgress, Self::Empty];

    /// The verdict on these counts, one for each phase in the order of [`Phase::ALL`].
    ///
    /// While objects wait and none moves, a failure ends the job only if there are [`no_recent_changes`].
    #[must_use]
    pub fn from_counts(counts: &[StatusCounts; 4], no_recent_changes: bool) -> Self {
        let all = initialization_counts(counts);
        let data = &counts[Phase::Data as usize];
        let has_data = data.listed_objects() + data.unlisted > 0;
        let some_done =
            if has_data { data.finished > 0 || data.unlisted_finished > 0 } else { all.finished > 0 };
        match (all.migrating, all.failed, all.not_started + all.other, all.finished) {
            (0, 0, 0, 0) => Self::Empty,
            (0, 0, 0, _) => Self::Finished,
            (0, 1.., 0, _) if some_done => Self::FinishedWithFailures,
            (0, 1.., 0, _) => Self::Failed,
            (0, 1.., _, _) if no_recent_changes => Self::Failed,
            _ => Self::InProgress,
        }
    }

    /// The word used in JSON, in metrics and in webhook messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::FinishedWithFailures => "finished_with_failures",
            Self::Failed => "failed",
            Self::InProgress => "in_progress",
            Self::Empty => "empty",
        }
    }
}

/// The number of listed objects by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct StatusCounts {
    /// `NotStarted`.
    pub not_started: usize,
    /// `Migrating`.
    pub migrating: usize,
    /// `Failed`.
    pub failed: usize,
    /// `Finished`.
    pub finished: usize,
    /// Any other status, or none.
    pub other: usize,
    /// No longer listed, whatever the status was; in none of the counts above.
    pub unlisted: usize,
    /// Of those no longer listed, how many were last seen failed.
    #[serde(skip)]
    pub unlisted_failed: u32,
    /// Of those no longer listed, how many were last seen finished.
    #[serde(skip)]
    pub unlisted_finished: u32,
}

impl StatusCounts {
    /// Counts one object.
    pub fn count_object(&mut self, status: Option<&Status>, listed: bool) {
        if !listed {
            self.unlisted += 1;
            self.unlisted_failed += u32::from(status == Some(&Status::Failed));
            self.unlisted_finished += u32::from(status == Some(&Status::Finished));
            return;
        }
        let count = match status {
            Some(Status::NotStarted) => &mut self.not_started,
            Some(Status::Migrating) => &mut self.migrating,
            Some(Status::Failed) => &mut self.failed,
            Some(Status::Finished) => &mut self.finished,
            Some(Status::Other(_)) | None => &mut self.other,
        };
        *count += 1;
    }

    /// Listed objects in all statuses.
    #[must_use]
    pub fn listed_objects(&self) -> usize {
        self.not_started + self.migrating + self.failed + self.finished + self.other
    }
}

/// The counts that decide the verdict: objects of structure, constraint and data. Sync rows continue after the
/// initialization, so only their failures count. A failure stands though its object is listed no longer; other
/// objects that are not listed count only where none is, as after the release of a job.
#[must_use]
pub fn initialization_counts(counts: &[StatusCounts; 4]) -> StatusCounts {
    let [structure, constraint, data, sync] = counts;
    let mut all = StatusCounts::default();
    for phase in [structure, constraint, data] {
        all.not_started += phase.not_started;
        all.migrating += phase.migrating;
        all.failed += phase.failed + phase.unlisted_failed as usize;
        all.finished += phase.finished;
        all.other += phase.other;
        all.unlisted += phase.unlisted;
        all.unlisted_finished += phase.unlisted_finished;
    }
    if all.listed_objects() == 0 {
        all.finished = all.unlisted_finished as usize;
    }
    all.failed += sync.failed + sync.unlisted_failed as usize;
    all
}

/// Whether the latest complete snapshots brought no changes, given the changes of each, newest first. Looks at the
/// last two; the very first snapshot, which sees every object for the first time, does not count.
pub fn no_recent_changes(changes: impl IntoIterator<Item = u64>) -> bool {
    /// One snapshot without changes may lie between the end of one object and the start of the next.
    const SNAPSHOTS: usize = 2;
    let latest: Vec<_> = changes.into_iter().take(SNAPSHOTS + 1).collect();
    let after_first = latest.len().saturating_sub(1).min(SNAPSHOTS);
    latest[..after_first].iter().all(|changes| *changes == 0)
}
