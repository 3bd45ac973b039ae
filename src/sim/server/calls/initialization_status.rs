//! `DescribeInitializationStatus`: the objects of a synchronization job.
//!
//! Documented: SynchronizationJobId, PageNum from 1, PageSize 1 to 100 with the default 30. Not documented: how the three
//! arrays are paged, and the reply past the last page; the scenario chooses.

use super::context::{CallContext, CallError};
use crate::model::Reading;
use crate::sim::scenario::JobKind;
use crate::sim::server::paging::{self, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE};

/// The rows of the requested page.
pub(crate) fn describe(call: &CallContext<'_>) -> Result<Vec<Reading>, CallError> {
    let world = call.instance_world("SynchronizationJobId", JobKind::Synchronization)?;
    let inserted = call.row_shifts.inserted_objects();
    let listing = paging::shifted_listing(world, call.elapsed_ms, call.row_shifts, &inserted);
    let arrays = call.scenario.paging.arrays;
    let page =
        call.page_span("PageNum", DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, paging::page_rows(&listing, arrays))?;
    Ok(paging::readings(
        world,
        call.elapsed_ms,
        &paging::page_objects(&listing, arrays, page.first, page.size),
    ))
}
