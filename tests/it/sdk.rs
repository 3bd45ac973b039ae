//! The vendor's own SDKs read the simulator: proof that it is the server that they expect.

use std::process::Command;

use serde_json::Value;

use crate::simulator::Simulator;
use crate::support::Folder;

#[test]
#[ignore = "needs the vendor's Python packages in target/sdk, which .ci/run installs"]
fn vendor_sdks_read_the_same_rows_as_the_collector() {
    let root = env!("CARGO_MANIFEST_DIR");
    let folder = Folder::new();
    // A world that stands still, somewhere in the middle of its migration.
    let simulator = Simulator::start(&folder, "speed = 0\nelapsed_minutes = 45\n[reply]\nlatency_ms = 0\n");
    let output = Command::new(format!("{root}/target/sdk/bin/python"))
        .arg(format!("{root}/tests/sdk/read.py"))
        .arg(simulator.endpoint.trim_start_matches("http://"))
        .args([&simulator.access_key_id, &simulator.access_key_secret, &simulator.job])
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    simulator.collect(&folder, &[]).expect_success();
    let mut recorded = folder.query(
        "dts-history.db",
        "select phase, destination_db, object_name, status, definition from object_latest
         union all
         select 'data', destination_db, table_name, status, finished_rows from table_latest",
    );
    recorded.sort();
    assert!(recorded.len() > 100, "{}", recorded.len());
    for version in ["v1", "v3"] {
        let text = |value: &Value| value.as_str().map_or_else(|| "-".to_owned(), str::to_owned);
        let rows = read[version].as_array().unwrap().iter();
        let mut rows: Vec<String> =
            rows.map(|row| row.as_array().unwrap().iter().map(text).collect::<Vec<_>>().join("|")).collect();
        rows.sort();
        assert_eq!(rows, recorded, "{version}");
    }
}
