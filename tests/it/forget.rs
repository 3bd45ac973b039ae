//! `forget`: what was taken back leaves no trace but its record, and recording goes on as if it had never been.

use dts_history::model::{Reading, Sweep};
use dts_history::store::Store;

use crate::support::{Folder, assert_intact, block_on, job, object, record, sweep, table};

const JOB: &str = "dtsi";

/// Every view, without the numbers of snapshots, which are never given twice.
const STATE_QUERIES: [&str; 7] = [
    "select job_id, last_snapshot_at, snapshots from jobs",
    "select started_at, finished_at, outcome, objects, changes, torn from snapshots order by snapshot_id",
    "select * from table_latest order by table_name",
    "select previous_observed_at, observed_at, table_name, status, finished_rows, total_rows, listed
         from table_history order by table_name, observed_at",
    "select * from object_latest order by object_name, definition",
    "select phase, object_name, from_status, to_status, previous_observed_at, observed_at, error_message
         from status_transitions order by object_name, observed_at",
    "select * from failures order by object_name, first_failed_at",
];

fn query_state(folder: &Folder, database: &str) -> Vec<Vec<String>> {
    STATE_QUERIES.iter().map(|query| folder.query(database, query)).collect()
}

fn procedure(status: &str, error: Option<&str>) -> Reading {
    object("Procedure", "refresh", status, "create procedure refresh()", error)
}

/// One page each, so that the arrival of each row is known.
fn good_sweeps() -> [Sweep; 3] {
    [
        sweep(
            0,
            vec![vec![
                table("a", "Migrating", 1, 9),
                table("b", "NotStarted", 0, 5),
                procedure("Migrating", None),
            ]],
        ),
        sweep(
            60,
            vec![vec![
                table("a", "Migrating", 4, 9),
                table("b", "NotStarted", 0, 5),
                procedure("Failed", Some("denied")),
            ]],
        ),
        // `b` is missed once.
        sweep(120, vec![vec![table("a", "Migrating", 7, 9), procedure("Failed", Some("denied"))]]),
    ]
}

fn wrong_sweeps() -> [Sweep; 3] {
    [
        sweep(
            180,
            vec![vec![
                table("a", "Finished", 9, 9),
                table("new", "Migrating", 1, 2),
                procedure("Finished", None),
            ]],
        ),
        sweep(240, vec![vec![table("a", "Finished", 9, 9), table("new", "Finished", 2, 2)]]),
        sweep(300, vec![vec![table("a", "Finished", 9, 9), table("b", "Migrating", 1, 5)]]),
    ]
}

fn later_sweeps() -> [Sweep; 3] {
    [
        sweep(400, vec![vec![table("a", "Migrating", 8, 9), procedure("Failed", Some("denied"))]]),
        sweep(
            460,
            vec![vec![
                table("a", "Finished", 9, 9),
                table("b", "Finished", 5, 5),
                procedure("Finished", None),
            ]],
        ),
        sweep(
            520,
            vec![vec![
                table("a", "Finished", 9, 9),
                table("b", "Finished", 5, 5),
                procedure("Finished", None),
            ]],
        ),
    ]
}

fn record_all(folder: &Folder, database: &str, sweeps: &[Sweep]) {
    block_on(async {
        let store = Store::open(&folder.path(database)).await.unwrap();
        record(&store, &job(JOB), sweeps).await;
        store.close().await;
    });
}

#[test]
fn forgotten_snapshots_leave_no_trace() {
    for scope in [&["--snapshot", "4"][..], &["--after", "2026-01-02T00:02:30Z"]] {
        let folder = Folder::new();
        record_all(&folder, "never.db", &good_sweeps());
        record_all(&folder, "h.db", &[good_sweeps(), wrong_sweeps()].concat());
        let command = [&["--db", "h.db", "forget", "--job", JOB], scope].concat();
        let before = query_state(&folder, "h.db");
        let shown = folder.run(&[&command[..], &["--dry-run"]].concat()).expect_success();
        assert!(
            shown.contains("3 snapshots (3 complete, 0 failed)") && shown.contains("00:05:00"),
            "{shown}"
        );
        assert_eq!(query_state(&folder, "h.db"), before, "a look changes nothing");
        let unconfirmed = folder.run(&command);
        assert_eq!(unconfirmed.status, 2, "{unconfirmed:?}");
        assert!(
            unconfirmed.stderr.contains("--yes") && unconfirmed.stderr.contains("--dry-run"),
            "{unconfirmed:?}"
        );
        assert_eq!(query_state(&folder, "h.db"), before);

        folder.run(&[&command[..], &["--yes"]].concat()).expect_success();
        assert_eq!(query_state(&folder, "h.db"), query_state(&folder, "never.db"), "{scope:?}");
        assert_intact(&folder.path("h.db"));
        let on_record = "select job_id, forgotten_snapshots, forgotten_at is not null from pruned";
        assert_eq!(folder.query("h.db", on_record), ["dtsi|3|1"]);

        for database in ["h.db", "never.db"] {
            record_all(&folder, database, &later_sweeps());
        }
        assert_eq!(query_state(&folder, "h.db"), query_state(&folder, "never.db"), "{scope:?}, later");
        assert_eq!(
            folder.query("h.db", "select max(snapshot_id) from snapshots"),
            ["9"],
            "no number is given twice"
        );
        assert_intact(&folder.path("h.db"));
    }
}

