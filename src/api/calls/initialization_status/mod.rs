//! `DescribeInitializationStatus`: the objects of a synchronization instance, page by page.
//!
//! Documented: the parameters `SynchronizationJobId`, `PageNum`, `PageSize` (1 to 100), the three arrays and the
//! four statuses. Observed in the vendor's SDKs: arrays both flat and wrapped in their item's name. Assumed, because
//! it is documented nowhere: a page past the last one is empty, repeats the last page, or is rejected.
//!
//! [`read`] accepts both shapes in both formats, and every degenerate form between them; [`write_json`] and
//! [`write_xml`] are its inverse, for the simulator.

mod fields;
mod json;
mod mapping;
mod reply;
mod write;
mod xml;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use super::VERSION;
use crate::api::error::Error;
use crate::api::transport::call_stats::CallCounter;
use crate::api::transport::client::Client;
use crate::api::transport::request::Call;
use crate::api::wire::body::{self, Unreadable};
use crate::model::{Job, Page};

pub use reply::Reply;
pub use write::{Shape, write_json, write_xml};

/// Reads a reply in JSON or XML; the content decides which.
///
/// Accepts flat arrays, arrays wrapped in their item's name, a single object in place of a list, null, and missing
/// lists. Invalid values do not fail a reply: a count that is not a whole number is `None`, an unknown status is kept,
/// an unknown field is skipped. Deeply nested input needs no stack, and memory is proportional to the rows.
///
/// # Errors
/// The reason, if the body is not a reply of this call.
pub fn read(body: &[u8]) -> Result<Reply, Unreadable> {
    let text = body::decode_text(body)?;
    match text.as_bytes().first() {
        Some(b'{') => json::read(&text),
        Some(b'<') => xml::read(&text),
        _ => Err(body::unknown_format_error(&text)),
    }
}

/// Fetches one page of a job, with the arrival time of its reply. `number` counts from 1.
///
/// # Errors
/// If the call is rejected, or still fails after `retry_for_seconds`.
pub async fn fetch_page(
    client: &Client,
    job: &Job,
    number: u32,
    counter: &CallCounter,
) -> Result<Page, Error> {
    let call = Call {
        action: "DescribeInitializationStatus",
        version: VERSION,
        region: job.region.as_deref(),
        params: vec![
            ("SynchronizationJobId", job.id.clone()),
            ("PageNum", number.to_string()),
            ("PageSize", client.options().page_size.to_string()),
        ],
    };
    let read = |body: &[u8]| read(body).map(|reply| (reply.head, reply.readings));
    let (readings, arrived_at_ms) = client.call(&call, read, counter).await?;
    Ok(Page { number, arrived_at_ms, readings })
}
