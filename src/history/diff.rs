//! Finds what a new sweep changed: baseline and sweep give the changes.

use std::collections::HashMap;

use crate::history::page_digest::{UnchangedPages, identity_hash};
use crate::model::{Identity, ObjectKey, ObjectState, Phase, Reading, Status, Sweep};

/// An object as the last complete snapshot left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaselineObject {
    /// The object.
    pub key: ObjectKey,
    /// The last state seen.
    pub state: ObjectState,
    /// When it was last truly seen.
    pub last_seen_at_ms: i64,
    /// The presence in the last complete snapshot.
    pub presence: Presence,
}

/// The presence of an object in a complete snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// On the page with this number.
    OnPage(u32),
    /// Nowhere, for the first time: perhaps a page shifted under the reader. Still counted as listed.
    Missed,
    /// Nowhere, twice in a row or more: no longer listed.
    Unlisted,
}

/// A change row that is not stored yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The object's index in the `baseline` that was given; `None` if it is new.
    pub baseline_index: Option<usize>,
    /// The object. Names that do not identify it (a constraint's own) are those of the last sighting.
    pub key: ObjectKey,
    /// The previous status; `None` at first sight.
    pub status_before: Option<Status>,
    /// The previous count of finished rows; `None` at first sight.
    pub finished_rows_before: Option<i64>,
    /// The state after. Of an object no longer listed: what was seen last.
    pub after: ObjectState,
    /// Whether the job lists the object.
    pub listed: bool,
    /// Arrival of the page that held the row; of an object no longer listed, the end of the sweep.
    pub observed_at_ms: i64,
    /// The previous sighting of the object; `None` at first sight.
    pub previous_observed_at_ms: Option<i64>,
}

/// The differences of a sweep from the baseline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diff {
    /// The change rows, ordered by phase and names.
    pub changes: Vec<Change>,
    /// The page of each new object, in the order of the new objects in `changes`.
    pub new_object_pages: Vec<u32>,
    /// Baseline objects, by index, whose presence has changed.
    pub presence_changes: Vec<(usize, Presence)>,
    /// Distinct objects in the sweep.
    pub object_count: u64,
}

impl Diff {
    /// Removes the previous sighting of every change: the clock has been set back since, so that the two
    /// times have no known distance. It gives no rate, then, and no moment in between.
    pub fn clear_previous_sightings(&mut self) {
        for change in &mut self.changes {
            change.previous_observed_at_ms = None;
        }
    }
}

/// One row of the sweep, with the page it stood on.
#[derive(Clone, Copy)]
struct SweepRow<'a> {
    reading: &'a Reading,
    page: u32,
    at_ms: i64,
}

/// Compares a sweep with the baseline.
#[must_use]
pub fn diff(baseline: &[BaselineObject], sweep: &Sweep) -> Diff {
    diff_changed_pages(&UnchangedPages::default(), baseline, sweep)
}

/// The same, where some pages say again what they said last time. `baseline` needs no object that stands on one
/// of them: none of these has changed or moved, and none of their rows is another page's.
#[must_use]
pub fn diff_changed_pages(unchanged: &UnchangedPages, baseline: &[BaselineObject], sweep: &Sweep) -> Diff {
    let seen = distinct_rows(unchanged, sweep);
    let mut result = Diff { object_count: unchanged.objects() + seen.len() as u64, ..Diff::default() };
    let mut sighted: Vec<Option<SweepRow<'_>>> = vec![None; baseline.len()];
    let mut fresh = Vec::new();
    for (row, known) in match_rows(unchanged, baseline, &seen, sweep) {
        match known {
            Some(index) => sighted[index] = Some(row),
            None => fresh.push(row),
        }
    }
    for (index, (known, row)) in baseline.iter().zip(sighted).enumerate() {
        compare_object(index, known, row, sweep.finished_at_ms, &mut result);
    }
    fresh.sort_unstable_by_key(|row| row.reading.identity());
    for row in fresh {
        result.new_object_pages.push(row.page);
        result.changes.push(new_object_change(row));
    }
    result
}

/// Applies the changes of a diff to its baseline: the baseline of the next sweep.
#[must_use]
pub fn apply_diff(mut baseline: Vec<BaselineObject>, sweep: &Sweep, diff: &Diff) -> Vec<BaselineObject> {
    let arrivals: HashMap<u32, i64> =
        sweep.pages.iter().map(|page| (page.number, page.arrived_at_ms)).collect();
    for &(index, presence) in &diff.presence_changes {
        baseline[index].presence = presence;
    }
    for known in &mut baseline {
        if let Presence::OnPage(number) = known.presence
            && let Some(&arrived_at_ms) = arrivals.get(&number)
        {
            known.last_seen_at_ms = arrived_at_ms;
        }
    }
    let mut new_pages = diff.new_object_pages.iter();
    for change in &diff.changes {
        match change.baseline_index {
            Some(index) => {
                baseline[index].key = change.key.clone();
                baseline[index].state = change.after.clone();
            }
            None => baseline.push(BaselineObject {
                key: change.key.clone(),
                state: change.after.clone(),
                last_seen_at_ms: change.observed_at_ms,
                presence: new_pages.next().map_or(Presence::Missed, |page| Presence::OnPage(*page)),
            }),
        }
    }
    baseline
}

