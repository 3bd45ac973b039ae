//! Pages of the three arrays, in each of the ways that the vendor's documentation allows. Pure.

use super::fault_schedule::RowShifts;
use super::gateway::GatewayError;
use crate::api::auth::rpc::Params;
use crate::model::Reading;
use crate::sim::scenario::reply::{Arrays, PastEnd};
use crate::sim::world::plan::Object;
use crate::sim::world::{Listing, World};

/// Default and maximum of `PageSize`, as documented.
pub(crate) const DEFAULT_PAGE_SIZE: usize = 30;
pub(crate) const MAX_PAGE_SIZE: usize = 100;

/// Stands for `TotalRowNum: ""` in a [`Reading`]; see [`EMPTY_COUNT_TEXT`].
const EMPTY_COUNT: i64 = i64::MIN;
/// [`EMPTY_COUNT`] in a body. A reading has a number or none, but the API may send an empty text, so the body is
/// written with a number that no count can have, which is then removed.
pub(crate) const EMPTY_COUNT_TEXT: &str = "-9223372036854775808";

/// The requested page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageRequest {
    /// `PageNum`, from 1.
    pub(crate) number: usize,
    /// `PageSize`.
    pub(crate) size: usize,
    pub(crate) arrays: Arrays,
    pub(crate) past_end: PastEnd,
}

/// The rows of this page at this time; `None` if such a page is an error.
pub(crate) fn page(
    world: &World,
    elapsed_ms: i64,
    page_request: PageRequest,
    row_shifts: &RowShifts,
) -> Option<Vec<Reading>> {
    let inserted: Vec<_> = row_shifts.inserted_by.iter().map(|call| Object::arrived(*call)).collect();
    let mut listing = world.listing(elapsed_ms);
    for (index, array) in [&mut listing.structure, &mut listing.data].into_iter().enumerate() {
        array.drain(..row_shifts.removed.min(array.len()));
        array.splice(0..0, inserted.iter().map(|pair| &pair[index]));
    }
    let rows = match page_request.arrays {
        Arrays::InStep => listing.structure.len().max(listing.data.len()).max(listing.sync.len()),
        Arrays::Concatenated => listing.structure.len() + listing.data.len() + listing.sync.len(),
    };
    let last = rows.div_ceil(page_request.size).max(1);
    let number = match page_request.past_end {
        PastEnd::Repeat => page_request.number.min(last),
        PastEnd::Error if page_request.number > last => return None,
        PastEnd::Error | PastEnd::Empty => page_request.number,
    };
    let first = (number - 1).saturating_mul(page_request.size);
    let mut readings = Vec::new();
    for object in cut(&listing, page_request.arrays, first, page_request.size) {
        readings.push(as_sent(world, object, elapsed_ms));
        let constraints = world.constraints_of(object, elapsed_ms);
        readings.extend(constraints.into_iter().map(|inner| as_sent(world, inner, elapsed_ms)));
    }
    Some(readings)
}

fn cut<'a>(listing: &Listing<'a>, arrays: Arrays, first: usize, size: usize) -> Vec<&'a Object> {
    let all = [&listing.structure, &listing.data, &listing.sync];
    match arrays {
        Arrays::InStep => {
            all.into_iter().flat_map(|array| array.iter().skip(first).take(size)).copied().collect()
        }
        Arrays::Concatenated => all.into_iter().flatten().skip(first).take(size).copied().collect(),
    }
}

/// A reading with its estimate exactly as sent, including `-1` and an empty text, which a client reads as unknown.
fn as_sent(world: &World, object: &Object, elapsed_ms: i64) -> Reading {
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

    fn page_request(number: usize, arrays: Arrays, past_end: PastEnd) -> PageRequest {
        PageRequest { number, size: 7, arrays, past_end }
    }

    fn sweep(world: &World, at_ms: i64, arrays: Arrays) -> Vec<Vec<Reading>> {
        let pages = (1..).map(|number| {
            page(world, at_ms, page_request(number, arrays, PastEnd::Empty), &RowShifts::default())
        });
        pages.map(|page| page.expect("no error")).take_while(|page| !page.is_empty()).collect()
    }

    #[test]
    fn both_ways_of_paging_return_every_row_once() {
        let world = World::new(&Scenario { tables: 25, ..Scenario::demo() }).expect("sound");
        for at_ms in [0, world.end_ms()] {
            for arrays in [Arrays::InStep, Arrays::Concatenated] {
                let pages = sweep(&world, at_ms, arrays);
                let all: Vec<_> = pages.concat();
                let distinct: BTreeSet<_> = all.iter().map(Reading::identity).collect();
                assert_eq!((all.len(), distinct.len()), (world.at(at_ms).len(), world.at(at_ms).len()));
                for page in pages {
                    let most = |phase| page.iter().filter(|row| row.key.phase == phase).count() <= 7;
                    assert!(Phase::ALL.into_iter().all(|phase| phase == Phase::Constraint || most(phase)));
                }
            }
        }
    }

    #[test]
    fn arrays_in_step_share_a_page_and_concatenated_ones_follow_each_other() {
        let world = World::new(&Scenario { tables: 25, ..Scenario::demo() }).expect("sound");
        let first = |arrays| {
            let rows = page(&world, 0, page_request(1, arrays, PastEnd::Empty), &RowShifts::default())
                .expect("no error");
            rows.into_iter().map(|row| row.key.phase).collect::<BTreeSet<_>>()
        };
        assert!(first(Arrays::InStep).contains(&Phase::Data));
        assert!(!first(Arrays::Concatenated).contains(&Phase::Data));
    }

    #[test]
    fn the_reply_past_the_end_is_as_configured() {
        let world = World::new(&Scenario { tables: 25, ..Scenario::demo() }).expect("sound");
        let last = sweep(&world, 0, Arrays::InStep).len();
        let past = |past_end| {
            page(&world, 0, page_request(last + 3, Arrays::InStep, past_end), &RowShifts::default())
        };
        assert_eq!(past(PastEnd::Empty), Some(Vec::new()));
        assert_eq!(past(PastEnd::Error), None);
        assert_eq!(
            past(PastEnd::Repeat),
            page(&world, 0, page_request(last, Arrays::InStep, PastEnd::Repeat), &RowShifts::default())
        );
        assert!(
            page(&world, 0, page_request(last, Arrays::InStep, PastEnd::Error), &RowShifts::default())
                .is_some()
        );
    }
}
