//! `wait` and `status --exit-code`: the exit statuses that scripts go on by.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::Instant;

use dts_history::model::{Engines, JobStatus, JobStatusReading, Sweep};
use dts_history::store::Store;

use crate::service::configuration;
use crate::simulator::Simulator;
use crate::support::{Folder, at, block_on, job, object, record, sweep, table};

const JOB: &str = "dtsi";

fn record_sweeps(folder: &Folder, job_id: &str, sweeps: &[Sweep]) {
    block_on(async {
        let store = Store::open(&folder.path("dts-history.db")).await.unwrap();
        record(&store, &job(job_id), sweeps).await;
        store.close().await;
    });
}

/// A view that is in this status, and two tables of which one is being copied.
fn copying(second: i64, view: &str) -> Sweep {
    let error = (view == "Failed").then_some("denied");
    let objects = vec![
        object("View", "totals", view, "create view totals", error),
        table("orders", "Migrating", second, 1000),
        table("items", "Finished", 70, 70),
    ];
    sweep(second, vec![objects])
}

fn ended(second: i64, view: &str) -> Sweep {
    let error = (view == "Failed").then_some("denied");
    let objects = vec![
        object("View", "totals", view, "create view totals", error),
        table("orders", "Finished", 1000, 1000),
        table("items", "Finished", 70, 70),
    ];
    sweep(second, vec![objects])
}

#[test]
fn wait_returns_when_the_step_has_ended() {
    let folder = Folder::new();
    record_sweeps(&folder, JOB, &[copying(0, "Finished")]);
    let reached = folder.run(&["wait", "--until", "structure"]);
    assert_eq!((reached.status, reached.stdout.as_str()), (0, "dtsi: the structure migration has ended\n"));
    assert!(reached.stderr.contains("In progress, tables 1 of 2, rows 6.5 %\n"), "{reached:?}");
    for step in ["data", "ended"] {
        let late = folder.run(&["wait", "--until", step, "--timeout", "1s"]);
        assert_eq!((late.status, late.stdout.as_str()), (4, ""), "{late:?}");
        assert!(late.stderr.ends_with("dtsi: not within 1s\n"), "{late:?}");
    }
    record_sweeps(&folder, JOB, &[ended(60, "Finished")]);
    for step in ["structure", "data", "ended"] {
        let reached = folder.run(&["wait", "--until", step, "--max-failures", "0", "--timeout", "10s"]);
        assert_eq!(reached.status, 0, "{reached:?}");
    }
    let chinese = folder.run(&["wait", "--lang", "zh"]);
    assert_eq!((chinese.status, chinese.stdout.as_str()), (0, "dtsi：迁移已结束\n"), "{chinese:?}");
}

