//! Properties of merged rows.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::history::ObjectHistory;
use crate::history::figures::throughput::{CopyAttempt, Rate, copy_attempts};
use crate::history::figures::times::status_spans;
use crate::history::figures::transitions::{object_failures, status_transitions};
use crate::history::forecast::estimates::revisions;
use crate::model::{ObjectKey, Phase, Status};

/// One sample: seconds since the one before, of which so many were unchanged sightings; a rise or another count;
/// sometimes another status, total, error or listing.
fn step() -> impl Strategy<Value = (i64, i64, Option<i64>, u8, String)> {
    let rows = prop_oneof![6 => (0..500_i64).prop_map(Some), 2 => Just(Some(0)), 1 => (-9000..-1_i64).prop_map(Some), 1 => Just(None)];
    let odd = prop_oneof![20 => Just(0_u8), 4 => 1..6_u8];
    (1..400_i64, 0..300_i64, rows, odd, "[0-9]{1,2}")
}

fn timeline(steps: Vec<(i64, i64, Option<i64>, u8, String)>) -> ObjectHistory {
    let key = ObjectKey {
        phase: Phase::Data,
        source_db: "shop".to_owned(),
        destination_db: "shop".to_owned(),
        object_type: None,
        parent_name: None,
        object_name: "orders".to_owned(),
    };
    let mut observations: Vec<Observation> = Vec::new();
    let (mut at_ms, mut count) = (1_000_000, 0_i64);
    let mut state = ObjectState { status: Some(Status::Migrating), ..ObjectState::default() };
    let mut listed = true;
    for (snapshot_id, (seconds, unchanged, rows, odd, used)) in (1..).zip(steps) {
        let before_ms = at_ms;
        at_ms += seconds * 1000;
        count = (count + rows.unwrap_or(0)).max(0);
        state.finished_rows = rows.map(|_| count);
        state.used_time = Some(used);
        match odd {
            1 => state.status = Some(Status::Failed),
            2 => state.status = Some(Status::Migrating),
            3 => state.total_rows = Some(seconds * 100),
            4 => state.error_message = Some(format!("error {seconds}")),
            5 => listed = !listed,
            _ => {}
        }
        observations.push(Observation {
            snapshot_id,
            observed_at_ms: at_ms,
            previous_observed_at_ms: (snapshot_id > 1)
                .then_some(before_ms + unchanged.min(seconds - 1) * 1000),
            state: state.clone(),
            listed,
        });
    }
    let first_seen_at_ms = observations.first().map_or(0, |seen| seen.observed_at_ms);
    ObjectHistory { key, first_seen_at_ms, last_seen_at_ms: at_ms, observations }
}

/// The history as the store leaves it.
fn thinned(object: &ObjectHistory, bucket_ms: i64) -> ObjectHistory {
    let mut object = object.clone();
    for RowMerge { first_index: from, last_index: into } in
        plan_merges(&object.observations, bucket_ms).into_iter().rev()
    {
        object.observations[into].previous_observed_at_ms = object.observations[from].previous_observed_at_ms;
        object.observations.drain(from..into);
    }
    object
}

fn rows(attempt: &CopyAttempt) -> i64 {
    attempt.rates.iter().map(|rate| rate.rows).sum()
}

fn peak(attempts: &[CopyAttempt]) -> f64 {
    attempts.iter().flat_map(|it| &it.rates).map(Rate::rows_per_second).fold(0.0, f64::max)
}

