//! Stalls that are over, and the division of the job's time.

use super::{MINUTE_MS, analysis, history, minute, object, snapshot};
use crate::history::analysis::{Analysis, Window, analyse};
use crate::history::figures::stalls::StallCause;
use crate::history::figures::time_lost::TimeUse;
use crate::history::{ObjectHistory, Outcome};
use crate::model::Phase;

/// A table with these counts at these minutes, seen until `last`; the last count finishes it.
fn table(name: &str, counts: &[(i64, i64)], last: i64) -> ObjectHistory {
    let (end, begun) = counts.split_last().unwrap();
    let mut changes: Vec<_> = begun.iter().map(|(at, rows)| (*at, "Migrating", Some(*rows))).collect();
    changes.push((end.0, "Finished", Some(end.1)));
    object(Phase::Data, name, last, &changes)
}

/// Steady until minute 5, still until minute 25, steady again until minute 30.
fn interrupted(name: &str) -> ObjectHistory {
    let steps = (0..=5).map(|at| (at, at * 50)).chain((26..=30).map(|at| (at, 300 + (at - 26) * 50)));
    table(name, &steps.collect::<Vec<_>>(), 30)
}

fn steady(name: &str) -> ObjectHistory {
    table(name, &(0..=30).map(|at| (at, at * 30)).collect::<Vec<_>>(), 30)
}

type Told = (StallCause, Option<usize>, i64, Option<i64>, i64);

fn told(analysis: &Analysis) -> Vec<Told> {
    let minutes = |ms: i64| ms / MINUTE_MS;
    let intervals = analysis.stall_intervals.iter();
    intervals
        .map(|it| (it.cause, it.table, minutes(it.from_ms), it.to_ms.map(minutes), minutes(it.duration_ms)))
        .collect()
}

/// Minutes of each use that has any. The sum is the whole.
fn shares(analysis: &Analysis) -> Vec<(TimeUse, i64)> {
    let whole_ms = analysis.time_shares.iter().map(|it| it.duration_ms).sum::<i64>();
    let ended_ms = analysis.totals.ended.by_ms.or(analysis.coverage.last_at_ms).unwrap();
    assert_eq!(whole_ms, ended_ms - analysis.totals.started.by_ms.unwrap());
    let used = analysis.time_shares.iter().filter(|it| it.duration_ms > 0);
    used.map(|it| (it.time_use, it.duration_ms / MINUTE_MS)).collect()
}

#[test]
fn a_stall_that_is_over_is_an_interval_of_its_table() {
    let analysis = analysis(0..=30, vec![interrupted("a"), steady("b")]);
    assert_eq!(told(&analysis), [(StallCause::TableFrozen, Some(0), 5, Some(25), 20)]);
    assert_eq!(analysis.stalls, [], "nothing stands still now");
    assert_eq!(shares(&analysis), [(TimeUse::SomeTablesStalled, 20), (TimeUse::Copying, 10)]);
}

#[test]
fn a_time_in_which_every_table_stood_still_is_one_interval_of_the_job() {
    let analysis = analysis(0..=30, vec![interrupted("a"), interrupted("b")]);
    // The snapshots of this history hold no changes at all.
    assert_eq!(told(&analysis), [(StallCause::SameReplies, None, 5, Some(25), 20)]);
    assert_eq!(shares(&analysis), [(TimeUse::EverythingStalled, 20), (TimeUse::Copying, 10)]);
}

#[test]
fn a_stall_that_lasts_has_no_end() {
    let mover = |name, until: i64| {
        let changes: Vec<_> = (0..=until).map(|at| (at, "Migrating", Some(at * 10))).collect();
        object(Phase::Data, name, 20, &changes)
    };
    let analysis = analysis(0..=20, vec![mover("a", 4), mover("b", 20)]);
    assert_eq!(told(&analysis), [(StallCause::TableFrozen, Some(0), 4, None, 16)]);
    assert_eq!(analysis.stalls[0].since_ms, minute(4), "the same that is told while it lasts");
}

#[test]
fn a_gap_of_the_recording_is_no_stall_of_a_table() {
    let mut moved = steady("a");
    moved.observations.retain(|seen| !(minute(10)..minute(20)).contains(&seen.observed_at_ms));
    moved.observations[10].previous_observed_at_ms = Some(minute(9));
    let mut gap = history(0..=9, vec![moved]);
    gap.snapshots.extend((20..=30).map(|at| snapshot(at, Outcome::Complete)));
    let analysis = analyse(&gap, Window::default());
    assert_eq!(told(&analysis), [(StallCause::RecorderDown, None, 9, Some(20), 11)]);
    assert_eq!(shares(&analysis), [(TimeUse::RecorderDown, 11), (TimeUse::Copying, 19)]);
}

#[test]
fn rows_done_again_and_waiting_are_parts_of_the_time() {
    let changes = [
        (0, "Migrating", Some(0)),
        (1, "Migrating", Some(300)),
        (2, "Migrating", Some(600)),
        (3, "NotStarted", Some(0)),
        (7, "Migrating", Some(0)),
        (8, "Migrating", Some(500)),
        (9, "Finished", Some(1000)),
    ];
    let analysis = analysis(0..=9, vec![object(Phase::Data, "t", 9, &changes)]);
    // Between the samples of the minutes 6 and 7 it may have been running already.
    assert_eq!(
        shares(&analysis),
        [(TimeUse::RowsDoneAgain, 3), (TimeUse::Waiting, 3), (TimeUse::Copying, 3)]
    );
}

#[test]
fn a_standstill_begins_anew_with_a_restart() {
    let mut counts: Vec<_> = (0..=20).map(|at| (at, "Migrating", Some(at * 40))).collect();
    // A restart, and no rise of the new attempt for three minutes so far.
    counts.push((21, "Migrating", Some(0)));
    let table = object(Phase::Data, "t", 24, &counts);
    assert_eq!(analysis(0..=24, vec![table.clone()]).stalls, []);
    let late = ObjectHistory { last_seen_at_ms: minute(27), ..table };
    let stalls = analysis(0..=27, vec![late]).stalls;
    assert_eq!((stalls.len(), stalls[0].since_ms), (1, minute(21)));
}

#[test]
fn a_table_that_tells_its_count_every_eighth_sweep_is_not_frozen() {
    let counts: Vec<_> = (0..=6).map(|nth| (nth * 8, "Migrating", Some(nth * 100))).collect();
    for last in 48..=56 {
        let batches = object(Phase::Data, "t", last, &counts);
        let analysis = analysis(0..=last, vec![batches]);
        assert_eq!(told(&analysis), [], "minute {last}");
        assert_eq!(analysis.stalls, []);
    }
    let frozen = object(Phase::Data, "t", 100, &counts);
    assert_eq!(analysis(0..=100, vec![frozen]).stalls.len(), 1, "five times eight minutes have passed");
}

#[test]
fn a_table_without_counts_is_not_said_to_stand_still() {
    let unknown = object(Phase::Data, "t", 40, &[(0, "Migrating", None)]);
    let analysis = analysis(0..=40, vec![unknown]);
    assert_eq!(told(&analysis), []);
    assert_eq!(analysis.stalls, []);
}
