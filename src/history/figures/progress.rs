//! Progress of the job over time: completion of rows, tables and objects.

use crate::history::{ObjectHistory, Observation, Outcome, Snapshot};
use crate::model::serialize_millis;
use crate::model::{Phase, Status};
use serde::Serialize;

/// At most this many moments: more than this no picture shows.
const MAX_POINTS: usize = 120;

/// The completion of the job at the end of one snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ProgressPoint {
    /// End of the snapshot.
    #[serde(rename = "at", serialize_with = "serialize_millis")]
    pub at_ms: i64,
    /// Finished rows of the listed tables that give both numbers, of their estimated total.
    pub rows: Completion,
    /// Finished tables, of those listed.
    pub tables: Completion,
    /// Finished structure objects and constraints, of those listed.
    pub objects: Completion,
}

/// So many of so many.
/// Wide enough that no counts from outside can overflow a sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Completion {
    /// What is done.
    pub done: i128,
    /// All there is, as it was known then.
    #[serde(rename = "all")]
    pub total: i128,
}

impl Completion {
    /// Done over all, which may exceed 1 if the whole is an estimate; `None` if there is nothing to do.
    #[must_use]
    pub fn ratio(self) -> Option<f64> {
        (self.total > 0).then(|| self.done as f64 / self.total as f64)
    }
}

/// The progress from the snapshot before the first change to that of the last one, or to the last snapshot while
/// something is not at its end: at most 120 snapshots, evenly chosen.
#[must_use]
pub fn progress_points(objects: &[&ObjectHistory], snapshots: &[Snapshot]) -> Vec<ProgressPoint> {
    let moments = snapshots_with_progress(objects, snapshots);
    let mut counts = vec![[Completion::default(); 3]; moments.len()];
    for object in objects.iter().filter(|it| it.key.phase != Phase::Sync) {
        let is_table = object.key.phase == Phase::Data;
        let mut before = [Completion::default(); 3];
        for seen in &object.observations {
            let now = if is_table {
                table_completion(seen)
            } else {
                [Completion::default(), Completion::default(), object_completion(seen)]
            };
            // A row counts from the first of these snapshots that could see it.
            let from = moments.partition_point(|at_ms| *at_ms < seen.observed_at_ms);
            if let Some(counts) = counts.get_mut(from) {
                for (count, (now, before)) in counts.iter_mut().zip(now.into_iter().zip(before)) {
                    count.done += now.done - before.done;
                    count.total += now.total - before.total;
                }
            }
            before = now;
        }
    }
    let mut sums = [Completion::default(); 3];
    let standing = |(at_ms, counts): (&i64, &[Completion; 3])| {
        for (sum, count) in sums.iter_mut().zip(counts) {
            sum.done += count.done;
            sum.total += count.total;
        }
        let [rows, tables, objects] = sums;
        ProgressPoint { at_ms: *at_ms, rows, tables, objects }
    };
    moments.iter().zip(&counts).map(standing).collect()
}

fn table_completion(seen: &Observation) -> [Completion; 3] {
    let rows = match (seen.listed, seen.state.finished_rows, seen.state.total_rows) {
        (true, Some(done), Some(all)) => Completion { done: i128::from(done), total: i128::from(all) },
        _ => Completion::default(),
    };
    [rows, object_completion(seen), Completion::default()]
}

fn object_completion(seen: &Observation) -> Completion {
    let finished = seen.listed && seen.state.status == Some(Status::Finished);
    Completion { done: i128::from(finished), total: i128::from(seen.listed) }
}

