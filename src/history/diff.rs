//! Finds what a new sweep changed: before and sweep give the changes.

use std::collections::{BTreeMap, HashMap};

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
    let seen = merge(sweep);
    let mut result = Diff { objects: seen.len() as u64, ..Diff::default() };
    let mut sighted: Vec<Option<Seen<'_>>> = vec![None; before.len()];
    let mut fresh = Vec::new();
    for (row, known) in pair(before, &seen) {
        match known {
            Some(index) => sighted[index] = Some(row),
            None => fresh.push(row),
        }
    }
    for (index, (known, row)) in before.iter().zip(sighted).enumerate() {
        compare(index, known, row, sweep.finished_at_ms, &mut result);
    }
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

/// The distinct objects of a sweep. The same row met twice counts once, the later reading wins.
fn merge(sweep: &Sweep) -> Vec<Seen<'_>> {
    let mut pages: Vec<_> = sweep.pages.iter().collect();
    pages.sort_by_key(|page| (page.arrived_at_ms, page.number));
    let mut by_identity: HashMap<Identity<'_>, Seen<'_>> = HashMap::new();
    for page in pages {
        for reading in &page.readings {
            let row = Seen { reading, page: page.number, at_ms: page.arrived_at_ms };
            by_identity.insert(reading.identity(), row);
        }
    }
    let mut seen: Vec<_> = by_identity.into_iter().collect();
    seen.sort_unstable_by_key(|(identity, _)| *identity);
    seen.into_iter().map(|(_, row)| row).collect()
}

/// Finds the known object, by index, of each row.
///
/// A structure row is its names, and its definition only where the sweep holds several rows of these
/// names: a single row whose DDL is another now is the same object with a change.
fn pair<'a>(before: &[Known], seen: &[Seen<'a>]) -> Vec<(Seen<'a>, Option<usize>)> {
    let mut exact: HashMap<Identity<'_>, usize> = HashMap::with_capacity(before.len());
    let mut by_names: HashMap<Identity<'_>, Vec<usize>> = HashMap::new();
    for (index, known) in before.iter().enumerate() {
        exact.insert(known.key.identity(known.state.definition.as_deref()), index);
        if known.key.phase == Phase::Structure {
            by_names.entry(known.key.identity(None)).or_default().push(index);
        }
    }
    let mut same_names: BTreeMap<Identity<'_>, usize> = BTreeMap::new();
    for row in seen.iter().filter(|row| row.reading.key.phase == Phase::Structure) {
        *same_names.entry(row.reading.key.identity(None)).or_default() += 1;
    }
    let find = |row: &Seen<'_>| {
        let found = exact.get(&row.reading.identity()).copied();
        let names = row.reading.key.identity(None);
        if found.is_some() || same_names.get(&names) != Some(&1) {
            return found;
        }
        match by_names.get(&names).map(Vec::as_slice) {
            Some([only]) => Some(*only),
            Some(several) => {
                let mut listed = several.iter().filter(|index| before[**index].place != Place::Gone);
                listed.next().filter(|_| listed.next().is_none()).copied()
            }
            None => None,
        }
    };
    seen.iter().map(|row| (*row, find(row))).collect()
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
