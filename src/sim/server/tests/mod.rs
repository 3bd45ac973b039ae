//! The server as a client sees it: HTTP over loopback, signed by the client's own signer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::DateTime;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap};
use tokio::net::TcpListener;

use super::{Clocks, Server};
use crate::api::auth::rpc::{self, Method, Params};
use crate::api::calls::initialization_status::{self, Reply};
use crate::api::wire::head::ReplyOrigin;
use crate::clock::{Clock, ManualClock};
use crate::model::{Reading, Status};
use crate::sim::clock::WorldClock;
use crate::sim::scenario::reply::{Above100, Arrays, PastEnd, Shape};
use crate::sim::scenario::{EventCounts, Scenario};
use crate::sim::{
    ACCESS_KEY_ID, ACCESS_KEY_SECRET, STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, STS_SECURITY_TOKEN,
};

mod faults;
mod job_kinds;
mod synchronization_jobs;

const START_MS: i64 = 1_782_864_000_000; // 2026-07-01T00:00:00Z

pub(super) fn scenario() -> Scenario {
    Scenario { tables: 25, rows_scale: 0.01, ..Scenario::demo() }
}

/// A simulator and its caller.
pub(super) struct Caller {
    pub(super) server: Server,
    pub(super) clock: Arc<WorldClock>,
    gateway: Arc<dyn Clock>,
    http: reqwest::Client,
    nonce: AtomicU64,
}

/// A reply as received.
pub(super) struct Raw {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) date: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Raw {
    pub(super) fn read(&self) -> Reply {
        initialization_status::read(&self.body).expect("a reply")
    }

    /// Status and code of an error of the gateway.
    pub(super) fn gateway_error(&self) -> (u16, String) {
        let head = self.read().head;
        assert_eq!(head.origin, ReplyOrigin::Gateway);
        assert!(head.request_id.is_some() && head.host_id.is_some() && head.err_message.is_some());
        (self.status, head.err_code.expect("a code"))
    }
}

impl Caller {
    pub(super) async fn of(scenario: &Scenario) -> Self {
        let clock = Arc::new(WorldClock::stepped(START_MS));
        Self::with(scenario, Clocks::from_world(clock)).await
    }

    async fn with(scenario: &Scenario, clocks: Clocks) -> Self {
        // Fails in the second test of a process, where the provider is installed already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let (clock, gateway) = (Arc::clone(&clocks.world), Arc::clone(&clocks.gateway));
        let server = Server::start(listener, scenario, clocks).expect("it starts");
        let http = reqwest::Client::builder()
            .no_proxy()
            // Bodies are not decompressed and redirects are not followed.
            .no_gzip()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self { server, clock, gateway, http, nonce: AtomicU64::new(0) }
    }

