//! The programs in `examples/` run, and their output agrees with the database.

use std::process::Command;

use crate::support::{Folder, RunResult};

/// Runs an example with the database `history.db` of this folder.
fn run_example(folder: &Folder, name: &str) -> RunResult {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--locked", "--example", name]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    command.arg("--").arg(folder.path("history.db")).current_dir(env!("CARGO_MANIFEST_DIR"));
    RunResult::from_output(command.output().unwrap())
}

#[test]
fn the_examples_record_a_job_and_compute_its_figures() {
    let folder = Folder::new();
    let recorded = run_example(&folder, "record").expect_success();
    let count = |sql: &str| folder.query("history.db", sql).remove(0);
    assert_eq!(recorded.lines().count(), 6, "{recorded}");
    let last = folder.query(
        "history.db",
        "select 'snapshot ' || snapshot_id || ': ' || pages || ' pages, ' || objects || ' objects, ' || changes ||
             ' changes' from snapshots order by snapshot_id desc limit 1",
    );
    assert_eq!(recorded.lines().last().unwrap(), last[0]);

    let figures = run_example(&folder, "figures").expect_success();
    let tables = count("select count(*) from table_latest");
    assert!(figures.contains(&format!("6 snapshots, {tables} tables")), "{figures}");
    let rows = count("select sum(finished_rows) from table_latest where listed = 1");
    assert!(figures.contains(&format!("rows: {rows} of an estimated ")), "{figures}");
    assert!(figures.contains(" rows/s while copying\n"), "{figures}");
    assert_eq!(figures.matches("\n  ").count(), 3, "three tables: {figures}");
}
