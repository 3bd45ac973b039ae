//! The short way and the long way write the same database.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{ConnectOptions as _, Row as _};

use crate::history::diff::{diff, diff_changed_pages};
use crate::history::page_folding::{FoldedSweep, PageFolder, page_digests};
use crate::history::properties::much_alike;
use crate::model::{Job, JobStatusOutcome, Sweep};
use crate::store::Store;

const WORLDS: usize = 64;

/// Every base table of the history, but for the digests.
const TABLES: [&str; 6] = [
    "select json_array(job_no, job_id, region, name) from job",
    "select json_array(snapshot_id, job_no, started_at_ms, finished_at_ms, outcome, source, pages, objects, changes,
         error, torn) from snapshot",
    "select json_array(job_no, number, arrived_at_ms) from page",
    "select json_array(text_no, hex(digest), body) from text",
    "select json_array(object_no, job_no, phase, object_type, source_db, destination_db, parent_name, object_name,
         first_seen_at_ms, changed_snapshot_id, page_number, absent_since_ms, absences) from object",
    "select json_array(object_no, snapshot_id, observed_at_ms, previous_observed_at_ms, status, status_before,
         finished_rows, finished_rows_before, total_rows, used_time, error_no, definition_no, listed) from reading",
];

async fn rows(path: &Path, sql: &'static str) -> Vec<String> {
    let mut connection = SqliteConnectOptions::new().filename(path).read_only(true).connect().await.unwrap();
    let rows: Vec<SqliteRow> = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

fn job(number: usize) -> Job {
    Job { id: format!("dtsi{number}"), region: None, name: None, kind: crate::model::JobKind::default() }
}

/// Records a sweep, and says how many of its pages needed no comparison.
async fn record_shortly(store: &Store, job: &Job, sweep: &Sweep) -> usize {
    let recording = store.begin_recording(job, page_digests(sweep)).await.unwrap();
    let changes = diff_changed_pages(recording.unchanged_pages(), recording.baseline(), sweep);
    let still = sweep.pages.iter().filter(|page| recording.unchanged_pages().contains(page.number)).count();
    recording.commit(sweep, &changes, &JobStatusOutcome::NotRequested).await.unwrap();
    still
}

/// Records a sweep whose pages gave up their rows as they arrived, and says how many did, and how many took them back.
async fn record_folded(store: &Store, job: &Job, sweep: &Sweep) -> (usize, usize) {
    let known = store.known_pages(&job.id).await.unwrap();
    let mut folder = PageFolder::new(&known);
    let mut pages = Vec::new();
    for page in &sweep.pages {
        let summary = folder.summarize(&page.readings);
        pages.push(folder.fold(page.clone(), &summary));
    }
    let mut swept = folder.finish(Sweep { pages, ..sweep.clone() });
    let empty =
        |swept: &FoldedSweep| swept.sweep.pages.iter().filter(|page| page.readings.is_empty()).count();
    let folded = empty(&swept);
    let recording = store.begin_recording(job, swept.digests()).await.unwrap();
    assert!(swept.unfold(recording.unchanged_pages(), recording.stored_digests(), recording.baseline()));
    let unfolded = folded - empty(&swept);
    let changes =
        diff_changed_pages(&swept.unchanged(recording.unchanged_pages()), recording.baseline(), &swept.sweep);
    recording.commit(&swept.sweep, &changes, &JobStatusOutcome::NotRequested).await.unwrap();
    (folded, unfolded)
}

async fn record_at_length(store: &Store, job: &Job, sweep: &Sweep) {
    let recording = store.begin_recording(job, BTreeMap::default()).await.unwrap();
    let changes = diff(recording.baseline(), sweep);
    recording.commit(sweep, &changes, &JobStatusOutcome::NotRequested).await.unwrap();
}

#[tokio::test]
async fn pages_that_say_the_same_again_leave_the_same_database() {
    let folder = tempfile::tempdir().unwrap();
    let [short, long, folded] = ["short.db", "long.db", "folded.db"].map(|name| folder.path().join(name));
    let mut runner = TestRunner::deterministic();
    let mut still = 0;
    let mut pages = 0;
    let mut dropped = (0, 0);
    let folded_store = Store::open(&folded).await.unwrap();
    let long_store = Store::open(&long).await.unwrap();
    let mut short_store = Store::open(&short).await.unwrap();
    for number in 0..WORLDS {
        for sweep in &much_alike().new_tree(&mut runner).unwrap().current() {
            still += record_shortly(&short_store, &job(number), sweep).await;
            pages += sweep.pages.len();
            record_at_length(&long_store, &job(number), sweep).await;
            let (folded, unfolded) = record_folded(&folded_store, &job(number), sweep).await;
            dropped = (dropped.0 + folded, dropped.1 + unfolded);
        }
        if number % 8 == 0 {
            // Nothing is remembered but in the file.
            short_store.close().await;
            short_store = Store::open(&short).await.unwrap();
        }
    }
    short_store.close().await;
    long_store.close().await;
    folded_store.close().await;
    // Both ways were gone.
    assert!(pages / 10 < still && still < pages * 9 / 10, "{still} of {pages}");
    assert!(pages / 10 < dropped.0 && 5 < dropped.1, "{dropped:?} of {pages}");
    for table in TABLES {
        let rows_at_length = rows(&long, table).await;
        assert!(!rows_at_length.is_empty());
        assert_eq!(rows(&short, table).await, rows_at_length);
        assert_eq!(rows(&folded, table).await, rows_at_length);
    }
}
