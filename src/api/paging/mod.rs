//! Reads every page of one job within limits: a sweep.
//!
//! The API returns no total, and its reply to a page past the last one is undocumented. Three replies mean the end: a
//! page without rows, a page that only repeats rows, and an error about the page number. A page shorter than the page
//! size does not.

mod end_detection;
mod limits;
mod read_ahead;
#[cfg(test)]
mod tests;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use tokio::time::{Instant, timeout_at};

use self::end_detection::{EndDetector, PagingStatus};
use self::limits::SweepSize;
use self::read_ahead::ReadAhead;
use crate::api::calls::pre_check_status::Subtask;
use crate::api::calls::{initialization_status, migration_job_detail, pre_check_status};
use crate::api::error::Error;
use crate::api::transport::call_stats::CallCounter;
use crate::api::transport::client::Client;
use crate::history::page_folding::{FoldedSweep, KnownPages, PageFolder};
use crate::model::{Job, JobKind, Page, Source, Sweep};

/// A failed sweep.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{error}")]
pub struct SweepFailure {
    /// The reason.
    pub error: Box<Error>,
    /// When the first request was sent, UTC.
    pub started_at_ms: i64,
    /// When it failed, UTC.
    pub finished_at_ms: i64,
    /// The number of pages read until then.
    pub pages: u32,
}

/// Reads every page of a job, several pages concurrently.
///
/// `known` describes the last complete snapshot. Its number of pages and the one after them are requested at full
/// concurrency. Beyond them the number of pages in flight grows from one, so that a small job causes few calls past its
/// end. A page with the same content as in that snapshot gives up its rows, so that the sweep holds only new rows. Pages
/// are evaluated in the order of their numbers, and requests past the end are cancelled. Dropping the future cancels all
/// calls.
///
/// Rows that are added or removed during the sweep move other rows between pages. A sweep that detects this is read again
/// once, and marked as torn if it happens again. A row that was lost without such a sign is not reported as removed until
/// it is missing from two consecutive snapshots (`history::diff`).
///
/// `counter` counts the calls, also of a failed or cancelled sweep.
///
/// # Errors
/// If a page cannot be read, or the sweep reaches a limit: pages, objects, bytes or time.
pub async fn sweep(
    client: &Client,
    job: &Job,
    known: &KnownPages,
    counter: &CallCounter,
) -> Result<FoldedSweep, SweepFailure> {
    let deadline = Instant::now() + client.options().max_sweep_time;
    let first = sweep_once(client, job, known.count, PageFolder::new(known), deadline, counter).await?;
    if !first.sweep.torn {
        return Ok(first);
    }
    tracing::debug!(job = job.id, "rows moved between pages while they were read: reading them again");
    counter.count_reread();
    let folder = PageFolder::for_second_reading(known, &first);
    match sweep_once(client, job, Some(first.sweep.page_count), folder, deadline, counter).await {
        Ok(mut second) => {
            second.sweep.started_at_ms = second.sweep.started_at_ms.min(first.sweep.started_at_ms);
            second.take_rows_of(first);
            Ok(second)
        }
        // The torn sweep is still recorded, with its mark.
        Err(failure) => {
            tracing::warn!(job = job.id, error = %failure, "a sweep whose rows moved could not be read again");
            Ok(first)
        }
    }
}

async fn sweep_once(
    client: &Client,
    job: &Job,
    expected_pages: Option<u32>,
    folder: PageFolder,
    deadline: Instant,
    counter: &CallCounter,
) -> Result<FoldedSweep, SweepFailure> {
    let clock = client.clock();
    let (started_at_ms, offset_ms) = (clock.now_ms(), clock.offset_ms());
    let mut collected = CollectedPages { folder, ..CollectedPages::default() };
    let mut outcome = Ok(i64::MIN);
    for list in object_lists(job.kind) {
        outcome = read_list(client, job, *list, expected_pages, deadline, counter, &mut collected).await;
        if outcome.is_err() {
            break;
        }
    }
    // If the clock was corrected during the sweep, the start is corrected too.
    let started_at_ms = started_at_ms + clock.offset_ms() - offset_ms;
    match outcome {
        Ok(finished_at_ms) => Ok(collected.folder.finish(Sweep {
            source: Source::Api,
            started_at_ms,
            finished_at_ms: finished_at_ms.max(started_at_ms),
            page_count: collected.page_count,
            torn: collected.torn,
            pages: collected.pages,
        })),
        Err(error) => Err(SweepFailure {
            error: Box::new(error),
            started_at_ms,
            finished_at_ms: clock.now_ms().max(started_at_ms),
            pages: collected.page_count,
        }),
    }
}

