//! `report --format` and the endings of `--output`, through the program.

use serde_json::Value;

use crate::demo::demo_output;
use crate::support::{Folder, query};

const JOB: &str = "dtsdemo0a1b2c3d4e";

#[test]
fn junit_holds_one_test_case_per_object() {
    let (folder, database) = (Folder::new(), demo_output().join("history.db"));
    let run = |args: &[&str]| {
        let report = ["--db", database.to_str().unwrap(), "report", "--job", JOB];
        folder.run(&[&report[..], args].concat()).expect_success()
    };
    run(&["--output", "migration.xml"]);
    let written = std::fs::read_to_string(folder.path("migration.xml")).unwrap();
    assert_eq!(written, run(&["--format", "junit"]), "the ending .xml names the format");
    let json: Value = serde_json::from_str(&run(&["--format", "json"])).unwrap();
    let objects = |name: &str| json[name].as_array().unwrap().len();
    assert_eq!(written.matches("<testcase ").count(), objects("objects") + objects("tables"));
    let open = "select count(*) from failures where resolved_at is null";
    let failed = query(&database, open)[0].parse::<usize>().unwrap();
    assert_eq!(written.matches("<failure ").count(), failed);
    assert!(written.contains(&format!("failures=\"{failed}\"")), "the root counts them");
}

#[test]
fn unknown_extensions_are_rejected_with_the_next_step() {
    let (folder, database) = (Folder::new(), demo_output().join("history.db"));
    let report = |args: &[&str]| {
        let report = ["--db", database.to_str().unwrap(), "report", "--job", JOB];
        folder.run(&[&report[..], args].concat())
    };
    for (output, next_step) in
        [("paper.pdf", "--output paper.html"), ("report.docx", ".html, .md, .json and .xml")]
    {
        let refused = report(&["--output", output]);
        assert_eq!((refused.status, refused.stderr.contains(next_step)), (2, true), "{refused:?}");
        assert!(!folder.path(output).exists(), "{output}");
    }
    report(&["--output", "report.docx", "--format", "md"]).expect_success();
    assert!(std::fs::read_to_string(folder.path("report.docx")).unwrap().starts_with("# "));
}
