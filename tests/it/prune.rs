//! `prune` and `[retention]`: old rows go when they are asked to, and nothing else does.

use std::collections::BTreeSet;

use dts_history::model::Sweep;
use dts_history::store::Store;
use serde_json::Value;

use crate::service::{Service, configuration};
use crate::simulator::Simulator;
use crate::support::{Folder, at, block_on, job, object, record, sweep, table};

const JOB: &str = "dtsi76118o3w92abcd";
/// The recordings are of January 2026: everything in them is old.
const RETENTION_OF_ALL: &str =
    "[retention]\nthin_after_days = 1\nbucket_minutes = 15\ndrop_failed_after_days = 1\n";

/// Four hours, a sweep in half a minute: one table is copied without a stop, one stands still in between, one falls
/// back to nothing and is corrected once, one runs still. Used time changes whenever anything may.
pub(crate) fn four_hours_of_sweeps() -> Vec<Sweep> {
    let mut sweeps = Vec::new();
    for n in 0..480_i64 {
        let of = |name: &str, rows: i64, end: i64| {
            let status = if n < 3 {
                "NotStarted"
            } else if n < end {
                "Migrating"
            } else {
                "Finished"
            };
            let mut row = table(name, status, rows, 400_000);
            row.state.used_time = Some(format!("{}.0", n.min(end) / 2));
            row
        };
        // In the middle it leaps once.
        let steady = n.min(400) * 1000 + i64::from(n >= 200) * 5000;
        let with_pauses = n.min(420) / 7 * 6000;
        let falls = match n {
            0..100 => n * 3000,
            100 => 297_000 - 2000,
            101..200 => 295_000 + (n - 100) * 500,
            _ => (n.min(440) - 200) * 1500,
        };
        let runs = object("View", "v", if n < 50 { "Failed" } else { "Finished" }, "create view v", None);
        sweeps.push(sweep(
            n * 30,
            vec![
                vec![of("steady", steady, 400), of("pauses", with_pauses, 420)],
                vec![of("falls", falls, 440), table("running", "Migrating", n * 10, 9000), runs],
            ],
        ));
    }
    sweeps
}

/// A history of these sweeps, with a failed one before the last.
pub(crate) fn record_history(folder: &Folder, sweeps: &[Sweep]) {
    block_on(async {
        let store = Store::open(&folder.path("h.db")).await.unwrap();
        record(&store, &job(JOB), &sweeps[..sweeps.len() - 1]).await;
        store.record_failure(&job(JOB), at(14_360), at(14_361), 1, "no answer").await.unwrap();
        record(&store, &job(JOB), &sweeps[sweeps.len() - 1..]).await;
        store.record_failure(&job(JOB), at(14_400), at(14_401), 1, "no answer again").await.unwrap();
        store.close().await;
    });
}

fn report(folder: &Folder) -> Value {
    let text = folder.run(&["--db", "h.db", "report", "--job", JOB, "--format", "json"]).expect_success();
    serde_json::from_str(&text).unwrap()
}

fn prune(folder: &Folder, more: &[&str]) -> Value {
    let said = folder.run(&[&["--db", "h.db", "prune", "--json"], more].concat()).expect_success();
    serde_json::from_str(&said).unwrap()
}

/// The places in the report, without the numbers of list entries, at which two differ.
fn differences(a: &Value, b: &Value, place: &str, found: &mut BTreeSet<String>) {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys()).collect::<BTreeSet<_>>() {
                let none = &Value::Null;
                let (a, b) = (a.get(key).unwrap_or(none), b.get(key).unwrap_or(none));
                differences(a, b, &format!("{place}.{key}"), found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).for_each(|(a, b)| differences(a, b, place, found));
        }
        (a, b) if a != b => {
            found.insert(place.to_owned());
        }
        _ => {}
    }
}

