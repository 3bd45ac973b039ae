//! Queries of one job or one table do not scan the whole history.

use dts_history::store::Store;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::support::{Folder, block_on, job, object, record, sweep, table};

const JOB: &str = "dtsi76118o3w92abcd";

/// Queries as users write them.
const QUERIES: [&str; 13] = [
    "select * from jobs where job_id = 'x'",
    "select * from snapshots where job_id = 'x'",
    "select * from table_latest where job_id = 'x'",
    "select * from table_latest where job_id = 'x' and table_name = 't'",
    "select * from table_history where job_id = 'x'",
    "select * from table_history where job_id = 'x' and table_name = 't'",
    "select * from table_throughput where job_id = 'x'",
    "select * from table_throughput where job_id = 'x' and table_name = 't'",
    "select * from object_latest where job_id = 'x'",
    "select * from status_transitions where job_id = 'x'",
    "select * from status_transitions where job_id = 'x' and phase = 'data' and object_name = 't'",
    "select * from status_transitions where job_id = 'x' and object_name = 't'",
    "select * from failures where job_id = 'x'",
];

/// The plan of a query, a line a step.
fn plan(folder: &Folder, sql: &str) -> Vec<String> {
    let sql = sqlx::AssertSqlSafe(format!("explain query plan {sql}"));
    block_on(async {
        let options = SqliteConnectOptions::new().filename(folder.path("h.db")).read_only(true);
        let mut connection = options.connect().await.unwrap();
        let steps: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(sql).fetch_all(&mut connection).await.unwrap();
        steps.into_iter().map(|(_, _, _, step)| step).collect()
    })
}

#[test]
fn views_filtered_by_job_or_table_use_an_index() {
    let folder = Folder::new();
    let sweeps: Vec<_> = (0..5)
        .map(|minute| {
            let names: Vec<String> = (0..200).map(|number| format!("t{number}")).collect();
            let tables = names.iter().map(|name| table(name, "Migrating", minute * 7, 900));
            let objects = names.iter().map(|name| object("Table", name, "Finished", "create table", None));
            sweep(minute * 60, vec![tables.collect(), objects.collect()])
        })
        .collect();
    block_on(async {
        let store = Store::open(&folder.path("h.db")).await.unwrap();
        record(&store, &job(JOB), &sweeps).await;
        record(&store, &job("dtsianother"), &sweeps).await;
        store.close().await;
        // Statistics of a few hundred rows say nothing about a million.
        let mut connection =
            SqliteConnectOptions::new().filename(folder.path("h.db")).connect().await.unwrap();
        sqlx::query("delete from sqlite_stat1").execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
    let mut wrong = Vec::new();
    for sql in QUERIES {
        let steps = plan(&folder, sql);
        let searches_job = steps.iter().any(|step| step.starts_with("SEARCH job "));
        // The rows that the view itself has grouped are those of one job.
        let scans = steps.iter().any(|step| step.starts_with("SCAN ") && step != "SCAN jobs");
        // All that ever happened to each object, for the few rows that are transitions.
        let transitions = sql.contains("status_transitions") || sql.contains("failures");
        let history = steps.iter().any(|step| step.ends_with(" USING PRIMARY KEY (object_no=?)"));
        if scans || !searches_job || (transitions && history) {
            wrong.push(format!("{sql}: {steps:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