proptest! {
    #[test]
    fn what_is_no_rate_stays_as_it_was(steps in vec(step(), 1..120), minutes in 1..30_i64) {
        let whole = timeline(steps);
        let thin = thinned(&whole, minutes * 60_000);
        prop_assert_eq!(status_spans(&whole), status_spans(&thin));
        prop_assert_eq!(object_failures(&whole), object_failures(&thin));
        prop_assert_eq!(status_transitions(&whole).collect::<Vec<_>>(), status_transitions(&thin).collect::<Vec<_>>());
        prop_assert_eq!(revisions(&whole.observations), revisions(&thin.observations));
        prop_assert_eq!(whole.observations.first(), thin.observations.first());
        prop_assert_eq!(whole.observations.last(), thin.observations.last());
    }

    #[test]
    fn every_attempt_keeps_its_rows_and_its_ends(steps in vec(step(), 1..120), minutes in 1..30_i64) {
        let whole = copy_attempts(&timeline(steps.clone()).observations);
        let thin = copy_attempts(&thinned(&timeline(steps), minutes * 60_000).observations);
        prop_assert_eq!(whole.len(), thin.len());
        for (whole, thin) in whole.iter().zip(&thin) {
            prop_assert_eq!(rows(whole), rows(thin));
            let without_rates = |it: &CopyAttempt| CopyAttempt { rates: Vec::new(), ..it.clone() };
            prop_assert_eq!(without_rates(whole), without_rates(thin));
            let ends = |it: &CopyAttempt| (it.rates.first().map(|it| it.from_ms), it.rates.last().map(|it| it.to_ms));
            prop_assert_eq!(ends(whole), ends(thin));
        }
    }

    /// A merged rate begins where one began and ends where a row stood, holds exactly the rows between, and lies
    /// after the one before it: no row is counted twice, and no rate is higher than those that it was made of.
    #[test]
    fn a_merged_rate_is_the_exact_difference_over_the_exact_time(steps in vec(step(), 1..120), minutes in 1..30_i64) {
        let whole = timeline(steps);
        let thin = thinned(&whole, minutes * 60_000);
        let (before, after) = (copy_attempts(&whole.observations), copy_attempts(&thin.observations));
        prop_assert!(peak(&after) <= peak(&before));
        for (before, after) in before.iter().zip(&after) {
            for rate in &after.rates {
                let inside = before.rates.iter().filter(|it| rate.from_ms <= it.from_ms && it.to_ms <= rate.to_ms);
                prop_assert_eq!(inside.map(|it| it.rows).sum::<i64>(), rate.rows);
                prop_assert!(whole.observations.iter().any(|it| it.previous_observed_at_ms == Some(rate.from_ms)));
                prop_assert!(whole.observations.iter().any(|it| it.observed_at_ms == rate.to_ms));
            }
            prop_assert!(after.rates.windows(2).all(|pair| pair[0].to_ms <= pair[1].from_ms));
        }
    }

    #[test]
    fn the_latest_rates_stay_as_they_were(steps in vec(step(), 1..120), minutes in 1..30_i64) {
        let latest = |object: &ObjectHistory| {
            let rates: Vec<Rate> = copy_attempts(&object.observations).into_iter().flat_map(|it| it.rates).collect();
            rates[rates.len().saturating_sub(KEPT_LATEST_RISES)..].to_vec()
        };
        let whole = timeline(steps);
        prop_assert_eq!(latest(&whole), latest(&thinned(&whole, minutes * 60_000)));
    }

    /// Once is enough, and in two steps it is the same as in one.
    #[test]
    fn thinning_again_changes_nothing(steps in vec(step(), 1..120), minutes in 1..10_i64) {
        let whole = timeline(steps);
        let (fine_ms, coarse_ms) = (minutes * 60_000, minutes * 180_000);
        let fine = thinned(&whole, fine_ms);
        prop_assert_eq!(plan_merges(&fine.observations, fine_ms), vec![]);
        prop_assert_eq!(thinned(&fine, coarse_ms), thinned(&whole, coarse_ms));
    }
}

#[test]
fn a_long_steady_copy_leaves_one_row_a_bucket() {
    let steady = timeline((0..1000).map(|_| (30, 0, Some(10), 0, "1".to_owned())).collect());
    let thin = thinned(&steady, 600_000);
    // 30,000 s are 50 buckets and the beginning of one; the first row and the newest eight stay besides.
    assert!((58..=61).contains(&thin.observations.len()), "{}", thin.observations.len());
    let rates = &copy_attempts(&thin.observations)[0].rates;
    assert!(rates.iter().all(|rate| (rate.rows_per_second() - 10.0 / 30.0).abs() < 1e-9), "{rates:?}");
}

#[test]
fn a_short_history_is_left_alone() {
    let short = timeline((0..KEPT_LATEST_RISES).map(|_| (1, 0, Some(10), 0, "1".to_owned())).collect());
    assert_eq!(plan_merges(&short.observations, 600_000), []);
    assert_eq!(plan_merges(&[], 600_000), []);
}
