//! Random worlds and random faults through the real pipeline: what the views say equals what an independent model,
//! `tests/model/model.py`, makes of the raw replies.
//!
//! `DTS_HISTORY_MODEL_SEEDS` sets how many worlds (20 without it), `DTS_HISTORY_SEED` the first.

use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use dts_history::api::auth::credentials::Credentials;
use dts_history::api::options::Options;
use dts_history::api::transport::call_stats::CallCounter;
use dts_history::api::transport::client::Client;
use dts_history::clock::Clock;
use dts_history::collect;
use dts_history::sim::clock::WorldClock;
use dts_history::sim::scenario::Scenario;
use dts_history::sim::server::{Clocks, Server};
use dts_history::sim::{ACCESS_KEY_ID, ACCESS_KEY_SECRET};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Engine, Rng, TestDatabase, assert_intact, block_on, job, number_from_env};

/// 2026-01-16T12:00:00Z
const BEGINS_AT_MS: i64 = 1_768_564_800_000;
const SWEEPS: i64 = 14;
/// After the world's end: an absence counts from the second on.
const MORE_SWEEPS: i64 = 3;

/// A world, and what goes wrong on the way to it.
fn random_scenario(rng: &mut Rng) -> String {
    let mut pick = |words: &[&str]| words[usize::try_from(rng.below(words.len() as u64)).unwrap()].to_owned();
    let (arrays, past_end) =
        (pick(&["in_step", "concatenated"]), pick(&["empty", "repeat", "error", "empty"]));
    let shape = pick(&["flat", "wrapped"]);
    let kinds: Vec<String> = (0..3)
        .map(|_| {
            pick(&[
                "throttle",
                "internal_error",
                "unavailable",
                "reset",
                "truncated",
                "half_body",
                "html",
                "html_ok",
                "empty",
                "garbage",
                "failure",
                "nonce_used",
            ])
        })
        .collect();
    let mut faults = Vec::new();
    for kind in kinds {
        let rate = rng.below(80) as f64 / 1000.0;
        if rate > 0.0 {
            faults.push(format!("[[fault]]\nkind = \"{kind}\"\nrate = {rate}\n"));
        }
    }
    for kind in ["row_inserted", "row_removed"] {
        if rng.below(2) == 0 {
            let (call, calls) = (1 + rng.below(120), 1 + rng.below(40));
            faults.push(format!("[[fault]]\nkind = \"{kind}\"\ncalls = [{call}]\nfor_calls = {calls}\n"));
        }
    }
    let faults = faults.concat();
    format!(
        "seed = {}\ntables = {}\nparallel = {}\n[events]\nlate_tables = {}\nvanished_tables = {}\n\
         restarted_tables = {}\nretried_tables = {}\n[paging]\narrays = \"{arrays}\"\npast_end = \"{past_end}\"\n\
         [reply]\nshape = \"{shape}\"\nlatency_ms = {}\n{faults}",
        rng.below(1 << 32),
        1 + rng.below(40),
        1 + rng.below(8),
        rng.below(4),
        rng.below(4),
        rng.below(3),
        rng.below(3),
        1 + rng.below(900),
    )
}

/// A proxy between the client and the simulator that keeps every reply unchanged.
#[derive(Clone)]
struct RecordingProxy {
    upstream: String,
    http: reqwest::Client,
    clock: Arc<WorldClock>,
    calls: Arc<Mutex<Vec<Value>>>,
}

