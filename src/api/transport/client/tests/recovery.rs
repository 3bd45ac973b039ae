//! Recoveries: throttling, the clock, signatures and tokens.

use super::error_of;
use std::time::Duration;

use super::*;
use crate::api::auth::acs3;
use crate::api::auth::rpc::{self, Method};
use crate::api::testing::*;
use crate::api::transport::request::Signature;
use crate::clock::ManualClock;
use crate::history::page_folding::KnownPages;
use crate::model::Job;

#[tokio::test]
async fn the_call_rate_is_limited_and_halved_when_throttled() {
    let server = Server::queue([page_of(&["t"])]).await;
    let client = client_with(Options { max_calls_per_second: 20.0, ..server.options() });
    let began = Instant::now();
    let (a, b) = (job(), Job { id: "dtsother".to_owned(), ..job() });
    let calls = (1..=4).flat_map(|page| [fetch_page(&client, &a, page), fetch_page(&client, &b, page)]);
    futures_util::future::try_join_all(calls).await.unwrap();
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(350), "8 calls of both jobs at 20 a second took {took:?}");

    let throttled = Answer::error(400, "Throttling.User");
    let server = Server::queue([throttled, page_of(&["t"])]).await;
    let client = client_with(Options { max_calls_per_second: 20.0, ..server.options() });
    fetch_page(&client, &job(), 1).await.unwrap();
    let began = Instant::now();
    for page in 1..=4 {
        fetch_page(&client, &job(), page).await.unwrap();
    }
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(300), "4 calls at 10 a second took {took:?}");
}