/// The arrival of each page of an older snapshot is not kept: a sighting may be given as the sweep's start, never as
/// later than it was.
#[test]
fn sightings_in_a_sweep_of_several_pages_are_never_later_than_they_were() {
    let folder = Folder::new();
    let pages = |second, rows: i64| {
        sweep(second, vec![vec![table("a", "Migrating", rows, 9)], vec![table("b", "Migrating", 1, 9)]])
    };
    record_all(&folder, "never.db", &[pages(0, 1), pages(60, 2)]);
    record_all(&folder, "h.db", &[pages(0, 1), pages(60, 2), pages(120, 3)]);
    folder.run(&["--db", "h.db", "forget", "--snapshot", "3", "--yes"]).expect_success();
    let sightings =
        |database| folder.query(database, "select last_seen_at from table_latest order by table_name");
    let (found, exact) = (sightings("h.db"), sightings("never.db"));
    assert_eq!(found[0], exact[0], "`a` changed in the last snapshot that is kept");
    assert!(found[1] <= exact[1] && found[1].as_str() >= "2026-01-02T00:00:59.900Z", "{found:?} {exact:?}");
}

#[test]
fn a_wrong_time_of_an_import_is_undone() {
    let folder = Folder::new();
    folder.write("sample.json", include_str!("../samples/sample.json"));
    let import = |at: &str, more: &[&str]| {
        folder.run(&[&["import", "--job", JOB, "--at", at, "sample.json"], more].concat())
    };
    import("2026-01-02", &[]).expect_success();
    import("2036-01-02", &["--force"]).expect_success();
    assert_eq!(import("2026-01-03", &[]).status, 1, "the job is locked until 2036");
    folder.run(&["forget", "--after", "2030-01-01", "--yes"]).expect_success();
    import("2026-01-03", &[]).expect_success();
    assert_eq!(
        folder.query("dts-history.db", "select last_snapshot_at from jobs"),
        ["2026-01-03T00:00:00.000Z"]
    );
}

#[test]
fn a_whole_job_is_forgotten_and_others_are_not() {
    let folder = Folder::new();
    record_all(&folder, "h.db", &good_sweeps());
    block_on(async {
        let store = Store::open(&folder.path("h.db")).await.unwrap();
        record(&store, &job("other"), &good_sweeps()).await;
        store.close().await;
    });
    folder.run(&["--db", "h.db", "forget", "--job", JOB, "--yes"]).expect_success();
    assert_eq!(folder.query("h.db", "select job_id, snapshots from jobs"), ["other|3"]);
    assert_eq!(folder.query("h.db", "select job_id, forgotten_snapshots from pruned"), ["dtsi|3"]);
    let left = "select (select count(*) from dropped_job) + (select count(*) from object where job_no = 1)";
    assert_eq!(folder.query("h.db", left), ["0"]);
    assert_intact(&folder.path("h.db"));
    record_all(&folder, "h.db", &good_sweeps());
    assert_eq!(folder.query("h.db", "select job_id, snapshots from jobs order by 1"), ["dtsi|3", "other|3"]);
}

#[test]
fn unknown_jobs_and_snapshots_are_named() {
    let folder = Folder::new();
    record_all(&folder, "h.db", &good_sweeps());
    for (args, words) in [
        (&["--job", "dtsx", "--yes"][..], "dtsx"),
        (&["--snapshot", "17", "--yes"], "no snapshot 17"),
        (&["--after", "2035-01-01", "--yes"], "nothing was removed"),
    ] {
        let refused = folder.run(&[&["--db", "h.db", "forget"], args].concat());
        assert_eq!((refused.status, refused.stdout.as_str()), (1, ""), "{refused:?}");
        assert!(refused.stderr.contains(words), "{refused:?}");
    }
    assert_eq!(folder.query("h.db", "select count(*) from snapshots"), ["3"]);
}
