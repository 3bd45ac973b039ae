//! Duration of a sweep, compared with the lower bound that the server's latency allows and with a script that uses the
//! vendor's SDK.
//!
//! `cargo bench --bench sweep`. The script is `benches/peers/sweep.py`; it runs if its packages are installed:
//! `python3 -m venv target/sdk && target/sdk/bin/pip install --requirement tests/sdk/requirements.txt`.

mod support;
#[path = "support/server.rs"]
mod server;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dts_history::api::auth::credentials::Credentials;
use dts_history::api::options::Options;
use dts_history::api::paging;
use dts_history::api::transport::call_stats::CallCounter;
use dts_history::api::transport::client::Client;
use dts_history::clock::SystemClock;
use dts_history::history::page_folding::KnownPages;
use server::Server;
use support::{Cost, JOB, PAGE_SIZE, job, median, milliseconds, print_result, processor_time_of_children};

const ROUNDS: usize = 3;
const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/sweep.py");
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/sdk/bin/python");

fn main() {
    server::serve_if_asked();
    println!("sweeps of a job that was swept before; limit = ceil(pages / concurrency) x latency");
    for objects in [1_000, 100_000] {
        for latency_ms in [0, 20, 100] {
            let server = Server::start(objects, Duration::from_millis(latency_ms));
            for concurrency in [1, 4, 16] {
                // Takes minutes and adds nothing to the run with 20 ms.
                if objects == 100_000 && latency_ms == 100 && concurrency == 1 {
                    continue;
                }
                sweep(&server, objects, latency_ms, concurrency);
            }
        }
    }
    compare_with_peer();
}

fn sweep(server: &Server, objects: usize, latency_ms: u64, concurrency: usize) {
    let pages = objects.div_ceil(PAGE_SIZE);
    let options = Options {
        endpoint: Some(format!("http://{}", server.address)),
        concurrency,
        max_calls_per_second: 1e6,
        ..Options::default()
    };
    let client = Client::new(options, Credentials::fixed("id", "secret", None), Arc::new(SystemClock))
        .expect("a client");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let once = || {
        let count = Some(u32::try_from(pages).expect("few pages"));
        let known = KnownPages { count, ..KnownPages::default() };
        let swept = runtime
            .block_on(paging::sweep(&client, &job(), &known, &CallCounter::default()))
            .expect("a sweep");
        assert_eq!(swept.sweep.pages.iter().map(|page| page.readings.len()).sum::<usize>(), objects);
    };
    // The service keeps connections open between sweeps.
    once();
    let cost = median((0..ROUNDS).map(|_| Cost::of(once).1).collect());
    let limit_ms = (pages.div_ceil(concurrency) as u64 * latency_ms) as f64;
    let against = if latency_ms == 0 {
        String::new()
    } else {
        format!(", {:.2} x the limit of {limit_ms:.0} ms", milliseconds(cost.wall) / limit_ms)
    };
    print_result(
        &format!("{objects} objects, {latency_ms} ms, {concurrency} at once"),
        &format!(
            "wall {:8.1} ms, processor {:7.1} ms{against}",
            milliseconds(cost.wall),
            milliseconds(cost.processor)
        ),
    );
}

/// Both as a user runs them: a process that starts, sweeps, records and ends; first into a new database, then into
/// the same one.
fn compare_with_peer() {
    let objects = 100_000;
    let server = Server::start(objects, Duration::from_millis(20));
    let folder = tempfile::tempdir().expect("a folder");
    let config = "[api]\nconcurrency = 16\nmax_calls_per_second = 1000\n";
    std::fs::write(folder.path().join("dts-history.toml"), config).expect("a file");
    println!("\n{objects} objects at 20 ms, 16 at once, from the start of the process to its end");
    let endpoint = format!("http://{}", server.address);
    let mine = ["first sweep", "next sweep"].map(|what| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dts-history"));
        command.args(["collect", "--job", JOB, "--endpoint", &endpoint]);
        command.env("ALIBABA_CLOUD_ACCESS_KEY_ID", "id").env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "secret");
        run(&format!("dts-history collect, {what}"), &mut command, folder.path())
    });
    if !Path::new(PYTHON).exists() {
        println!("the SDK is not installed: see the head of benches/sweep.rs");
        return;
    }
    let theirs = ["first sweep", "next sweep"].map(|what| {
        let mut command = Command::new(PYTHON);
        command.args([PEER, &server.address, JOB, "peer.db"]);
        run(&format!("script with the SDK, {what}"), &mut command, folder.path())
    });
    for (what, (mine, theirs)) in ["first sweep", "next sweep"].iter().zip(mine.iter().zip(&theirs)) {
        let ratio = |of: fn(&Cost) -> Duration| of(theirs).as_secs_f64() / of(mine).as_secs_f64();
        let (processor, wall) = (ratio(|it| it.processor), ratio(|it| it.wall));
        print_result(&format!("{what}: less by"), &format!("processor {processor:.1} x, wall {wall:.1} x"));
    }
}

fn run(what: &str, command: &mut Command, folder: &Path) -> Cost {
    let (began, before) = (Instant::now(), processor_time_of_children());
    let output = command.current_dir(folder).output().expect("a program");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let cost = Cost { wall: began.elapsed(), processor: processor_time_of_children().saturating_sub(before) };
    print_result(
        what,
        &format!(
            "wall {:8.0} ms, processor {:7.0} ms",
            milliseconds(cost.wall),
            milliseconds(cost.processor)
        ),
    );
    cost
}
