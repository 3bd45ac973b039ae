//! The views of the database say what their words mean.

use dts_history::collect;
use dts_history::model::{Engines, Job, JobKind, JobStatus, JobStatusOutcome, JobStatusReading, Sweep};
use dts_history::store::{self, Store};

use std::collections::BTreeMap;

use crate::support::{
    Engine, Folder, TestDatabase, at, block_on, constraint, job, object, sweep, table, test_on_each_engine,
};

const JOB: &str = "dtsi76118o3w92abcd";

fn history(engine: Engine, sweeps: &[Sweep]) -> TestDatabase {
    TestDatabase::with_history(engine, JOB, sweeps)
}

test_on_each_engine! {
    throughput_is_exact_rows_over_exact_time_between_observations,
    decreases_and_unknown_counts_give_no_rate,
    an_object_is_listed_until_missing_from_two_consecutive_snapshots,
    failures_has_one_row_for_each_failure_with_its_texts,
    constraints_and_overloads_are_distinguished_by_definition,
    a_failed_sweep_adds_one_snapshot_row_only,
    thousands_of_objects_are_all_recorded,
    a_new_overload_beside_an_unchanged_page_is_a_separate_object,
    a_dropped_recording_is_rolled_back,
    the_status_of_a_job_is_recorded_as_changes,
}

fn throughput_is_exact_rows_over_exact_time_between_observations(engine: Engine) {
    let database = history(
        engine,
        &[
            sweep(0, vec![vec![], vec![table("orders", "Migrating", 100, 9000)]]),
            // Seen again unchanged: no row, but a later sighting.
            sweep(60, vec![vec![], vec![table("orders", "Migrating", 100, 9000)]]),
            sweep(90, vec![vec![], vec![table("orders", "Migrating", 400, 9000)]]),
            // The table stands on another page, which arrives a quarter of a second earlier.
            sweep(120, vec![vec![table("orders", "Migrating", 400, 9000)], vec![]]),
            sweep(150, vec![vec![table("orders", "Finished", 460, 9000)], vec![]]),
        ],
    );
    assert_eq!(
        database
            .query("select from_at, to_at, seconds, rows, rows_per_second from table_throughput order by 1"),
        [
            "2026-01-02T00:01:00.250Z|2026-01-02T00:01:30.250Z|30|300|10",
            "2026-01-02T00:02:00.000Z|2026-01-02T00:02:30.000Z|30|60|2",
        ]
    );
    assert_eq!(
        database.query("select observed_at, previous_observed_at, finished_rows from table_history"),
        [
            "2026-01-02T00:00:00.250Z|-|100",
            "2026-01-02T00:01:30.250Z|2026-01-02T00:01:00.250Z|400",
            "2026-01-02T00:02:30.000Z|2026-01-02T00:02:00.000Z|460",
        ]
    );
    assert_eq!(
        database.query("select first_seen_at, changed_at, last_seen_at, listed from table_latest"),
        ["2026-01-02T00:00:00.250Z|2026-01-02T00:02:30.000Z|2026-01-02T00:02:30.000Z|1"]
    );
    assert_eq!(
        database.query("select snapshot_id, pages, objects, changes, error from snapshots"),
        ["1|2|1|1|-", "2|2|1|0|-", "3|2|1|1|-", "4|2|1|0|-", "5|2|1|1|-"]
    );
}

fn decreases_and_unknown_counts_give_no_rate(engine: Engine) {
    let mut unknown = table("orders", "Migrating", 0, 9000);
    unknown.state.finished_rows = None;
    let database = history(
        engine,
        &[
            sweep(0, vec![vec![table("orders", "Migrating", 500, 9000)]]),
            sweep(10, vec![vec![table("orders", "Migrating", 20, 9000)]]),
            sweep(20, vec![vec![unknown]]),
            sweep(30, vec![vec![table("orders", "Migrating", 70, 9000)]]),
            sweep(40, vec![vec![table("orders", "Migrating", 90, 9000)]]),
        ],
    );
    assert_eq!(database.query("select rows, seconds from table_throughput"), ["20|10"]);
    assert_eq!(
        database.query("select finished_rows from table_history order by snapshot_id"),
        ["500", "20", "-", "70", "90"]
    );
}

