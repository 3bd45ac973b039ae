//! Killed at any moment, the program leaves what it said it had recorded, and nothing by halves.
//!
//! `DTS_HISTORY_KILLS` sets how often (8 by default).

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::prune::{four_hours_of_sweeps, record_history};
use crate::service::Service;
use crate::simulator::Simulator;
use crate::support::{Folder, Rng, assert_intact, number_from_env};

const DATABASE: &str = "dts-history.db";
const TWO_JOBS: &str = "speed = 300\ntables = 150\n[[job]]\nid = \"dtsone\"\n[[job]]\nid = \"dtstwo\"\n";

fn kill_count() -> u64 {
    number_from_env("DTS_HISTORY_KILLS", 8)
}

/// Runs a command and kills it after this time; what it had said by then.
pub(crate) fn kill_after(mut command: Command, time: Duration) -> String {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Both are read while it runs, so that it never waits for a reader.
    let mut stdout = child.stdout.take().unwrap();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let out = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).unwrap();
        text
    });
    let err = std::thread::spawn(move || stderr.lines().map_while(Result::ok).collect::<Vec<_>>().join("\n"));
    std::thread::sleep(time);
    child.kill().unwrap();
    child.wait().unwrap();
    out.join().unwrap() + "\n" + &err.join().unwrap()
}

/// The numbers of the snapshots that were said to be recorded: by `collect --json`, or by the service's log.
pub(crate) fn reported_snapshots(said: &str) -> Vec<i64> {
    let of_line = |line: &str| -> Option<i64> {
        if let Ok(object) = serde_json::from_str::<Value>(line) {
            return object["snapshot_id"].as_i64();
        }
        let (_, rest) = line.split_once("snapshot_id=")?;
        rest.split(' ').next()?.parse().ok()
    };
    said.lines().filter_map(of_line).collect()
}

#[track_caller]
fn assert_reports_complete(folder: &Folder) {
    let Ok(entries) = std::fs::read_dir(folder.path("reports")) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        // The temporary file of a killed process, which does not have the name of a report yet.
        if name.starts_with(".dts-history-") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        match path.extension().and_then(|it| it.to_str()) {
            Some("html") => assert!(text.trim_end().ends_with("</html>"), "{name} is torn"),
            Some("json") => drop(serde_json::from_str::<Value>(&text).unwrap()),
            _ => assert!(text.lines().last().unwrap().starts_with("Made by dts-history"), "{name} is torn"),
        }
    }
}

#[test]
fn kill_during_collect_and_publish_loses_no_reported_snapshot() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, TWO_JOBS);
    let jobs = ["dtsone", "dtstwo"];
    let schedule = "[publish]\ncron = \"* * * * * *\"\n";
    folder.write("dts-history.toml", crate::service::configuration(&simulator, schedule, &jobs));
    let command = |args: &[&str]| {
        let mut command = folder.command(args);
        command
            .env("ALIBABA_CLOUD_ACCESS_KEY_ID", &simulator.access_key_id)
            .env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", &simulator.access_key_secret);
        command
    };
    let collect = || {
        let output = command(&["collect", "--json"]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        reported_snapshots(&String::from_utf8(output.stdout).unwrap())
    };
    let mut rng = Rng::new(number_from_env("DTS_HISTORY_SEED", 7));
    let start = Instant::now();
    let mut known = collect();
    let usual = start.elapsed();
    let mut wounded = 0;
    for kill in 0..kill_count() {
        // The service for longer than it takes to start, so that it is met while it sweeps and publishes.
        let (args, most) = match kill % 3 {
            0 => (&["serve", "--listen", "127.0.0.1:0"][..], usual * 2 + Duration::from_millis(1500)),
            _ => (&["collect", "--json"][..], usual * 5 / 4),
        };
        let most_us = u64::try_from(most.as_micros()).unwrap();
        let said = kill_after(command(args), Duration::from_micros(rng.below(most_us)));
        let recorded = reported_snapshots(&said);
        wounded += u32::from(recorded.len() < 2);
        known.extend(recorded);
        assert_intact(&folder.path(DATABASE));
        assert_reports_complete(&folder);
        known.extend(collect());
        let there = folder.query(DATABASE, "select snapshot_id from snapshots where outcome = 'complete'");
        for id in &known {
            assert!(there.contains(&id.to_string()), "snapshot {id} was recorded and is lost (kill {kill})");
        }
    }
    known.sort_unstable();
    known.dedup();
    assert!(
        known.len() > jobs.len() * usize::try_from(kill_count()).unwrap(),
        "each sweep after a kill is recorded"
    );
    assert!(wounded > 0, "none was killed before its end");
    assert_intact(&folder.path(DATABASE));
}