/// A paged list of objects of a job.
#[derive(Debug, Clone, Copy)]
enum ObjectList {
    Initialization,
    MigrationDetail,
    Subtask(Subtask),
}

/// The lists with the objects of a job of this kind.
fn object_lists(kind: JobKind) -> &'static [ObjectList] {
    match kind {
        JobKind::Synchronization => &[ObjectList::Initialization],
        JobKind::Migration => &[ObjectList::MigrationDetail],
        JobKind::Task => &[ObjectList::Subtask(Subtask::Structure), ObjectList::Subtask(Subtask::Data)],
    }
}

/// Fetches one page of a list of the job, with the arrival time of its reply. `number` counts from 1.
///
/// # Errors
/// If the call is rejected, or still fails after `retry_for_seconds`.
async fn fetch_page(
    client: &Client,
    job: &Job,
    list: ObjectList,
    number: u32,
    counter: &CallCounter,
) -> Result<Page, Error> {
    match list {
        ObjectList::Initialization => initialization_status::fetch_page(client, job, number, counter).await,
        ObjectList::MigrationDetail => migration_job_detail::fetch_page(client, job, number, counter).await,
        ObjectList::Subtask(subtask) => {
            pre_check_status::fetch_page(client, job, subtask, number, counter).await
        }
    }
}

/// Fetches the first page of a job, to check that the job can be read.
///
/// # Errors
/// If the call is rejected, or still fails after `retry_for_seconds`.
pub async fn first_page(client: &Client, job: &Job) -> Result<Page, Error> {
    fetch_page(client, job, object_lists(job.kind)[0], 1, &CallCounter::default()).await
}

/// The pages of the lists that were read so far.
#[derive(Debug, Default)]
struct CollectedPages {
    pages: Vec<Page>,
    page_count: u32,
    torn: bool,
    size: SweepSize,
    folder: PageFolder,
}

/// Reads a list to its end and adds its pages, numbered after those of the lists before it. Returns the time of the last
/// reply.
async fn read_list(
    client: &Client,
    job: &Job,
    list: ObjectList,
    expected: Option<u32>,
    deadline: Instant,
    counter: &CallCounter,
    collected: &mut CollectedPages,
) -> Result<i64, Error> {
    // The expected number of pages of one list is only known if it is the only list.
    let expected = expected.filter(|_| object_lists(job.kind).len() == 1);
    let mut detector = EndDetector::default();
    let outcome =
        read_until_end(client, job, list, expected, deadline, counter, &mut detector, collected).await;
    collected.page_count += detector.page_count();
    collected.torn |= detector.torn();
    collected.pages.extend(detector.into_pages());
    outcome
}

/// Adds pages to the detector until it detects the end. Returns the time of the last reply.
#[expect(clippy::too_many_arguments, reason = "the state of one loop, which has no meaning of its own")]
async fn read_until_end(
    client: &Client,
    job: &Job,
    list: ObjectList,
    expected: Option<u32>,
    deadline: Instant,
    counter: &CallCounter,
    detector: &mut EndDetector,
    collected: &mut CollectedPages,
) -> Result<i64, Error> {
    let options = client.options();
    let mut read_ahead = ReadAhead::new(expected, options.concurrency);
    let mut in_flight = FuturesOrdered::new();
    let mut next = 1;
    let mut last_arrival_ms = i64::MIN;
    loop {
        while in_flight.len() < options.concurrency && next <= read_ahead.last && next <= options.max_pages {
            in_flight.push_back(fetch_page(client, job, list, next, counter));
            next += 1;
        }
        let Ok(reply) = timeout_at(deadline, in_flight.next()).await else {
            return Err(Error::SweepTimedOut { limit: options.max_sweep_time, pages: detector.page_count() });
        };
        // The read-ahead is always beyond the evaluated pages, so nothing is in flight only at the limit.
        let Some(reply) = reply else { return Err(Error::TooManyPages { limit: options.max_pages }) };
        match reply {
            Ok(page) => {
                last_arrival_ms = last_arrival_ms.max(page.arrived_at_ms);
                collected.size.add(&page, options)?;
                let number = page.number;
                let page = Page { number: number.saturating_add(collected.page_count), ..page };
                match detector.add_page(page, &mut collected.folder) {
                    PagingStatus::Continue => read_ahead.on_page_read(number),
                    PagingStatus::End => return Ok(last_arrival_ms),
                }
            }
            Err(error) if detector.page_count() > 0 && error.is_about_page_number() => {
                tracing::debug!(job = job.id, %error, "taken for the end of the pages");
                return Ok(last_arrival_ms.max(client.clock().now_ms()));
            }
            Err(error) => return Err(error),
        }
    }
}