/// The ends of the snapshots in which the job progressed.
fn snapshots_with_progress(objects: &[&ObjectHistory], snapshots: &[Snapshot]) -> Vec<i64> {
    let complete = snapshots.iter().filter(|it| it.outcome == Outcome::Complete);
    let complete: Vec<i64> = complete.map(|it| it.finished_at_ms).collect();
    let watched = || objects.iter().filter(|it| it.key.phase != Phase::Sync);
    let changes = || watched().flat_map(|it| &it.observations);
    let first_ms = changes().filter_map(|seen| seen.previous_observed_at_ms).min();
    let last_ms = changes().map(|seen| seen.observed_at_ms).max();
    let (Some(last_ms), Some(newest_ms)) = (last_ms, complete.last()) else { return Vec::new() };
    let at_its_end = |it: &&ObjectHistory| {
        it.observations.last().is_none_or(|seen| {
            !seen.listed || matches!(seen.state.status, Some(Status::Finished | Status::Failed))
        })
    };
    let to_ms = if watched().all(at_its_end) { last_ms } else { *newest_ms };
    let from = complete.partition_point(|at_ms| *at_ms < first_ms.unwrap_or(last_ms));
    let to = complete.partition_point(|at_ms| *at_ms < to_ms).min(complete.len() - 1);
    let Some(last) = to.checked_sub(from) else { return complete[to..=to].to_vec() };
    let steps = last.min(MAX_POINTS - 1);
    (0..=steps).map(|step| complete[from + last * step / steps.max(1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::tests::{history, minute, object};

    fn shares(objects: Vec<ObjectHistory>) -> Vec<(i64, Completion, Completion, Completion)> {
        let history = history(0..=9, objects);
        let standings = progress_points(&history.objects.iter().collect::<Vec<_>>(), &history.snapshots);
        standings.into_iter().map(|it| (it.at_ms / minute(1), it.rows, it.tables, it.objects)).collect()
    }

    fn share(done: i128, all: i128) -> Completion {
        Completion { done, total: all }
    }

    #[test]
    fn nothing_and_one_moment() {
        assert_eq!(shares(Vec::new()), []);
        let done = object(Phase::Data, "t", 9, &[(0, "Finished", Some(1000))]);
        let none = Completion::default();
        assert_eq!(shares(vec![done]), [(0, share(1000, 1000), share(1, 1), none)]);
    }

    #[test]
    fn each_kind_is_counted_for_itself_from_first_to_last_change() {
        let table = [(0, "NotStarted", Some(0)), (3, "Migrating", Some(400)), (5, "Finished", Some(1000))];
        let view = [(0, "NotStarted", None), (4, "Finished", None)];
        let objects = vec![object(Phase::Data, "t", 9, &table), object(Phase::Structure, "v", 9, &view)];
        let (waits, works) = (share(0, 1), share(1, 1));
        assert_eq!(
            shares(objects),
            [
                (2, share(0, 1000), waits, waits),
                (3, share(400, 1000), waits, waits),
                (4, share(400, 1000), waits, works),
                (5, share(1000, 1000), works, works),
            ]
        );
    }

    #[test]
    fn a_restart_falls_and_a_running_job_is_shown_to_its_last_snapshot() {
        let table = [(1, "Migrating", Some(900)), (4, "Migrating", Some(10))];
        let rows: Vec<_> = shares(vec![object(Phase::Data, "t", 9, &table)])
            .into_iter()
            .map(|(at, rows, ..)| (at, rows.done))
            .collect();
        assert_eq!(rows, [(3, 900), (4, 10), (5, 10), (6, 10), (7, 10), (8, 10), (9, 10)]);
    }

    #[test]
    fn the_last_standing_is_that_of_the_totals() {
        let tables = [("a", 1000), ("b", 700)].map(|(name, rows)| {
            object(Phase::Data, name, 9, &[(0, "Migrating", Some(0)), (6, "Migrating", Some(rows))])
        });
        let analysis = crate::history::tests::analysis(0..=9, tables.into());
        let last = analysis.progress.last().expect("one");
        assert_eq!(
            (last.rows.done, last.rows.total),
            (analysis.totals.finished_rows_with_total, analysis.totals.total_rows)
        );
    }

    #[test]
    fn numbers_without_sense_do_not_overflow() {
        let huge = |name| object(Phase::Data, name, 9, &[(0, "Migrating", Some(i64::MAX))]);
        assert_eq!(shares(vec![huge("a"), huge("b")])[0].1.done, 2 * i128::from(i64::MAX));
    }
}
