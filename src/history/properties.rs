//! Properties of `diff` and the figures, for arbitrary histories.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::diff::{BaselineObject, Presence, apply_diff, diff, diff_changed_pages};
use super::{ObjectHistory, Observation};
use crate::history::figures::throughput::copy_attempts;
use crate::history::page_digest::UnchangedPages;
use crate::history::page_folding::page_digests;
use crate::model::{ObjectKey, ObjectState, Page, Phase, Reading, Source, Status, Sweep};

/// A few names only, so that rows meet, vanish, return and are overloaded.
fn reading() -> impl Strategy<Value = Reading> {
    let phase = prop::sample::select(Phase::ALL.to_vec());
    let status = prop::sample::select(vec!["NotStarted", "Migrating", "Failed", "Finished", "Odd"]);
    let text = prop::option::of(prop::sample::select(vec!["one", "two"]));
    (phase, 0..3_u8, prop::option::of(status), prop::option::of(0..9_i64), text.clone(), text).prop_map(
        |(phase, name, status, finished_rows, error, definition)| {
            let with_ddl = matches!(phase, Phase::Structure | Phase::Constraint);
            Reading {
                key: ObjectKey {
                    phase,
                    source_db: "shop".to_owned(),
                    destination_db: "shop".to_owned(),
                    object_type: with_ddl.then(|| "Function".to_owned()),
                    parent_name: (phase == Phase::Constraint).then(|| "orders".to_owned()),
                    object_name: format!("t{name}"),
                },
                state: ObjectState {
                    status: status.map(Status::from),
                    finished_rows: finished_rows.filter(|_| phase == Phase::Data),
                    error_message: error.map(str::to_owned),
                    definition: definition.filter(|_| with_ddl).map(str::to_owned),
                    ..ObjectState::default()
                },
            }
        },
    )
}

/// The n-th sweep of a job: pages that arrive one after the other, in an hour of its own.
fn sweep(hour: i64) -> impl Strategy<Value = Sweep> {
    vec(vec(reading(), 0..5), 1..4).prop_map(move |pages| {
        let started_at_ms = hour * 3_600_000;
        let pages: Vec<Page> = (1..)
            .zip(pages)
            .map(|(number, readings)| Page {
                number,
                arrived_at_ms: started_at_ms + i64::from(number) * 250,
                readings,
            })
            .collect();
        Sweep {
            source: Source::Api,
            started_at_ms,
            finished_at_ms: pages.last().map_or(started_at_ms, |page| page.arrived_at_ms),
            page_count: u32::try_from(pages.len()).unwrap(),
            torn: false,
            pages,
        }
    })
}

/// An edit of a job between two sweeps: the kind, the page, the row, and a new row.
type Edit = (u8, usize, usize, Reading);

/// Sweeps of a job of which each is much like the one before: most pages say again what they said.
pub(crate) fn much_alike() -> impl Strategy<Value = Vec<Sweep>> {
    let edit = (0..10_u8, 0..60_usize, 0..4_usize, reading());
    let then = vec((vec(edit, 0..3), any::<bool>()), 1..8);
    (vec(vec(reading(), 0..4), 1..5), then).prop_map(|(mut pages, then)| {
        let mut sweeps = vec![arrived(1, &pages, false)];
        for (hour, (edits, backwards)) in (2..).zip(then) {
            for edit in edits {
                apply_edit(&mut pages, edit);
            }
            sweeps.push(arrived(hour, &pages, backwards));
        }
        sweeps
    })
}

fn apply_edit(pages: &mut Vec<Vec<Reading>>, (kind, page, row, reading): Edit) {
    let count = pages.len();
    let (page, other) = (page % count, row % count);
    match kind {
        0 => pages[page].push(reading),
        1 if row < pages[page].len() => pages[page][row] = reading,
        2 if row < pages[page].len() => drop(pages[page].remove(row)),
        // The first row of a page goes to the end of another, or stands on both.
        3 if !pages[page].is_empty() => {
            let moved = pages[page].remove(0);
            pages[other].push(moved);
        }
        4 if !pages[page].is_empty() => {
            let copied = pages[page][0].clone();
            pages[other].push(copied);
        }
        5 => pages.swap(page, other),
        // The same names with another definition.
        8 if row < pages[page].len() => {
            let row = &mut pages[page][row];
            if row.key.phase == Phase::Structure {
                row.state.definition = Some(format!("{:?}", reading.key.object_name));
            }
        }
        6 if 1 < count => drop(pages.remove(page)),
        7 => pages.push(vec![reading]),
        _ => {}
    }
}

