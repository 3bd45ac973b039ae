//! Lists of jobs, which three calls page through in the same way.

use std::collections::HashSet;

use super::VERSION;
use crate::api::error::Error;
use crate::api::transport::attempt::ParseReply;
use crate::api::transport::call_stats::CallCounter;
use crate::api::transport::client::Client;
use crate::api::transport::request::Call;
use crate::api::wire::body::Unreadable;
use crate::api::wire::head::Head;
use crate::api::wire::object::{self, Object};
use crate::model::JobKind;

/// The vendor's pages have named 30, 50 and 100 as the most that a page may hold. 30 fits all of them.
pub(super) const PAGE_SIZE: usize = 30;
/// Limit of the pages of one list: thirty thousand jobs.
const MAX_PAGES: u32 = 1_000;

/// A job, as a list shows it. A field is `None` if it was absent or empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedJob {
    /// The kind, which tells the list and the calls that take the id.
    pub kind: JobKind,
    /// `SynchronizationJobId`, `MigrationJobID` or `DtsJobId`.
    pub id: String,
    /// `DtsInstanceID` of a task: the same instance may be listed as a synchronization or migration too.
    pub instance_id: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// The status of the whole job, to the letter: the vendor's own spellings vary (`Initializating`).
    pub status: Option<String>,
    /// `Forward` or `Reverse`. A two-way job is listed once for each.
    pub direction: Option<String>,
    /// The engine of the source, for example `MySQL`.
    pub source_engine: Option<String>,
    /// The engine of the destination.
    pub destination_engine: Option<String>,
    /// Progress of the data initialization in percent, as received.
    pub data_percent: Option<String>,
    /// The error of the job.
    pub error_message: Option<String>,
}

/// One page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct JobPage {
    /// `TotalRecordCount`: how many jobs there are on all pages.
    pub(super) total: Option<u64>,
    /// The jobs of this page. One without an id cannot be recorded and is left out.
    pub(super) jobs: Vec<ListedJob>,
}

/// How a call lists jobs.
pub(super) struct JobList {
    pub(super) action: &'static str,
    /// The parameter with the number of a page, from 1.
    pub(super) page_param: &'static str,
    /// The other parameters.
    pub(super) params: Vec<(&'static str, String)>,
    pub(super) read: ParseReply<JobPage>,
}

impl JobList {
    /// Reads every page.
    pub(super) async fn fetch(self, client: &Client, region: &str) -> Result<Vec<ListedJob>, Error> {
        let mut jobs: Vec<ListedJob> = Vec::new();
        let mut seen = HashSet::new();
        for number in 1..=MAX_PAGES {
            let mut params = vec![(self.page_param, number.to_string()), ("PageSize", PAGE_SIZE.to_string())];
            params.extend(self.params.iter().cloned());
            let call = Call { action: self.action, version: VERSION, region: Some(region), params };
            let (page, _) = client.call(&call, self.read, &CallCounter::default()).await?;
            let known = jobs.len();
            // A job that a new one has pushed to the next page is listed there again.
            jobs.extend(
                page.jobs.into_iter().filter(|job| seen.insert((job.id.clone(), job.direction.clone()))),
            );
            let complete = page.total.is_some_and(|total| jobs.len() as u64 >= total);
            if complete || jobs.len() == known {
                return Ok(jobs);
            }
        }
        Err(Error::TooManyPages { limit: MAX_PAGES })
    }
}

/// Reads a page. It is asked for in JSON; only an error comes in XML all the same.
pub(super) fn read_page(
    body: &[u8],
    action: &'static str,
    (list, item): (&'static str, &'static str),
    job: impl Fn(&Object<'_>) -> Option<ListedJob>,
) -> Result<(Head, JobPage), Unreadable> {
    let (head, text) = object::read_document(body)?;
    if !head.success {
        return Ok((head, JobPage::default()));
    }
    let reply = Object::parse(&text)?;
    if !reply.has(list) {
        return Err(Unreadable::NotOfCall { action, missing: list });
    }
    let jobs = reply.list(list, item)?.iter().filter_map(job).collect();
    Ok((head, JobPage { total: reply.count("TotalRecordCount").map(i64::unsigned_abs), jobs }))
}