#[track_caller]
fn assert_intact(folder: &Folder) {
    assert_eq!(folder.query("h.db", "pragma integrity_check"), ["ok"]);
    assert_eq!(folder.query("h.db", "select count(*) from pragma_foreign_key_check"), ["0"]);
    let broken = "select count(*) from table_throughput where rows <= 0 or seconds <= 0";
    assert_eq!(folder.query("h.db", broken), ["0"]);
}

/// The job's rate is learnt from the whole past, so that the forecast moves when intervals are merged. Its range still
/// overlaps with the earlier one.
fn assert_forecast_stays_close(before: &Value, after: &Value) {
    assert_eq!(after["totals"]["eta"]["kind"], before["totals"]["eta"]["kind"]);
    let seconds =
        |value: &Value| chrono::DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap().timestamp();
    let bound = |report: &Value, name: &str| seconds(&report["totals"]["eta"][name]);
    assert!(bound(before, "early") <= bound(after, "late"), "{} {}", before["totals"], after["totals"]);
    assert!(bound(after, "early") <= bound(before, "late"), "{} {}", before["totals"], after["totals"]);
}

/// The figures that pruning may change, as docs/service.md says.
const CHANGED_BY_PRUNING: &[&str] = &[
    // The documented effect of merging: rates are means over longer times.
    ".tables.attempts.rates",
    ".tables.active_ms",
    ".tables.rows_per_second",
    ".tables.peak_rows_per_second",
    ".totals.active_ms",
    ".totals.rows_per_second",
    ".throughput.rows",
    ".throughput.rows_per_second",
    ".throughput.tables",
    ".throughput",
    ".progress.rows.done",
    ".drift.eta.early",
    ".drift.eta.likely",
    ".drift.eta.probability",
    ".totals.eta.early",
    ".totals.eta.likely",
    ".totals.eta.late",
    ".tables.eta.early",
    ".tables.eta.likely",
    ".tables.eta.late",
    ".drift.eta.late",
    ".drift.eta.since",
    ".drift.eta.kind",
    ".scores",
    // The marks of failed snapshots go with them.
    ".tables.rests_on.rates",
    ".totals.rests_on.rates",
    // And what it says.
    ".coverage.pruned",
    ".coverage.failed",
];

#[test]
fn prune_changes_only_the_documented_figures() {
    let folder = Folder::new();
    record_history(&folder, &four_hours_of_sweeps());
    folder.write("dts-history.toml", RETENTION_OF_ALL);
    let before = report(&folder);
    let rows = |table: &str| {
        let count = format!("select count(*) from table_history where table_name = '{table}'");
        folder.query("h.db", &count)[0].parse::<u64>().unwrap()
    };
    let sums = || folder.query("h.db", "select table_name, sum(rows) from table_throughput group by 1");
    let (rows_before, sums_before) = (rows("steady"), sums());
    let others = ["table_latest", "object_latest", "status_transitions", "failures", "jobs"];
    let views = || others.map(|view| folder.query("h.db", &format!("select * from {view}")));
    let views_before = views();

    let would = prune(&folder, &["--dry-run"]);
    assert_eq!(report(&folder), before, "a dry run changes nothing");
    let did = prune(&folder, &[]);
    assert_eq!(would["jobs"], did["jobs"]);
    assert_eq!((&did["jobs"][0]["thinned_tables"], &did["jobs"][0]["failed_sweeps"]), (&3.into(), &1.into()));
    assert_intact(&folder);

    assert!(rows("steady") < rows_before / 8, "{} of {rows_before}", rows("steady"));
    assert_eq!(rows("running"), 480, "what is not finished is not thinned");
    assert_eq!(sums(), sums_before, "the rows of all rates are what they were");
    assert_eq!(views(), views_before);

    let after = report(&folder);
    let mut found = BTreeSet::new();
    differences(&before, &after, "", &mut found);
    let unnamed: Vec<_> = found.iter().filter(|it| !CHANGED_BY_PRUNING.contains(&it.as_str())).collect();
    assert!(unnamed.is_empty(), "{unnamed:?}");
    assert!(
        found.contains(".tables.peak_rows_per_second") && found.contains(".coverage.pruned"),
        "{found:?}"
    );
    let pruned = &after["coverage"]["pruned"];
    assert_eq!((&pruned["bucket_ms"], &pruned["failed_sweeps"]), (&900_000.into(), &1.into()));
    assert_eq!(pruned["thinned_rows"], did["jobs"][0]["thinned_rows"]);
    assert_eq!(after["totals"]["counted_rows"], before["totals"]["counted_rows"]);
    assert_forecast_stays_close(&before, &after);
    assert_eq!(after["coverage"]["failed"].as_array().unwrap().len(), 1, "the one since the last snapshot");

    // Reports say so to people, too, and a second run finds nothing.
    let html = folder.run(&["--db", "h.db", "report", "--job", JOB]).expect_success();
    assert!(html.contains("Taken out of the history"), "no line about it");
    assert_eq!(prune(&folder, &[])["jobs"], Value::Array(vec![]));
    let shown = folder.query("h.db", "select bucket_minutes, failed_sweeps from pruned");
    assert_eq!(shown, ["15|1"]);
}

