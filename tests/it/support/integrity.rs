//! Invariants that hold for every database.

use std::path::Path;

use super::query;

/// Fails if a snapshot is incomplete, or a row refers to a missing one.
#[track_caller]
pub(crate) fn assert_intact(database: &Path) {
    assert_eq!(query(database, "pragma integrity_check"), ["ok"]);
    for (what, broken) in [
        ("references to nothing", "select count(*) from pragma_foreign_key_check"),
        (
            "snapshots without all of their changes",
            "select count(*) from snapshots as of where of.outcome = 'complete' and of.changes <>
                 (select count(*) from reading where reading.snapshot_id = of.snapshot_id)
                 and of.job_id not in (select job_id from pruned where thinned_rows > 0)",
        ),
        (
            "changes of snapshots that failed",
            "select count(*) from reading join snapshot using (snapshot_id) where outcome <> 'complete'",
        ),
        (
            "objects without their newest change",
            "select count(*) from object left join reading on reading.object_no = object.object_no
                 and reading.snapshot_id = changed_snapshot_id where reading.object_no is null",
        ),
        (
            "snapshots out of the order of their times",
            "select count(*) from (select started_at, lag(finished_at) over (
                 partition by job_id order by snapshot_id) as before from snapshots where outcome = 'complete')
             where started_at < before",
        ),
        ("rates that cannot be", "select count(*) from table_throughput where rows <= 0 or seconds <= 0"),
    ] {
        assert_eq!(query(database, broken), ["0"], "{what} in {}", database.display());
    }
}
