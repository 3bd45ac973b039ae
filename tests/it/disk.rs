//! A disk that is full, that may not be written, that cannot sync: a clear error, a history that is intact, and
//! recording that goes on once the disk does.
#![cfg(target_os = "linux")]

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use crate::service::{Service, configuration};
use crate::simulator::Simulator;
use crate::support::{Folder, RunResult, assert_intact, preload_library};

const RUNNING_SCENARIO: &str = "speed = 200\n";

/// A small disk of its own in the folder; unmounted when dropped.
struct Disk<'a>(&'a Folder);

impl<'a> Disk<'a> {
    /// `None` where a test may not mount anything: only root may.
    fn mount(folder: &'a Folder) -> Option<Self> {
        let path = folder.path("disk");
        std::fs::create_dir(&path).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=3m", "none"]).arg(&path);
        if mount.output().is_ok_and(|it| it.status.success()) {
            return Some(Self(folder));
        }
        eprintln!("skipped: a disk of its own can be mounted by root alone");
        None
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        let mut mount = Command::new("mount");
        assert!(mount.args(["-o", &options]).arg(self.0.path("disk")).status().unwrap().success());
    }

    /// Takes all the room there is.
    fn fill(&self) {
        let mut filler = std::fs::File::create(self.0.path("disk/filler")).unwrap();
        let mut size = 1 << 20;
        while size > 0 {
            match filler.write_all(&vec![7; size]) {
                Ok(()) => {}
                Err(_) => size /= 2,
            }
        }
    }

    fn free(&self) {
        std::fs::remove_file(self.0.path("disk/filler")).unwrap();
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path("disk")).status();
    }
}

#[track_caller]
fn assert_fails_with(ended: &RunResult, words: &[&str]) {
    assert_eq!(ended.status, 1, "{ended:?}");
    for word in words {
        assert!(ended.stderr.contains(word), "no {word:?} in {}", ended.stderr);
    }
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
}

fn complete_snapshots(database: &Path) -> usize {
    let sql = "select count(*) from snapshots where outcome = 'complete'";
    crate::support::query(database, sql)[0].parse().unwrap()
}

#[test]
fn collect_survives_a_full_disk_and_resumes_when_space_is_freed() {
    let folder = Folder::new();
    let Some(disk) = Disk::mount(&folder) else { return };
    let simulator = Simulator::start(&folder, RUNNING_SCENARIO);
    let database = folder.path("disk/h.db");
    let collect = || simulator.collect(&folder, &["--db", "disk/h.db"]);
    collect().expect_success();
    let args = ["--db", "disk/h.db", "report", "--job", &simulator.job, "--output", "disk/report.html"];
    folder.run(&args).expect_success();
    let report = std::fs::read(folder.path("disk/report.html")).unwrap();

    disk.fill();
    let full = collect();
    assert_fails_with(&full, &["disk/h.db", "disk", "try again"]);
    assert_fails_with(&folder.run(&args), &["disk/"]);
    assert_eq!(std::fs::read(folder.path("disk/report.html")).unwrap(), report, "the old report stays");
    let left: Vec<_> =
        std::fs::read_dir(folder.path("disk")).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(!left.iter().any(|it| it.to_string_lossy().starts_with(".dts-history-")), "{left:?}");

    disk.free();
    assert_intact(&database);
    assert_eq!(complete_snapshots(&database), 1);
    collect().expect_success();
    assert_eq!(complete_snapshots(&database), 2);
    assert_intact(&database);
}

#[test]
fn serve_reports_a_full_disk_and_resumes_by_itself() {
    let folder = Folder::new();
    let Some(disk) = Disk::mount(&folder) else { return };
    let simulator = Simulator::start(&folder, RUNNING_SCENARIO);
    let configuration = configuration(&simulator, "", &[&simulator.job]);
    folder.write("disk/dts-history.toml", configuration);
    let args = ["--config", "disk/dts-history.toml", "serve", "--listen", "127.0.0.1:0"];
    let mut service = Service::start_with(&folder, &simulator, &args, &[]);
    service.wait_for_log(&["snapshot_id="], 2);
    disk.fill();
    service.wait_for_log(&["not recorded", "disk/dts-history.db", "no room left", "free some disk space"], 2);
    let before = service.log_lines().iter().filter(|line| line.contains("snapshot_id=")).count();
    disk.free();
    service.wait_for_log(&["snapshot_id="], before + 2);
    service.send_signal("TERM");
    assert_eq!(service.wait_for_exit(), 0);
    let recorded = service.log_lines().iter().filter(|line| line.contains("snapshot_id=")).count();
    assert_eq!(complete_snapshots(&folder.path("disk/dts-history.db")), recorded);
    assert_intact(&folder.path("disk/dts-history.db"));
}

