//! Recording: saved responses and live ones become the rows that the views promise.

use std::os::unix::process::ExitStatusExt as _;

use dts_history::store::Store;

use crate::simulator::Simulator;
use crate::support::{Folder, block_on, job, record, sweep, table};

const SAMPLE_JSON: &str = include_str!("../samples/sample.json");
const SAMPLE_XML: &str = include_str!("../samples/sample.xml");
const JOB: &str = "dtsi76118o3w92abcd";
const IMPORT_TIME: &str = "2026-01-02T03:04:05.678Z";
const VIEWS: [&str; 8] = [
    "jobs",
    "snapshots",
    "table_latest",
    "table_history",
    "table_throughput",
    "object_latest",
    "status_transitions",
    "failures",
];

fn all_rows(folder: &Folder, database: &str) -> Vec<Vec<String>> {
    VIEWS.iter().map(|view| folder.query(database, &format!("select * from {view}"))).collect()
}

#[test]
fn import_reads_the_vendors_json_and_xml_samples_as_the_same_rows() {
    let folder = Folder::new();
    folder.write("sample.json", SAMPLE_JSON);
    folder.write("sample.xml", SAMPLE_XML);
    let import = |database: &str, file: &str| {
        folder
            .run(&[
                "--db",
                database,
                "import",
                "--job",
                JOB,
                "--region",
                "cn-hangzhou",
                "--at",
                IMPORT_TIME,
                file,
            ])
            .expect_success()
    };
    let said = import("json.db", "sample.json");
    assert_eq!(
        said,
        format!(
            "{JOB}: snapshot 1 of 2026-01-02T03:04:05.678Z: pages 1, objects 2, changes 2, seconds 0.0\n"
        )
    );
    import("xml.db", "sample.xml");
    assert_eq!(all_rows(&folder, "json.db"), all_rows(&folder, "xml.db"));
    assert_eq!(
        folder.query("json.db", "select * from table_latest"),
        [format!(
            "{JOB}|dtstestdata|dtstestdata|customer|Finished|9993|9981|0.0|-|\
             2026-01-02T03:04:05.678Z|2026-01-02T03:04:05.678Z|2026-01-02T03:04:05.678Z|1|-|-"
        )]
    );
    assert_eq!(
        folder.query(
            "json.db",
            "select phase, object_type, object_name, status, length(definition) from object_latest"
        ),
        [format!("structure|Table|customer|Finished|{}", sample_definition().chars().count())]
    );
    assert_eq!(folder.query("json.db", "select definition from object_latest"), [sample_definition()]);
    assert_eq!(
        folder.query("json.db", "select * from jobs"),
        [format!("{JOB}|cn-hangzhou|-|2026-01-02T03:04:05.678Z|2026-01-02T03:04:05.678Z|1")]
    );
}

/// The sample's DDL, read with nothing of the product.
fn sample_definition() -> String {
    let sample: serde_json::Value = serde_json::from_str(SAMPLE_JSON).unwrap();
    sample["StructureInitializationDetails"][0]["ObjectDefinition"].as_str().unwrap().to_owned()
}

#[test]
fn import_combines_files_and_stdin_into_one_snapshot() {
    use std::io::Write as _;
    let folder = Folder::new();
    folder.write("one.json", SAMPLE_JSON);
    let other = SAMPLE_XML.replace("customer", "supplier");
    let mut command =
        folder.command(&["import", "--job", JOB, "--at", IMPORT_TIME, "--json", "one.json", "-"]);
    let mut child =
        command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(other.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&said["pages"], &said["objects"], &said["changes"]), (&2.into(), &4.into(), &4.into()));
    assert_eq!(
        folder.query("dts-history.db", "select table_name from table_latest order by 1"),
        ["customer", "supplier"]
    );
    assert_eq!(folder.query("dts-history.db", "select source, pages from snapshots"), ["import|2"]);
}

#[test]
fn import_accepts_invalid_counts_and_unknown_statuses() {
    let folder = Folder::new();
    folder.write(
        "odd.json",
        r#"{"RequestId":"x","Success":"TRUE","NewField":{"a":[1]},"DataInitializationDetails":
            {"DataInitializationDetail":[
              {"TableName":"a","FinishRowNum":"","TotalRowNum":"n/a","Status":"Paused","UsedTime":12.50},
              {"TableName":"b","FinishRowNum":7,"TotalRowNum":null,"Status":"Migrating"},
              {"TableName":"c","FinishRowNum":"1.5","TotalRowNum":"-1"}]},
            "DataSynchronizationDetails":null}"#,
    );
    folder.run(&["import", "--job", JOB, "--at", IMPORT_TIME, "odd.json"]).expect_success();
    assert_eq!(
        folder.query(
            "dts-history.db",
            "select table_name, status, finished_rows, total_rows, used_time from table_latest order by 1"
        ),
        ["a|Paused|-|-|12.50", "b|Migrating|7|-|-", "c|-|-|-|-"]
    );
}

