//! The demo, as the README's first command plays it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::support::{Folder, query};

/// The folder of a demo that was played once for all tests.
pub(crate) fn demo_output() -> PathBuf {
    static PLAYED: OnceLock<(Folder, String)> = OnceLock::new();
    let (folder, _) = PLAYED.get_or_init(|| {
        let folder = Folder::new();
        let said = folder.run(&["demo", "--output", "demo"]).expect_success();
        (folder, said)
    });
    folder.path("demo")
}

const FILES: [&str; 6] =
    ["report.html", "report.md", "report.json", "report.zh.html", "report.zh.md", "report.zh.json"];

#[test]
fn committed_sample_reports_equal_the_output_of_demo() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/sample");
    for name in FILES.into_iter().filter(|name| *name != "report.zh.json") {
        let written = std::fs::read(demo_output().join(name)).unwrap();
        let committed = std::fs::read(samples.join(name)).unwrap_or_default();
        assert!(
            written == committed,
            "reports/sample/{name} is out of date: run `cargo run --release -- demo` and copy the reports"
        );
    }
}

#[test]
fn demo_contains_every_kind_of_failure() {
    let database = demo_output().join("history.db");
    let count = |sql: &str| query(&database, &format!("select count(*) {sql}"))[0].parse::<u32>().unwrap();
    assert_eq!(count("from jobs"), 1);
    assert!(count("from snapshots where outcome = 'complete'") > 100);
    assert!(count("from snapshots where outcome = 'failed'") >= 1, "a sweep that failed");
    assert!(count("from snapshots where pages > 1") > 100, "several pages");
    assert!(count("from failures where phase = 'structure' and resolved_at is null") >= 3);
    assert!(count("from failures where phase = 'constraint' and resolved_at is null") >= 1);
    assert!(count("from failures where phase = 'data' and resolved_at is not null") >= 1, "a retried table");
    assert!(count("from table_latest where status = 'Finished'") > 40);
    assert!(count("from table_latest where finished_rows > total_rows") >= 1, "a wrong estimate");
    assert!(count("from table_latest where listed = 0") >= 1, "a table that vanished");
    assert!(count("from job_history where delay_ms > 3600000") > 0, "a backlog after the copy");
    assert!(count("from job_history where status = 'retrying'") > 0, "an interruption");
    assert!(count("from job_latest where delay_ms < 5000 and source_engine = 'MySQL'") == 1, "caught up");
}

#[test]
fn demo_does_not_overwrite_a_foreign_file() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("mine")).unwrap();
    folder.write("mine/history.db", "my own precious file");
    let ended = folder.run(&["demo", "--output", "mine"]);
    assert_eq!(ended.status, 1, "{ended:?}");
    assert!(ended.stderr.contains("history.db") && ended.stderr.contains("--output"), "{}", ended.stderr);
    assert_eq!(std::fs::read_to_string(folder.path("mine/history.db")).unwrap(), "my own precious file");
}