#[test]
fn wait_observes_snapshots_of_another_process() {
    let folder = Folder::new();
    record_sweeps(&folder, JOB, &[copying(0, "Migrating")]);
    let mut command = folder.command(&["wait", "--job", JOB, "--timeout", "1m"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    assert!(first.contains("dtsi: In progress, tables 1 of 2"), "{first}");
    record_sweeps(&folder, JOB, &[ended(60, "Failed")]);
    // Between them may stand that the snapshots, which are of the past, are old.
    let last = lines.map(Result::unwrap).last().unwrap();
    assert!(last.contains("tables 2 of 2, rows 100 %, 1 failure"), "{last}");
    assert_eq!(child.wait().unwrap().code(), Some(0), "no limit was given");
}

#[test]
fn wait_distinguishes_too_many_failures_from_success() {
    let folder = Folder::new();
    record_sweeps(&folder, JOB, &[copying(0, "Failed"), ended(60, "Failed")]);
    let over = folder.run(&["wait", "--max-failures", "0"]);
    assert_eq!((over.status, over.stdout.as_str()), (3, ""), "{over:?}");
    assert!(over.stderr.contains("dtsi: 1 failure, more than the limit of 0"), "{over:?}");
    assert_eq!(folder.run(&["wait", "--max-failures", "1"]).status, 0);

    // A job that failed does not come to its data any more.
    let stuck = Folder::new();
    let stuck_sweep = |second| {
        let view = object("View", "totals", "Failed", "create view totals", Some("denied"));
        sweep(second, vec![vec![view, table("orders", "NotStarted", 0, 1000)]])
    };
    record_sweeps(&stuck, JOB, &[0, 60, 120, 180].map(stuck_sweep));
    let failed = stuck.run(&["wait", "--until", "data", "--timeout", "1m"]);
    assert_eq!(failed.status, 3, "{failed:?}");
    assert!(failed.stderr.contains("the job has failed"), "{failed:?}");
}

#[test]
fn wait_distinguishes_a_long_delay_from_a_short_one() {
    let folder = Folder::new();
    record_sweeps(&folder, JOB, &[ended(0, "Finished")]);
    let unknown = folder.run(&["wait", "--max-delay", "5s"]);
    assert_eq!((unknown.status, unknown.stdout.as_str()), (3, ""), "{unknown:?}");
    assert!(unknown.stderr.contains("the delay is not known"), "{unknown:?}");
    for (second, delay_ms, status) in [(10, 9_000, 3), (20, 800, 0)] {
        let reading = JobStatusReading {
            observed_at_ms: at(second),
            status: JobStatus { delay_ms: Some(delay_ms), ..JobStatus::default() },
            engines: Engines::default(),
        };
        block_on(async {
            let store = Store::open(&folder.path("dts-history.db")).await.unwrap();
            assert!(store.record_job_status(&job(JOB), &reading).await.unwrap());
            store.close().await;
        });
        let waited = folder.run(&["wait", "--max-delay", "5s"]);
        assert_eq!(waited.status, status, "{waited:?}");
        let is_too_long = waited.stderr.contains("the delay is 9 s, longer than the limit of 5 s");
        assert_eq!(is_too_long, status == 3, "{waited:?}");
    }
}

#[test]
fn wait_rejects_jobs_that_nobody_records() {
    let folder = Folder::new();
    assert_eq!(folder.run(&["wait", "--job", JOB]).status, 1, "no database");
    record_sweeps(&folder, JOB, &[copying(0, "Finished")]);
    let unknown = folder.run(&["wait", "--job", "dtsx"]);
    assert_eq!(unknown.status, 1, "{unknown:?}");
    assert!(unknown.stderr.contains("dtsx") && unknown.stderr.contains("recorded are: dtsi"), "{unknown:?}");
    for wrong in [
        &["--until", "cutover"][..],
        &["--timeout", "soon"],
        &["--max-failures", "-1"],
        &["--region", "cn-hangzhou"],
    ] {
        let refused = folder.run(&[&["wait"], wrong].concat());
        assert_eq!(refused.status, 2, "{refused:?}");
    }
}

#[test]
fn wait_with_collect_takes_snapshots() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, "speed = 100000\n[events]\nsynchronization = false\n");
    let settings = configuration(&simulator, "ended_after_seconds = 1", &[&simulator.job]);
    folder.write("dts-history.toml", settings);
    let begun = Instant::now();
    let mut command = folder.command(&["wait", "--collect", "--timeout", "1m"]);
    command.env("ALIBABA_CLOUD_ACCESS_KEY_ID", &simulator.access_key_id);
    command.env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", &simulator.access_key_secret);
    let waited = crate::support::RunResult::from_output(command.output().unwrap());
    assert_eq!(waited.status, 0, "{waited:?}");
    assert!(begun.elapsed().as_secs() < 60, "the end was seen");
    let snapshots =
        folder.query("dts-history.db", "select count(*) > 0 from snapshots where outcome = 'complete'");
    assert_eq!(snapshots, ["1"]);
    let without_credentials = folder.run(&["wait", "--collect", "--timeout", "1m"]);
    assert_eq!(without_credentials.status, 2, "{without_credentials:?}");
}

#[test]
fn status_exit_code_reports_the_state_of_the_jobs() {
    let folder = Folder::new();
    block_on(async { Store::open(&folder.path("dts-history.db")).await.unwrap().close().await });
    let status = |more: &[&str]| folder.run(&[&["status", "--exit-code"], more].concat());
    assert_eq!(status(&[]).status, 1, "no job is recorded");
    record_sweeps(&folder, "dtsone", &[ended(0, "Finished")]);
    assert_eq!(status(&[]).status, 0);
    record_sweeps(&folder, "dtstwo", &[copying(0, "Finished")]);
    let running = status(&[]);
    assert_eq!(running.status, 5);
    assert!(running.stdout.contains("dtstwo"), "it is shown as ever: {running:?}");
    assert_eq!(status(&["--job", "dtsone"]).status, 0);
    record_sweeps(&folder, "dtstwo", &[copying(60, "Failed")]);
    let failed = status(&["--json"]);
    assert_eq!(failed.status, 3);
    let document: serde_json::Value = serde_json::from_str(&failed.stdout).unwrap();
    assert_eq!(document["jobs"].as_array().unwrap().len(), 2);
    assert_eq!(status(&["--job", "dtsnone"]).status, 1);
    assert_eq!(folder.run(&["status"]).status, 0, "only on demand");
    assert_eq!(status(&["--watch"]).status, 2);
}
