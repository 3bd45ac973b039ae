//! `DescribeSynchronizationJobs`: the synchronization instances of an account in a region.
//!
//! Documented: `PageNum`, `PageSize`, `SynchronizationJobName` (a part of the name), `TotalRecordCount`. The vendor's
//! pages contradict each other on the largest page size (30, 50, 100). Observed in the vendor's SDKs: the list both
//! flat and wrapped in its item's name.

use std::collections::HashSet;

use serde_json::Value;

use super::VERSION;
use crate::api::error::Error;
use crate::api::transport::call_stats::CallCounter;
use crate::api::transport::client::Client;
use crate::api::transport::request::Call;
use crate::api::wire;
use crate::api::wire::body::{self, Format, Unreadable};
use crate::api::wire::head::Head;
use crate::api::wire::json;

/// The array of the reply, and the key that wraps its items.
const LIST: &str = "SynchronizationInstances";
const LIST_ITEM: &str = "SynchronizationInstance";
/// The vendor's pages give 30, 50 and 100 as the maximum page size; 30 is valid by all of them.
const PAGE_SIZE: usize = 30;
/// Limit of the pages of a list: thirty thousand jobs.
const MAX_PAGES: u32 = 1_000;

/// Lists the jobs of a region from all pages. `name` selects the jobs whose name contains it.
///
/// # Errors
/// If a page cannot be read, or there are more pages than the limit.
pub async fn list(client: &Client, region: &str, name: Option<&str>) -> Result<Vec<ListedJob>, Error> {
    let mut jobs: Vec<ListedJob> = Vec::new();
    let mut seen = HashSet::new();
    for number in 1..=MAX_PAGES {
        let mut params = vec![("PageNum", number.to_string()), ("PageSize", PAGE_SIZE.to_string())];
        params.extend(name.map(|name| ("SynchronizationJobName", name.to_owned())));
        let call =
            Call { action: "DescribeSynchronizationJobs", version: VERSION, region: Some(region), params };
        let (page, _) = client.call(&call, read, &CallCounter::default()).await?;
        let known = jobs.len();
        // If a new job has moved another one to the next page, that one is listed twice.
        jobs.extend(page.jobs.into_iter().filter(|job| seen.insert((job.id.clone(), job.direction.clone()))));
        let complete = page.total.is_some_and(|total| jobs.len() as u64 >= total);
        if complete || jobs.len() == known {
            return Ok(jobs);
        }
    }
    Err(Error::TooManyPages { limit: MAX_PAGES })
}

/// A synchronization job of the list. A field is `None` if it was absent or empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListedJob {
    /// `SynchronizationJobId`.
    pub id: String,
    /// `SynchronizationJobName`.
    pub name: Option<String>,
    /// `Status` of the whole job, unchanged: the vendor's spellings vary (`Initializating`).
    pub status: Option<String>,
    /// `SynchronizationDirection`: `Forward` or `Reverse`. A two-way job is listed once for each.
    pub direction: Option<String>,
    /// The engine of `SourceEndpoint`, for example `MySQL`.
    pub source_engine: Option<String>,
    /// The engine of `DestinationEndpoint`.
    pub destination_engine: Option<String>,
    /// `DataInitializationStatus.Percent`.
    pub data_percent: Option<String>,
    /// `ErrorMessage`.
    pub error_message: Option<String>,
}

/// One page of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobPage {
    /// `TotalRecordCount`: the number of jobs on all pages.
    pub total: Option<u64>,
    /// The jobs of this page. One without an id cannot be recorded and is left out.
    pub jobs: Vec<ListedJob>,
}

