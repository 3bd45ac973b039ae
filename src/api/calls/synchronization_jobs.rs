//! `DescribeSynchronizationJobs`: the synchronization instances of an account in a region.
//!
//! Documented: `PageNum`, `PageSize`, `SynchronizationJobName` (a part of the name), `TotalRecordCount`. The vendor's
//! pages contradict each other on the largest page size (30, 50, 100). Observed in the vendor's SDKs: the list both
//! flat and wrapped in its item's name.

use super::job_list::{JobList, JobPage, ListedJob, read_page};
use crate::api::error::Error;
use crate::api::transport::client::Client;
use crate::api::wire::body::Unreadable;
use crate::api::wire::head::Head;
use crate::api::wire::object::Object;
use crate::model::JobKind;

const ACTION: &str = "DescribeSynchronizationJobs";

/// Lists the jobs of a region from all pages. `name` selects the jobs whose name contains it.
///
/// # Errors
/// If a page cannot be read, or there are more pages than the limit.
pub async fn list(client: &Client, region: &str, name: Option<&str>) -> Result<Vec<ListedJob>, Error> {
    let params = name.map(|name| ("SynchronizationJobName", name.to_owned())).into_iter().collect();
    JobList { action: ACTION, page_param: "PageNum", params, read }.fetch(client, region).await
}

fn read(body: &[u8]) -> Result<(Head, JobPage), Unreadable> {
    read_page(body, ACTION, ("SynchronizationInstances", "SynchronizationInstance"), job)
}

fn job(item: &Object<'_>) -> Option<ListedJob> {
    Some(ListedJob {
        kind: JobKind::Synchronization,
        id: item.text("SynchronizationJobId")?,
        instance_id: None,
        name: item.text("SynchronizationJobName"),
        status: item.text("Status"),
        direction: item.text("SynchronizationDirection"),
        source_engine: item.object("SourceEndpoint").text("EngineName"),
        destination_engine: item.object("DestinationEndpoint").text("EngineName"),
        data_percent: item.object("DataInitializationStatus").text("Percent"),
        error_message: item.text("ErrorMessage"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::job_list::PAGE_SIZE;
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
                kind: JobKind::Synchronization,
                id: "dtsa".to_owned(),
                instance_id: None,
                name: text("orders <to> 库"),
                status: text("Initializating"),
                direction: text("Forward"),
                source_engine: text("MySQL"),
                destination_engine: text("PolarDB"),
                data_percent: text("42"),
                error_message: None,
            }
        );
        assert_eq!((page.jobs[1].id.as_str(), &page.jobs[1].status), ("dtsb", &None));
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
            (
                r#"{"RequestId":"r","DataInitializationDetails":[]}"#,
                "not a reply of DescribeSynchronizationJobs: it has no SynchronizationInstances",
            ),
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
