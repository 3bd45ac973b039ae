//! Histories that older versions wrote, and one that a newer version wrote.

use std::path::PathBuf;

use dts_history::store::Store;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;

use crate::support::{Folder, RunResult, assert_intact, block_on, job, record, sweep, table};

const JOB: &str = "dtsdemo0a1b2c3d4e";
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

/// One file for each schema that was released: `tests/samples/history-NNNN.sql`.
fn samples() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_history = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with("history-") && path.extension().is_some_and(|it| it == "sql")
    };
    entries.filter(is_history).collect()
}

pub(crate) fn run_sql(folder: &Folder, database: &str, sql: String) {
    block_on(async {
        let options = SqliteConnectOptions::new().filename(folder.path(database)).create_if_missing(true);
        let mut connection = options.foreign_keys(false).connect().await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    });
}

#[test]
fn an_older_database_is_upgraded_without_changes_to_its_views() {
    let samples = samples();
    assert!(!samples.is_empty());
    for sample in samples {
        let folder = Folder::new();
        run_sql(&folder, "h.db", std::fs::read_to_string(&sample).unwrap());
        // The views of that version, as its users saw them.
        let columns: Vec<String> = VIEWS
            .iter()
            .map(|view| {
                let names = format!(
                    "select group_concat('\"' || name || '\"', ', ') from pragma_table_info('{view}')"
                );
                folder.query("h.db", &names).remove(0)
            })
            .collect();
        let views = || -> Vec<Vec<String>> {
            let select = |(view, columns)| {
                folder.query("h.db", &format!("select {columns} from {view} order by 1, 2, 3, 4, 5, 6, 7"))
            };
            // `jobs` has six columns.
            VIEWS
                .iter()
                .zip(&columns)
                .map(|(view, columns)| match *view {
                    "jobs" => folder.query("h.db", &format!("select {columns} from jobs")),
                    view => select((view, columns)),
                })
                .collect()
        };
        let before = views();
        assert!(before.iter().all(|rows| !rows.is_empty()), "{} shows too little", sample.display());

        let json = folder.run(&["--db", "h.db", "report", "--job", JOB, "--format", "json"]).expect_success();
        assert_eq!(views(), before, "{} reads the same", sample.display());
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["tables"].as_array().unwrap().len(), before[2].len());
        assert_intact(&folder.path("h.db"));

        // And goes on: what is unchanged has no row, what changed has one, with the sighting before it.
        let seen =
            folder.query("h.db", "select source_db, destination_db, last_seen_at from table_latest limit 1");
        block_on(async {
            let store = Store::open(&folder.path("h.db")).await.unwrap();
            let later = 400 * 86_400;
            record(
                &store,
                &job(JOB),
                &[
                    sweep(later, vec![vec![table("new", "Migrating", 1, 9)]]),
                    sweep(later + 60, vec![vec![table("new", "Migrating", 1, 9)]]),
                    sweep(later + 120, vec![vec![table("new", "Migrating", 2, 9)]]),
                ],
            )
            .await;
            store.close().await;
        });
        let new = "select rows, seconds from table_throughput where table_name = 'new'";
        assert_eq!(folder.query("h.db", new), ["1|60"]);
        let gone = "select count(*) from table_latest where not listed and last_seen_at = ";
        let gone = format!("{gone}'{}'", seen[0].rsplit('|').next().unwrap());
        assert_ne!(folder.query("h.db", &gone), ["0"]);
        assert_intact(&folder.path("h.db"));
    }
}

