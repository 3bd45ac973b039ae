//! The files of a database are deleted, replaced, truncated and overwritten while `serve` has them open.
//!
//! The service must not crash, must not report a snapshot that is not there, and must say what is wrong. What was
//! reported before the damage is there when the files are put back.
#![cfg(target_os = "linux")]

use std::fs::OpenOptions;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::http::request;
use crate::service::{Service, configuration};
use crate::simulator::Simulator;
use crate::support::{Folder, RunResult, assert_intact};

const DATABASE: &str = "dts-history.db";
/// A migration in progress: every sweep has changes.
const RUNNING_SCENARIO: &str = "speed = 60\nelapsed_minutes = 50\n";

/// A service that has recorded twice.
fn start_recording(folder: &Folder) -> (Simulator, Service) {
    let simulator = Simulator::start(folder, RUNNING_SCENARIO);
    folder.write("dts-history.toml", configuration(&simulator, "", &[&simulator.job]));
    let service = Service::start(folder, &simulator);
    service.wait_for_log(&["recorded", "snapshot_id="], 2);
    (simulator, service)
}

/// The ids of the snapshots that the service has reported as recorded.
fn reported_snapshots(service: &Service) -> Vec<String> {
    let id_of = |line: &String| {
        let (_, rest) = line.split_once("snapshot_id=")?;
        Some(rest.split(' ').next()?.to_owned())
    };
    service.log_lines().iter().filter(|line| line.contains("recorded")).filter_map(id_of).collect()
}

#[track_caller]
fn assert_snapshots_exist(folder: &Folder, ids: &[String]) {
    let found = folder.query(DATABASE, "select snapshot_id from snapshots where outcome = 'complete'");
    for id in ids {
        assert!(found.contains(id), "snapshot {id} was reported as recorded and is not in {found:?}");
    }
}

fn readiness(service: &Service) -> u16 {
    request("GET", &format!("{}/readyz", service.address), &[]).status
}

