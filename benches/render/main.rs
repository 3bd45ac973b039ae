//! What a report of a big job costs: `cargo bench --bench render`.
//!
//! Jobs of 1,000, 10,000 and 100,000 tables with 2,000 snapshots, built in memory: the figures, then each form
//! of the report. Each job runs in a process of its own, so that the peak of memory is its own; what counts is how
//! the cost of one table changes from one size to the next.

mod world;

use std::process::Command;
use std::time::Instant;

use dts_history::history::analysis::{Window, analyse};
use dts_history::report::{self, Language, Options};

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
        "tables", "what", "ms", "µs a table", "MiB", "B a table", "bytes out", "B a table"
    );
    for tables in SIZES {
        let myself = std::env::current_exe().expect("a running program has a file");
        let ended = Command::new(myself).env(SIZE, tables.to_string()).status().expect("it runs again");
        assert!(ended.success(), "{tables} tables: {ended}");
    }
}

fn measure(tables: i64) {
    let options = Options { language: Language::En, zone: chrono_tz::Asia::Shanghai };
    let history = stage(tables, "history", || world::world(tables, SNAPSHOTS), |_| 0);
    let analysis = stage(tables, "analyse", || analyse(&history, Window::default()), |_| 0);

    let html = stage(tables, "html", || report::html(&analysis, &options).expect("html"), String::len);
    stage(tables, "markdown", || report::markdown(&analysis, &options).expect("markdown"), String::len);
    stage(tables, "json", || report::json(&analysis).expect("json"), String::len);
    // For who wants to open it.
    if let Ok(folder) = std::env::var("DTS_HISTORY_BENCH_OUTPUT") {
        std::fs::write(format!("{folder}/report-{tables}.html"), html).expect("the folder can be written to");
    }
}

/// Runs one stage and prints its time, the memory at its peak above what was held before, and its bytes.
fn stage<T>(tables: i64, what: &str, work: impl FnOnce() -> T, bytes: impl FnOnce(&T) -> usize) -> T {
    forget_peak();
    let held = memory("VmRSS:");
    let begun = Instant::now();
    let result = work();
    let elapsed = begun.elapsed();
    let peak = memory("VmHWM:").saturating_sub(held) * 1024;
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

/// A line of Linux's account of this process, in KiB; 0 elsewhere.
fn memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let value = status.lines().find_map(|it| it.strip_prefix(line));
    value.and_then(|it| it.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