/// Reads a page of the list in JSON. Only an error may be in XML, although JSON was requested.
///
/// # Errors
/// The reason, if the body is not a reply of this call.
pub fn read(body: &[u8]) -> Result<(Head, JobPage), Unreadable> {
    let text = body::decode_text(body)?;
    let text = text.as_ref();
    if !text.starts_with('{') {
        let head = wire::read_head(body)?;
        if head.success {
            let detail = "JSON was asked for".to_owned();
            return Err(Unreadable::Malformed { format: Format::Xml, detail });
        }
        return Ok((head, JobPage::default()));
    }
    let head = json::read_head(text)?;
    let reply: Value = serde_json::from_str(text).map_err(|error| json::parse_error(&error))?;
    let list = &reply[LIST];
    if list.is_null() && head.success {
        return Err(Unreadable::Foreign { format: Format::Json });
    }
    let total = non_empty_text(&reply["TotalRecordCount"]).and_then(|text| text.trim().parse().ok());
    Ok((head, JobPage { total, jobs: list_items(list).filter_map(parse_job).collect() }))
}

/// The items of an array, flat or wrapped in their item's name, or the single object in its place.
fn list_items(list: &Value) -> impl Iterator<Item = &Value> {
    let list = list.get(LIST_ITEM).unwrap_or(list);
    list.as_array().map_or_else(|| std::slice::from_ref(list), Vec::as_slice).iter()
}

fn parse_job(item: &Value) -> Option<ListedJob> {
    let text = |name: &str| non_empty_text(&item[name]);
    Some(ListedJob {
        id: text("SynchronizationJobId")?,
        name: text("SynchronizationJobName"),
        status: text("Status"),
        direction: text("SynchronizationDirection"),
        source_engine: non_empty_text(&item["SourceEndpoint"]["EngineName"]),
        destination_engine: non_empty_text(&item["DestinationEndpoint"]["EngineName"]),
        data_percent: non_empty_text(&item["DataInitializationStatus"]["Percent"]),
        error_message: text("ErrorMessage"),
    })
}

