//! Worked examples of what the history shows beyond the latest figures: stalls, wrong estimates, the long
//! tail, and forecasts that are judged.

use super::{MINUTE_MS, analysis, history, minute, object, snapshot};
use crate::history::analysis::{Analysis, Window, analyse};
use crate::history::figures::concurrency::LongTail;
use crate::history::figures::stalls::{Stall, StallCause};
use crate::history::forecast::estimates::Revision;
use crate::history::forecast::eta::Eta;
use crate::history::{History, ObjectHistory, Outcome};
use crate::model::Phase;

/// A table of 1,000 rows that gets 60 rows a minute from `from` to `until`, and then nothing.
fn mover(name: &str, from: i64, until: i64, last: i64) -> ObjectHistory {
    let changes: Vec<_> = (from..=until).map(|at| (at, "Migrating", Some((at - from) * 60))).collect();
    object(Phase::Data, name, last, &changes)
}

fn told(analysis: &Analysis) -> Vec<(StallCause, i64, Vec<usize>)> {
    let told = |it: &Stall| (it.cause, it.since_ms / MINUTE_MS, it.tables.clone());
    analysis.stalls.iter().map(told).collect()
}

/// As many changes in each snapshot as there are observations.
fn with_changes(mut history: History) -> Analysis {
    for snapshot in &mut history.snapshots {
        let of_snapshot = |it: &&crate::history::Observation| it.snapshot_id == snapshot.id;
        let all = history.objects.iter().flat_map(|it| &it.observations);
        snapshot.changes = all.filter(of_snapshot).count() as u64;
    }
    analyse(&history, Window::default())
}

#[test]
fn a_table_that_stands_still_while_others_move_is_told_from_everything_standing_still() {
    let one = history(0..=12, vec![mover("a", 0, 4, 12), mover("b", 0, 12, 12)]);
    assert_eq!(told(&with_changes(one)), [(StallCause::TableFrozen, 4, vec![0])]);

    let view = object(Phase::Structure, "v", 12, &[(0, "Migrating", None), (11, "Finished", None)]);
    let all = history(0..=12, vec![mover("a", 0, 4, 12), mover("b", 0, 5, 12), view]);
    assert_eq!(told(&with_changes(all)), [(StallCause::EverythingFrozen, 5, vec![0, 1])]);

    let same = history(0..=12, vec![mover("a", 0, 4, 12), mover("b", 0, 5, 12)]);
    assert_eq!(
        told(&with_changes(same)),
        [(StallCause::EverythingFrozen, 5, vec![0, 1])],
        "b moved after a stood still"
    );
    let same = history(0..=12, vec![mover("a", 0, 5, 12), mover("b", 0, 5, 12)]);
    assert_eq!(told(&with_changes(same)), [(StallCause::SameReplies, 5, vec![0, 1])]);

    let soon = history(0..=9, vec![mover("a", 0, 4, 9)]);
    assert_eq!(told(&with_changes(soon)), [], "five times the usual step has not passed");
}

#[test]
fn rows_that_are_done_without_an_end_are_told() {
    let changes = [(0, "Migrating", Some(0)), (1, "Migrating", Some(600)), (2, "Migrating", Some(1000))];
    let done = analysis(0..=9, vec![object(Phase::Data, "t", 9, &changes)]);
    assert_eq!(told(&done), [(StallCause::RowsDone, 2, vec![0])]);
}

#[test]
fn a_recorder_that_was_down_is_no_stall() {
    let mut down = history(0..=5, vec![mover("a", 0, 5, 20)]);
    down.snapshots.push(snapshot(20, Outcome::Complete));
    let down = analyse(&down, Window::default());
    assert_eq!(told(&down), [(StallCause::RecorderDown, 5, vec![])]);
    assert!(matches!(down.tables[0].eta, Eta::Between { .. }), "{:?}", down.tables[0].eta);

    let mut failing = history(0..=5, vec![mover("a", 0, 5, 5)]);
    failing.snapshots.push(snapshot(6, Outcome::Failed));
    assert_eq!(told(&analyse(&failing, Window::default())), [(StallCause::RecorderDown, 5, vec![])]);

    let mut over = history(0..=5, vec![object(Phase::Data, "t", 5, &[(0, "Finished", Some(1))])]);
    over.snapshots.push(snapshot(6, Outcome::Failed));
    assert_eq!(told(&analyse(&over, Window::default())), [], "there is nothing left to miss");
}

#[test]
fn every_change_of_a_total_is_in_the_ledger() {
    let mut table = mover("t", 0, 3, 3);
    table.observations[1].state.total_rows = None;
    table.observations[2].state.total_rows = Some(500);
    table.observations[3].state.total_rows = Some(500);
    let revisions = crate::history::forecast::estimates::revisions(&table.observations);
    assert_eq!(
        revisions,
        [
            Revision { at_ms: minute(1), from: Some(1000), to: None },
            Revision { at_ms: minute(2), from: None, to: Some(500) },
        ]
    );
}

