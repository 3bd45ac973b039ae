//! The state of one table as known at one moment.

use super::eta::Eta;
use crate::history::figures::throughput::{CopyAttempt, Rate, stall_threshold_ms};
use crate::history::quality::coverage::{Gap, recorded_ms};
use crate::history::{ObjectHistory, Observation};
use crate::model::Status;

/// No forecast for a table before this share of its total is copied.
const MIN_RATIO: f64 = 0.01;

/// A table with its attempts.
#[derive(Debug, Clone, Copy)]
pub struct TableHistory<'a> {
    /// The change rows of the table.
    pub timeline: &'a ObjectHistory,
    /// All its attempts.
    pub attempts: &'a [CopyAttempt],
}

impl<'a> TableHistory<'a> {
    /// The last observation until this moment; `None` if the table had not been seen or was not listed then.
    pub(super) fn observation_at(&self, at_ms: i64) -> Option<&'a Observation> {
        let kept = self.timeline.observations.partition_point(|seen| seen.observed_at_ms <= at_ms);
        self.timeline.observations[..kept].last().filter(|seen| seen.listed)
    }

    /// The rates of the attempt that was the current one at this moment, until then.
    pub(super) fn rates_at(&self, at_ms: i64) -> &'a [Rate] {
        let begun = self.attempts.partition_point(|attempt| attempt.from_ms <= at_ms);
        self.attempts[..begun].last().map_or(&[], |attempt| {
            let kept = attempt.rates.partition_point(|rate| rate.to_ms <= at_ms);
            &attempt.rates[..kept]
        })
    }

    /// When the table was last seen until this moment.
    pub(super) fn last_seen_ms(&self, at_ms: i64) -> i64 {
        self.timeline.last_seen_at_ms.min(at_ms)
    }

    /// When the table was first seen to have begun.
    pub(super) fn begun_ms(&self) -> i64 {
        let begun = |it: &&Observation| it.state.status != Some(Status::NotStarted);
        let first = self.timeline.observations.iter().find(begun);
        first.map_or(self.timeline.first_seen_at_ms, |it| it.observed_at_ms)
    }

    /// Why the table has no range at this moment; `None` if it can have one. Time in `gaps` of the recording does not
    /// count as a stall.
    pub(super) fn no_range(&self, seen: &Observation, at_ms: i64, gaps: &[Gap]) -> Option<Eta> {
        let state = &seen.state;
        match &state.status {
            Some(Status::Finished) => return Some(Eta::Done),
            Some(Status::Failed) => return Some(Eta::Failed),
            Some(Status::Migrating) => {}
            _ => return Some(Eta::NotYet),
        }
        let counts = state.finished_rows.zip(state.total_rows.filter(|total| *total > 0));
        let Some((done, total)) = counts else { return Some(Eta::Unknown) };
        if done >= total {
            return Some(Eta::Due);
        }
        let rates = self.rates_at(at_ms);
        let Some(threshold_ms) = stall_threshold_ms(rates) else { return Some(Eta::NotYet) };
        let last_seen_ms = self.last_seen_ms(at_ms);
        let last_rise_ms = rates.last().map_or(last_seen_ms, |rate| rate.to_ms);
        if recorded_ms(last_rise_ms, last_seen_ms, gaps) > threshold_ms {
            return Some(Eta::StalledSince(last_rise_ms));
        }
        ((done as f64 / total as f64) < MIN_RATIO).then_some(Eta::NotYet)
    }
}
