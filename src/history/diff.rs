//! Finds what a new sweep changed: before and sweep give the changes.

use std::collections::HashMap;

use crate::history::page_digest::StillPages;
use crate::model::{Identity, ObjectKey, ObjectState, Phase, Reading, Status, Sweep};

/// An object as the last complete snapshot left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The object.
    pub key: ObjectKey,
    /// What was last seen of it.
    pub state: ObjectState,
    /// When it was last truly seen.
    pub last_seen_at_ms: i64,
    /// Where the last complete snapshot had it.
    pub place: Place,
}

/// Where a complete snapshot had an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On the page with this number.
    Page(u32),
    /// Nowhere, for the first time: perhaps a page shifted under the reader. Still counted as listed.
    Missed,
    /// Nowhere, twice in a row or more: no longer listed.
    Gone,
}

/// One change row to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The object's index in the `before` that was given; `None` if it is new.
    pub known: Option<usize>,
    /// The object. Names that do not identify it (a constraint's own) are those of the last sighting.
    pub key: ObjectKey,
    /// The status before; `None` at first sight.
    pub status_before: Option<Status>,
    /// Finished rows before; `None` at first sight.
    pub finished_rows_before: Option<i64>,
    /// The state after. Of an object no longer listed: what was seen last.
    pub after: ObjectState,
    /// Whether the job lists the object.
    pub listed: bool,
    /// Arrival of the page that held the row; of an object no longer listed, the end of the sweep.
    pub observed_at_ms: i64,
    /// When the object was last seen before that; `None` at first sight.
    pub previous_observed_at_ms: Option<i64>,
}

/// What a sweep says that `before` did not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diff {
    /// The change rows, ordered by phase and names.
    pub changes: Vec<Change>,
    /// The page of each new object, in the order of the new objects in `changes`.
    pub new_on_page: Vec<u32>,
    /// Known objects, by index, whose place is another now.
    pub moves: Vec<(usize, Place)>,
    /// Distinct objects in the sweep.
    pub objects: u64,
}

impl Diff {
    /// Says of no change when its object was last seen before: the clock was set back since, so that the two
    /// times have no known distance. It gives no rate, then, and no moment in between.
    pub fn forget_sightings(&mut self) {
        for change in &mut self.changes {
            change.previous_observed_at_ms = None;
        }
    }
}

/// One row of the sweep, with the page it stood on.
#[derive(Clone, Copy)]
struct Seen<'a> {
    reading: &'a Reading,
    page: u32,
    at_ms: i64,
}

/// Compares a sweep with what was known before it.
#[must_use]
pub fn diff(before: &[Known], sweep: &Sweep) -> Diff {
    diff_but_for(&StillPages::default(), before, sweep)
}

/// The same, where some pages say again what they said last time. `before` needs no object that stands on one
/// of them: none of these has changed or moved, and none of their rows is another page's.
#[must_use]
pub fn diff_but_for(still: &StillPages, before: &[Known], sweep: &Sweep) -> Diff {
    let seen = merge(still, sweep);
    let mut result = Diff { objects: still.objects() + seen.len() as u64, ..Diff::default() };
    let mut sighted: Vec<Option<Seen<'_>>> = vec![None; before.len()];
    let mut fresh = Vec::new();
    for (row, known) in pair(still, before, &seen, sweep) {
        match known {
            Some(index) => sighted[index] = Some(row),
            None => fresh.push(row),
        }
    }
    for (index, (known, row)) in before.iter().zip(sighted).enumerate() {
        compare(index, known, row, sweep.finished_at_ms, &mut result);
    }
    fresh.sort_unstable_by_key(|row| row.reading.identity());
    for row in fresh {
        result.new_on_page.push(row.page);
        result.changes.push(first_sight(row));
    }
    result
}

/// What is known after the sweep: `before` with the changes of its own diff applied.
#[must_use]
pub fn apply(mut before: Vec<Known>, sweep: &Sweep, diff: &Diff) -> Vec<Known> {
    let arrivals: HashMap<u32, i64> =
        sweep.pages.iter().map(|page| (page.number, page.arrived_at_ms)).collect();
    for &(index, place) in &diff.moves {
        before[index].place = place;
    }
    for known in &mut before {
        if let Place::Page(number) = known.place
            && let Some(&arrived_at_ms) = arrivals.get(&number)
        {
            known.last_seen_at_ms = arrived_at_ms;
        }
    }
    let mut new_pages = diff.new_on_page.iter();
    for change in &diff.changes {
        match change.known {
            Some(index) => {
                before[index].key = change.key.clone();
                before[index].state = change.after.clone();
            }
            None => before.push(Known {
                key: change.key.clone(),
                state: change.after.clone(),
                last_seen_at_ms: change.observed_at_ms,
                place: new_pages.next().map_or(Place::Missed, |page| Place::Page(*page)),
            }),
        }
    }
    before
}