#[track_caller]
fn wait_for_readiness(service: &Service, status: u16) {
    let start = Instant::now();
    while readiness(service) != status {
        assert!(start.elapsed() < Duration::from_secs(30), "not {status}: {:#?}", service.log_lines());
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[track_caller]
fn assert_no_panic(service: &Service) {
    let lines = service.log_lines();
    assert!(!lines.iter().any(|line| line.contains("panicked")), "{lines:#?}");
    assert_eq!(request("GET", &format!("{}/healthz", service.address), &[]).status, 200, "{lines:#?}");
}

/// Every command that reads the database ends with a result or an error in words.
#[track_caller]
fn assert_commands_fail_with_a_message(folder: &Folder, job: &str) {
    for args in
        [&["status"][..], &["failures"], &["report", "--job", job, "--output", "-"], &["prune", "--dry-run"]]
    {
        let ended: RunResult = folder.run(args);
        assert!(ended.status <= 2 && !ended.stderr.contains("panicked"), "{args:?}: {ended:?}");
        assert!(ended.status == 0 || ended.stderr.contains("error: "), "{args:?}: {ended:?}");
    }
}

fn overwrite(file: &Path, from_byte: u64, bytes: &[u8]) {
    let mut file = OpenOptions::new().write(true).open(file).unwrap();
    file.seek(SeekFrom::Start(from_byte)).unwrap();
    file.write_all(bytes).unwrap();
}

#[test]
fn a_database_moved_away_and_back_loses_nothing() {
    let folder = Folder::new();
    let (_simulator, service) = start_recording(&folder);
    std::fs::rename(folder.path(DATABASE), folder.path("away.db")).unwrap();
    service.wait_for_log(&["was deleted while this process had it open"], 1);
    let before = reported_snapshots(&service);
    wait_for_readiness(&service, 503);
    assert_eq!(reported_snapshots(&service), before, "nothing is recorded into a deleted file");
    std::fs::rename(folder.path("away.db"), folder.path(DATABASE)).unwrap();
    service.wait_for_log(&["recorded", "snapshot_id="], before.len() + 2);
    wait_for_readiness(&service, 200);
    assert_no_panic(&service);
    assert_snapshots_exist(&folder, &reported_snapshots(&service));
    assert_intact(&folder.path(DATABASE));
}

#[test]
fn a_database_swapped_for_another_is_not_written() {
    let folder = Folder::new();
    let (_simulator, service) = start_recording(&folder);
    folder.write("sample.json", include_str!("../samples/sample.json"));
    folder
        .run(&[
            "--db",
            "other.db",
            "import",
            "--job",
            "dtsother",
            "--at",
            "2026-01-02T03:04:05Z",
            "sample.json",
        ])
        .expect_success();
    std::fs::rename(folder.path(DATABASE), folder.path("away.db")).unwrap();
    std::fs::rename(folder.path("other.db"), folder.path(DATABASE)).unwrap();
    service.wait_for_log(&["was replaced by another file"], 2);
    wait_for_readiness(&service, 503);
    let before = reported_snapshots(&service);
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(reported_snapshots(&service), before);
    assert_no_panic(&service);
}

#[test]
fn a_truncated_or_overwritten_database_is_reported_and_nothing_is_recorded_into_it() {
    for damage in ["truncated to nothing", "truncated in the middle", "overwritten"] {
        let folder = Folder::new();
        let (simulator, mut service) = start_recording(&folder);
        let path = folder.path(DATABASE);
        let bytes = std::fs::metadata(&path).unwrap().len();
        match damage {
            "truncated to nothing" => OpenOptions::new().write(true).open(&path).unwrap().set_len(0).unwrap(),
            "truncated in the middle" => {
                OpenOptions::new().write(true).open(&path).unwrap().set_len(bytes / 2).unwrap();
            }
            _ => overwrite(&path, 0, &vec![0xa5; usize::try_from(bytes).unwrap()]),
        }
        let before = reported_snapshots(&service);
        std::thread::sleep(Duration::from_millis(2500));
        assert_no_panic(&service);
        service.send_signal("KILL");
        service.wait_for_exit();
        assert_commands_fail_with_a_message(&folder, &simulator.job);
        let ended = folder.run(&["status"]);
        if damage == "truncated to nothing" {
            // The sweep in flight may have ended before the check.
            assert!(reported_snapshots(&service).len() <= before.len() + 1, "{:#?}", service.log_lines());
            assert_ne!(service.count_log_lines(&["was replaced by another file"]), 0);
        } else if ended.status == 0 {
            // The write-ahead log had every page that was damaged.
            assert_snapshots_exist(&folder, &reported_snapshots(&service));
        } else {
            assert!(ended.stderr.contains(DATABASE), "{damage}: {ended:?}");
        }
    }
}

#[test]
fn a_damaged_write_ahead_log_loses_at_most_its_own_snapshots() {
    for damage in ["deleted", "truncated", "overwritten"] {
        let folder = Folder::new();
        let (simulator, mut service) = start_recording(&folder);
        let log = folder.path("dts-history.db-wal");
        match damage {
            "deleted" => std::fs::remove_file(&log).unwrap(),
            "truncated" => OpenOptions::new().write(true).open(&log).unwrap().set_len(0).unwrap(),
            _ => overwrite(&log, 32, &[0xa5; 4096]),
        }
        std::thread::sleep(Duration::from_millis(2500));
        assert_no_panic(&service);
        service.send_signal("TERM");
        service.wait_for_exit();
        assert!(!service.log_lines().iter().any(|line| line.contains("panicked")), "{damage}");
        assert_commands_fail_with_a_message(&folder, &simulator.job);
        // No part of a snapshot: what is there is whole, or the database says that it is damaged.
        let ended = folder.run(&["status"]);
        if ended.status == 0 && folder.query(DATABASE, "pragma integrity_check") == ["ok"] {
            assert_intact(&folder.path(DATABASE));
        }
    }
}

#[test]
fn a_write_ahead_log_that_is_deleted_or_replaced_is_noticed_and_its_snapshots_are_kept() {
    let log = "dts-history.db-wal";
    for (file, is_replaced) in [(log, false), ("dts-history.db-shm", false), (log, true)] {
        let folder = Folder::new();
        let (simulator, mut service) = start_recording(&folder);
        let path = folder.path(file);
        std::fs::remove_file(&path).unwrap();
        if is_replaced {
            std::fs::write(&path, b"").unwrap();
        }
        service.wait_for_log(&["not recorded", file, "was deleted or replaced", "restart the service"], 2);
        let reported = reported_snapshots(&service);
        wait_for_readiness(&service, 503);
        let body = request("GET", &format!("{}/readyz", service.address), &[]).body;
        assert!(body.contains(file), "{body}");
        assert_no_panic(&service);
        assert_eq!(
            reported_snapshots(&service),
            reported,
            "nothing is recorded into a log that will be lost"
        );
        service.send_signal("TERM");
        assert_eq!(service.wait_for_exit(), 0, "{:#?}", service.log_lines());
        // The next service goes on where this one stopped.
        let next = Service::start(&folder, &simulator);
        next.wait_for_log(&["recorded", "snapshot_id="], 2);
        wait_for_readiness(&next, 200);
        assert_snapshots_exist(&folder, &reported);
        assert_intact(&folder.path(DATABASE));
    }
}

#[test]
fn a_second_service_after_a_deleted_lock_file_does_not_damage_the_history() {
    let folder = Folder::new();
    let (simulator, first) = start_recording(&folder);
    std::fs::remove_file(folder.path("dts-history.db.lock")).unwrap();
    let second = Service::start(&folder, &simulator);
    second.wait_for_log(&["snapshot_id="], 2);
    for service in [&first, &second] {
        assert_no_panic(service);
    }
    let ids = [reported_snapshots(&first), reported_snapshots(&second)].concat();
    assert_snapshots_exist(&folder, &ids);
    assert_intact(&folder.path(DATABASE));
}