/// Pages that arrive one after the other, the last one first if they do so backwards.
fn arrived(hour: i64, pages: &[Vec<Reading>], backwards: bool) -> Sweep {
    let started_at_ms = hour * 3_600_000;
    let count = i64::try_from(pages.len()).unwrap();
    let arrived_at_ms =
        |number: u32| i64::from(number) * if backwards { -250 } else { 250 } + started_at_ms + count * 250;
    Sweep {
        source: Source::Api,
        started_at_ms,
        finished_at_ms: started_at_ms + count * 500,
        page_count: u32::try_from(pages.len()).unwrap(),
        torn: false,
        pages: (1..)
            .zip(pages)
            .map(|(number, readings)| Page {
                number,
                arrived_at_ms: arrived_at_ms(number),
                readings: readings.clone(),
            })
            .collect(),
    }
}

fn sweeps() -> impl Strategy<Value = Vec<Sweep>> {
    (sweep(1), sweep(2), sweep(3), sweep(4), sweep(5)).prop_map(|(a, b, c, d, e)| vec![a, b, c, d, e])
}

/// A naive implementation of the state after a sweep: the latest row of each identity.
fn naive(sweep: &Sweep) -> Vec<Reading> {
    let mut rows: Vec<Reading> = Vec::new();
    for reading in sweep.pages.iter().flat_map(|page| &page.readings) {
        rows.retain(|row| row.identity() != reading.identity());
        rows.push(reading.clone());
    }
    rows.sort_by(|a, b| a.identity().cmp(&b.identity()));
    rows
}

fn listed(known: &[BaselineObject], sweep: &Sweep) -> Vec<Reading> {
    let seen = |it: &&BaselineObject| {
        matches!(it.presence, Presence::OnPage(_)) && sweep.started_at_ms < it.last_seen_at_ms
    };
    let mut rows: Vec<Reading> = known
        .iter()
        .filter(seen)
        .map(|it| Reading { key: it.key.clone(), state: it.state.clone() })
        .collect();
    rows.sort_by(|a, b| a.identity().cmp(&b.identity()));
    rows
}

