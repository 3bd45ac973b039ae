//! The ledger of estimates: the vendor's total of each table may be revised, and turns out right or wrong.

use crate::history::Observation;
use crate::model::serialize_millis;
use crate::model::{ObjectState, Status};
use serde::Serialize;

/// Final ratios outside of this range are reported.
const MIN_RATIO: f64 = 0.95;
const MAX_RATIO: f64 = 1.10;

/// The estimated total of a table changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Revision {
    /// The observation that saw it.
    #[serde(rename = "at", serialize_with = "serialize_millis")]
    pub at_ms: i64,
    /// The total before; `None` if it was unknown.
    pub from: Option<i64>,
    /// The total after; `None` if it is unknown now.
    pub to: Option<i64>,
}

/// Every revision of the total, oldest first. The first total is none.
#[must_use]
pub fn revisions(observations: &[Observation]) -> Vec<Revision> {
    let pairs = observations.windows(2).filter(|pair| pair[0].state.total_rows != pair[1].state.total_rows);
    pairs
        .map(|pair| Revision {
            at_ms: pair[1].observed_at_ms,
            from: pair[0].state.total_rows,
            to: pair[1].state.total_rows,
        })
        .collect()
}

/// Whether a finished table shows that its estimate was wrong: rows without an estimate of any, or a ratio
/// outside of 0.95 to 1.10. Of a table without numbers, or one that is not finished, nothing can be said.
#[must_use]
pub fn is_misjudged(state: &ObjectState) -> bool {
    match (&state.status, state.finished_rows, state.total_rows) {
        (Some(Status::Finished), Some(done), Some(0)) => done > 0,
        (Some(Status::Finished), Some(done), Some(total)) => {
            !(MIN_RATIO..=MAX_RATIO).contains(&(done as f64 / total as f64))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_may_differ_by_a_little() {
        let told = |status, done, total| {
            is_misjudged(&ObjectState {
                status: Some(Status::from(status)),
                finished_rows: done,
                total_rows: total,
                ..ObjectState::default()
            })
        };
        for (done, wrong) in [(949, true), (950, false), (1100, false), (1101, true), (0, true)] {
            assert_eq!(told("Finished", Some(done), Some(1000)), wrong, "{done}");
            assert!(!told("Migrating", Some(done), Some(1000)), "it is not over");
        }
        assert!(told("Finished", Some(1), Some(0)));
        assert!(!told("Finished", Some(0), Some(0)));
        assert!(!told("Finished", None, Some(5)) && !told("Finished", Some(5), None));
    }
}
