//! Several processes write one database, and many read it, at the same time.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::prune::{hours, recorded};
use crate::service::{Service, configuration};
use crate::simulator::Simulator;
use crate::support::{Ended, Folder, block_on, is_whole, long_run};

const SAMPLE: &str = include_str!("../samples/sample.json");

/// Everything that a program said, and whether it succeeded.
struct Said(Vec<(String, Ended)>);

impl Said {
    fn snapshots(&self) -> usize {
        let lines = self.0.iter().flat_map(|(_, ended)| ended.stdout.lines());
        lines
            .filter(|line| serde_json::from_str::<Value>(line).is_ok_and(|it| it["snapshot_id"].is_i64()))
            .count()
    }
}

#[test]
fn writers_and_readers_at_once_lose_nothing_and_meet_no_lock() {
    let folder = Folder::new();
    // Old enough to be thinned again and again, while the others record.
    recorded(&folder, &hours());
    let jobs = "speed = 200\n[[job]]\nid = \"dtsserved\"\n[[job]]\nid = \"dtscollected\"\n";
    let simulator = Simulator::start(&folder, jobs);
    let retention = "[retention]\nthin_after_days = 1\nbucket_minutes = 2\n";
    let config = configuration(&simulator, retention, &["dtsserved"]);
    folder.write("dts-history.toml", format!("database = \"h.db\"\n{config}"));
    folder
        .write("coarse.toml", "database = \"h.db\"\n[retention]\nthin_after_days = 1\nbucket_minutes = 30\n");
    folder.write("sample.json", SAMPLE);

    let reader = |done: &AtomicBool| {
        block_on(async {
            // What a shell with a long read sees does not change until it asks anew.
            let options = SqliteConnectOptions::new().filename(folder.path("h.db")).read_only(true);
            let mut shell = options.connect().await.unwrap();
            sqlx::raw_sql("begin").execute(&mut shell).await.unwrap();
            let count =
                "select (select count(*) from snapshots) || ' ' || (select count(*) from table_history)";
            let first: String = sqlx::query_scalar(count).fetch_one(&mut shell).await.unwrap();
            while !done.load(Ordering::SeqCst) {
                let again: String = sqlx::query_scalar(count).fetch_one(&mut shell).await.unwrap();
                assert_eq!(again, first);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
    };
    let mut service = Service::start(&folder, &simulator);
    let seconds = Duration::from_secs(long_run("DTS_HISTORY_WRITER_SECONDS", 8));
    let (start, done) = (Instant::now(), AtomicBool::new(false));
    let minute = AtomicU32::new(0);
    // Each runs its program again and again, at least three times, until the time is over.
    let repeat = |name: &str, run: &dyn Fn() -> Ended| {
        let mut said = Vec::new();
        while said.len() < 3 || start.elapsed() < seconds {
            said.push((name.to_owned(), run()));
        }
        Said(said)
    };
    let collect = || {
        let args = ["--config", "coarse.toml", "collect", "--json", "--job", "dtscollected", "--endpoint"];
        let mut command = folder.command(&[&args[..], &[&simulator.endpoint]].concat());
        command
            .env("ALIBABA_CLOUD_ACCESS_KEY_ID", &simulator.access_key_id)
            .env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", &simulator.access_key_secret);
        Ended::of(command.output().unwrap())
    };
    let import = || {
        let minute = minute.fetch_add(1, Ordering::SeqCst);
        let at = format!("2026-01-02T{:02}:{:02}:05Z", minute / 60, minute % 60);
        folder.run(&[
            "--config",
            "coarse.toml",
            "import",
            "--json",
            "--job",
            "dtsimported",
            "--at",
            &at,
            "sample.json",
        ])
    };
    let prunes = AtomicU32::new(0);
    let prune = || {
        // Finer first: the next one then has something to do again only for the coarser bucket.
        let config =
            if prunes.fetch_add(1, Ordering::SeqCst) == 0 { "dts-history.toml" } else { "coarse.toml" };
        folder.run(&["--config", config, "prune", "--json"])
    };
    let report = || folder.run(&["report", "--job", "dtsserved", "--format", "json"]);
    service.says(&["snapshot_id="], 1);
    let all = std::thread::scope(|scope| {
        let shell = scope.spawn(|| reader(&done));
        let programs = [
            scope.spawn(|| repeat("collect", &collect)),
            scope.spawn(|| repeat("import", &import)),
            scope.spawn(|| repeat("prune", &prune)),
            scope.spawn(|| repeat("report", &report)),
        ];
        let all = programs.map(|it| it.join().unwrap());
        done.store(true, Ordering::SeqCst);
        shell.join().unwrap();
        all
    });
    service.signal("TERM");
    assert_eq!(service.ended(), 0);

    for (name, ended) in all.iter().flat_map(|said| &said.0) {
        assert_eq!(ended.status, 0, "{name}: {}", ended.stderr);
        assert!(!ended.stderr.contains("error"), "{name}: {}", ended.stderr);
    }
    let served = service.said();
    for words in ["locked", "held by another", "not recorded", "not pruned", "ERROR"] {
        assert!(!served.iter().any(|line| line.contains(words)), "{words}: {served:#?}");
    }
    is_whole(&folder.path("h.db"));
    // Each snapshot that was reported is there once, and no other.
    let count = |job: &str| {
        let sql = format!("select count(*) from snapshots where outcome = 'complete' and job_id = '{job}'");
        folder.query("h.db", &sql)[0].parse::<usize>().unwrap()
    };
    assert_eq!(count("dtscollected"), all[0].snapshots());
    assert_eq!(count("dtsimported"), all[1].snapshots());
    assert_eq!(count("dtsserved"), served.iter().filter(|line| line.contains("snapshot_id=")).count());
    let sums =
        "select table_name, sum(rows) from table_throughput where job_id = 'dtsi76118o3w92abcd' group by 1";
    let steady = folder.query("h.db", sums).into_iter().find(|row| row.starts_with("steady|"));
    assert_eq!(steady.as_deref(), Some("steady|405000"), "the rows of the job that was thinned meanwhile");
}
