//! Which synchronization jobs an account has in a region.

use std::collections::HashSet;

use super::client::{Client, VERSION};
use super::error::Error;
use super::request::Call;
use super::tally::Tally;
use super::wire::{ListedJob, read_jobs};

/// The vendor's pages have named 30, 50 and 100 as the most that a page may hold. 30 fits all of them.
const PAGE_SIZE: usize = 30;
/// The bound of a list: thirty thousand jobs.
const MAX_PAGES: u32 = 1_000;

/// Lists the jobs of a region, all pages of them. With a name, those whose name contains it.
///
/// # Errors
/// If a page cannot be read, or there are more than a list is bounded to.
pub async fn list(client: &Client, region: &str, name: Option<&str>) -> Result<Vec<ListedJob>, Error> {
    let mut jobs: Vec<ListedJob> = Vec::new();
    let mut seen = HashSet::new();
    for number in 1..=MAX_PAGES {
        let mut params = vec![("PageNum", number.to_string()), ("PageSize", PAGE_SIZE.to_string())];
        params.extend(name.map(|name| ("SynchronizationJobName", name.to_owned())));
        let call =
            Call { action: "DescribeSynchronizationJobs", version: VERSION, region: Some(region), params };
        let (page, _) = client.call(&call, read_jobs, &Tally::default()).await?;
        let known = jobs.len();
        // A job that a new one has pushed to the next page is listed there again.
        jobs.extend(page.jobs.into_iter().filter(|job| seen.insert((job.id.clone(), job.direction.clone()))));
        let complete = page.total.is_some_and(|total| jobs.len() as u64 >= total);
        if complete || jobs.len() == known {
            return Ok(jobs);
        }
    }
    Err(Error::TooManyPages { limit: MAX_PAGES })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::testing::*;

    /// An account with so many jobs, which tells their number or does not.
    async fn account(jobs: usize, tells: bool) -> Server {
        Server::start(move |seen| {
            let first = (seen.page() as usize - 1) * PAGE_SIZE;
            let wanted = seen.params.get("SynchronizationJobName");
            let page: Vec<_> = (0..jobs)
                .map(|number| (format!("dts{number:03}"), format!("job {number}")))
                .filter(|(_, name)| wanted.is_none_or(|wanted| name.contains(wanted.as_str())))
                .skip(first)
                .take(seen.params["PageSize"].parse().unwrap())
                .map(|(id, name)| serde_json::json!({"SynchronizationJobId": id, "SynchronizationJobName": name}))
                .collect();
            let total = if tells { serde_json::json!(jobs) } else { serde_json::Value::Null };
            let body = serde_json::json!({
                "RequestId": "r", "TotalRecordCount": total, "SynchronizationInstances": page
            });
            Answer::ok(body.to_string())
        })
        .await
    }

    #[tokio::test]
    async fn every_page_is_listed() {
        for (jobs, tells, calls) in
            [(0, true, 1), (30, true, 1), (31, true, 2), (65, false, 4), (0, false, 1)]
        {
            let server = account(jobs, tells).await;
            let listed = list(&server.client(), "cn-hangzhou", None).await.unwrap();
            let ids: Vec<_> = listed.into_iter().map(|job| job.id).collect();
            assert_eq!(ids, (0..jobs).map(|number| format!("dts{number:03}")).collect::<Vec<_>>());
            assert_eq!(server.seen().len(), calls, "{jobs} jobs");
        }
    }

    #[tokio::test]
    async fn a_name_and_the_region_are_asked_for() {
        let server = account(20, false).await;
        let listed = list(&server.client(), "cn-hangzhou", Some("job 1")).await.unwrap();
        assert_eq!(listed.len(), 11);
        let seen = server.seen().remove(0);
        assert_eq!(seen.params["Action"], "DescribeSynchronizationJobs");
        assert_eq!(
            (seen.params["RegionId"].as_str(), seen.params["PageSize"].as_str()),
            ("cn-hangzhou", "30")
        );
    }

    #[tokio::test]
    async fn a_refusal_is_of_this_call() {
        let server = Server::queue([Answer::error(403, "Forbidden.RAM")]).await;
        let said = list(&server.client(), "cn-hangzhou", None).await.unwrap_err().to_string();
        assert!(said.contains("answered DescribeSynchronizationJobs with Forbidden.RAM"), "{said}");
        assert!(said.contains("grant the account dts:DescribeSynchronizationJobs"), "{said}");
    }
}