/// The distinct objects on the other pages. The same row met twice counts once, the later reading wins.
fn distinct_rows<'a>(unchanged: &UnchangedPages, sweep: &'a Sweep) -> Vec<SweepRow<'a>> {
    let mut pages: Vec<_> = sweep.pages.iter().filter(|page| !unchanged.contains(page.number)).collect();
    pages.sort_by_key(|page| (page.arrived_at_ms, page.number));
    let rows = pages.iter().map(|page| page.readings.len()).sum();
    let mut by_identity: HashMap<Identity<'_>, SweepRow<'_>> = HashMap::with_capacity(rows);
    for page in pages {
        for reading in &page.readings {
            let row = SweepRow { reading, page: page.number, at_ms: page.arrived_at_ms };
            by_identity.insert(reading.identity(), row);
        }
    }
    by_identity.into_values().collect()
}

/// Finds the known object, by index, of each row.
///
/// A structure row is its names, and its definition only where the sweep holds several rows of these
/// names: a single row whose DDL is another now is the same object with a change.
fn match_rows<'a>(
    unchanged: &UnchangedPages,
    baseline: &[BaselineObject],
    seen: &[SweepRow<'a>],
    sweep: &Sweep,
) -> Vec<(SweepRow<'a>, Option<usize>)> {
    let exact: HashMap<Identity<'_>, usize> = baseline
        .iter()
        .enumerate()
        .map(|(index, known)| (known.key.identity(known.state.definition.as_deref()), index))
        .collect();
    let mut same_names: HashMap<Identity<'_>, usize> = HashMap::new();
    let mut pairs = Vec::with_capacity(seen.len());
    for row in seen {
        let found = exact.get(&row.reading.identity()).copied();
        if found.is_none() && row.reading.key.phase == Phase::Structure {
            same_names.insert(row.reading.key.identity(None), 0);
        }
        pairs.push((*row, found));
    }
    if same_names.is_empty() || baseline.is_empty() {
        return pairs;
    }
    let others =
        sweep.pages.iter().filter(|page| unchanged.contains(page.number)).flat_map(|page| &page.readings);
    for reading in seen.iter().map(|row| row.reading).chain(others) {
        if let Some(count) = same_names.get_mut(&reading.key.identity(None)) {
            *count += 1;
        }
    }
    count_dropped_names(unchanged, &mut same_names);
    let mut by_names: HashMap<Identity<'_>, Vec<usize>> = HashMap::new();
    for (index, known) in baseline.iter().enumerate().filter(|(_, known)| known.key.phase == Phase::Structure)
    {
        by_names.entry(known.key.identity(None)).or_default().push(index);
    }
    for (row, found) in pairs.iter_mut().filter(|(_, found)| found.is_none()) {
        let names = row.reading.key.identity(None);
        if same_names.get(&names) == Some(&1) {
            *found = by_names.get(&names).and_then(|known| only_candidate(known, baseline));
        }
    }
    pairs
}

/// Counts the rows of these names on pages whose rows were dropped.
fn count_dropped_names(unchanged: &UnchangedPages, same_names: &mut HashMap<Identity<'_>, usize>) {
    if unchanged.dropped_names().is_empty() {
        return;
    }
    let mut by_hash: HashMap<u128, &mut usize> =
        same_names.iter_mut().map(|(names, count)| (identity_hash(*names), count)).collect();
    for hash in unchanged.dropped_names() {
        if let Some(count) = by_hash.get_mut(hash) {
            **count += 1;
        }
    }
}

/// The object that a single row of these names is: the only one, or the only one that is listed.
fn only_candidate(known: &[usize], baseline: &[BaselineObject]) -> Option<usize> {
    if let [only] = known {
        return Some(*only);
    }
    let mut listed = known.iter().filter(|index| baseline[**index].presence != Presence::Unlisted);
    listed.next().filter(|_| listed.next().is_none()).copied()
}

/// Adds the changes of one known object, from its row or its absence.
fn compare_object(
    index: usize,
    known: &BaselineObject,
    row: Option<SweepRow<'_>>,
    swept_at_ms: i64,
    result: &mut Diff,
) {
    let presence = match (row, known.presence) {
        (Some(row), _) => Presence::OnPage(row.page),
        (None, Presence::OnPage(_)) => Presence::Missed,
        (None, Presence::Missed | Presence::Unlisted) => Presence::Unlisted,
    };
    if presence != known.presence {
        result.presence_changes.push((index, presence));
    }
    let (listed_before, listed) = (known.presence != Presence::Unlisted, presence != Presence::Unlisted);
    let after = row.map_or(&known.state, |row| &row.reading.state);
    if *after == known.state && listed == listed_before {
        return;
    }
    result.changes.push(Change {
        baseline_index: Some(index),
        key: row.map_or(&known.key, |row| &row.reading.key).clone(),
        status_before: known.state.status.clone(),
        finished_rows_before: known.state.finished_rows,
        after: after.clone(),
        listed,
        observed_at_ms: row.map_or(swept_at_ms, |row| row.at_ms),
        previous_observed_at_ms: Some(known.last_seen_at_ms),
    });
}

fn new_object_change(row: SweepRow<'_>) -> Change {
    Change {
        baseline_index: None,
        key: row.reading.key.clone(),
        status_before: None,
        finished_rows_before: None,
        after: row.reading.state.clone(),
        listed: true,
        observed_at_ms: row.at_ms,
        previous_observed_at_ms: None,
    }
}
