//! Slips on the command line, and a hostile folder: nothing is lost, hangs or is overwritten.

use std::process::Command;

use crate::support::{Folder, RunResult};

const SAMPLE: &str = include_str!("../samples/sample.json");
const JOB: &str = "dtsi";
const IMPORT_TIME: &str = "2026-01-02T03:04:05Z";

fn folder_with_sample() -> Folder {
    let folder = Folder::new();
    folder.write("sample.json", SAMPLE);
    folder
}

#[track_caller]
fn assert_refused(result: &RunResult, status: i32, words: &[&str]) {
    assert_eq!((result.status, result.stdout.as_str()), (status, ""), "{result:?}");
    for word in words {
        assert!(result.stderr.contains(word), "{word:?} in {}", result.stderr);
    }
    assert_eq!(result.stderr.trim_end().lines().count(), 1, "{}", result.stderr);
}

#[test]
fn databases_in_memory_and_uris_are_refused() {
    let folder = folder_with_sample();
    for name in [":memory:", "file:h.db", "file::memory:?cache=shared"] {
        let import = ["--db", name, "import", "--job", JOB, "--at", IMPORT_TIME, "sample.json"];
        assert_refused(&folder.run(&import), 1, &[name, "--db"]);
        assert_refused(&folder.run(&["--db", name, "status"]), 1, &[name, "--db"]);
    }
    assert_eq!(std::fs::read_dir(folder.path("")).unwrap().count(), 1, "no file was made");
    let named = ["--db", "./:memory:", "import", "--job", JOB, "--at", IMPORT_TIME, "sample.json"];
    folder.run(&named).expect_success();
    assert_eq!(folder.query("./:memory:", "select count(*) from table_latest"), ["1"]);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_no_database() {
    let folder = folder_with_sample();
    assert!(Command::new("mkfifo").arg(folder.path("pipe")).status().unwrap().success());
    for args in [
        &["--db", "pipe", "status"][..],
        &["--db", "pipe", "import", "--job", JOB, "--at", IMPORT_TIME, "sample.json"],
        &["--db", "/dev/null", "status"],
    ] {
        // A run that hangs would be killed after a while, with another status.
        let output = Command::new("timeout")
            .arg("20")
            .arg(env!("CARGO_BIN_EXE_dts-history"))
            .args(args)
            .current_dir(folder.path(""))
            .output()
            .unwrap();
        assert_refused(&RunResult::from_output(output), 1, &[args[1], "regular file"]);
    }
}

#[cfg(unix)]
#[test]
fn the_lock_file_never_follows_a_link() {
    let folder = folder_with_sample();
    folder.run(&["import", "--job", JOB, "--at", IMPORT_TIME, "sample.json"]).expect_success();
    folder.write("precious", "precious");
    std::os::unix::fs::symlink(folder.path("precious"), folder.path("dts-history.db.lock")).unwrap();
    folder.write("dts-history.toml", "[[job]]\nid = \"dtsi\"\nregion = \"cn-hangzhou\"\n");
    let mut serve = folder.command(&["serve", "--listen", "127.0.0.1:0"]);
    serve.env("ALIBABA_CLOUD_ACCESS_KEY_ID", "x").env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "x");
    let result = RunResult::from_output(serve.output().unwrap());
    assert_refused(&result, 1, &["dts-history.db.lock", "not a regular file"]);
    assert_eq!(std::fs::read_to_string(folder.path("precious")).unwrap(), "precious");
}

#[test]
fn imports_from_the_future_need_force() {
    let folder = folder_with_sample();
    let import = ["import", "--job", JOB, "--at", "2036-01-02T03:04:05Z", "sample.json"];
    assert_refused(&folder.run(&import), 2, &["2036-01-02T03:04:05.000Z", "future", "--force"]);
    assert!(!folder.path("dts-history.db").exists());
    folder.run(&[&import[..], &["--force"]].concat()).expect_success();
    let last = "select last_snapshot_at from jobs";
    assert_eq!(folder.query("dts-history.db", last), ["2036-01-02T03:04:05.000Z"]);
}

#[test]
fn times_may_be_dates_local_times_and_ages() {
    let folder = folder_with_sample();
    folder.write("dts-history.toml", "timezone = \"Asia/Shanghai\"\n");
    let import = |at: &str| folder.run(&["import", "--job", JOB, "--at", at, "sample.json"]).expect_success();
    let newest = || folder.query("dts-history.db", "select max(finished_at) from snapshots").remove(0);
    import("2026-01-02");
    assert_eq!(newest(), "2026-01-01T16:00:00.000Z");
    import("2026-01-02 08:30");
    assert_eq!(newest(), "2026-01-02T00:30:00.000Z");
    import("2h");
    assert!(newest().as_str() > "2026-01-02T00:30:00.000Z");
    let report = |args: &[&str]| {
        let json = folder.run(&[&["report", "--format", "json"], args].concat()).expect_success();
        serde_json::from_str::<serde_json::Value>(&json).unwrap()
    };
    assert_eq!(
        report(&["--from", "2026-01-02 08:00", "--to", "2026-01-03"]),
        report(&["--from", "2026-01-02T00:00:00Z", "--to", "2026-01-02T16:00:00Z"])
    );
    assert_ne!(report(&["--from", "3h"]), report(&[]));
}

#[test]
fn the_only_job_need_not_be_named() {
    let folder = folder_with_sample();
    let unnamed = ["import", "--at", IMPORT_TIME, "sample.json"];
    assert_refused(&folder.run(&unnamed), 1, &["no history", "dts-history.db"]);
    folder.run(&["import", "--job", JOB, "--at", IMPORT_TIME, "sample.json"]).expect_success();
    folder.run(&["import", "--at", "2026-01-03", "sample.json"]).expect_success();
    assert_eq!(folder.query("dts-history.db", "select job_id, snapshots from jobs"), ["dtsi|2"]);
    assert!(folder.run(&["report", "--format", "md"]).expect_success().contains("dtsi"));
    folder.run(&["import", "--job", "dtsj", "--at", IMPORT_TIME, "sample.json"]).expect_success();
    assert_refused(&folder.run(&["report"]), 2, &["2 jobs", "dtsi, dtsj", "--job"]);
}

#[test]
fn pages_of_two_sweeps_are_not_one_sweep() {
    let folder = folder_with_sample();
    folder.write("later.json", SAMPLE.replace("\"9993\"", "\"9999\""));
    let import = ["import", "--job", JOB, "--at", IMPORT_TIME, "sample.json", "later.json"];
    assert_refused(&folder.run(&import), 1, &["sample.json", "later.json", "two sweeps", "--at"]);
    assert!(!folder.path("dts-history.db").exists());
    // The page past the end may be the last page again.
    folder.write("again.json", SAMPLE);
    folder.run(&["import", "--job", JOB, "--at", IMPORT_TIME, "sample.json", "again.json"]).expect_success();
    folder.run(&["import", "--at", "2026-01-03", "--force", "sample.json", "later.json"]).expect_success();
}
