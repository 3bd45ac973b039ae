//! Migration instances and tasks are recorded as synchronization instances are, through their own calls.

use crate::support::{Folder, RunResult};
use crate::untrusted_server::{Reply, serve};

/// The value of a parameter of a query.
fn parameter<'q>(query: &'q str, name: &str) -> &'q str {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default()
}

fn run_with_credentials(folder: &Folder, args: &[&str]) -> RunResult {
    let mut command = folder.command(args);
    command.env("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI5tTestKey000000000001");
    command.env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "TestSecret");
    RunResult::from_output(command.output().unwrap())
}

/// A migration job of three tables on two pages, with the structure of one.
fn migration_server() -> String {
    serve(|query| {
        if parameter(query, "Action") != "DescribeMigrationJobDetail" {
            let body =
                r#"{"Code":"Forbidden.InstanceNotFound","Message":"no such instance","RequestId":"r"}"#;
            return Reply::new(404, body);
        }
        let structure = r#"{"ObjectName":"a","ObjectType":"Table","Status":"Finished","SourceOwnerDBName":"shop",
            "DestinationOwnerDBName":"shop2","ObjectDefinition":"CREATE TABLE a (id int)"}"#;
        let data = |name: &str| {
            format!(
                r#"{{"TableName":"{name}","SourceOwnerDBName":"shop","DestinationOwnerDBName":"shop2","Status":"Migrating",
                "TotalRowNum":"100","FinishRowNum":"40","MigrationTime":"1.5"}}"#
            )
        };
        let (structure, data) = match parameter(query, "PageNum") {
            "1" => (structure, [data("a"), data("b")].join(",")),
            "2" => ("", data("c")),
            _ => ("", String::new()),
        };
        Reply::new(
            200,
            format!(
                r#"{{"Success":true,"RequestId":"r",
                "StructureInitializationDetailList":{{"StructureInitializationDetail":[{structure}]}},
                "DataInitializationDetailList":{{"DataInitializationDetail":[{data}]}},
                "DataSynchronizationDetailList":{{"DataSynchronizationDetail":[]}}}}"#
            ),
        )
    })
}

#[test]
fn a_migration_instance_is_recorded_and_the_wrong_kind_is_named() {
    let folder = Folder::new();
    let endpoint = migration_server();
    let job = ["--job", "dtsz2v12jfo309abcd", "--region", "cn-hangzhou", "--endpoint", &endpoint];
    let ended = run_with_credentials(&folder, &[&["collect", "--kind", "migration"][..], &job].concat());
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let tables = folder.query(
        "dts-history.db",
        "select source_db, destination_db, table_name, status, finished_rows, total_rows, used_time from table_latest \
         order by table_name",
    );
    assert_eq!(tables, ["a", "b", "c"].map(|name| format!("shop|shop2|{name}|Migrating|40|100|1.5")));
    let objects = folder
        .query("dts-history.db", "select phase, object_type, object_name, definition from object_latest");
    assert_eq!(objects, ["structure|Table|a|CREATE TABLE a (id int)"]);
    assert_eq!(folder.query("dts-history.db", "select outcome, pages from snapshots"), ["complete|2"]);

    let ended = run_with_credentials(&folder, &[&["check"][..], &job].concat());
    assert!(ended.stdout.contains("its kind (synchronization, migration or task)"), "{}", ended.stdout);
    assert!(
        ended.stdout.contains("the job answers as a migration: give kind = \"migration\""),
        "{}",
        ended.stdout
    );
    let ended = run_with_credentials(&folder, &[&["check", "--kind", "migration"][..], &job].concat());
    assert!(ended.stdout.contains("3 objects on its first page"), "{}", ended.stdout);
    let ended = run_with_credentials(&folder, &[&["collect", "--kind", "migrations"][..], &job].concat());
    assert_eq!(ended.status, 2);
    assert!(ended.stderr.contains("none of synchronization, migration, task"), "{}", ended.stderr);
}

#[test]
fn both_subtasks_of_a_task_are_one_snapshot_and_a_failing_one_leaves_none() {
    let folder = Folder::new();
    let endpoint = serve(|query| {
        if parameter(query, "DtsJobId") == "broken" && parameter(query, "JobCode") == "03" {
            return Reply::new(
                400,
                r#"{"Code":"InvalidParameter","Message":"the code is wrong","RequestId":"r"}"#,
            );
        }
        let code = parameter(query, "JobCode").to_owned();
        let row = |number: usize| match code.as_str() {
            "02" => format!(
                r#"{{"Id":"s{number}","Names":"t{number}","SourceSchema":"shop","DestSchema":"shop","State":"Success",
                "DdlSql":"CREATE TABLE t{number} (id int)","Current":"0","Total":1}}"#
            ),
            _ => format!(
                r#"{{"Id":"d{number}","Names":"t{number}","SourceSchema":"shop","DestSchema":"shop","State":"Migrating",
                "Current":"{number}","Total":50}}"#
            ),
        };
        let page: usize = parameter(query, "PageNo").parse().unwrap();
        let rows: Vec<_> = (1..=5).skip(2 * (page - 1)).take(2).map(row).collect();
        let rows = rows.join(",");
        Reply::new(
            200,
            format!(
                r#"{{"State":"Migrating","Code":"{code}","Success":true,"RequestId":"r","JobProgress":[{rows}]}}"#
            ),
        )
    });
    folder.write(
        "dts-history.toml",
        format!(
            "[api]\nendpoint = \"{endpoint}\"\n[[job]]\nid = \"i03e3zty16i\"\nregion = \"cn-hangzhou\"\nkind = \"task\"\n\
             [[job]]\nid = \"broken\"\nregion = \"cn-hangzhou\"\nkind = \"task\"\n"
        ),
    );
    let ended = run_with_credentials(&folder, &["collect"]);
    assert_eq!(ended.status, 1, "{}", ended.stderr);
    let snapshots = folder
        .query("dts-history.db", "select job_id, outcome, pages, objects from snapshots order by job_id");
    assert_eq!(snapshots, ["broken|failed|3|-", "i03e3zty16i|complete|6|10"]);
    let tables = folder
        .query("dts-history.db", "select table_name, finished_rows, total_rows from table_latest order by 1");
    assert_eq!(tables, (1..=5).map(|number| format!("t{number}|{number}|50")).collect::<Vec<_>>());
    let objects =
        folder.query("dts-history.db", "select object_type, status from object_latest group by 1, 2");
    assert_eq!(objects, ["Table|Finished"]);
}