fn non_empty_text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::testing::{Answer, Server};

    /// A server with this number of jobs, whose replies contain the total or not.
    async fn server_with_jobs(jobs: usize, has_total: bool) -> Server {
        Server::start(move |request| {
            let first = (request.page() as usize - 1) * PAGE_SIZE;
            let wanted = request.params.get("SynchronizationJobName");
            let page: Vec<_> = (0..jobs)
                .map(|number| (format!("dts{number:03}"), format!("job {number}")))
                .filter(|(_, name)| wanted.is_none_or(|wanted| name.contains(wanted.as_str())))
                .skip(first)
                .take(request.params["PageSize"].parse().unwrap())
                .map(|(id, name)| serde_json::json!({"SynchronizationJobId": id, "SynchronizationJobName": name}))
                .collect();
            let total = if has_total { serde_json::json!(jobs) } else { serde_json::Value::Null };
            let body = serde_json::json!({
                "RequestId": "r", "TotalRecordCount": total, "SynchronizationInstances": page
            });
            Answer::ok(body.to_string())
        })
        .await
    }

    #[tokio::test]
    async fn every_page_of_the_list_is_requested() {
        for (jobs, has_total, calls) in
            [(0, true, 1), (30, true, 1), (31, true, 2), (65, false, 4), (0, false, 1)]
        {
            let server = server_with_jobs(jobs, has_total).await;
            let listed = list(&server.client(), "cn-hangzhou", None).await.unwrap();
            let ids: Vec<_> = listed.into_iter().map(|job| job.id).collect();
            assert_eq!(ids, (0..jobs).map(|number| format!("dts{number:03}")).collect::<Vec<_>>());
            assert_eq!(server.requests().len(), calls, "{jobs} jobs");
        }
    }

    #[tokio::test]
    async fn name_and_region_are_request_parameters() {
        let server = server_with_jobs(20, false).await;
        let listed = list(&server.client(), "cn-hangzhou", Some("job 1")).await.unwrap();
        assert_eq!(listed.len(), 11);
        let request = server.requests().remove(0);
        assert_eq!(request.params["Action"], "DescribeSynchronizationJobs");
        assert_eq!(
            (request.params["RegionId"].as_str(), request.params["PageSize"].as_str()),
            ("cn-hangzhou", "30")
        );
    }

    #[tokio::test]
    async fn errors_name_this_call() {
        let server = Server::queue([Answer::error(403, "Forbidden.RAM")]).await;
        let said = list(&server.client(), "cn-hangzhou", None).await.unwrap_err().to_string();
        assert!(said.contains("answered DescribeSynchronizationJobs with Forbidden.RAM"), "{said}");
        assert!(said.contains("grant the account dts:DescribeSynchronizationJobs"), "{said}");
    }

    const PAGE: &str = r#"{"PageNumber":1,"PageRecordCount":30,"TotalRecordCount":2,"RequestId":"r",
        "SynchronizationInstances":[
          {"SynchronizationJobId":"dtsa","SynchronizationJobName":"orders <to> 库","Status":"Initializating",
           "SynchronizationDirection":"Forward","ErrorMessage":"",
           "DataInitializationStatus":{"Status":"Migrating","Percent":"42","Progress":"7"},
           "SourceEndpoint":{"EngineName":"MySQL","InstanceId":"rm-1"},"DestinationEndpoint":{"EngineName":"PolarDB"},
           "PrecheckStatus":{"Detail":[{"ItemName":"x"}]},"Tags":[]},
          {"SynchronizationJobId":"dtsb"},
          {"SynchronizationJobName":"no id"}, null, 7]}"#;

    #[test]
    fn a_page_of_the_list_is_parsed() {
        let (head, page) = read(PAGE.as_bytes()).unwrap();
        assert!(head.success);
        assert_eq!(page.total, Some(2));
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            page.jobs[0],
            ListedJob {
                id: "dtsa".to_owned(),
                name: text("orders <to> 库"),
                status: text("Initializating"),
                direction: text("Forward"),
                source_engine: text("MySQL"),
                destination_engine: text("PolarDB"),
                data_percent: text("42"),
                error_message: None,
            }
        );
        assert_eq!(page.jobs[1], ListedJob { id: "dtsb".to_owned(), ..ListedJob::default() });
        assert_eq!(page.jobs.len(), 2);
    }

    #[test]
    fn every_shape_of_the_list_is_accepted() {
        let job = r#"{"SynchronizationJobId":"dtsa"}"#;
        for list in [
            format!("[{job}]"),
            job.to_owned(),
            format!(r#"{{"SynchronizationInstance":[{job}]}}"#),
            format!(r#"{{"SynchronizationInstance":{job}}}"#),
        ] {
            let body =
                format!(r#"{{"RequestId":"r","TotalRecordCount":"1","SynchronizationInstances":{list}}}"#);
            let (_, page) = read(body.as_bytes()).unwrap();
            assert_eq!((page.total, page.jobs.len()), (Some(1), 1), "{list}");
        }
        let (_, page) = read(br#"{"RequestId":"r","SynchronizationInstances":[]}"#).unwrap();
        assert_eq!(page, JobPage::default());
    }

    #[test]
    fn errors_and_other_bodies_are_distinguished() {
        let (head, _) = read(br#"{"Code":"Forbidden.RAM","Message":"no","RequestId":"r"}"#).unwrap();
        assert_eq!((head.success, head.err_code.as_deref()), (false, Some("Forbidden.RAM")));
        let (head, _) = read(b"<Error><Code>Throttling.User</Code></Error>").unwrap();
        assert_eq!(head.err_code.as_deref(), Some("Throttling.User"));
        for (body, begins) in [
            ("", "no content"),
            ("{}", "JSON of something else"),
            (r#"{"RequestId":"r","DataInitializationDetails":[]}"#, "JSON of something else"),
            (r#"{"RequestId":"r","Synch"#, "incomplete JSON"),
            ("<html></html>", "an HTML page"),
            ("<R><SynchronizationInstances/><RequestId>r</RequestId></R>", "broken XML: JSON was asked for"),
        ] {
            let said = read(body.as_bytes()).unwrap_err().to_string();
            assert!(said.starts_with(begins), "{body}: {said}");
        }
        let deep = format!(r#"{{"RequestId":"r","SynchronizationInstances":{}"#, "[".repeat(300_000));
        assert!(read(deep.as_bytes()).is_err());
    }
}