#[test]
fn the_long_tail_names_the_tables_that_decided_the_end() {
    let run = |name, from, to| {
        object(
            Phase::Data,
            name,
            20,
            &[(0, "NotStarted", Some(0)), (from, "Migrating", Some(1)), (to, "Finished", Some(1000))],
        )
    };
    let tables = vec![run("a", 1, 5), run("b", 1, 6), run("c", 1, 7), run("d", 2, 19)];
    let analysis = analysis(0..=20, tables);
    let concurrency = analysis.concurrency;
    assert_eq!(concurrency.peak_tables, 4);
    // Each was last seen migrating a minute before it was seen finished; c and d make half of the four.
    assert_eq!(
        concurrency.long_tail,
        Some(LongTail { from_ms: minute(6), to_ms: minute(18), tables: vec![3] })
    );
    assert!(
        (concurrency.mean_tables - (3.0 + 4.0 * 2.0 + 3.0 + 2.0 + 12.0) / 17.0).abs() < 1e-9,
        "{}",
        concurrency.mean_tables
    );
    let alone = super::analysis(0..=20, vec![run("a", 1, 19)]);
    assert_eq!(alone.concurrency.long_tail, None, "one table is no tail");
}

#[test]
fn a_steady_copy_was_forecast_well_and_one_that_slowed_down_was_not() {
    let table = |rows: &dyn Fn(i64) -> i64, end: i64| {
        let mut changes = vec![(0, "NotStarted", Some(0))];
        changes.extend((1..end).map(|at| (at, "Migrating", Some(rows(at)))));
        changes.push((end, "Finished", Some(1000)));
        analysis(0..=end, vec![object(Phase::Data, "t", end, &changes)])
    };
    let steady = table(&|at| at * 50, 20);
    let errors: Vec<_> = steady.forecast_scores.iter().map(|it| (it.percent, it.error_ms)).collect();
    assert_eq!(errors, [(25, Some(0)), (50, Some(0)), (75, Some(0))]);

    let slower = table(&|at| if at < 31 { at * 30 } else { 870 + at }, 60);
    assert!(slower.forecast_scores[0].error_ms > Some(0), "the end came later: {:?}", slower.forecast_scores);
    assert_eq!(analysis(0..=3, vec![mover("t", 0, 3, 3)]).forecast_scores, [], "the end has not come");
}

/// The same table, of which nobody estimated the total.
fn without_estimate(mut table: ObjectHistory) -> ObjectHistory {
    for seen in &mut table.observations {
        seen.state.total_rows = None;
    }
    table
}

#[test]
fn a_table_without_an_estimate_leaves_a_forecast_of_the_others() {
    let run = |name, end| {
        let mut changes = vec![(0, "NotStarted", Some(0))];
        changes.extend((1..end).map(|at| (at, "Migrating", Some(at * 50))));
        changes.push((end, "Finished", Some(1000)));
        object(Phase::Data, name, 40, &changes)
    };
    let objects = || vec![run("a", 20), without_estimate(run("b", 40))];
    let until = |minutes| {
        let window = Window { from_ms: None, to_ms: Some(minute(minutes)) };
        analyse(&history(0..=40, objects()), window).totals.eta
    };
    let Some(Eta::NotBefore { range, without_estimate: 1 }) = until(10) else { panic!("{:?}", until(10)) };
    assert!((minute(18)..=minute(22)).contains(&range.likely_ms), "the other goes on at its rate: {range:?}");
    assert_eq!(until(25), Some(Eta::Unknown), "nothing else is left");
    let scores = analyse(&history(0..=40, objects()), Window::default()).forecast_scores;
    // The end came with the table that was not in the forecast; after that nobody could tell.
    let errors: Vec<_> = scores.iter().map(|it| (it.percent, it.error_ms)).collect();
    let [(25, Some(error_ms)), (50, None), (75, None)] = errors[..] else { panic!("{errors:?}") };
    assert!(error_ms > 15 * MINUTE_MS, "{error_ms}");
}

#[test]
fn a_forecast_of_the_past_is_what_was_said_then() {
    let objects = || {
        vec![
            mover("a", 0, 16, 30),
            mover("b", 4, 20, 30),
            mover("c", 9, 21, 30),
            without_estimate(mover("d", 12, 18, 30)),
        ]
    };
    let whole = analyse(&history(0..=30, objects()), Window::default());
    assert_eq!(whole.forecasts.len(), 31);
    assert_eq!(whole.forecasts.last().map(|it| it.eta), whole.totals.eta);
    for forecast in &whole.forecasts {
        let then = Window { from_ms: None, to_ms: Some(forecast.at_ms) };
        let said = analyse(&history(0..=30, objects()), then);
        assert_eq!(said.totals.eta, Some(forecast.eta), "minute {}", forecast.at_ms / MINUTE_MS);
    }
}

#[test]
fn figures_that_rest_on_a_gap_are_marked() {
    let changes = [(0, "Migrating", Some(0)), (3, "Migrating", Some(90)), (20, "Finished", Some(1000))];
    let mut table = object(Phase::Data, "t", 20, &changes);
    table.observations[2].previous_observed_at_ms = Some(minute(5));
    let mut gap = history(0..=5, vec![table, object(Phase::Data, "u", 20, &[(2, "Finished", Some(1))])]);
    gap.snapshots.push(snapshot(20, Outcome::Complete));
    let marked: Vec<_> =
        analyse(&gap, Window::default()).tables.iter().map(|it| it.quality.rests_on_gap()).collect();
    assert_eq!(marked, [true, false]);
}