#[test]
fn flags_precede_environment_then_file_then_defaults() {
    let folder = Folder::new();
    folder.write("sample.json", SAMPLE_JSON);
    folder.write("dts-history.toml", "database = \"file.db\"");
    folder.write("other.toml", "database = \"other.db\"");
    let import = ["import", "--job", JOB, "--at", IMPORT_TIME, "sample.json"];
    let run = |args: &[&str], env: &[(&str, &str)]| {
        let output =
            folder.command(&[args, &import[..]].concat()).envs(env.iter().copied()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    run(&["--db", "flag.db"], &[("DTS_HISTORY_DB", "env.db")]);
    run(&[], &[("DTS_HISTORY_DB", "env.db")]);
    run(&[], &[("DTS_HISTORY_CONFIG", "other.toml")]);
    run(&[], &[("DTS_HISTORY_DB", "")]);
    std::fs::remove_file(folder.path("dts-history.toml")).unwrap();
    run(&[], &[]);
    for database in ["flag.db", "env.db", "other.db", "file.db", "dts-history.db"] {
        assert_eq!(folder.query(database, "select count(*) from snapshots"), ["1"], "{database}");
    }
}

#[test]
fn collect_records_a_running_migration_sweep_by_sweep() {
    let folder = Folder::new();
    // A minute of the world each 20 ms.
    let simulator = Simulator::start(&folder, "speed = 3000\n[paging]\npast_end = \"repeat\"\n");
    let mut said = Vec::new();
    for _ in 0..4 {
        let line = simulator.collect(&folder, &["--json"]).expect_success();
        said.push(serde_json::from_str::<serde_json::Value>(&line).unwrap());
        std::thread::sleep(std::time::Duration::from_millis(300));
    }
    let snapshots = folder.query(
        "dts-history.db",
        "select snapshot_id, outcome, source, pages, objects, changes from snapshots order by 1",
    );
    let told: Vec<String> = said
        .iter()
        .map(|it| {
            format!("{}|complete|api|{}|{}|{}", it["snapshot_id"], it["pages"], it["objects"], it["changes"])
        })
        .collect();
    assert_eq!(snapshots, told);
    assert!(
        told[0].ends_with(&format!("{0}|{0}", said[0]["objects"])),
        "at first sight all is new: {told:?}"
    );
    let transitions = folder
        .query("dts-history.db", "select count(*) from status_transitions where from_status is not null");
    assert_ne!(transitions, ["0"]);
}

#[test]
fn both_signature_versions_record_the_same_rows() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, "speed = 0\n[reply]\nlatency_ms = 0\n");
    for version in ["v1", "v3"] {
        folder.write(
            "dts-history.toml",
            format!("database = \"{version}.db\"\n[api]\nsignature = \"{version}\"\n"),
        );
        simulator.collect(&folder, &[]).expect_success();
    }
    let objects = "select phase, source_db, object_type, parent_name, object_name, definition, status
                   from object_latest order by 1, 2, 3, 4, 5, 6";
    assert_ne!(folder.query("v1.db", objects), Vec::<String>::new());
    assert_eq!(folder.query("v1.db", objects), folder.query("v3.db", objects));
}

#[test]
fn a_refused_call_records_a_failed_snapshot_without_secrets() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, "");
    simulator.collect(&folder, &[]).expect_success();
    let before = all_rows(&folder, "dts-history.db");
    let secret = "Wr0ngSecretThatMustNotBeSeen";
    let ended = simulator.collect_with(&folder, &simulator.access_key_id, secret, &[]);
    assert_eq!((ended.status, &ended.stdout[..]), (1, ""));
    assert!(ended.stderr.contains("SignatureDoesNotMatch"), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    let after = all_rows(&folder, "dts-history.db");
    for (view, (before, after)) in VIEWS.iter().zip(before.iter().zip(&after)) {
        if *view == "snapshots" {
            assert_eq!(after.len(), before.len() + 1);
        } else {
            assert_eq!(before, after, "{view}");
        }
    }
    let failed = folder.query(
        "dts-history.db",
        "select outcome, objects, changes, error from snapshots where snapshot_id = 2",
    );
    assert!(
        failed[0].starts_with("failed|-|0|") && failed[0].contains("SignatureDoesNotMatch"),
        "{failed:?}"
    );
    for entry in std::fs::read_dir(folder.path("")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let content = std::fs::read(&path).unwrap();
            for hidden in [secret, &simulator.access_key_secret] {
                assert!(
                    !content.windows(hidden.len()).any(|it| it == hidden.as_bytes()),
                    "{}",
                    path.display()
                );
            }
        }
    }
    assert!(!ended.stderr.contains(secret));
}

