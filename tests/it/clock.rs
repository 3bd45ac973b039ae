//! The clock of the machine jumps forth and back while a job is recorded.
#![cfg(target_os = "linux")]

use std::time::Duration;

use serde_json::Value;

use crate::service::{Service, configuration};
use crate::simulator::Simulator;
use crate::support::{Folder, RunResult, assert_intact, preload_library};

/// How far the clock goes ahead. Less than the 15 minutes beyond which the gateway's own time is used.
const CLOCK_AHEAD_MS: i64 = 600_000;
/// In the middle of the copy; a world minute each second.
const COPYING_SCENARIO: &str = "speed = 60\nelapsed_minutes = 50\n";

/// A sweep of the simulator's job by a clock that is as much ahead as the file says.
fn collect_at_clock(folder: &Folder, simulator: &Simulator, database: &str) -> RunResult {
    let args = ["--db", database, "collect", "--job", &simulator.job, "--endpoint", &simulator.endpoint];
    let mut command = folder.command(&args);
    command
        .env("ALIBABA_CLOUD_ACCESS_KEY_ID", &simulator.access_key_id)
        .env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", &simulator.access_key_secret)
        .env("LD_PRELOAD", preload_library())
        .env("SHIM_CLOCK", folder.path("ahead"));
    RunResult::from_output(command.output().unwrap())
}

fn report(folder: &Folder, simulator: &Simulator, database: &str) -> Value {
    let args = ["--db", database, "report", "--job", &simulator.job, "--format", "json"];
    serde_json::from_str(&folder.run(&args).expect_success()).unwrap()
}

/// Every number in the report under a key that ends like this.
fn collect_numbers(value: &Value, ending: &str, found: &mut Vec<f64>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                found.extend(value.as_f64().filter(|_| key.ends_with(ending)));
                collect_numbers(value, ending, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|it| collect_numbers(it, ending, found)),
        _ => {}
    }
}

#[test]
fn clock_jumps_give_no_implausible_rate_and_are_reported() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, COPYING_SCENARIO);
    // The same world by a clock that goes right, a moment later each time.
    let right = |folder: &Folder| simulator.collect(folder, &["--db", "right.db"]).expect_success();
    let sweep = |ahead_ms: i64| {
        folder.write("ahead", ahead_ms.to_string());
        let ended = collect_at_clock(&folder, &simulator, "jumped.db");
        right(&folder);
        std::thread::sleep(Duration::from_millis(400));
        ended
    };
    for _ in 0..3 {
        sweep(0).expect_success();
    }
    sweep(CLOCK_AHEAD_MS).expect_success();
    let refused = sweep(0);
    assert_eq!(refused.status, 1);
    for words in ["is not after the last complete snapshot", &simulator.job, "set this machine's clock"] {
        assert!(refused.stderr.contains(words), "{}", refused.stderr);
    }
    // Seconds later the clock shows hardly more than the time that was recorded in the future: as if it had gone
    // right for ten minutes, and the tables had been copied within the last moment.
    std::thread::sleep(Duration::from_secs(2));
    let behind = "select max(finished_at_ms) - cast(unixepoch('subsec') * 1000 as integer) from snapshot";
    let behind_ms = folder.query("jumped.db", behind)[0].parse::<i64>().unwrap();
    sweep(behind_ms + 10).expect_success();
    sweep(behind_ms + 10).expect_success();

    assert_intact(&folder.path("jumped.db"));
    let count = |sql: &str| folder.query("jumped.db", sql)[0].parse::<i64>().unwrap();
    assert_eq!(count("select count(*) from snapshots where outcome = 'complete'"), 6);
    let fastest = |database: &str| {
        let sql = "select max(rows_per_second) from table_throughput";
        folder.query(database, sql)[0].parse::<f64>().unwrap()
    };
    assert!(fastest("jumped.db") < fastest("right.db") * 5.0, "{} is absurd", fastest("jumped.db"));
    // How long the table was copied between the two is not known: no rate, and no moment before.
    let after = "(select min(snapshot_id) from snapshots where snapshot_id > (
        select snapshot_id from snapshots where outcome = 'failed'))";
    let changes = count(&format!("select count(*) from table_history where snapshot_id = {after}"));
    let unknown = format!(
        "select count(*) from table_history where snapshot_id = {after} and previous_observed_at is null"
    );
    assert!(changes > 0);
    assert_eq!(count(&unknown), changes);

    let report = report(&folder, &simulator, "jumped.db");
    assert_eq!(report["coverage"]["clock_set_back"].as_array().unwrap().len(), 1);
    for ending in ["_ms", "rows_per_second", "rows"] {
        let mut found = Vec::new();
        collect_numbers(&report, ending, &mut found);
        assert!(found.iter().all(|it| *it >= 0.0), "a negative {ending}");
    }
    let html = folder.run(&["--db", "jumped.db", "report", "--job", &simulator.job]).expect_success();
    assert!(html.contains("Clock set back"));
    let right = self::report(&folder, &simulator, "right.db");
    assert_eq!(right["coverage"]["clock_set_back"], Value::Array(vec![]));
}

#[test]
fn serve_records_in_order_across_clock_jumps() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, COPYING_SCENARIO);
    folder.write("dts-history.toml", configuration(&simulator, "", &[&simulator.job]));
    folder.write("ahead", "0");
    let ahead = folder.path("ahead");
    let variables = [("LD_PRELOAD", preload_library()), ("SHIM_CLOCK", ahead.to_str().unwrap())];
    let args = ["serve", "--listen", "127.0.0.1:0"];
    let mut service = Service::start_with(&folder, &simulator, &args, &variables);
    service.wait_for_log(&["snapshot_id="], 2);
    folder.write("ahead", CLOCK_AHEAD_MS.to_string());
    service.wait_for_log(&["snapshot_id="], 4);
    folder.write("ahead", "0");
    service.wait_for_log(&["the clock was set back"], 1);
    service.wait_for_log(&["not recorded", "is not after the last complete snapshot"], 1);
    // As if ten minutes had gone by.
    folder.write("ahead", (CLOCK_AHEAD_MS + 1000).to_string());
    let before = service.log_lines().iter().filter(|line| line.contains("snapshot_id=")).count();
    service.wait_for_log(&["snapshot_id="], before + 2);
    service.send_signal("TERM");
    assert_eq!(service.wait_for_exit(), 0);
    assert_intact(&folder.path("dts-history.db"));
    let report = report(&folder, &simulator, "dts-history.db");
    assert_eq!(report["coverage"]["clock_set_back"].as_array().unwrap().len(), 1);
}