fn an_object_is_listed_until_missing_from_two_consecutive_snapshots(engine: Engine) {
    let with = || vec![vec![table("orders", "Migrating", 1, 9)]];
    let without = || vec![vec![table("other", "Migrating", 1, 9)]];
    let listed = "select listed, last_seen_at, changed_at from table_latest where table_name = 'orders'";
    let one_absence = history(engine, &[sweep(0, with()), sweep(10, without()), sweep(20, with())]);
    assert_eq!(one_absence.query(listed), ["1|2026-01-02T00:00:20.000Z|2026-01-02T00:00:00.000Z"]);
    let two = history(
        engine,
        &[sweep(0, with()), sweep(10, without()), sweep(20, without()), sweep(30, without())],
    );
    assert_eq!(two.query(listed), ["0|2026-01-02T00:00:00.000Z|2026-01-02T00:00:20.000Z"]);
    let rows = "select listed, previous_observed_at, observed_at, finished_rows from table_history
                   where table_name = 'orders' order by snapshot_id";
    assert_eq!(
        two.query(rows),
        ["1|-|2026-01-02T00:00:00.000Z|1", "0|2026-01-02T00:00:00.000Z|2026-01-02T00:00:20.000Z|1",]
    );
    let back =
        history(engine, &[sweep(0, with()), sweep(10, without()), sweep(20, without()), sweep(30, with())]);
    assert_eq!(back.query(rows)[2], "1|2026-01-02T00:00:00.000Z|2026-01-02T00:00:30.000Z|1");
    assert_eq!(back.query("select count(*) from status_transitions where object_name = 'orders'"), ["1"]);
}

fn failures_has_one_row_for_each_failure_with_its_texts(engine: Engine) {
    let view = |status: &str, error: Option<&str>| {
        vec![vec![object("View", "v_sales", status, "CREATE VIEW v_sales AS …", error)]]
    };
    let database = history(
        engine,
        &[
            sweep(0, view("Migrating", None)),
            sweep(10, view("Failed", Some("DTS-1020042 first"))),
            sweep(20, view("Failed", Some("DTS-1020042 reworded"))),
            sweep(30, view("Migrating", None)),
            sweep(40, view("Failed", Some("DTS-1020042 second"))),
            sweep(50, view("Failed", Some("DTS-1020042 second"))),
        ],
    );
    assert_eq!(
        database.query("select phase, object_type, source_db, destination_db, parent_name, object_name, definition,
             error_message, first_failed_at, last_seen_at, resolved_at from failures order by first_failed_at"
        ),
        [
            "structure|View|shop|shop_new|-|v_sales|CREATE VIEW v_sales AS …|DTS-1020042 first|\
             2026-01-02T00:00:10.000Z|2026-01-02T00:00:20.000Z|2026-01-02T00:00:30.000Z",
            "structure|View|shop|shop_new|-|v_sales|CREATE VIEW v_sales AS …|DTS-1020042 second|\
             2026-01-02T00:00:40.000Z|2026-01-02T00:00:50.000Z|-",
        ]
    );
    assert_eq!(
        database.query(
            "select from_status, to_status, previous_observed_at, observed_at from status_transitions
             order by snapshot_id"
        ),
        [
            "-|Migrating|-|2026-01-02T00:00:00.000Z",
            "Migrating|Failed|2026-01-02T00:00:00.000Z|2026-01-02T00:00:10.000Z",
            "Failed|Migrating|2026-01-02T00:00:20.000Z|2026-01-02T00:00:30.000Z",
            "Migrating|Failed|2026-01-02T00:00:30.000Z|2026-01-02T00:00:40.000Z",
        ]
    );
    assert_eq!(
        database.query("select status, error_message from object_latest"),
        ["Failed|DTS-1020042 second"]
    );
}

