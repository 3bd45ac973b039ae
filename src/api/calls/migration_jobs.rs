//! `DescribeMigrationJobs`: the migration instances of the older kind, of an account in a region.
//!
//! Documented: `PageNum`, `PageSize` (10, 20 or 30), `MigrationJobName` (a part of the name). Observed in the vendor's
//! samples: lists wrapped in their item's name, the spelling `MigrationJobID`, and keys of the phases in lower case.

use super::job_list::{JobList, JobPage, ListedJob, read_page};
use crate::api::error::Error;
use crate::api::transport::client::Client;
use crate::api::wire::body::Unreadable;
use crate::api::wire::head::Head;
use crate::api::wire::object::Object;
use crate::model::JobKind;

const ACTION: &str = "DescribeMigrationJobs";

/// Lists the jobs of a region, all pages of them. With a name, those whose name contains it.
///
/// # Errors
/// If a page cannot be read, or there are more than a list is bounded to.
pub async fn list(client: &Client, region: &str, name: Option<&str>) -> Result<Vec<ListedJob>, Error> {
    let params = name.map(|name| ("MigrationJobName", name.to_owned())).into_iter().collect();
    JobList { action: ACTION, page_param: "PageNum", params, read }.fetch(client, region).await
}

fn read(body: &[u8]) -> Result<(Head, JobPage), Unreadable> {
    read_page(body, ACTION, ("MigrationJobs", "MigrationJob"), job)
}

fn job(item: &Object<'_>) -> Option<ListedJob> {
    Some(ListedJob {
        kind: JobKind::Migration,
        id: item.text("MigrationJobID")?,
        instance_id: None,
        name: item.text("MigrationJobName"),
        status: item.text("MigrationJobStatus"),
        direction: None,
        source_engine: item.object("SourceEndpoint").text("EngineName"),
        destination_engine: item.object("DestinationEndpoint").text("EngineName"),
        data_percent: item.object("DataInitialization").text("Percent"),
        error_message: item.text("ErrorMessage"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::testing::{Answer, Server};

    #[tokio::test]
    async fn jobs_are_requested_by_name_and_read() {
        let reply = r#"{"RequestId":"r","PageNumber":1,"TotalRecordCount":1,"MigrationJobs":{"MigrationJob":[
            {"MigrationJobID":"dtsz2v12jfo309","MigrationJobName":"orders","MigrationJobStatus":"Migrating",
             "DataInitialization":{"status":"Migrating","percent":"42"},"SourceEndpoint":{"EngineName":"MySQL"}},
            {"MigrationJobName":"no id"}]}}"#;
        let server = Server::queue([Answer::ok(reply)]).await;
        let jobs = list(&server.client(), "cn-hangzhou", Some("ord")).await.unwrap();
        assert_eq!(jobs.len(), 1);
        assert_eq!((jobs[0].kind, jobs[0].id.as_str()), (JobKind::Migration, "dtsz2v12jfo309"));
        assert_eq!(jobs[0].data_percent.as_deref(), Some("42"));
        let request = server.requests().remove(0);
        assert_eq!(request.params["Action"], ACTION);
        assert_eq!(
            (request.params["MigrationJobName"].as_str(), request.params["PageNum"].as_str()),
            ("ord", "1")
        );
    }
}