#[test]
fn a_table_restarted_after_pruning_is_recorded_normally() {
    let folder = Folder::new();
    let sweeps = four_hours_of_sweeps();
    record_history(&folder, &sweeps);
    folder.write("dts-history.toml", RETENTION_OF_ALL);
    prune(&folder, &[]);
    block_on(async {
        let store = Store::open(&folder.path("h.db")).await.unwrap();
        let again = sweep(20_000, vec![vec![table("steady", "Migrating", 5, 400_000)]]);
        record(&store, &job(JOB), &[again]).await;
        store.close().await;
    });
    let newest = "select previous_observed_at, status, finished_rows from table_history
        where table_name = 'steady' order by snapshot_id desc limit 1";
    assert_eq!(folder.query("h.db", newest), ["2026-01-02T03:59:30.000Z|Migrating|5"]);
    let steady = |report: &Value| {
        let tables = report["tables"].as_array().unwrap().clone();
        tables.into_iter().find(|it| it["table_name"] == "steady").unwrap()
    };
    let table = steady(&report(&folder));
    assert_eq!(table["attempts"].as_array().unwrap().len(), 2, "{table}");
    assert_eq!(prune(&folder, &[])["jobs"][0]["thinned_rows"], 0, "it is not finished any more");
    assert_intact(&folder);
}

#[test]
fn prune_drops_whole_jobs_and_leaves_others_unchanged() {
    let folder = Folder::new();
    let other = "dtsother";
    let rows = |name: &str| {
        vec![vec![table(name, "Finished", 5, 5), object("View", name, "Failed", name, Some("no"))]]
    };
    block_on(async {
        let store = Store::open(&folder.path("h.db")).await.unwrap();
        for id in [JOB, other, "dtsconfigured"] {
            record(&store, &job(id), &[sweep(0, rows("both")), sweep(60, rows(id))]).await;
        }
        store.enqueue_event(&format!("{JOB}/failed/1"), &["ops".to_owned()], &event(JOB), 1).await.unwrap();
        store
            .enqueue_event(&format!("{other}/failed/1"), &["ops".to_owned()], &event(other), 1)
            .await
            .unwrap();
        store.close().await;
    });
    folder.write(
        "dts-history.toml",
        "[retention]\ndrop_jobs_after_days = 30\n[[job]]\nid = \"dtsconfigured\"\nregion = \"cn-hangzhou\"\n",
    );
    let would = prune(&folder, &["--dry-run", "--job", JOB]);
    let did = prune(&folder, &["--job", JOB]);
    assert_eq!(would["jobs"], did["jobs"]);
    assert_eq!((&did["jobs"][0]["job_id"], &did["jobs"][0]["dropped"]), (&JOB.into(), &true.into()));
    assert_eq!(folder.query("h.db", "select job_id from jobs order by 1"), ["dtsconfigured", other]);
    assert_eq!(folder.query("h.db", "select count(*) from outbox"), ["1"]);
    assert_intact(&folder);
    // Texts that the others have, too, stay; those that only this job had are gone.
    let texts = format!("select body from text where body in ('both', '{JOB}', '{other}', 'no') order by 1");
    assert_eq!(folder.query("h.db", &texts), ["both", other, "no"]);
    assert_eq!(folder.query("h.db", "select count(*) from object_latest"), ["4"]);

    let did = prune(&folder, &[]);
    assert_eq!(did["jobs"].as_array().unwrap().len(), 1, "the configured one stays: {did}");
    assert_eq!(folder.query("h.db", "select job_id from jobs"), ["dtsconfigured"]);
    assert_intact(&folder);
    for base in ["dropped_job", "pruning", "outbox"] {
        assert_eq!(folder.query("h.db", &format!("select count(*) from {base}")), ["0"], "{base}");
    }

    // Recorded again, it begins anew.
    block_on(async {
        let store = Store::open(&folder.path("h.db")).await.unwrap();
        record(&store, &job(JOB), &[sweep(120, rows("fresh"))]).await;
        store.close().await;
    });
    let tables = format!("select table_name from table_latest where job_id = '{JOB}'");
    assert_eq!(folder.query("h.db", &tables), ["fresh"]);
    assert_intact(&folder);
}