fn constraints_and_overloads_are_distinguished_by_definition(engine: Engine) {
    let rows = || {
        vec![vec![
            constraint("orders", "Finished", "ADD PRIMARY KEY (id)", None),
            constraint("orders", "Failed", "ADD FOREIGN KEY (c)", Some("no")),
            object("Function", "area", "Finished", "area(int)", None),
            object("Function", "area", "Finished", "area(text)", None),
        ]]
    };
    let database = history(engine, &[sweep(0, rows()), sweep(10, rows())]);
    assert_eq!(
        database.query(
            "select phase, parent_name, object_name, definition, status from object_latest order by 1, 4"
        ),
        [
            "constraint|orders|orders|ADD FOREIGN KEY (c)|Failed",
            "constraint|orders|orders|ADD PRIMARY KEY (id)|Finished",
            "structure|-|area|area(int)|Finished",
            "structure|-|area|area(text)|Finished",
        ]
    );
    assert_eq!(database.query("select objects, changes from snapshots"), ["4|4", "4|0"]);
}

fn a_failed_sweep_adds_one_snapshot_row_only(engine: Engine) {
    let database = history(engine, &[sweep(0, vec![vec![table("orders", "Migrating", 1, 9)]])]);
    let everything = || {
        ["jobs", "table_latest", "table_history", "status_transitions"]
            .map(|view| database.query(&format!("select * from {view}")))
    };
    let before = everything();
    block_on(async {
        let store = database.open().await;
        store.record_failure(&job(JOB), at(60), at(61), 3, "no answer within 30 s").await.unwrap();
        store.close().await;
    });
    assert_eq!(everything(), before);
    assert_eq!(
        database.query("select * from snapshots where outcome = 'failed'"),
        [format!(
            "2|{JOB}|2026-01-02T00:01:00.000Z|2026-01-02T00:01:01.000Z|failed|api|3|-|0|no answer within 30 s|0|-"
        )]
    );
}

fn thousands_of_objects_are_all_recorded(engine: Engine) {
    let tables =
        |rows: i64| (0..1234).map(|n| table(&format!("t{n}"), "Migrating", rows + n, 9999)).collect();
    let database = history(engine, &[sweep(0, vec![tables(0)]), sweep(10, vec![tables(7)])]);
    assert_eq!(
        database
            .query("select count(*), cast(sum(rows) as bigint), min(rows_per_second) from table_throughput"),
        ["1234|8638|0.7"]
    );
}

fn a_new_overload_beside_an_unchanged_page_is_a_separate_object(engine: Engine) {
    let pages = |ddl: &str| {
        vec![
            vec![object("Function", "f", "Finished", "f(int)", None)],
            vec![object("Function", "f", "Finished", ddl, None)],
        ]
    };
    let database = history(engine, &[sweep(0, pages("f(text)")), sweep(60, pages("f(date)"))]);
    let latest = "select definition, listed, last_seen_at from object_latest order by 1";
    assert_eq!(
        database.query(latest),
        [
            "f(date)|1|2026-01-02T00:01:00.250Z",
            "f(int)|1|2026-01-02T00:01:00.000Z",
            "f(text)|1|2026-01-02T00:00:00.250Z"
        ]
    );
    // Both pages say the same again, and still the third object is missed a second time.
    let database = history(
        engine,
        &[0, 60, 120].map(|at| sweep(at, pages(if at == 0 { "f(text)" } else { "f(date)" }))),
    );
    assert_eq!(
        database.query(latest),
        [
            "f(date)|1|2026-01-02T00:02:00.250Z",
            "f(int)|1|2026-01-02T00:02:00.000Z",
            "f(text)|0|2026-01-02T00:00:00.250Z"
        ]
    );
}

fn a_dropped_recording_is_rolled_back(engine: Engine) {
    let database = history(engine, &[]);
    block_on(async {
        let store = database.open().await;
        drop(store.begin_recording(&job(JOB), BTreeMap::default()).await.unwrap());
        store.close().await;
    });
    assert_eq!(database.query("select count(*) from jobs"), ["0"]);
}

