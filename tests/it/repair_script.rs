//! `failures`: the list, and the scripts of what failed.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::demo::demo_output;
use crate::support::Folder;

/// A folder with the demo's database.
fn folder() -> Folder {
    let folder = Folder::new();
    std::fs::copy(demo_output().join("history.db"), folder.path("dts-history.db")).unwrap();
    folder
}

#[test]
fn failures_lists_causes_with_advice() {
    let folder = folder();
    let text = folder.run(&["failures"]).expect_success();
    for words in ["A type is missing: geometry [DTS-1020042]", "PostGIS", "store_locations", "DTS-070211"] {
        assert!(text.contains(words), "{words} in {text}");
    }
    assert!(!text.contains("sp_reprice"), "it was resolved: {text}");
    assert!(folder.run(&["failures", "--all"]).expect_success().contains("sp_reprice"));

    let json: Value =
        serde_json::from_str(&folder.run(&["failures", "--format", "json"]).expect_success()).unwrap();
    let report = folder.run(&["status", "--json"]).expect_success();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(json["jobs"][0]["causes"], report["jobs"][0]["causes"]);
    assert!(json["jobs"][0]["causes"].as_array().unwrap().len() > 5);
}

#[test]
fn repair_scripts_are_written_for_each_destination_in_its_dialect() {
    let folder = folder();
    let said = folder.run(&["failures", "--output", "repair/"]).expect_success();
    let mut names: Vec<_> = std::fs::read_dir(folder.path("repair"))
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() >= 3, "{said}");
    let script = |ending: &str| {
        let name =
            names.iter().find(|it| it.ends_with(ending)).unwrap_or_else(|| panic!("{ending} in {names:?}"));
        std::fs::read_to_string(folder.path("repair").join(name)).unwrap()
    };
    assert!(script("shop.sql").contains("DELIMITER //"), "{}", script("shop.sql"));
    assert!(script("billing.sql").contains("DO $run$"), "{}", script("billing.sql"));
    // A new path without an ending is a folder, too.
    folder.run(&["failures", "--output", "again"]).expect_success();
    assert_eq!(std::fs::read_dir(folder.path("again")).unwrap().count(), names.len());
    let mixed = folder.run(&["failures", "--output", "all.sql"]);
    assert_eq!(mixed.status, 2, "{}", mixed.stderr);
    assert!(mixed.stderr.contains("--output all/"), "{}", mixed.stderr);
}

#[test]
fn failures_writes_to_a_device_without_replacing_it() {
    let folder = folder();
    std::os::unix::fs::symlink("/dev/null", folder.path("nowhere")).unwrap();
    folder.run(&["failures", "--output", "nowhere"]).expect_success();
    assert!(std::fs::symlink_metadata(folder.path("nowhere")).unwrap().is_symlink());
}

#[test]
#[ignore = "needs Debian's mariadb-server and postgresql"]
fn repair_scripts_repair_real_servers_and_untrusted_text_is_not_run() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/repair/run");
    let ended = Command::new(script).arg(env!("CARGO_BIN_EXE_dts-history")).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{said}{}", String::from_utf8_lossy(&ended.stderr));
    assert!(said.matches("ok: ").count() > 60, "{said}");
}
