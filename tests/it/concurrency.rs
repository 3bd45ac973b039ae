//! Several processes write one database, and many read it, at the same time.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::prune::{four_hours_of_sweeps, record_history};
use crate::service::{Service, configuration};
use crate::simulator::Simulator;
use crate::support::{Folder, RunResult, assert_intact, at, block_on, number_from_env};

const SAMPLE: &str = include_str!("../samples/sample.json");

/// The programs that work on one database at a time.
struct Programs<'a> {
    folder: &'a Folder,
    simulator: &'a Simulator,
    imports: AtomicU32,
    prunes: AtomicU32,
    start: Instant,
    done: AtomicBool,
}

impl Programs<'_> {
    /// Runs one again and again, at least three times, until the time is over.
    fn repeat(&self, run: fn(&Self) -> RunResult) -> Vec<RunResult> {
        let seconds = Duration::from_secs(number_from_env("DTS_HISTORY_WRITER_SECONDS", 5));
        let mut ended = Vec::new();
        while ended.len() < 3 || self.start.elapsed() < seconds {
            ended.push(run(self));
        }
        ended
    }

    fn collect(&self) -> RunResult {
        let args = ["--config", "coarse.toml", "collect", "--json", "--job", "dtscollected", "--endpoint"];
        let mut command = self.folder.command(&[&args[..], &[&self.simulator.endpoint]].concat());
        command
            .env("ALIBABA_CLOUD_ACCESS_KEY_ID", &self.simulator.access_key_id)
            .env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", &self.simulator.access_key_secret);
        RunResult::from_output(command.output().unwrap())
    }

    fn import(&self) -> RunResult {
        let second = i64::from(self.imports.fetch_add(1, Ordering::SeqCst));
        let at = dts_history::model::Timestamp::from_millis(at(second)).to_string();
        let args = ["--config", "coarse.toml", "import", "--json", "--job", "dtsimported", "--at", &at];
        self.folder.run(&[&args[..], &["sample.json"]].concat())
    }

    /// Finer first: the next one then has something to do again for the coarser bucket.
    fn prune(&self) -> RunResult {
        let first = self.prunes.fetch_add(1, Ordering::SeqCst) == 0;
        let config = if first { "dts-history.toml" } else { "coarse.toml" };
        self.folder.run(&["--config", config, "prune", "--json"])
    }

    fn report(&self) -> RunResult {
        self.folder.run(&["report", "--job", "dtsserved", "--format", "json"])
    }

    /// A shell with a long read sees the same rows until it starts a new transaction.
    fn read(&self) {
        block_on(async {
            let options = SqliteConnectOptions::new().filename(self.folder.path("h.db")).read_only(true);
            let mut shell = options.connect().await.unwrap();
            sqlx::raw_sql("begin").execute(&mut shell).await.unwrap();
            let count =
                "select (select count(*) from snapshots) || ' ' || (select count(*) from table_history)";
            let first: String = sqlx::query_scalar(count).fetch_one(&mut shell).await.unwrap();
            while !self.done.load(Ordering::SeqCst) {
                let again: String = sqlx::query_scalar(count).fetch_one(&mut shell).await.unwrap();
                assert_eq!(again, first);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
    }
}

/// Snapshots that a program said it had recorded.
fn snapshots(ended: &[RunResult]) -> usize {
    let lines = ended.iter().flat_map(|it| it.stdout.lines());
    lines
        .filter(|line| serde_json::from_str::<Value>(line).is_ok_and(|it| it["snapshot_id"].is_i64()))
        .count()
}

#[test]
fn concurrent_writers_and_readers_lose_nothing_and_see_no_lock_error() {
    let folder = Folder::new();
    // Old enough to be thinned again and again, while the others record.
    record_history(&folder, &four_hours_of_sweeps());
    let jobs = "speed = 200\n[[job]]\nid = \"dtsserved\"\n[[job]]\nid = \"dtscollected\"\n";
    let simulator = Simulator::start(&folder, jobs);
    let retention = "[retention]\nthin_after_days = 1\nbucket_minutes = 2\n";
    let config = configuration(&simulator, retention, &["dtsserved"]);
    folder.write("dts-history.toml", format!("database = \"h.db\"\n{config}"));
    let coarse = "database = \"h.db\"\n[retention]\nthin_after_days = 1\nbucket_minutes = 30\n";
    folder.write("coarse.toml", coarse);
    folder.write("sample.json", SAMPLE);
    let mut service = Service::start(&folder, &simulator);
    service.wait_for_log(&["snapshot_id="], 1);

    let programs = Programs {
        folder: &folder,
        simulator: &simulator,
        imports: AtomicU32::new(0),
        prunes: AtomicU32::new(0),
        start: Instant::now(),
        done: AtomicBool::new(false),
    };
    let all = std::thread::scope(|scope| {
        let programs = &programs;
        let shell = scope.spawn(|| programs.read());
        let running = [Programs::collect, Programs::import, Programs::prune, Programs::report]
            .map(|run| scope.spawn(move || programs.repeat(run)));
        let all = running.map(|it| it.join().unwrap());
        programs.done.store(true, Ordering::SeqCst);
        shell.join().unwrap();
        all
    });
    service.send_signal("TERM");
    assert_eq!(service.wait_for_exit(), 0);

    for ended in all.iter().flatten() {
        assert_eq!(ended.status, 0, "{ended:?}");
        // Progress is no complaint.
        let mut said = ended.stderr.lines();
        assert!(
            said.all(|line| line.contains(": sweeping for ") || line.ends_with(" rows removed")),
            "{ended:?}"
        );
    }
    let served = service.log_lines();
    for words in ["locked", "held by another", "not recorded", "not pruned", "ERROR"] {
        assert!(!served.iter().any(|line| line.contains(words)), "{words}: {served:#?}");
    }
    assert_intact(&folder.path("h.db"));
    // Each snapshot that was reported is there once, and no other.
    let count = |job: &str| {
        let sql = format!("select count(*) from snapshots where outcome = 'complete' and job_id = '{job}'");
        folder.query("h.db", &sql)[0].parse::<usize>().unwrap()
    };
    assert_eq!((count("dtscollected"), count("dtsimported")), (snapshots(&all[0]), snapshots(&all[1])));
    assert_eq!(count("dtsserved"), served.iter().filter(|line| line.contains("snapshot_id=")).count());
    let sums = "select table_name, sum(rows) from table_throughput
        where job_id = 'dtsi76118o3w92abcd' and table_name = 'steady' group by 1";
    assert_eq!(
        folder.query("h.db", sums),
        ["steady|405000"],
        "the rows of the job that was thinned meanwhile"
    );
}