    /// The usual parameters with changes; a value of `None` removes a parameter.
    pub(super) fn params(&self, changes: &[(&str, Option<&str>)]) -> Params {
        let nonce = self.nonce.fetch_add(1, Ordering::SeqCst).to_string();
        let now = DateTime::from_timestamp_millis(self.gateway.now_ms()).expect("in range");
        let mut params: Params = [
            ("Action", "DescribeInitializationStatus"),
            ("Version", "2020-01-01"),
            ("Format", "JSON"),
            ("AccessKeyId", ACCESS_KEY_ID),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureVersion", "1.0"),
            ("SignatureNonce", &nonce),
            ("Timestamp", &now.format("%Y-%m-%dT%H:%M:%SZ").to_string()),
            ("SynchronizationJobId", "dtsdemo0a1b2c3d4e"),
            ("PageSize", "10"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        for (name, value) in changes {
            match value {
                Some(value) => params.insert((*name).to_owned(), (*value).to_owned()),
                None => params.remove(*name),
            };
        }
        params
    }

    pub(super) async fn get(&self, changes: &[(&str, Option<&str>)]) -> Raw {
        self.try_get(changes).await.expect("an answer")
    }

    pub(super) async fn try_get(&self, changes: &[(&str, Option<&str>)]) -> reqwest::Result<Raw> {
        let params = signed(Method::Get, self.params(changes), ACCESS_KEY_SECRET);
        self.send(self.http.get(self.url(&params))).await
    }

    pub(super) fn url(&self, params: &Params) -> String {
        let signature = params.get(rpc::SIGNATURE).map(|text| format!("&Signature={}", rpc::encode(text)));
        format!(
            "{}/?{}{}",
            self.server.endpoint(),
            rpc::canonical_query(params),
            signature.unwrap_or_default()
        )
    }

    pub(super) async fn send(&self, request: reqwest::RequestBuilder) -> reqwest::Result<Raw> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = |name| headers.get(&name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
        let (content_type, date) = (text(CONTENT_TYPE), text(DATE));
        Ok(Raw { status, content_type, date, headers, body: response.bytes().await?.to_vec() })
    }

    /// All rows of the job, page by page until an empty one.
    pub(super) async fn sweep(&self) -> Vec<Reading> {
        let mut all = Vec::new();
        for number in 1.. {
            let number = format!("{number}");
            let reply = self.get(&[("PageNum", Some(&number))]).await.read();
            assert!(reply.head.success);
            if reply.readings.is_empty() {
                break;
            }
            all.extend(reply.readings);
        }
        all
    }
}

pub(super) fn signed(method: Method, mut params: Params, secret: &str) -> Params {
    let signature = rpc::signature(secret, &rpc::string_to_sign(method, &params));
    params.insert(rpc::SIGNATURE.to_owned(), signature);
    params
}

fn sorted(mut readings: Vec<Reading>) -> Vec<Reading> {
    readings.sort_by(|one, other| one.identity().cmp(&other.identity()));
    readings
}

#[tokio::test]
async fn a_sweep_returns_the_state_of_the_world() {
    for (arrays, shape) in [(Arrays::InStep, Shape::Flat), (Arrays::Concatenated, Shape::Wrapped)] {
        let mut scenario = scenario();
        scenario.reply.latency_ms = 0;
        scenario.reply.shape = shape;
        scenario.paging.arrays = arrays;
        let caller = Caller::of(&scenario).await;
        let world = &caller.server.worlds()[0];
        for at_ms in [0, world.end_ms() / 2, world.end_ms()] {
            caller.clock.advance_to_ms(at_ms);
            assert_eq!(sorted(caller.sweep().await), sorted(world.at(at_ms)), "at {at_ms}");
        }
        caller.server.stop().await;
    }
}

#[tokio::test]
async fn json_and_xml_are_equivalent() {
    let mut scenario = scenario();
    scenario.reply.latency_ms = 0;
    for shape in [Shape::Flat, Shape::Wrapped] {
        scenario.reply.shape = shape;
        let caller = Caller::of(&scenario).await;
        caller.clock.advance_to_ms(caller.server.worlds()[0].end_ms());
        let json = caller.get(&[]).await;
        let xml = caller.get(&[("Format", None)]).await;
        assert_eq!(json.content_type, "application/json;charset=utf-8");
        assert_eq!(xml.content_type, "text/xml;charset=utf-8");
        assert!(xml.body.starts_with(b"<?xml") && json.body.starts_with(b"{"));
        let (json, xml) = (json.read(), xml.read());
        assert!(json.readings.len() > 20);
        assert_eq!(json.readings, xml.readings);
        assert_ne!(json.head.request_id, xml.head.request_id, "each reply has its own");
    }
}

#[tokio::test]
async fn odd_estimates_are_sent_exactly() {
    let caller = Caller::of(&Scenario { tables: 60, ..scenario() }).await;
    let body = caller.get(&[("PageSize", Some("100"))]).await.body;
    let json: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    let rows = json["DataInitializationDetails"].as_array().expect("an array");
    let texts: Vec<_> = rows.iter().map(|row| row["TotalRowNum"].as_str()).collect();
    for odd in [None, Some(""), Some("-1"), Some("0")] {
        assert!(texts.contains(&odd), "{odd:?}");
    }
}

#[tokio::test]
async fn get_and_post_with_query_form_or_both_are_accepted() {
    let caller = Caller::of(&scenario()).await;
    let form = |params: &Params| {
        let pairs =
            params.iter().map(|(name, value)| format!("{}={}", rpc::encode(name), rpc::encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    };
    let post = |url: String, body: String| {
        caller.http.post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
    };

    let params = signed(Method::Post, caller.params(&[]), ACCESS_KEY_SECRET);
    let in_query = caller.send(post(caller.url(&params), String::new())).await.expect("an answer");
    assert_eq!(in_query.status, 200);

    let params = signed(Method::Post, caller.params(&[]), ACCESS_KEY_SECRET);
    let in_form = caller.send(post(caller.server.endpoint(), form(&params))).await.expect("an answer");
    assert_eq!(in_form.status, 200);

    let mut params = signed(Method::Post, caller.params(&[]), ACCESS_KEY_SECRET);
    let own: Params =
        ["SynchronizationJobId", "PageSize"].iter().filter_map(|name| params.remove_entry(*name)).collect();
    let in_both = caller.send(post(caller.url(&params), form(&own))).await.expect("an answer");
    assert_eq!((in_both.status, own.len()), (200, 2));
    assert_eq!(in_both.read().readings.len(), in_form.read().readings.len());

    let params = signed(Method::Get, caller.params(&[]), ACCESS_KEY_SECRET);
    let as_post = caller.send(post(caller.url(&params), String::new())).await.expect("an answer");
    assert_eq!(as_post.gateway_error(), (400, "SignatureDoesNotMatch".to_owned()), "the method is signed");

    let params = signed(Method::Get, caller.params(&[]), ACCESS_KEY_SECRET);
    let put = caller.send(caller.http.put(caller.url(&params))).await.expect("an answer");
    assert_eq!(put.gateway_error(), (405, "UnsupportedHTTPMethod".to_owned()));
    let elsewhere = format!("{}/api?Format=JSON", caller.server.endpoint());
    let elsewhere = caller.send(caller.http.get(elsewhere)).await.expect("an answer");
    assert_eq!(elsewhere.gateway_error(), (404, "InvalidApi.NotFound".to_owned()));
    assert_eq!(caller.server.calls(), 6);
}

#[tokio::test]
async fn a_wrong_secret_and_a_repeated_call_are_rejected() {
    let caller = Caller::of(&scenario()).await;
    let params = signed(Method::Get, caller.params(&[]), "another secret");
    let refused = caller.send(caller.http.get(caller.url(&params))).await.expect("an answer");
    assert_eq!(refused.gateway_error(), (400, "SignatureDoesNotMatch".to_owned()));
    let message = refused.read().head.err_message.expect("a message");
    let theirs = message.split_once(':').expect("a colon").1;
    assert_eq!(theirs, rpc::string_to_sign(Method::Get, &params));

    let params = signed(Method::Get, caller.params(&[("Format", Some("XML"))]), ACCESS_KEY_SECRET);
    let first = caller.send(caller.http.get(caller.url(&params))).await.expect("an answer");
    let second = caller.send(caller.http.get(caller.url(&params))).await.expect("an answer");
    assert_eq!(first.status, 200);
    assert_eq!(second.gateway_error(), (400, "SignatureNonceUsed".to_owned()));
    assert!(second.body.starts_with(b"<?xml"), "errors come in the format that was asked for");
}

#[tokio::test]
async fn temporary_credentials_need_their_token() {
    let caller = Caller::of(&scenario()).await;
    let call = async |token| {
        let changes = [("AccessKeyId", Some(STS_ACCESS_KEY_ID)), ("SecurityToken", token)];
        let params = signed(Method::Get, caller.params(&changes), STS_ACCESS_KEY_SECRET);
        caller.send(caller.http.get(caller.url(&params))).await.expect("an answer")
    };
    assert_eq!(call(Some(STS_SECURITY_TOKEN)).await.status, 200);
    assert_eq!(call(None).await.gateway_error().1, "MissingSecurityToken");
    assert_eq!(call(Some("old")).await.gateway_error().1, "InvalidSecurityToken.Malformed");
}

#[tokio::test]
async fn parameters_are_checked() {
    let caller = Caller::of(&scenario()).await;
    let table = [
        (("SynchronizationJobId", None), (400, "MissingParameter")),
        (("SynchronizationJobId", Some("dtsnobody")), (404, "Forbidden.InstanceNotFound")),
        (("RegionId", Some("eu-central-1")), (404, "Forbidden.InstanceNotFound")),
        (("PageSize", Some("101")), (400, "InvalidParameter")),
        (("PageSize", Some("0")), (400, "InvalidParameter")),
        (("PageSize", Some("ten")), (400, "InvalidParameter")),
        (("PageNum", Some("0")), (400, "InvalidParameter")),
        (("PageNum", Some("-1")), (400, "InvalidParameter")),
        (("PageNum", Some("2147483648")), (400, "InvalidParameter")),
        (("Version", Some("2019-09-01")), (400, "InvalidVersion")),
        (("Action", Some("DeleteSynchronizationJob")), (404, "InvalidApi.NotFound")),
        (("AccessKeyId", Some("LTAInobody")), (404, "InvalidAccessKeyId.NotFound")),
        (("Timestamp", Some("2026-06-30T23:00:00Z")), (400, "InvalidTimeStamp.Expired")),
    ];
    for (change, (status, code)) in table {
        assert_eq!(caller.get(&[change]).await.gateway_error(), (status, code.to_owned()), "{change:?}");
    }
    assert_eq!(caller.get(&[("RegionId", Some("cn-hangzhou"))]).await.status, 200);
    assert_eq!(caller.get(&[("PageNum", Some("2147483647"))]).await.read().readings, []);
}

#[tokio::test]
async fn a_page_has_thirty_rows_of_an_array_by_default() {
    let mut scenario = Scenario { tables: 120, ..scenario() };
    scenario.paging.above_100 = Above100::Clamp;
    let caller = Caller::of(&scenario).await;
    let data = async |size| {
        let reply = caller.get(&[("PageSize", size)]).await.read();
        reply.readings.iter().filter(|row| row.state.finished_rows.is_some()).count()
    };
    assert_eq!(data(None).await, 30);
    assert_eq!(data(Some("7")).await, 7);
    assert_eq!(data(Some("100")).await, 100);
    assert_eq!(data(Some("500")).await, 100);
}

#[tokio::test]
async fn the_page_past_the_end_is_as_configured() {
    let beyond = async |past_end| {
        let mut scenario = scenario();
        scenario.reply.latency_ms = 0;
        scenario.paging.past_end = past_end;
        let caller = Caller::of(&scenario).await;
        (caller.get(&[("PageNum", Some("99"))]).await, caller.get(&[("PageNum", Some("6"))]).await)
    };
    assert_eq!(beyond(PastEnd::Empty).await.0.read().readings, []);
    assert_eq!(beyond(PastEnd::Error).await.0.gateway_error(), (400, "InvalidParameter".to_owned()));
    let (past, last) = beyond(PastEnd::Repeat).await;
    assert!(!last.read().readings.is_empty());
    assert_eq!(past.read().readings, last.read().readings);
}

#[tokio::test]
async fn each_reply_takes_world_time_and_has_the_gateways_date() {
    let mut scenario = scenario();
    scenario.reply.latency_ms = 1_500;
    let caller = Caller::of(&scenario).await;
    let dates = [caller.get(&[]).await.date, caller.get(&[]).await.date];
    assert_eq!(caller.clock.elapsed_ms(), 3_000);
    assert_eq!(dates, ["Wed, 01 Jul 2026 00:00:01 GMT", "Wed, 01 Jul 2026 00:00:03 GMT"]);

    scenario.reply.clock_ahead_seconds = 3_600;
    let caller = Caller::of(&scenario).await;
    let refused = caller.get(&[]).await;
    assert_eq!(refused.gateway_error(), (400, "InvalidTimeStamp.Expired".to_owned()));
    assert_eq!(refused.date, "Wed, 01 Jul 2026 01:00:01 GMT");
}

#[tokio::test]
async fn a_running_world_advances_and_the_gateway_has_its_own_clock() {
    // At this speed a call's time stamp would be too old when it arrives, were it checked in world time.
    let world = Arc::new(WorldClock::running(START_MS, 0, 20_000.0));
    let gateway = Arc::new(ManualClock::at(START_MS + 86_400_000));
    let scenario = Scenario { events: EventCounts::none(), ..scenario() };
    let caller = Caller::with(&scenario, Clocks { world, gateway }).await;
    let world = &caller.server.worlds()[0];
    let finished =
        |rows: &[Reading]| rows.iter().filter(|row| row.state.status == Some(Status::Finished)).count();
    loop {
        let before_ms = caller.clock.elapsed_ms();
        let raw = caller.get(&[("PageSize", Some("100"))]).await;
        let after_ms = caller.clock.elapsed_ms();
        assert_eq!(raw.date, "Thu, 02 Jul 2026 00:00:00 GMT");
        // Nothing fails here, so the count only rises: what was said was true at some moment of the call.
        let (least, most) = (finished(&world.at(before_ms)), finished(&world.at(after_ms)));
        let said = finished(&raw.read().readings);
        assert!((least..=most).contains(&said), "{least} to {most}, not {said}");
        if before_ms > world.end_ms() {
            assert_eq!(said, world.at(0).len(), "in the end everything is finished");
            break;
        }
    }
}

#[tokio::test]
async fn a_server_has_several_jobs_and_releases_its_port_when_stopped() {
    let mut scenario = scenario();
    let mut other = scenario.job[0].clone();
    other.id = "dtsother".to_owned();
    other.tables = Some(3);
    scenario.job.push(other);
    let caller = Caller::of(&scenario).await;
    let tables = async |id| {
        let page = caller.get(&[("SynchronizationJobId", Some(id)), ("PageSize", Some("100"))]).await.read();
        page.readings.iter().filter(|row| row.state.finished_rows.is_some()).count()
    };
    assert_eq!(tables("dtsother").await, 3);
    assert_eq!(tables("dtsdemo0a1b2c3d4e").await, 24, "one comes later");

    let address = caller.server.address();
    caller.server.stop().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
