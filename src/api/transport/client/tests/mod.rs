mod recovery;

use std::io::Write as _;
use std::sync::Mutex;

use std::time::Duration;

use super::*;
use crate::api::testing::*;
use crate::clock::ManualClock;
use crate::model::{Job, Page};

/// The error of one call for page 1.
pub(super) async fn error_of(options: Options) -> Error {
    fetch_page(&client_with(options), &job(), 1).await.expect_err("the page should fail")
}

#[tokio::test]
async fn page_requests_have_the_documented_parameters() {
    let server = Server::queue([page_of(&["customer"])]).await;
    let page = fetch_page(&server.client(), &job(), 3).await.unwrap();
    assert_eq!(page, Page { number: 3, arrived_at_ms: NOON_MS, readings: vec![reading("customer")] });

    let request = server.requests().remove(0);
    assert_eq!(request.method, "POST");
    for (name, value) in [
        ("Action", "DescribeInitializationStatus"),
        ("Version", "2020-01-01"),
        ("Format", "JSON"),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureVersion", "1.0"),
        ("Timestamp", "2026-01-02T03:04:05Z"),
        ("AccessKeyId", KEY_ID),
        ("SecurityToken", TOKEN),
        ("SynchronizationJobId", "dtsi76118o3w92abcd"),
        ("RegionId", "cn-hangzhou"),
        ("PageNum", "3"),
        ("PageSize", "100"),
    ] {
        assert_eq!(request.params.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert!(request.headers["user-agent"].starts_with("dts-history/"));
    assert!(request.headers["accept-encoding"].contains("gzip"));
}

#[tokio::test]
async fn replies_are_timestamped_at_their_last_byte() {
    let clock = Arc::new(ManualClock::at(NOON_MS));
    let server = Server::start({
        let clock = Arc::clone(&clock);
        move |_| {
            clock.advance_ms(1_234);
            page_of(&["t"])
        }
    })
    .await;
    let page = fetch_page(&client_at(server.options(), clock), &job(), 1).await.unwrap();
    assert_eq!(page.arrived_at_ms, NOON_MS + 1_234);
    assert_eq!(server.requests()[0].params["Timestamp"], "2026-01-02T03:04:05Z");
}

#[tokio::test]
async fn transient_errors_are_retried_with_a_new_signature() {
    let faults = [
        Answer::error(400, "Throttling.User"),
        Answer::error(500, "ServiceUnavailable"),
        Answer::error(400, "SignatureNonceUsed"),
        Answer::status(502, "<html>Bad Gateway</html>"),
        Answer::status(503, ""),
        Answer::ok("<!DOCTYPE html><html>log in</html>"),
        Answer::ok(""),
        Answer::Cut { body: br#"{"RequestId":"r","Success":true}"#.to_vec() },
        Answer::ok(r#"{"RequestId":"r","Succ"#),
        Answer::Reset,
        Answer::ok(r#"{"Success":"false","ErrCode":"InternalError","RequestId":"r"}"#),
        page_of(&["t"]),
    ];
    let calls = faults.len();
    let server = Server::queue(faults).await;
    let page = fetch_page(&server.client(), &job(), 1).await.unwrap();
    assert_eq!(page.readings, [reading("t")]);
    let request = server.requests();
    assert_eq!(request.len(), calls);
    let nonces: std::collections::BTreeSet<_> =
        request.iter().map(|request| &request.params["SignatureNonce"]).collect();
    assert_eq!(nonces.len(), calls, "each attempt has its own nonce");
}

#[tokio::test]
async fn permanent_errors_are_not_retried_and_name_code_and_request() {
    for (status, code, kind) in [
        (404, "InvalidAccessKeyId.NotFound", ErrorKind::Key),
        (400, "SignatureDoesNotMatch", ErrorKind::Signature),
        (403, "Forbidden.RAM", ErrorKind::Denied),
        (404, "Forbidden.InstanceNotFound", ErrorKind::JobNotFound),
        (400, "IllegalTimestamp", ErrorKind::Clock),
        (400, "InvalidSecurityToken.Expired", ErrorKind::Token),
        (400, "SomethingNew", ErrorKind::Request),
    ] {
        let server = Server::queue([Answer::error(status, code)]).await;
        let error = error_of(server.options()).await;
        assert_eq!(error.kind(), kind, "{code}");
        let said = error.to_string();
        for part in [
            code,
            &format!("(RequestId REQ-{code})"),
            &format!("about {code};"),
            "DescribeInitializationStatus",
        ] {
            assert!(said.contains(part), "{said}");
        }
        assert_eq!(server.requests().len(), 1, "{code} is final");
    }
}

#[tokio::test]
async fn success_false_with_status_200_is_an_error() {
    let body =
        r#"{"Success":false,"ErrCode":"DTS.Msg.JobNotExists","ErrMessage":"no such job.","RequestId":"r1"}"#;
    let server = Server::queue([Answer::ok(body)]).await;
    assert_eq!(
        error_of(server.options()).await.to_string(),
        "DTS answered DescribeInitializationStatus with DTS.Msg.JobNotExists (HTTP 200): no such job; check the \
         job's id and region, and its kind (synchronization, migration or task) (RequestId r1)"
    );
}

#[tokio::test]
async fn xml_errors_are_parsed_in_replies_to_json_requests() {
    let body = "<?xml version='1.0'?><Error><RequestId>r2</RequestId><Code>NoPermission</Code></Error>";
    let server = Server::queue([Answer::status(403, body)]).await;
    let Error::Refused(refusal) = error_of(server.options()).await else { panic!() };
    assert_eq!((refusal.kind, refusal.request_id.as_deref()), (ErrorKind::Denied, Some("r2")));
}

#[tokio::test]
async fn retries_end_with_the_last_error() {
    let server = Server::queue([Answer::error(400, "Throttling.User")]).await;
    let options = Options { retry_for_seconds: 0.08, ..server.options() };
    let error = error_of(options).await;
    let Error::GaveUp { calls, .. } = &error else { panic!("{error}") };
    assert_eq!(*calls as usize, server.requests().len());
    assert!(*calls > 1);
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert!(error.to_string().contains("(RequestId REQ-Throttling.User) (gave up after"), "{error}");

    let server = Server::queue([Answer::error(500, "InternalError")]).await;
    let error = error_of(server.options()).await;
    assert!(error.to_string().contains("gave up after 5 calls"), "{error}");

    let server = Server::queue([Answer::Reset]).await;
    let error = error_of(Options { retry_for_seconds: 0.0, ..server.options() }).await;
    assert!(matches!(error, Error::Broken { .. }), "{error:?}");
}

#[tokio::test]
async fn the_retry_after_of_the_server_is_observed() {
    let throttled = || Answer::error(400, "Throttling.User");
    for (answer, wait) in [
        (throttled().header("x-acs-retry-after", "300"), 300),
        (throttled().header("Retry-After", "1"), 1_000),
        (
            throttled()
                .header("Date", "Fri, 02 Jan 2026 03:04:05 GMT")
                .header("Retry-After", "Fri, 02 Jan 2026 03:04:06 GMT"),
            1_000,
        ),
    ] {
        let server = Server::queue([answer, page_of(&["t"])]).await;
        let began = Instant::now();
        fetch_page(&server.client(), &job(), 1).await.unwrap();
        let took = began.elapsed().as_millis();
        assert!((wait..wait + 700).contains(&took), "{took} ms for {wait}");
    }
    // Longer than all attempts may take: no use in waiting.
    for value in ["3600", "18446744073709551615"] {
        let server = Server::queue([throttled().header("Retry-After", value), page_of(&["t"])]).await;
        let began = Instant::now();
        let error = error_of(server.options()).await;
        assert_eq!(error.kind(), ErrorKind::Throttled);
        assert!(began.elapsed() < Duration::from_secs(1));
    }
}

#[tokio::test]
async fn attempt_duration_and_reply_size_are_limited() {
    let late = Answer::Late(Duration::from_mins(1), Box::new(page_of(&["t"])));
    let server = Server::queue([late, page_of(&["t"])]).await;
    let options = Options { timeout_seconds: 0.2, ..server.options() };
    assert!(
        fetch_page(&client_with(options.clone()), &job(), 1).await.is_ok(),
        "the second attempt is in time"
    );

    let late = Answer::Late(Duration::from_mins(1), Box::new(page_of(&["t"])));
    let server = Server::queue([late]).await;
    let options = Options { retry_for_seconds: 0.0, ..options };
    let options = Options { endpoint: server.options().endpoint, ..options };
    let said = error_of(options).await.to_string();
    assert!(said.ends_with("did not answer within 0.2 s"), "{said}");

    let server = Server::queue([Answer::ok(vec![b' '; 70_000])]).await;
    let options = Options { max_reply_bytes: 65_536, ..server.options() };
    let said = error_of(options).await.to_string();
    assert!(said.contains("is larger than 65536 bytes"), "{said}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn the_decompressed_size_of_a_reply_is_limited() {
    // Half a megabyte of blanks in 544 bytes, and a page.
    let pack = |plain: &[u8]| {
        let mut child = std::process::Command::new("gzip")
            .arg("-c")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(plain).unwrap();
        child.wait_with_output().unwrap().stdout
    };
    let Answer::Reply { body, .. } = page_of(&["t"]) else { panic!() };
    let packed = |plain: &[u8]| Answer::ok(pack(plain)).header("Content-Encoding", "gzip");
    let server = Server::queue([packed(&body), packed(&vec![b' '; 500_000])]).await;
    let client = client_with(Options { max_reply_bytes: 100_000, ..server.options() });
    assert_eq!(fetch_page(&client, &job(), 1).await.unwrap().readings, [reading("t")]);
    assert!(matches!(
        fetch_page(&client, &job(), 1).await,
        Err(Error::TooLarge { limit_bytes: 100_000, .. })
    ));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let to = "https://elsewhere.example.com/?Signature=abc";
    let server = Server::queue([Answer::status(302, "").header("Location", to)]).await;
    let said = error_of(server.options()).await.to_string();
    assert!(said.contains(r#"redirects to "https://elsewhere.example.com/" (HTTP 302)"#), "{said}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn no_secret_is_in_an_error() {
    let quoted = format!(
        "Specified signature is not matched with our calculation. server string to sign is:POST&SecurityToken%3D{}",
        crate::api::auth::rpc::encode(&crate::api::auth::rpc::encode(TOKEN))
    );
    let echoed = format!("The token {TOKEN} of {SECRET} is wrong");
    for (message, code) in [(&quoted, "SignatureDoesNotMatch"), (&echoed, "InvalidSecurityToken.Malformed")] {
        let body = serde_json::json!({ "Code": code, "Message": message, "RequestId": "r" }).to_string();
        let server = Server::queue([Answer::status(400, body)]).await;
        let error = error_of(server.options()).await;
        for text in [error.to_string(), format!("{error:?}")] {
            assert!(!text.contains("TestToken") && !text.contains("TestSecret"), "{text}");
        }
        assert!(error.to_string().contains(code));
    }
    // A closed port: the transport's own error would show the signed URL.
    let options = Options {
        endpoint: Some("http://127.0.0.1:1".to_owned()),
        retry_for_seconds: 0.0,
        ..Options::default()
    };
    let clock = Arc::new(ManualClock::at(NOON_MS));
    let client = Client::new(options, Credentials::fixed(KEY_ID, SECRET, Some(TOKEN)), clock).unwrap();
    let error = fetch_page(&client, &job(), 1).await.unwrap_err();
    let said = error.to_string();
    assert!(said.starts_with("127.0.0.1:1 cannot be reached: Connection refused"), "{said}");
    for text in [said, format!("{error:?}"), format!("{client:?}")] {
        assert!(
            !text.contains("Signature=") && !text.contains("TestToken") && !text.contains("TestSecret"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn an_invalid_tls_certificate_is_not_retried() {
    let address = crate::api::testing::untrusted_tls();
    let options = Options { endpoint: Some(format!("https://{address}")), ..Options::default() };
    let clock = Arc::new(ManualClock::at(NOON_MS));
    let client = Client::new(options, Credentials::fixed(KEY_ID, SECRET, None), clock).unwrap();
    let error = fetch_page(&client, &job(), 1).await.unwrap_err();
    let said = error.to_string();
    assert!(matches!(error, Error::Certificate { .. }), "{error:?}");
    assert!(said.starts_with(&format!("{address} cannot be trusted: invalid peer certificate")), "{said}");
}

#[tokio::test]
async fn a_job_without_region_needs_an_endpoint() {
    let clock = Arc::new(ManualClock::at(NOON_MS));
    let client = Client::new(Options::default(), Credentials::fixed(KEY_ID, SECRET, None), clock).unwrap();
    let nowhere = Job { region: None, ..job() };
    let said = fetch_page(&client, &nowhere, 1).await.unwrap_err().to_string();
    assert!(said.starts_with("the job has no region"), "{said}");

    let server = Server::queue([page_of(&["t"])]).await;
    fetch_page(&server.client(), &nowhere, 1).await.unwrap();
    assert!(!server.requests()[0].params.contains_key("RegionId"));
}

#[test]
fn options_outside_their_limits_are_named() {
    let refused = |options: Options| {
        let clock = Arc::new(ManualClock::at(NOON_MS));
        Client::new(options, Credentials::fixed(KEY_ID, SECRET, None), clock).unwrap_err().to_string()
    };
    let base = Options::default;
    assert_eq!(refused(Options { page_size: 0, ..base() }), "page_size is 0: it must lie between 1 and 100");
    assert_eq!(
        refused(Options { page_size: 101, ..base() }),
        "page_size is 101: it must lie between 1 and 100"
    );
    assert_eq!(
        refused(Options { concurrency: 0, ..base() }),
        "concurrency is 0: it must lie between 1 and 64"
    );
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let said = refused(Options { max_calls_per_second: rate, ..base() });
        assert!(
            said.starts_with(&format!(
                "max_calls_per_second is {rate}: it must lie between 0.001 and 1000000"
            )),
            "{said}"
        );
    }
    assert_eq!(
        refused(Options { timeout_seconds: 0.0, ..base() }),
        "timeout_seconds is 0: it must lie between 0.001 and 86400"
    );
    assert!(
        refused(Options { retry_for_seconds: 86_401.0, ..base() })
            .starts_with("retry_for_seconds is 86401: it must")
    );
    let said = refused(Options { endpoint: Some("http://dts.aliyuncs.com".to_owned()), ..base() });
    assert!(said.contains("plain HTTP"), "{said}");
}

#[tokio::test]
async fn a_client_can_be_shared() {
    let order = Arc::new(Mutex::new(0));
    let server = Server::start(move |_| {
        *order.lock().unwrap() += 1;
        page_of(&["t"])
    })
    .await;
    let client = Arc::new(server.client());
    let tasks: Vec<_> = (1..=20)
        .map(|number| {
            let client = Arc::clone(&client);
            tokio::spawn(async move { fetch_page(&client, &job(), number).await.unwrap().number })
        })
        .collect();
    for (task, number) in tasks.into_iter().zip(1..) {
        assert_eq!(task.await.unwrap(), number);
    }
    assert_eq!(server.requested_pages(), (1..=20).collect::<Vec<_>>());
}
