//! The vendor's own SDKs read the simulator: proof that it is the server that they expect.

use std::process::Command;

use serde_json::{Value, json};

use crate::simulator::Simulator;
use crate::support::Folder;

/// Minutes of world time: in the middle of the copy, and in the incremental phase.
const COPYING: u32 = 45;
const SYNCHRONIZING: u32 = 240;

/// What `tests/sdk/read.py` returns for a world that stands still at this time, and the rows that `collect` records.
fn read_and_collect(elapsed_minutes: u32) -> (Value, Vec<String>) {
    let root = env!("CARGO_MANIFEST_DIR");
    let folder = Folder::new();
    let scenario = format!("speed = 0\nelapsed_minutes = {elapsed_minutes}\n[reply]\nlatency_ms = 0\n");
    let simulator = Simulator::start(&folder, &scenario);
    let output = Command::new(format!("{root}/target/sdk/bin/python"))
        .arg(format!("{root}/tests/sdk/read.py"))
        .arg(simulator.endpoint.trim_start_matches("http://"))
        .args([&simulator.access_key_id, &simulator.access_key_secret, &simulator.job])
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    simulator.collect(&folder, &[]).expect_success();
    let mut recorded = folder.query(
        "dts-history.db",
        "select phase, destination_db, object_name, status, definition from object_latest
         where phase in ('structure', 'constraint')
         union all
         select 'data', destination_db, table_name, status, finished_rows from table_latest",
    );
    recorded.sort();
    (serde_json::from_slice(&output.stdout).unwrap(), recorded)
}

#[test]
#[ignore = "needs the vendor's Python packages in target/sdk, which .ci/run installs"]
fn vendor_sdks_read_the_same_rows_as_the_collector_by_every_kind_of_call() {
    for elapsed_minutes in [COPYING, SYNCHRONIZING] {
        let (read, recorded) = read_and_collect(elapsed_minutes);
        assert!(recorded.len() > 100, "{}", recorded.len());
        for version in ["v1", "v3"] {
            for kind in ["synchronization", "migration", "task"] {
                let text = |value: &Value| value.as_str().map_or_else(|| "-".to_owned(), str::to_owned);
                let rows = read[version][kind].as_array().unwrap().iter();
                let mut rows: Vec<String> = rows
                    .map(|row| row.as_array().unwrap().iter().map(text).collect::<Vec<_>>().join("|"))
                    .collect();
                rows.sort();
                assert_eq!(rows, recorded, "{version}, {kind}, minute {elapsed_minutes}");
            }
        }
    }
}

#[test]
#[ignore = "needs the vendor's Python packages in target/sdk, which .ci/run installs"]
fn vendor_sdks_read_the_state_of_the_job_in_the_units_of_each_call() {
    let (copying, _) = read_and_collect(COPYING);
    let (read, recorded) = read_and_collect(SYNCHRONIZING);
    for version in ["v1", "v3"] {
        let job = &copying[version]["job"];
        assert_eq!(job["statuses"], json!(["initializating", "Migrating", "Initializing", "Initializing"]));
        assert_eq!((&job["delay_ms"], &job["checkpoints"]), (&json!([-1, -1]), &json!([0, 0, 0, 0])));

        let job = &read[version]["job"];
        let ids: Vec<_> = job["task_ids"].as_array().unwrap().iter().collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(job["statuses"], json!(["synchronizing", "Migrating", "Synchronizing", "Synchronizing"]));
        let delay_ms = job["delay_ms"][0].as_i64().unwrap();
        assert!(delay_ms > 0, "{job}");
        assert_eq!(job["delay_ms"], json!([delay_ms, delay_ms]));
        assert_eq!(job["delay_seconds"], json!([delay_ms / 1000, delay_ms / 1000]));
        assert_eq!(read["latency_ms"], delay_ms);
        let checkpoint = &job["checkpoints"][0];
        assert!(checkpoint.as_i64().unwrap() > 1_700_000_000, "{job}");
        assert_eq!(job["checkpoints"], json!([checkpoint, checkpoint, checkpoint, checkpoint]));
        assert_eq!(job["migrations"].as_array().unwrap().len(), 1);
        let objects = recorded.iter().filter(|row| !row.starts_with("data|")).count();
        assert_eq!(job["objects"], objects);
    }
}