/// A server that takes signatures within 15 minutes of its own time, three hours behind ours.
async fn in_another_time() -> Server {
    Server::start(|request| {
        if request.params["Timestamp"].as_str() < "2026-01-02T00:19:00Z" {
            page_of(&[&format!("t{}", request.page())])
        } else {
            Answer::error(400, "InvalidTimeStamp.Expired").header("Date", "Fri, 02 Jan 2026 00:04:05 GMT")
        }
    })
    .await
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_once_from_the_server_date() {
    let server = in_another_time().await;
    let client = client_with(server.options());
    let page = fetch_page(&client, &job(), 1).await.unwrap();
    assert_eq!(page.arrived_at_ms, NOON_MS - 3 * 3_600_000, "replies are stamped with the true time");
    fetch_page(&client, &job(), 2).await.unwrap();
    assert_eq!(server.requested_pages(), [1, 1, 2], "the correction stays");

    // Calls that were under way when one of them corrected the clock.
    let client = client_with(server.options());
    let jobs: Vec<_> = (0..8).map(|_| job()).collect();
    let pages = futures_util::future::join_all(jobs.iter().map(|job| fetch_page(&client, job, 1))).await;
    assert!(pages.iter().all(Result::is_ok), "{pages:?}");
}

#[tokio::test]
async fn a_clock_error_with_an_accurate_clock_is_not_corrected() {
    let answer =
        Answer::error(400, "InvalidTimeStamp.Expired").header("Date", "Fri, 02 Jan 2026 03:04:00 GMT");
    let server = Server::queue([answer]).await;
    let error = error_of(server.options()).await;
    assert_eq!(error.kind(), ErrorKind::Clock);
    assert_eq!(server.requests().len(), 1);

    // A server that does not take its own time.
    let answer = Answer::error(400, "IllegalTimestamp").header("Date", "Fri, 02 Jan 2026 00:04:05 GMT");
    let server = Server::queue([answer]).await;
    let said = error_of(server.options()).await.to_string();
    assert!(said.contains("set this machine's clock"), "{said}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_signature_error_is_explained_by_the_string_to_sign_of_the_server() {
    for (changed, advice) in
        [(false, "the access key secret is wrong"), (true, "(parameter SynchronizationJobId)")]
    {
        let server = Server::start(move |request| {
            let mut params = request.params.clone();
            if changed {
                params.insert("SynchronizationJobId".to_owned(), "another".to_owned());
            }
            let theirs = rpc::string_to_sign(Method::Post, &params);
            let message = format!("Specified signature is not matched. server string to sign is:{theirs}");
            let body = serde_json::json!({ "Code": "SignatureDoesNotMatch", "Message": message }).to_string();
            Answer::status(400, body)
        })
        .await;
        let said = error_of(server.options()).await.to_string();
        assert!(said.contains("Specified signature is not matched; the server signed"), "{said}");
        assert!(said.contains(advice), "{said}");
        assert!(!said.contains("Token"), "{said}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn version_3_keeps_the_call_in_headers() {
    let server = Server::queue([page_of(&["t"])]).await;
    let client = client_with(Options { signature: Signature::V3, ..server.options() });
    assert_eq!(fetch_page(&client, &job(), 2).await.unwrap().readings, [reading("t")]);
    let request = server.requests().remove(0);
    assert_eq!(
        request.params.keys().collect::<Vec<_>>(),
        ["PageNum", "PageSize", "RegionId", "SynchronizationJobId"]
    );
    for (name, value) in [
        ("x-acs-action", "DescribeInitializationStatus"),
        ("x-acs-version", "2020-01-01"),
        ("x-acs-date", "2026-01-02T03:04:05Z"),
        ("x-acs-accesskey-id", KEY_ID),
        ("x-acs-security-token", TOKEN),
        ("accept", "application/json"),
    ] {
        assert_eq!(request.headers.get(name).map(String::as_str), Some(value), "{name}");
    }
    let authorization = acs3::Authorization::parse(&request.headers["authorization"]).unwrap();
    assert!(
        authorization.signed_headers.contains(&"host")
            && authorization.signed_headers.contains(&"x-acs-date")
    );

    let server = Server::queue([Answer::error(400, "SignatureDoesNotMatch")]).await;
    let said = error_of(Options { signature: Signature::V3, ..server.options() }).await.to_string();
    assert!(said.contains("check the access key secret"), "{said}");
}

#[tokio::test]
async fn a_token_that_expires_during_a_sweep_is_renewed() {
    let home = tempfile::tempdir().unwrap();
    let profile = home.path().join(".aliyun/config.json");
    std::fs::create_dir_all(profile.parent().unwrap()).unwrap();
    let write = move |token: &str| {
        let access_key =
            format!(r#""access_key_id":"{KEY_ID}","access_key_secret":"{SECRET}","sts_token":"{token}""#);
        let text = format!(r#"{{"profiles":[{{"name":"default","mode":"StsToken",{access_key}}}]}}"#);
        std::fs::write(&profile, text).unwrap();
    };
    write("first");
    let server = Server::start(move |request| match request.page() {
        page if page >= 3 && request.params["SecurityToken"] == "first" => {
            write("second"); // some tool has, meanwhile
            Answer::error(400, "InvalidSecurityToken.Expired")
        }
        page if page <= 6 => page_of(&[&format!("t{page}")]),
        _ => page_of(&[]),
    })
    .await;
    let path = home.path().display().to_string();
    let home_only = move |name: &str| (name == "HOME").then(|| path.clone());
    let credentials = Credentials::discover_in(None, Arc::new(home_only)).unwrap();
    let clock = Arc::new(ManualClock::at(NOON_MS));
    let client = Client::new(server.options(), credentials, clock).unwrap();
    let known = KnownPages { count: Some(6), ..KnownPages::default() };
    let swept = crate::api::paging::sweep(&client, &job(), &known, &CallCounter::default()).await.unwrap();
    assert_eq!(swept.sweep.page_count, 6);
    let refused = server
        .requests()
        .iter()
        .filter(|request| request.page() >= 3 && request.params["SecurityToken"] == "first")
        .count();
    assert!((1..=4).contains(&refused), "{refused} of the calls in flight met the end of the token");

    // A token that cannot be renewed ends the call at once.
    let server = Server::queue([Answer::error(400, "InvalidSecurityToken.Expired")]).await;
    let said = error_of(server.options()).await.to_string();
    assert!(said.contains("renew the temporary credentials"), "{said}");
    assert_eq!(server.requests().len(), 1);
}