#[test]
fn collect_records_other_jobs_when_one_fails() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, "");
    let ended = simulator.collect(&folder, &["--job", "dtsinosuchjob"]);
    assert_eq!(ended.status, 1);
    assert!(ended.stdout.contains(&simulator.job), "{}", ended.stdout);
    assert!(ended.stderr.contains("dtsinosuchjob"), "{}", ended.stderr);
    assert_eq!(
        folder.query("dts-history.db", "select outcome, count(*) from snapshots group by 1 order by 1"),
        ["complete|1", "failed|1"]
    );
}

#[test]
fn simulate_stops_on_sigterm() {
    let folder = Folder::new();
    let mut child = folder.command(&["simulate"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut first = [0; 1];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut first).unwrap();
    std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap();
    let status = child.wait().unwrap();
    assert_eq!((status.code(), status.signal()), (Some(0), None));
}

#[test]
fn concurrent_processes_create_one_database() {
    let folder = Folder::new();
    folder.write("sample.json", SAMPLE_JSON);
    for round in 0..5 {
        let database = format!("fresh{round}.db");
        let jobs: Vec<String> = (0..6).map(|job| format!("dtsi{job}")).collect();
        let importing: Vec<_> = jobs
            .iter()
            .map(|job| {
                let args = ["--db", &database, "import", "--job", job, "--at", IMPORT_TIME, "sample.json"];
                let mut command = folder.command(&args);
                command
                    .stdout(std::process::Stdio::piped())
                    .stderr(std::process::Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        for child in importing {
            crate::support::RunResult::from_output(child.wait_with_output().unwrap()).expect_success();
        }
        assert_eq!(folder.query(&database, "select count(*) from jobs where snapshots = 1"), ["6"]);
    }
}

#[test]
fn report_output_follows_links_and_keeps_modes_and_pipes() {
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt};
    let folder = Folder::new();
    folder.write("sample.json", SAMPLE_JSON);
    folder.run(&["import", "--job", JOB, "--at", IMPORT_TIME, "sample.json"]).expect_success();
    let report = |output: &str| {
        folder.run(&["report", "--job", JOB, "--format", "md", "--output", output]).expect_success();
    };
    std::fs::set_permissions(folder.write("private.md", "old"), PermissionsExt::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink("private.md", folder.path("link.md")).unwrap();
    report("link.md");
    assert!(folder.path("link.md").is_symlink());
    let written = std::fs::read_to_string(folder.path("private.md")).unwrap();
    assert!(written.contains(JOB), "{written}");
    assert_eq!(std::fs::metadata(folder.path("private.md")).unwrap().permissions().mode() & 0o777, 0o600);

    std::process::Command::new("mkfifo").arg(folder.path("pipe")).status().unwrap();
    let pipe = folder.path("pipe");
    let reader = std::thread::spawn(move || std::fs::read_to_string(pipe).unwrap());
    report("pipe");
    assert_eq!(reader.join().unwrap(), written);
    assert!(std::fs::metadata(folder.path("pipe")).unwrap().file_type().is_fifo());
}

#[test]
fn status_reports_a_table_stalled_while_others_progress() {
    let folder = Folder::new();
    let sweeps: Vec<_> = (0..16)
        .map(|minute: i64| {
            let still = table("still", "Migrating", minute.min(5) * 10, 1000);
            sweep(minute * 60, vec![vec![still, table("moves", "Migrating", minute * 10, 1000)]])
        })
        .collect();
    block_on(async {
        let store = Store::open(&folder.path("dts-history.db")).await.unwrap();
        record(&store, &job("dtsistill"), &sweeps).await;
        store.close().await;
    });
    let said = folder.run(&["status"]).expect_success();
    assert!(
        said.contains("1. Since 2026-01-02 00:05:00, shop.still has not progressed while others progress"),
        "{said}"
    );
    let report = folder.run(&["report", "--job", "dtsistill", "--format", "md"]).expect_success();
    assert!(report.contains("shop.still has not progressed while others progress"), "{report}");
}