#[test]
fn an_upgraded_schema_equals_a_new_one() {
    let columns =
        "select object.type, object.name, object.tbl_name, it.cid, it.name, it.type, it.\"notnull\", it.pk
         from sqlite_schema as object left join pragma_table_info(object.name) as it
         where object.name not like 'sqlite_%' order by object.type, object.name, it.cid";
    let indexes = "select object.name, it.name, it.\"unique\", it.partial, on_columns.name
         from sqlite_schema as object, pragma_index_list(object.name) as it, pragma_index_info(it.name) as on_columns
         where object.type = 'table' order by 1, 2, on_columns.seqno";
    for sample in samples() {
        let folder = Folder::new();
        run_sql(&folder, "old.db", std::fs::read_to_string(&sample).unwrap());
        folder.run(&["--db", "old.db", "status"]).expect_success();
        block_on(async { Store::open(&folder.path("new.db")).await.unwrap().close().await });
        for query in [columns, indexes] {
            assert_eq!(folder.query("old.db", query), folder.query("new.db", query), "{}", sample.display());
        }
    }
}

#[test]
fn changed_views_are_replaced() {
    let folder = Folder::new();
    block_on(async { Store::open(&folder.path("h.db")).await.unwrap().close().await });
    let views =
        "select group_concat(sql) from (select sql from sqlite_schema where type = 'view' order by name)";
    let before = folder.query("h.db", views);
    let change =
        "drop view jobs; create view jobs as select 1 as job_id; update view_digest set digest = x'00'";
    run_sql(&folder, "h.db", change.to_owned());
    folder.run(&["--db", "h.db", "status"]).expect_success();
    assert_eq!(folder.query("h.db", views), before);
}

#[test]
fn concurrent_processes_upgrade_a_database_once() {
    for sample in samples() {
        let folder = Folder::new();
        run_sql(&folder, "h.db", std::fs::read_to_string(&sample).unwrap());
        folder.write("sample.json", include_str!("../samples/sample.json"));
        let run = |number: usize| {
            if number.is_multiple_of(2) {
                return folder.run(&["--db", "h.db", "status"]);
            }
            let (job, at) = (format!("dts{number}"), "2026-01-02T03:04:05Z");
            folder.run(&["--db", "h.db", "import", "--job", &job, "--at", at, "sample.json"])
        };
        std::thread::scope(|scope| {
            let run = &run;
            let programs: Vec<_> = (0..12).map(|number| scope.spawn(move || run(number))).collect();
            for program in programs {
                program.join().unwrap().expect_success();
            }
        });
        assert_intact(&folder.path("h.db"));
        assert_eq!(folder.query("h.db", "select count(*) from jobs"), ["7"]);
    }
}

#[test]
fn a_newer_database_is_rejected_unchanged() {
    let folder = Folder::new();
    block_on(async { Store::open(&folder.path("h.db")).await.unwrap().close().await });
    run_sql(
        &folder,
        "h.db",
        "insert into _sqlx_migrations select 9999, description, installed_on, success, checksum, execution_time
         from _sqlx_migrations limit 1; pragma journal_mode = delete"
            .to_owned(),
    );
    let bytes = std::fs::read(folder.path("h.db")).unwrap();
    folder.write(
        "dts-history.toml",
        "[retention]\nthin_after_days = 1\n[[job]]\nid = \"dtsi\"\nregion = \"cn-hangzhou\"\n",
    );
    folder.write("sample.json", include_str!("../samples/sample.json"));
    for command in [
        &["report", "--job", JOB][..],
        &["status"],
        &["failures"],
        &["prune"],
        &["import", "--job", JOB, "--at", "2026-01-02T03:04:05Z", "sample.json"],
        &["serve", "--listen", "127.0.0.1:0"],
    ] {
        let mut command = folder.command(&[&["--db", "h.db"], command].concat());
        command.env("ALIBABA_CLOUD_ACCESS_KEY_ID", "x").env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "x");
        let ended = RunResult::from_output(command.output().unwrap());
        assert_eq!(ended.status, 1, "{command:?}: {}", ended.stderr);
        for words in ["h.db", "newer version of dts-history", "upgrade"] {
            assert!(ended.stderr.contains(words), "{command:?}: {}", ended.stderr);
        }
    }
    assert_eq!(std::fs::read(folder.path("h.db")).unwrap(), bytes);
}