fn event(job_id: &str) -> String {
    format!("{{\"event\":\"failed\",\"job\":{{\"job_id\":\"{job_id}\"}}}}")
}

#[test]
fn prune_keeps_the_newest_event_of_each_kind() {
    let folder = Folder::new();
    let receivers = ["ops".to_owned(), "dba".to_owned()];
    block_on(async {
        let store = Store::open(&folder.path("h.db")).await.unwrap();
        record(&store, &job(JOB), &[sweep(0, vec![vec![table("t", "Finished", 1, 1)]])]).await;
        for (event, mark) in [("failed", 10), ("failed", 9), ("failed", 11), ("finished", 12)] {
            let key = format!("{JOB}/{event}/{mark}");
            store.enqueue_event(&key, &receivers, &self::event(JOB), at(mark)).await.unwrap();
        }
        // Delivered all, but for one that waits still.
        assert_eq!(store.receivers_due(at(99)).await.unwrap(), ["dba", "ops"]);
        let mut due = store.messages_due("ops", at(99), 99).await.unwrap();
        due.extend(store.messages_due("dba", at(99), 99).await.unwrap());
        for waiting in due {
            if waiting.event_key.ends_with("/9") && waiting.receiver == "dba" {
                continue;
            }
            store.record_delivery_attempt(waiting.outbox_no, at(100), None).await.unwrap();
        }
        store.close().await;
    });
    folder.write("dts-history.toml", "[retention]\ndrop_messages_after_days = 30\n");
    assert_eq!(prune(&folder, &["--dry-run"])["messages"], 3);
    assert_eq!(prune(&folder, &[])["messages"], 3);
    assert_eq!(
        folder.query("h.db", "select event_key, receiver from outbox order by outbox_no"),
        [
            format!("{JOB}/failed/9|dba"),
            format!("{JOB}/failed/11|ops"),
            format!("{JOB}/failed/11|dba"),
            format!("{JOB}/finished/12|ops"),
            format!("{JOB}/finished/12|dba"),
        ]
    );
}

#[test]
fn prune_without_retention_settings_removes_nothing() {
    let folder = Folder::new();
    record_history(&folder, &four_hours_of_sweeps()[..20]);
    let bytes = std::fs::read(folder.path("h.db")).unwrap();
    let ended = folder.run(&["--db", "h.db", "prune"]);
    assert_eq!(ended.status, 2);
    assert!(
        ended.stderr.contains("thin_after_days") && ended.stderr.contains("[retention]"),
        "{}",
        ended.stderr
    );
    folder.write("dts-history.toml", "[retention]\nthin_after_days = -1\n");
    let ended = folder.run(&["--db", "h.db", "prune"]);
    assert_eq!((ended.status, ended.stderr.contains("retention.thin_after_days is -1")), (2, true));
    folder.write("dts-history.toml", RETENTION_OF_ALL);
    let ended = folder.run(&["--db", "h.db", "prune", "--job", "dtsnobody"]);
    assert_eq!((ended.status, ended.stderr.contains("dtsnobody")), (1, true), "{}", ended.stderr);
    assert_eq!(std::fs::read(folder.path("h.db")).unwrap(), bytes);
}