async fn recording_proxy(
    State(proxy): State<RecordingProxy>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = uri.query().unwrap_or_default().to_owned();
    let form = format!("{query}&{}", String::from_utf8_lossy(&body));
    // The status of the job has no pages.
    let page = form.split('&').find_map(|pair| pair.strip_prefix("PageNum=")?.parse::<u32>().ok());
    let mut request = proxy.http.request(method, format!("{}/?{query}", proxy.upstream)).body(body);
    for name in ["content-type", "accept"] {
        if let Some(value) = headers.get(name) {
            request = request.header(name, value);
        }
    }
    let read = async {
        let reply = request.send().await?;
        let (status, headers) = (reply.status(), reply.headers().clone());
        Ok::<_, reqwest::Error>((status, headers, reply.bytes().await?))
    };
    // A reply that is lost on its way is lost here, too.
    let Ok((status, headers, body)) = read.await else {
        return (StatusCode::BAD_GATEWAY, "<html>the reply was lost</html>").into_response();
    };
    if let Some(page) = page {
        proxy.calls.lock().unwrap().push(json!({
            "page": page, "at": proxy.clock.now_ms(), "status": status.as_u16(),
            "body": String::from_utf8_lossy(&body),
        }));
    }
    let mut answer = (status, body).into_response();
    for name in ["content-type", "date", "x-acs-request-id", "x-acs-retry-after"] {
        if let Some(value) = headers.get(name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}

/// Records one world, and writes down what came over the wire.
async fn record_world(database: &TestDatabase, scenario: &str, rng: &mut Rng) {
    let scenario = Scenario::parse(scenario).unwrap();
    let clock = Arc::new(WorldClock::stepped(BEGINS_AT_MS));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server::start(listener, &scenario, Clocks::from_world(Arc::clone(&clock))).unwrap();
    let calls = Arc::new(Mutex::new(Vec::new()));
    let state = RecordingProxy {
        upstream: server.endpoint(),
        http: reqwest::Client::builder().no_proxy().no_gzip().build().unwrap(),
        clock: Arc::clone(&clock),
        calls: Arc::clone(&calls),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let proxy = tokio::spawn(async move {
        axum::serve(listener, Router::new().fallback(recording_proxy).with_state(state)).await.unwrap();
    });
    let options = Options {
        endpoint: Some(endpoint),
        page_size: u32::try_from(5 + rng.below(60)).unwrap(),
        // One call at a time, so that the clock moves with each reply and only then.
        concurrency: 1,
        max_calls_per_second: 1e6,
        retry_for_seconds: (rng.below(2) * 20) as f64,
        first_pause: Duration::from_millis(1),
        ..Options::default()
    };
    let credentials = Credentials::fixed(ACCESS_KEY_ID, ACCESS_KEY_SECRET, None);
    let client = Client::new(options, credentials, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
    let store = database.open().await;
    let job = job(&server.worlds()[0].job().id);
    let about = json!({ "job_id": job.id, "region": job.region, "name": job.name });
    let mut lines = vec![about];
    let (mut next_ms, end_ms) = (0, server.worlds()[0].end_ms());
    let step_ms = end_ms / SWEEPS;
    while next_ms < end_ms + MORE_SWEEPS * step_ms {
        clock.advance_to_ms(next_ms);
        let started_ms = clock.now_ms();
        let recorded = match collect::once(&client, &store, &job, &CallCounter::default()).await {
            Ok(_) => true,
            Err(collect::Error::Sweep(_)) => false,
            Err(error) => panic!("{error}"),
        };
        let calls = std::mem::take(&mut *calls.lock().unwrap());
        lines.push(json!({ "started": started_ms, "recorded": recorded, "calls": calls }));
        next_ms += step_ms / 2 + i64::try_from(rng.below(u64::try_from(step_ms).unwrap())).unwrap();
    }
    store.close().await;
    server.stop().await;
    proxy.abort();
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    database.folder.write("sweeps.jsonl", lines.join("\n"));
}

#[test]
#[ignore = "needs python3"]
fn views_of_random_worlds_equal_an_independent_model() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let first = number_from_env("DTS_HISTORY_SEED", 1);
    let (mut sums, mut wrong) = (std::collections::BTreeMap::<String, u64>::new(), Vec::new());
    for seed in first..first + number_from_env("DTS_HISTORY_MODEL_SEEDS", 20) {
        let mut rng = Rng::new(seed);
        let scenario = random_scenario(&mut rng);
        let database = TestDatabase::new(Engine::Sqlite);
        block_on(record_world(&database, &scenario, &mut rng));
        let folder = &database.folder;
        assert_intact(&folder.path("h.db"));
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/model/model.py");
        let output = Command::new("python3")
            .arg(script)
            .args([folder.path("sweeps.jsonl"), folder.path("h.db")])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            let error = String::from_utf8_lossy(&output.stderr);
            wrong.push(format!("seed {seed}:\n{said}{error}\n{scenario}"));
            continue;
        }
        let sizes: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
        for (view, rows) in sizes.as_object().unwrap() {
            *sums.entry(view.clone()).or_default() += rows.as_u64().unwrap();
        }
    }
    assert!(
        wrong.is_empty(),
        "{} worlds differ from the model\n{}",
        wrong.len(),
        wrong[..wrong.len().min(3)].join("\n")
    );
    println!("rows compared: {sums:?}");
    // Each view was there to be wrong.
    assert!(sums.values().all(|rows| *rows > 0), "{sums:?}");
}

/// The same worlds on both engines: the same replies at the same times.
#[test]
#[ignore = "needs postgresql"]
fn views_of_random_worlds_are_the_same_on_each_engine() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let first = number_from_env("DTS_HISTORY_SEED", 1);
    for seed in first..first + number_from_env("DTS_HISTORY_MODEL_SEEDS", 20) {
        let [sqlite, postgres] = [Engine::Sqlite, Engine::Postgres].map(|engine| {
            let mut rng = Rng::new(seed);
            let scenario = random_scenario(&mut rng);
            let database = TestDatabase::new(engine);
            block_on(record_world(&database, &scenario, &mut rng));
            database
        });
        let (ours, theirs) = (sqlite.views(), postgres.views());
        assert!(ours.len() > 40, "seed {seed} shows too little");
        // Errors name the simulator's address, and how long was waited.
        let without_port = |row: &str| {
            let row = row.split(" (gave up after").next().unwrap();
            row.split_once("127.0.0.1:").map_or(row, |(before, _)| before).to_owned()
        };
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(without_port(ours), without_port(theirs), "seed {seed}");
        }
        assert_eq!(ours.len(), theirs.len(), "seed {seed}");
        postgres.assert_intact();
    }
}