#[cfg(unix)]
#[test]
fn the_database_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = history(Engine::Sqlite, &[]).folder;
    let mode = std::fs::metadata(folder.path("h.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn foreign_and_newer_databases_are_rejected_unchanged() {
    let folder = Folder::new();
    let foreign = folder.path("foreign.db");
    let newer = folder.path("newer.db");
    block_on(async {
        use sqlx::ConnectOptions as _;
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&foreign).create_if_missing(true);
        let mut connection = options.connect().await.unwrap();
        sqlx::raw_sql("create table invoice (id integer)").execute(&mut connection).await.unwrap();
        drop(connection);
        let store = Store::open(&newer).await.unwrap();
        store.close().await;
        let mut connection =
            sqlx::sqlite::SqliteConnectOptions::new().filename(&newer).connect().await.unwrap();
        sqlx::raw_sql("update _sqlx_migrations set version = 9999 where version = (select max(version) from _sqlx_migrations)").execute(&mut connection).await.unwrap();
        drop(connection);
        assert!(matches!(Store::open(&foreign).await, Err(store::Error::Foreign { .. })));
        assert!(matches!(Store::open(&newer).await, Err(store::Error::Newer { .. })));
        assert!(matches!(Store::open_existing(&newer).await, Err(store::Error::Newer { .. })));
    });
    assert_eq!(folder.query("foreign.db", "select name from sqlite_schema"), ["invoice"]);
    assert_eq!(folder.query("newer.db", "select max(version) from _sqlx_migrations"), ["9999"]);
}

/// A status at this second.
fn status(second: i64, delay_ms: Option<i64>, error: Option<&str>) -> JobStatusReading {
    JobStatusReading {
        observed_at_ms: at(second),
        status: JobStatus {
            status: Some("synchronizing".to_owned()),
            delay_ms,
            checkpoint_at_ms: delay_ms.map(|delay_ms| at(second) - delay_ms),
            error_message: error.map(str::to_owned),
            ..JobStatus::default()
        },
        engines: Engines { source: Some("MySQL".to_owned()), destination: None },
    }
}

fn the_status_of_a_job_is_recorded_as_changes(engine: Engine) {
    let database = TestDatabase::new(engine);
    block_on(async {
        let store = database.open().await;
        let job = Job { kind: JobKind::Task, ..job(JOB) };
        let first = JobStatusOutcome::Read(status(1, None, None));
        let orders = |second| sweep(second, vec![vec![table("orders", "Migrating", 1, 9)]]);
        collect::import_with_status(&store, &job, &orders(0), &first).await.unwrap();
        let failed = JobStatusOutcome::Failed("no permission".to_owned());
        collect::import_with_status(&store, &job, &orders(10), &failed).await.unwrap();
        // Unchanged; then two changes; then a moment that is not after the last one.
        for (reading, is_new) in [
            (status(20, None, None), true),
            (status(30, Some(5_000), Some("DTS-71016")), true),
            (status(40, Some(800), None), true),
            (status(40, Some(900), None), false),
            (status(35, Some(900), None), false),
        ] {
            assert_eq!(store.record_job_status(&job, &reading).await.unwrap(), is_new);
        }
        store.close().await;
    });
    assert_eq!(
        database.query(
            "select snapshot_id, substr(previous_observed_at, 18, 2), substr(observed_at, 18, 2), delay_ms,
                 substr(checkpoint_at, 18), error_message from job_history order by observed_at"
        ),
        ["1|-|01|-|-|-", "-|20|30|5000|25.000Z|DTS-71016", "-|30|40|800|39.200Z|-"]
    );
    assert_eq!(
        database.query("select kind, region, source_engine, destination_engine, status, delay_ms, substr(changed_at, 18, 2),
                 substr(last_seen_at, 18, 2) from job_latest"
        ),
        ["task|cn-hangzhou|MySQL|-|synchronizing|800|40|40"]
    );
    assert_eq!(
        database.query("select snapshot_id, job_status_error from snapshots"),
        ["1|-", "2|no permission"]
    );
    // Taking the second snapshot back takes what was read since then with it.
    database.run(&["forget", "--job", JOB, "--snapshot", "2", "--yes"]).expect_success();
    assert_eq!(database.query("select delay_ms, substr(last_seen_at, 18, 2) from job_latest"), ["-|01"]);
    database.assert_intact();
}