#[test]
fn prune_returns_space_to_the_disk() {
    let folder = Folder::new();
    let tables =
        |n: i64| (0..60).map(|t| table(&format!("t{t}"), "Finished", n * 100 + t, 9)).collect::<Vec<_>>();
    let sweeps: Vec<_> = (0..120).map(|n| sweep(n * 20, vec![tables(n)])).collect();
    record_history(&folder, &sweeps);
    folder.write("dts-history.toml", RETENTION_OF_ALL);
    let size = || std::fs::metadata(folder.path("h.db")).unwrap().len();
    let before = size();
    let did = prune(&folder, &[]);
    assert!(size() < before / 2, "{before} bytes became {}: {did}", size());
    assert_eq!((&did["after"]["free_bytes"], &did["after"]["log_bytes"]), (&0.into(), &0.into()), "{did}");
    assert_intact(&folder);
}

#[test]
fn prune_compact_shrinks_a_file_without_auto_vacuum() {
    let folder = Folder::new();
    record_history(&folder, &four_hours_of_sweeps());
    block_on(async {
        use sqlx::ConnectOptions as _;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path("h.db"));
        let mut connection = options.connect().await.unwrap();
        sqlx::raw_sql("pragma auto_vacuum = none; vacuum").execute(&mut connection).await.unwrap();
    });
    assert_eq!(folder.query("h.db", "pragma auto_vacuum"), ["0"]);
    folder.write("dts-history.toml", RETENTION_OF_ALL);
    let did = prune(&folder, &[]);
    assert!(did["after"]["free_bytes"].as_u64() > Some(0), "{did}");
    folder.run(&["--db", "h.db", "prune", "--compact"]).expect_success();
    assert_eq!(folder.query("h.db", "pragma auto_vacuum"), ["2"]);
    assert_eq!(folder.query("h.db", "pragma freelist_count"), ["0"]);
    assert_intact(&folder);
}

#[test]
fn serve_prunes_on_its_own_schedule_while_recording() {
    let folder = Folder::new();
    record_history(&folder, &four_hours_of_sweeps());
    std::fs::rename(folder.path("h.db"), folder.path("dts-history.db")).unwrap();
    let simulator = Simulator::start(&folder, "speed = 200\n");
    let retention = format!("{RETENTION_OF_ALL}cron = \"*/2 * * * * *\"\n");
    folder.write("dts-history.toml", configuration(&simulator, &retention, &[&simulator.job]));
    let mut service = Service::start(&folder, &simulator);
    service.wait_for_log(&["pruned", "thinned_rows=", "bytes_given_back="], 2);
    service.wait_for_log(&["recorded"], 3);
    assert!(
        service.log_lines().iter().any(|line| line.contains("pruned") && line.contains("failed_sweeps=1"))
    );
    let metrics = crate::http::get(&service, "/metrics");
    for name in ["database_size_bytes", "database_free_bytes", "database_log_size_bytes"] {
        assert!(metrics.contains(&format!("\ndts_history_{name} ")), "{name} in {metrics}");
    }
    service.send_signal("TERM");
    assert_eq!(service.wait_for_exit(), 0);
    assert_eq!(
        folder.query("dts-history.db", "select count(*) from snapshots where outcome = 'failed'"),
        ["1"]
    );
    assert_eq!(folder.query("dts-history.db", "select count(*) from pruned where thinned_rows > 0"), ["1"]);
    assert_eq!(folder.query("dts-history.db", "pragma integrity_check"), ["ok"]);
}