proptest! {
    #[test]
    fn a_sweep_compared_with_itself_has_no_changes(sweep in sweep(1)) {
        let known = apply_diff(Vec::new(), &sweep, &diff(&[], &sweep));
        let again = diff(&known, &sweep);
        prop_assert_eq!(again.changes, vec![]);
        prop_assert_eq!(again.presence_changes, vec![]);
    }

    #[test]
    fn applying_the_changes_to_the_old_state_gives_the_new_one(sweeps in sweeps()) {
        let mut known = Vec::new();
        for sweep in &sweeps {
            known = apply_diff(known.clone(), sweep, &diff(&known, sweep));
            let (mine, theirs) = (listed(&known, sweep), naive(sweep));
            // A constraint's own names do not identify it, so those of its first sighting may stay.
            let by_identity = |rows: &[Reading]| {
                rows.iter().map(|it| (format!("{:?}", it.identity()), it.state.clone())).collect::<Vec<_>>()
            };
            prop_assert_eq!(by_identity(&mine), by_identity(&theirs));
        }
    }

    #[test]
    fn pages_that_say_the_same_again_need_no_comparison(sweeps in much_alike()) {
        let mut known: Vec<BaselineObject> = Vec::new();
        let mut kept = BTreeMap::new();
        for sweep in &sweeps {
            let digests = page_digests(sweep);
            let still = UnchangedPages::new(&digests, &kept);
            let other = |it: &usize| !matches!(known[*it].presence, Presence::OnPage(page) if still.contains(page));
            let others: Vec<usize> = (0..known.len()).filter(other).collect();
            let rest: Vec<BaselineObject> = others.iter().map(|index| known[*index].clone()).collect();
            let mut short = diff_changed_pages(&still, &rest, sweep);
            for change in &mut short.changes {
                change.baseline_index = change.baseline_index.map(|index| others[index]);
            }
            for (index, _) in &mut short.presence_changes {
                *index = others[*index];
            }
            let long = diff(&known, sweep);
            prop_assert_eq!(&short, &long);
            known = apply_diff(known, sweep, &long);
            kept = digests.into_iter().map(|(number, page)| (number, page.digest.to_vec())).collect();
        }
    }

    #[test]
    fn only_the_second_absence_in_a_row_ends_a_listing(sweeps in sweeps()) {
        let mut known: Vec<BaselineObject> = Vec::new();
        for sweep in &sweeps {
            let result = diff(&known, sweep);
            for change in result.changes.iter().filter(|change| !change.listed) {
                let before = &known[change.baseline_index.unwrap()];
                prop_assert_eq!(before.presence, Presence::Missed);
                prop_assert_eq!(&change.after, &before.state);
                prop_assert_eq!(change.previous_observed_at_ms, Some(before.last_seen_at_ms));
                prop_assert_eq!(change.observed_at_ms, sweep.finished_at_ms);
            }
            known = apply_diff(known, sweep, &result);
        }
    }

    #[test]
    fn a_change_lies_after_the_sighting_before_it(sweeps in sweeps()) {
        let mut known = Vec::new();
        for sweep in &sweeps {
            let result = diff(&known, sweep);
            for change in &result.changes {
                prop_assert!(change.previous_observed_at_ms.is_none_or(|before| before < change.observed_at_ms));
                prop_assert_eq!(change.baseline_index.is_none(), change.previous_observed_at_ms.is_none());
            }
            known = apply_diff(known, sweep, &result);
        }
    }

    #[test]
    fn the_rates_of_an_attempt_add_up_to_what_was_counted(counts in vec(prop::option::of(0..1000_i64), 0..40)) {
        let table = table(&counts);
        let attempts = copy_attempts(&table.observations);
        let known: Vec<i64> = counts.iter().flatten().copied().collect();
        let falls = known.windows(2).filter(|pair| pair[1] < pair[0]).count();
        let corrections: usize = attempts.iter().map(|it| it.corrections.len()).sum();
        prop_assert_eq!(attempts.len() + corrections, falls + usize::from(!known.is_empty()));
        for pair in attempts.windows(2) {
            prop_assert_eq!(pair[1].redone_rows, pair[0].last_rows - pair[1].first_rows);
            prop_assert!(0 < pair[1].redone_rows);
            prop_assert!(pair[1].redone_rows_most.is_none_or(|most| pair[1].redone_rows <= most));
            let lost = pair[1].lost_time.unwrap();
            prop_assert!(0 <= lost.min_ms && lost.max_ms.is_some_and(|most_ms| lost.min_ms <= most_ms));
        }
        for attempt in &attempts {
            let corrected: i64 = attempt.corrections.iter().map(|it| it.rows).sum();
            let rows = attempt.rates.iter().map(|rate| rate.rows).sum::<i64>() - corrected;
            if counts.iter().all(Option::is_some) {
                prop_assert_eq!(rows, attempt.last_rows - attempt.first_rows);
            }
            prop_assert!(rows <= attempt.last_rows - attempt.first_rows);
            for rate in &attempt.rates {
                prop_assert!(0.0 < rate.rows_per_second() && rate.rows_per_second().is_finite());
            }
        }
    }

    #[test]
    fn a_series_holds_every_row_once(counts in vec(0..1000_i64, 2..40), interval_ms in 1..200_000_i64) {
        let attempts = copy_attempts(&table(&counts.into_iter().map(Some).collect::<Vec<_>>()).observations);
        let rates: Vec<_> = attempts.iter().flat_map(|attempt| attempt.rates.clone()).collect();
        let counted: i64 = rates.iter().map(|rate| rate.rows).sum();
        let series = crate::history::figures::throughput_series::throughput_series(&[rates], Some(interval_ms), &[]);
        prop_assert!((series.iter().map(|it| it.rows).sum::<f64>() - counted as f64).abs() < 1e-6);
        prop_assert!(series.windows(2).all(|pair| pair[0].to_ms == pair[1].from_ms));
        prop_assert!(series.iter().all(|it| it.rows_per_second() >= 0.0 && it.tables <= 1));
    }
}

/// A table with these counts, a minute apart, each at a moment of its own.
fn table(counts: &[Option<i64>]) -> ObjectHistory {
    let at_ms = |index: usize| i64::try_from(index).unwrap() * 60_000;
    ObjectHistory {
        key: ObjectKey {
            phase: Phase::Data,
            source_db: "shop".to_owned(),
            destination_db: "shop".to_owned(),
            object_type: None,
            parent_name: None,
            object_name: "orders".to_owned(),
        },
        first_seen_at_ms: 0,
        last_seen_at_ms: at_ms(counts.len()),
        observations: counts
            .iter()
            .enumerate()
            .map(|(index, count)| Observation {
                snapshot_id: i64::try_from(index).unwrap() + 1,
                observed_at_ms: at_ms(index),
                previous_observed_at_ms: (0 < index).then(|| at_ms(index) - 30_000),
                state: ObjectState { finished_rows: *count, ..ObjectState::default() },
                listed: true,
            })
            .collect(),
    }
}