#[test]
fn serve_removes_old_temporary_files_of_killed_processes() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, TWO_JOBS);
    let schedule = "[publish]\ncron = \"* * * * * *\"\n";
    folder.write("dts-history.toml", crate::service::configuration(&simulator, schedule, &["dtsone"]));
    std::fs::create_dir(folder.path("reports")).unwrap();
    for (name, hours) in [(".dts-history-old", 2), (".dts-history-new", 0), ("own.html", 2)] {
        let file = std::fs::File::create(folder.path("reports").join(name)).unwrap();
        let made = file.metadata().unwrap().modified().unwrap();
        file.set_modified(made - Duration::from_secs(hours * 3600)).unwrap();
    }
    let service = Service::start(&folder, &simulator);
    service.wait_for_log(&["report published"], 1);
    let there = |name: &str| folder.path("reports").join(name).exists();
    assert_eq!(
        [".dts-history-old", ".dts-history-new", "own.html", "dtsone.html"].map(there),
        [false, true, true, true]
    );
}

#[test]
fn kill_during_prune_leaves_an_intact_history_and_the_next_run_finishes() {
    let folder = Folder::new();
    record_history(&folder, &four_hours_of_sweeps());
    folder.write("thin.toml", "[retention]\nthin_after_days = 1\n");
    folder.write("drop.toml", "[retention]\ndrop_jobs_after_days = 1\n");
    let mut rng = Rng::new(number_from_env("DTS_HISTORY_SEED", 11));
    let views = ["table_history", "table_throughput", "table_latest", "failures", "status_transitions"];
    let state = |database: &str| views.map(|view| folder.query(database, &format!("select * from {view}")));
    let sums = |database: &str| {
        folder.query(database, "select table_name, sum(rows) from table_throughput group by 1 order by 1")
    };
    let whole_sums = sums("h.db");
    let mut ends = Vec::new();
    for config in ["thin.toml", "drop.toml"] {
        std::fs::copy(folder.path("h.db"), folder.path("done.db")).unwrap();
        let start = Instant::now();
        folder.run(&["--config", config, "--db", "done.db", "prune"]).expect_success();
        ends.push((config, state("done.db"), start.elapsed()));
    }
    for kill in 0..kill_count() {
        let (config, end, took) = &ends[usize::from(kill % 2 == 1)];
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.path(&format!("killed.db{ending}")));
        }
        std::fs::copy(folder.path("h.db"), folder.path("killed.db")).unwrap();
        let args = ["--config", config, "--db", "killed.db", "prune"];
        let time = Duration::from_micros(rng.below(u64::try_from(took.as_micros()).unwrap()));
        kill_after(folder.command(&args), time);
        assert_eq!(folder.query("killed.db", "pragma integrity_check"), ["ok"]);
        // A dropped job is there with all of its rows, or not at all.
        if folder.query("killed.db", "select count(*) from jobs") == ["1"] {
            assert_eq!(sums("killed.db"), whole_sums, "kill {kill}");
        } else {
            assert_eq!(state("killed.db").concat(), Vec::<String>::new(), "kill {kill}");
        }
        folder.run(&args).expect_success();
        assert_intact(&folder.path("killed.db"));
        assert_eq!(&state("killed.db"), end, "kill {kill}");
        let left = "select (select count(*) from dropped_job) +
            (select count(*) from reading where object_no not in (select object_no from object))";
        assert_eq!(folder.query("killed.db", left), ["0"]);
    }
}