/// The distinct objects on the other pages. The same row met twice counts once, the later reading wins.
fn merge<'a>(still: &StillPages, sweep: &'a Sweep) -> Vec<Seen<'a>> {
    let mut pages: Vec<_> = sweep.pages.iter().filter(|page| !still.has(page.number)).collect();
    pages.sort_by_key(|page| (page.arrived_at_ms, page.number));
    let rows = pages.iter().map(|page| page.readings.len()).sum();
    let mut by_identity: HashMap<Identity<'_>, Seen<'_>> = HashMap::with_capacity(rows);
    for page in pages {
        for reading in &page.readings {
            let row = Seen { reading, page: page.number, at_ms: page.arrived_at_ms };
            by_identity.insert(reading.identity(), row);
        }
    }
    by_identity.into_values().collect()
}

/// Finds the known object, by index, of each row.
///
/// A structure row is its names, and its definition only where the sweep holds several rows of these
/// names: a single row whose DDL is another now is the same object with a change.
fn pair<'a>(
    still: &StillPages,
    before: &[Known],
    seen: &[Seen<'a>],
    sweep: &Sweep,
) -> Vec<(Seen<'a>, Option<usize>)> {
    let exact: HashMap<Identity<'_>, usize> = before
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
    if same_names.is_empty() || before.is_empty() {
        return pairs;
    }
    let others = sweep.pages.iter().filter(|page| still.has(page.number)).flat_map(|page| &page.readings);
    for reading in seen.iter().map(|row| row.reading).chain(others) {
        if let Some(count) = same_names.get_mut(&reading.key.identity(None)) {
            *count += 1;
        }
    }
    let mut by_names: HashMap<Identity<'_>, Vec<usize>> = HashMap::new();
    for (index, known) in before.iter().enumerate().filter(|(_, known)| known.key.phase == Phase::Structure) {
        by_names.entry(known.key.identity(None)).or_default().push(index);
    }
    for (row, found) in pairs.iter_mut().filter(|(_, found)| found.is_none()) {
        let names = row.reading.key.identity(None);
        if same_names.get(&names) == Some(&1) {
            *found = by_names.get(&names).and_then(|known| the_one(known, before));
        }
    }
    pairs
}

/// The object that a single row of these names is: the only one, or the only one that is listed.
fn the_one(known: &[usize], before: &[Known]) -> Option<usize> {
    if let [only] = known {
        return Some(*only);
    }
    let mut listed = known.iter().filter(|index| before[**index].place != Place::Gone);
    listed.next().filter(|_| listed.next().is_none()).copied()
}

/// Adds what one known object's row, or its absence, says.
fn compare(index: usize, known: &Known, row: Option<Seen<'_>>, swept_at_ms: i64, result: &mut Diff) {
    let place = match (row, known.place) {
        (Some(row), _) => Place::Page(row.page),
        (None, Place::Page(_)) => Place::Missed,
        (None, Place::Missed | Place::Gone) => Place::Gone,
    };
    if place != known.place {
        result.moves.push((index, place));
    }
    let (listed_before, listed) = (known.place != Place::Gone, place != Place::Gone);
    let after = row.map_or(&known.state, |row| &row.reading.state);
    if *after == known.state && listed == listed_before {
        return;
    }
    result.changes.push(Change {
        known: Some(index),
        key: row.map_or(&known.key, |row| &row.reading.key).clone(),
        status_before: known.state.status.clone(),
        finished_rows_before: known.state.finished_rows,
        after: after.clone(),
        listed,
        observed_at_ms: row.map_or(swept_at_ms, |row| row.at_ms),
        previous_observed_at_ms: Some(known.last_seen_at_ms),
    });
}

fn first_sight(row: Seen<'_>) -> Change {
    Change {
        known: None,
        key: row.reading.key.clone(),
        status_before: None,
        finished_rows_before: None,
        after: row.reading.state.clone(),
        listed: true,
        observed_at_ms: row.at_ms,
        previous_observed_at_ms: None,
    }
}
