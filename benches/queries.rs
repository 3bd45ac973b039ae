//! Duration of a query of each view, for one job with 10,000 tables and 1,000,000 change rows.
//!
//! `cargo bench --bench queries`

mod support;

use std::path::Path;
use std::time::Instant;

use dts_history::collect;
use dts_history::model::Status;
use dts_history::store::Store;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use support::{BEGINS_AT_MS, JOB, World, block_on, job, megabytes, milliseconds, print_result, size_bytes};

const TABLES: usize = 10_000;
/// All tables move in each, so that there are a million change rows.
const SWEEPS: i64 = 100;
const ROUNDS: usize = 5;

/// A query of each view, and its goal in milliseconds if there is one.
const QUERIES: [(&str, &str, Option<f64>); 14] = [
    ("jobs", "select * from jobs where job_id = ?", None),
    ("snapshots", "select * from snapshots where job_id = ?", None),
    ("table_latest", "select * from table_latest where job_id = ?", Some(100.0)),
    ("table_latest of one table", "select * from table_latest where job_id = ? and table_name = ?", None),
    ("table_history", "select * from table_history where job_id = ?", None),
    ("table_history of one table", "select * from table_history where job_id = ? and table_name = ?", None),
    ("table_throughput", "select * from table_throughput where job_id = ?", None),
    (
        "table_throughput of one table",
        "select * from table_throughput where job_id = ? and table_name = ?",
        Some(10.0),
    ),
    (
        "table_throughput of one table, by all its names",
        "select * from table_throughput where job_id = ? and table_name = ? and source_db = 'shop_production'
         and destination_db = 'shop_polardb'",
        Some(10.0),
    ),
    ("object_latest", "select * from object_latest where job_id = ?", None),
    ("status_transitions", "select * from status_transitions where job_id = ?", None),
    (
        "status_transitions of one table",
        "select * from status_transitions where job_id = ? and object_name = ?",
        Some(10.0),
    ),
    (
        "status_transitions of one table's rows",
        "select * from status_transitions where job_id = ? and phase = 'data' and object_name = ?",
        Some(10.0),
    ),
    ("failures", "select * from failures where job_id = ?", Some(100.0)),
];

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("h.db");
    let (began, rows) = (Instant::now(), block_on(fill_database(&database)));
    println!(
        "{TABLES} tables, {rows} change rows, {:.0} MB, made in {:.0} s",
        megabytes(size_bytes(&database)),
        began.elapsed().as_secs_f64()
    );
    block_on(async {
        let options = SqliteConnectOptions::new().filename(&database).read_only(true);
        let mut connection = options.connect().await.expect("a connection");
        for (name, sql, aim_ms) in QUERIES {
            let mut times = Vec::new();
            let mut rows = 0;
            for _ in 0..ROUNDS {
                let (time_ms, count) = run_query(&mut connection, sql).await;
                times.push(time_ms);
                rows = count;
            }
            times.sort_by(f64::total_cmp);
            let aim = aim_ms.map(|aim| format!(", aim {aim:.0} ms")).unwrap_or_default();
            print_result(name, &format!("{:9.2} ms for {rows} rows{aim}", times[ROUNDS / 2]));
        }
    });
}

/// Runs the query inside SQLite, every column of every row of it.
async fn run_query(connection: &mut SqliteConnection, sql: &str) -> (f64, i64) {
    let sql = format!("select count(*), max(it) from (select json_array(t.*) as it from ({sql}) as t)");
    let sql = sql.replace("json_array(t.*)", &columns(connection, sql.as_str()).await);
    let began = Instant::now();
    let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(JOB).bind("order_item_004711");
    let (count, _): (i64, Option<i64>) = query.fetch_one(connection).await.expect("rows");
    (milliseconds(began.elapsed()), count)
}

/// Touches every column: SQLite computes none that nobody asks for.
async fn columns(connection: &mut SqliteConnection, sql: &str) -> String {
    let view = sql.split(" from ").nth(3).and_then(|rest| rest.split(' ').next()).expect("a view");
    let names: Vec<(String,)> = sqlx::query_as("select name from pragma_table_info(?)")
        .bind(view)
        .fetch_all(connection)
        .await
        .expect("columns");
    names.iter().map(|(name,)| format!("coalesce(length(t.{name}), 0)")).collect::<Vec<_>>().join(" + ")
}

async fn fill_database(database: &Path) -> i64 {
    let store = Store::open(database).await.expect("a database");
    let mut world = World::new(2 * TABLES);
    let data = world.rows.len() - TABLES;
    for sweep in 0..SWEEPS {
        world.copy(0, TABLES);
        for number in 0..TABLES {
            let state = &mut world.rows[data + number].state;
            // Tables begin one after the other; one in a hundred fails on the way and is tried again.
            let step = sweep - i64::try_from(number % 50).expect("small");
            let failed = number % 100 == 7 && (20..25).contains(&step);
            state.error_message =
                failed.then(|| "ERROR 1213: Deadlock found when trying to get lock".to_owned());
            state.status = Some(match step {
                ..0 => Status::NotStarted,
                0..45 if !failed => Status::Migrating,
                0..45 => Status::Failed,
                45.. => Status::Finished,
            });
        }
        let sweep = world.sweep(BEGINS_AT_MS + sweep * 30_000);
        collect::import(&store, &job(), &sweep).await.expect("recorded");
    }
    store.close().await;
    let options = SqliteConnectOptions::new().filename(database).read_only(true);
    let mut connection = options.connect().await.expect("a connection");
    sqlx::query_scalar("select count(*) from reading").fetch_one(&mut connection).await.expect("a count")
}