#[test]
fn kill_during_forget_removes_everything_or_nothing_and_the_next_run_finishes() {
    let folder = Folder::new();
    record_history(&folder, &four_hours_of_sweeps());
    let forget = |database: &'static str| {
        [
            "--db",
            database,
            "forget",
            "--job",
            "dtsi76118o3w92abcd",
            "--after",
            "2026-01-02T01:00:00Z",
            "--yes",
        ]
    };
    let views =
        ["snapshots", "table_history", "table_throughput", "table_latest", "failures", "status_transitions"];
    let state = |database: &str| views.map(|view| folder.query(database, &format!("select * from {view}")));
    let before = state("h.db");
    std::fs::copy(folder.path("h.db"), folder.path("done.db")).unwrap();
    let start = Instant::now();
    folder.run(&forget("done.db")).expect_success();
    let (took, after) = (start.elapsed(), state("done.db"));
    assert_ne!(before, after);
    let mut rng = Rng::new(number_from_env("DTS_HISTORY_SEED", 13));
    for kill in 0..kill_count() {
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.path(&format!("killed.db{ending}")));
        }
        std::fs::copy(folder.path("h.db"), folder.path("killed.db")).unwrap();
        let time = Duration::from_micros(rng.below(u64::try_from(took.as_micros()).unwrap()));
        kill_after(folder.command(&forget("killed.db")), time);
        assert_intact(&folder.path("killed.db"));
        let left = state("killed.db");
        assert!(left == before || left == after, "kill {kill}: a part was removed");
        let again = folder.run(&forget("killed.db"));
        assert!(again.status == 0 || left == after, "kill {kill}: {again:?}");
        assert_eq!(state("killed.db"), after, "kill {kill}");
        assert_intact(&folder.path("killed.db"));
    }
}

#[test]
fn kill_during_report_leaves_the_old_or_the_new_report() {
    let folder = Folder::new();
    record_history(&folder, &four_hours_of_sweeps()[..40]);
    let report = ["--db", "h.db", "report", "--job", "dtsi76118o3w92abcd", "--output", "report.html"];
    let start = Instant::now();
    folder.run(&report).expect_success();
    let took = start.elapsed();
    let complete = std::fs::read_to_string(folder.path("report.html")).unwrap();
    let mut rng = Rng::new(number_from_env("DTS_HISTORY_SEED", 17));
    for kill in 0..kill_count() {
        folder.write("report.html", "the old report");
        let time = Duration::from_micros(rng.below(u64::try_from(took.as_micros()).unwrap() * 5 / 4));
        kill_after(folder.command(&report), time);
        let found = std::fs::read_to_string(folder.path("report.html")).unwrap();
        assert!(found == complete || found == "the old report", "kill {kill}: {} bytes", found.len());
    }
    assert_intact(&folder.path("h.db"));
}

/// A history of an older schema with enough change rows that its upgrade takes a while.
fn write_old_history(folder: &Folder, database: &str) {
    let sample = include_str!("../samples/history-0022.sql");
    let rows = "insert into reading (object_no, snapshot_id, observed_at_ms, status, status_before, finished_rows, listed)
        with recursive number(value) as (select 1 union all select value + 1 from number where value < 200000)
        select (select max(object_no) from object), 1000000 + value, value, 'Failed', 'Migrating', value, 1 from number;";
    crate::upgrade::run_sql(folder, database, format!("{sample}\n{rows}"));
}

#[test]
fn kill_during_an_upgrade_of_the_schema_leaves_the_old_or_the_new_one() {
    let folder = Folder::new();
    write_old_history(&folder, "old.db");
    let versions = |database: &str| folder.query(database, "select version from _sqlx_migrations order by 1");
    let old = versions("old.db");
    std::fs::copy(folder.path("old.db"), folder.path("done.db")).unwrap();
    let export = |database: &'static str| ["--db", database, "status", "--json"];
    let start = Instant::now();
    let expected = folder.run(&export("done.db")).expect_success();
    let took = start.elapsed();
    let new = versions("done.db");
    assert_ne!(old, new);
    let mut rng = Rng::new(number_from_env("DTS_HISTORY_SEED", 19));
    let mut interrupted = 0;
    for kill in 0..kill_count() {
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.path(&format!("killed.db{ending}")));
        }
        std::fs::copy(folder.path("old.db"), folder.path("killed.db")).unwrap();
        let time = Duration::from_micros(rng.below(u64::try_from(took.as_micros()).unwrap()));
        kill_after(folder.command(&export("killed.db")), time);
        assert_eq!(folder.query("killed.db", "pragma integrity_check"), ["ok"]);
        let left = versions("killed.db");
        assert!(left == old || left == new, "kill {kill}: a part of the upgrade: {left:?}");
        interrupted += u32::from(left == old);
        assert_eq!(folder.run(&export("killed.db")).expect_success(), expected, "kill {kill}");
        assert_eq!(versions("killed.db"), new, "kill {kill}");
    }
    assert!(interrupted > 0, "none was killed before the end of the upgrade");
}
