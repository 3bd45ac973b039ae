//! Pages of the three arrays, in each of the ways that the vendor's documentation allows. Pure.

use super::fault_schedule::RowShifts;
use super::gateway_error::GatewayError;
use crate::api::auth::rpc::Params;
use crate::model::Reading;
use crate::sim::scenario::reply::Arrays;
use crate::sim::world::planned_object::PlannedObject;
use crate::sim::world::{Listing, World};

/// Default and maximum of `PageSize`, as documented.
pub(crate) const DEFAULT_PAGE_SIZE: usize = 30;
pub(crate) const MAX_PAGE_SIZE: usize = 100;

/// Stands for `TotalRowNum: ""` in a [`Reading`]; see [`EMPTY_COUNT_TEXT`].
const EMPTY_COUNT: i64 = i64::MIN;
/// [`EMPTY_COUNT`] in a body. A reading has a number or none, but the API may send an empty text, so the body is
/// written with a number that no count can have, which is then removed.
pub(crate) const EMPTY_COUNT_TEXT: &str = "-9223372036854775808";

/// The rows of each array that a call sees, with the inserted and without the removed ones. `inserted` is
/// [`RowShifts::inserted_objects`].
pub(crate) fn shifted_listing<'a>(
    world: &'a World,
    elapsed_ms: i64,
    row_shifts: &RowShifts,
    inserted: &'a [[PlannedObject; 2]],
) -> Listing<'a> {
    let mut listing = world.listing(elapsed_ms);
    for (index, array) in [&mut listing.structure, &mut listing.data].into_iter().enumerate() {
        array.drain(..row_shifts.removed.min(array.len()));
        array.splice(0..0, inserted.iter().map(|pair| &pair[index]));
    }
    listing
}

/// The number of rows that decides how many pages there are.
pub(crate) fn page_rows(listing: &Listing<'_>, arrays: Arrays) -> usize {
    let lengths = [listing.structure.len(), listing.data.len(), listing.sync.len()];
    match arrays {
        Arrays::InStep => lengths.into_iter().max().unwrap_or(0),
        Arrays::Concatenated => lengths.into_iter().sum(),
    }
}

/// The rows of each array on the page that begins at position `first`.
pub(crate) fn page_objects<'a>(
    listing: &Listing<'a>,
    arrays: Arrays,
    first: usize,
    size: usize,
) -> [Vec<&'a PlannedObject>; 3] {
    let (mut skip, mut room) = (first, size);
    [&listing.structure, &listing.data, &listing.sync].map(|array| {
        let rows: Vec<_> = array.iter().skip(skip).take(room).copied().collect();
        if arrays == Arrays::Concatenated {
            skip = skip.saturating_sub(array.len());
            room -= rows.len();
        }
        rows
    })
}

/// The readings of these rows, each structure row followed by its constraints.
pub(crate) fn readings(world: &World, elapsed_ms: i64, page: &[Vec<&PlannedObject>; 3]) -> Vec<Reading> {
    let nested = page
        .iter()
        .flatten()
        .flat_map(|object| std::iter::once(*object).chain(world.constraints_of(object, elapsed_ms)));
    nested.map(|object| reading_as_sent(world, object, elapsed_ms)).collect()
}

/// A reading with its estimate exactly as sent, including `-1` and an empty text, which a client reads as unknown.
fn reading_as_sent(world: &World, object: &PlannedObject, elapsed_ms: i64) -> Reading {
    let mut reading = world.reading(object, elapsed_ms);
    let sent = |text: &String| if text.is_empty() { Some(EMPTY_COUNT) } else { text.parse().ok() };
    reading.state.total_rows = object.estimate.as_ref().and_then(sent);
    reading
}

/// An integer parameter, at most the largest 32-bit integer as documented; an empty value counts as absent.
pub(crate) fn integer_param(params: &Params, name: &str) -> Result<Option<usize>, GatewayError> {
    let Some(text) = params.get(name).filter(|text| !text.is_empty()) else { return Ok(None) };
    let number = text.parse::<i32>().ok().and_then(|number| usize::try_from(number).ok());
    number.map(Some).ok_or_else(|| GatewayError::invalid(name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::Phase;
    use crate::sim::scenario::Scenario;

    const SIZE: usize = 7;

    fn world() -> World {
        World::new(&Scenario { tables: 25, ..Scenario::demo() }).expect("a valid scenario")
    }

    fn sweep(world: &World, at_ms: i64, arrays: Arrays) -> Vec<Vec<Reading>> {
        let listing = world.listing(at_ms);
        let pages = page_rows(&listing, arrays).div_ceil(SIZE);
        let page = |number| readings(world, at_ms, &page_objects(&listing, arrays, number * SIZE, SIZE));
        assert_eq!(page(pages), [], "nothing is past the end");
        (0..pages).map(page).collect()
    }

    #[test]
    fn both_paging_styles_return_every_row_once() {
        let world = world();
        for at_ms in [0, world.end_ms()] {
            for arrays in [Arrays::InStep, Arrays::Concatenated] {
                let pages = sweep(&world, at_ms, arrays);
                let all: Vec<_> = pages.concat();
                let distinct: BTreeSet<_> = all.iter().map(Reading::identity).collect();
                assert_eq!((all.len(), distinct.len()), (world.at(at_ms).len(), world.at(at_ms).len()));
                for page in pages {
                    let fits = |phase| page.iter().filter(|row| row.key.phase == phase).count() <= SIZE;
                    assert!(Phase::ALL.into_iter().all(|phase| phase == Phase::Constraint || fits(phase)));
                }
            }
        }
    }

    #[test]
    fn arrays_in_step_share_a_page_and_concatenated_ones_follow_each_other() {
        let world = world();
        let first = |arrays| {
            let rows = sweep(&world, 0, arrays).remove(0);
            rows.into_iter().map(|row| row.key.phase).collect::<BTreeSet<_>>()
        };
        assert!(first(Arrays::InStep).contains(&Phase::Data));
        assert!(!first(Arrays::Concatenated).contains(&Phase::Data));
    }
}