#[test]
fn collect_reports_a_read_only_disk() {
    let folder = Folder::new();
    let Some(disk) = Disk::mount(&folder) else { return };
    let simulator = Simulator::start(&folder, RUNNING_SCENARIO);
    simulator.collect(&folder, &["--db", "disk/h.db"]).expect_success();
    disk.remount("ro");
    for database in ["disk/h.db", "disk/new.db"] {
        let ended = simulator.collect(&folder, &["--db", database]);
        assert_fails_with(&ended, &[database, "writable"]);
    }
    // To read it needs no right to write.
    for command in [&["status", "--json"][..], &["report", "--job", &simulator.job], &["failures"]] {
        folder.run(&[&["--db", "disk/h.db"], command].concat()).expect_success();
    }
    disk.remount("rw");
    simulator.collect(&folder, &["--db", "disk/h.db"]).expect_success();
    assert_eq!(complete_snapshots(&folder.path("disk/h.db")), 2);
    assert_intact(&folder.path("disk/h.db"));
}

/// Without any right of root: the largest size that a file may have stands for a quota.
#[test]
fn collect_survives_a_file_size_limit() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, RUNNING_SCENARIO);
    let limited = |blocks: &str, database: &str| {
        let program = env!("CARGO_BIN_EXE_dts-history");
        // The signal that comes with this limit is not for us: the error is.
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {program} \"$@\"");
        let args = ["--db", database, "collect", "--job", &simulator.job, "--endpoint", &simulator.endpoint];
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).arg("sh").args(args).current_dir(folder.path(""));
        command
            .env("ALIBABA_CLOUD_ACCESS_KEY_ID", &simulator.access_key_id)
            .env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", &simulator.access_key_secret);
        RunResult::from_output(command.output().unwrap())
    };
    let words = ["h.db", "disk", "try again"];
    assert_fails_with(&limited("4", "h.db"), &words);
    limited("unlimited", "h.db").expect_success();
    assert_fails_with(&limited("40", "h.db"), &words);
    assert_intact(&folder.path("h.db"));
    limited("unlimited", "h.db").expect_success();
    assert_eq!(complete_snapshots(&folder.path("h.db")), 2);
    assert_intact(&folder.path("h.db"));
}

#[test]
fn serve_reports_failing_fsync_and_resumes_when_it_works() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, RUNNING_SCENARIO);
    folder.write("dts-history.toml", configuration(&simulator, "", &[&simulator.job]));
    let broken = folder.path("broken");
    let variables = [("LD_PRELOAD", preload_library()), ("SHIM_SYNC", broken.to_str().unwrap())];
    let args = ["serve", "--listen", "127.0.0.1:0"];
    let mut service = Service::start_with(&folder, &simulator, &args, &variables);
    service.wait_for_log(&["snapshot_id="], 2);
    folder.write("broken", "");
    service.wait_for_log(&["not recorded", "dts-history.db", "the disk refuses"], 2);
    let before = service.log_lines().iter().filter(|line| line.contains("snapshot_id=")).count();
    std::fs::remove_file(&broken).unwrap();
    service.wait_for_log(&["snapshot_id="], before + 2);
    // Recorded snapshots also survive an exit at which the log cannot be checkpointed.
    folder.write("broken", "");
    service.wait_for_log(&["not recorded"], 4);
    service.send_signal("KILL");
    service.wait_for_exit();
    let recorded = service.log_lines().iter().filter(|line| line.contains("snapshot_id=")).count();
    let database = folder.path("dts-history.db");
    assert!(complete_snapshots(&database) >= recorded, "{} of {recorded}", complete_snapshots(&database));
    assert_intact(&database);
    simulator.collect(&folder, &[]).expect_success();
    assert_intact(&database);
}
