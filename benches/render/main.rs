//! Cost of the report of a big job: `cargo bench --bench render`.
//!
//! Jobs of 1,000, 10,000 and 100,000 tables with 2,000 snapshots, built in memory: the figures, then each form
//! of the report. Each job runs in a process of its own, so that the peak of memory is its own; what counts is how
//! the cost of one table changes from one size to the next. Where Chromium is installed, it opens each page from disk.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on says where")]

#[path = "../../tests/it/browser/chromium.rs"]
mod chromium;
mod world;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use dts_history::history::analysis::{Window, analyse};
use dts_history::history::figures::cutover::CutoverLimits;
use dts_history::report::{self, Language, Options};
use serde_json::json;

const SNAPSHOTS: i64 = 2_000;
const SIZES: [i64; 3] = [1_000, 10_000, 100_000];
/// Names the size to the process that measures it.
const SIZE: &str = "DTS_HISTORY_BENCH_TABLES";

fn main() {
    if let Some(tables) = std::env::var(SIZE).ok().and_then(|tables| tables.parse().ok()) {
        measure(tables);
        return;
    }
    println!(
        "{:>8}  {:<9} {:>10} {:>12} {:>10} {:>12} {:>12} {:>12}",
        "tables", "what", "ms", "µs a table", "peak MiB", "B a table", "bytes out", "B a table"
    );
    for tables in SIZES {
        let myself = std::env::current_exe().expect("a running program has a file");
        let ended = Command::new(myself).env(SIZE, tables.to_string()).status().expect("it runs again");
        assert!(ended.success(), "{tables} tables: {ended}");
    }
}

fn measure(tables: i64) {
    let options =
        Options { language: Language::En, zone: chrono_tz::Asia::Shanghai, cutover: CutoverLimits::DEFAULT };
    let history = stage(tables, "history", || world::world(tables, SNAPSHOTS), |_| 0);
    let analysis = stage(tables, "analyse", || analyse(&history, Window::default()), |_| 0);
    let html = stage(tables, "html", || report::html(&analysis, &options).expect("html"), String::len);
    stage(tables, "markdown", || report::markdown(&analysis, &options).expect("markdown"), String::len);
    stage(
        tables,
        "json",
        || {
            let mut out = Vec::new();
            report::write_json(&analysis, &mut out).expect("json");
            out
        },
        Vec::len,
    );
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("report.html");
    std::fs::write(&file, html).expect("the folder can be written to");
    match measure_paint_ms(&file) {
        Some([first, all]) => println!(
            "{tables:>8}  in Chromium, from disk: first painted after {first:.0} ms, ready after {all:.0} ms"
        ),
        None => println!("{tables:>8}  chromium is not installed: nothing is painted"),
    }
}

/// Milliseconds until Chromium has painted the first screen of a file, and until the page's script is done.
fn measure_paint_ms(file: &Path) -> Option<[f64; 2]> {
    Command::new("chromium").arg("--version").output().ok().filter(|it| it.status.success())?;
    let mut browser = chromium::Chromium::start();
    let target = browser.call(None, "Target.createTarget", &json!({ "url": "about:blank" }));
    let target = json!({ "targetId": target["targetId"], "flatten": true });
    let session = browser.call(None, "Target.attachToTarget", &target)["sessionId"].clone();
    let session = session.as_str();
    browser.call(session, "Page.enable", &json!({}));
    browser.call(session, "Page.navigate", &json!({ "url": format!("file://{}", file.display()) }));
    browser.wait_for("Page.loadEventFired");
    let expression = "new Promise((done) => new PerformanceObserver((list) => {
        const painted = list.getEntriesByName('first-contentful-paint')[0];
        if (painted) done([painted.startTime, performance.getEntriesByType('navigation')[0].domComplete]);
    }).observe({ type: 'paint', buffered: true }))";
    let params = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
    let reply = browser.call(session, "Runtime.evaluate", &params);
    let threw = browser.events().into_iter().filter(|it| it["method"] == "Runtime.exceptionThrown").count();
    assert_eq!(threw, 0, "the page's script fails");
    Some([0, 1].map(|at| reply["result"]["value"][at].as_f64().expect("milliseconds")))
}

/// Runs one stage and prints its time, the peak of the whole process's memory in it (its input is still held, and
/// the allocator may keep what earlier stages freed), and its bytes.
fn stage<T>(tables: i64, what: &str, work: impl FnOnce() -> T, bytes: impl FnOnce(&T) -> usize) -> T {
    forget_peak();
    let begun = Instant::now();
    let result = work();
    let elapsed = begun.elapsed();
    let peak = peak_kib() * 1024;
    let bytes = bytes(&result);
    let each = |total: f64| total / tables as f64;
    println!(
        "{tables:>8}  {what:<9} {:>10.1} {:>12.2} {:>10.1} {:>12.0} {bytes:>12} {:>12.0}",
        elapsed.as_secs_f64() * 1e3,
        each(elapsed.as_secs_f64() * 1e6),
        peak as f64 / f64::from(1 << 20),
        each(peak as f64),
        each(bytes as f64),
    );
    result
}

/// The peak of memory is counted anew from here on, where the system can do that (Linux).
fn forget_peak() {
    let _elsewhere = std::fs::write("/proc/self/clear_refs", "5");
}

/// The peak by Linux's account of this process; 0 elsewhere.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let value = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    value.and_then(|it| it.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
