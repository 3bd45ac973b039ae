//! One snapshot, one transaction: what was known before, then the changes, then the commit.

use std::collections::BTreeMap;

use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, Transaction};

use super::database::{Database, ROWS_PER_INSERT};
use super::job::upsert_job;
use super::text_pool::{self, TextNumbers};
use super::{history, job_status, known};
use crate::history::diff::{BaselineObject, Change, Diff, Presence};
use crate::history::page_digest::{PageDigest, UnchangedPages};
use crate::history::page_folding::KnownPages;
use crate::history::quality::coverage::MIN_CLOCK_SETBACK_MS;
use crate::model::{Job, JobStatusOutcome, Source, Status, Sweep};
use crate::store::error::Error;
use crate::store::job_summary::LastSnapshot;

/// The write transaction of one snapshot: no other process can write until it is committed or dropped, and no reader
/// sees any of it before the commit.
#[derive(Debug)]
pub(crate) struct Recording {
    database: Database,
    transaction: Transaction<'static, Sqlite>,
    job_no: i64,
    last: Option<LastSnapshot>,
    digests: BTreeMap<u32, PageDigest>,
    /// The digests of the last complete snapshot.
    stored_digests: BTreeMap<u32, Vec<u8>>,
    still: UnchangedPages,
    clock_was_set_back: bool,
    known: Vec<BaselineObject>,
    /// `object.object_no` of each known object.
    numbers: Vec<i64>,
}

impl Database {
    /// Takes the turn to record a snapshot of this job, and reads what is known of it: nothing of the objects on
    /// pages that, by their digests, say what they said last time. Without digests it reads everything.
    pub(crate) async fn begin_recording(
        &self,
        job: &Job,
        digests: BTreeMap<u32, PageDigest>,
    ) -> Result<Recording, Error> {
        let failed = |error| self.query_error(error);
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let job_no = upsert_job(&mut transaction, job).await.map_err(failed)?;
        let last = history::last_snapshot(&mut transaction, job_no).await.map_err(failed)?;
        let stored_digests = known::page_digests(&mut transaction, job_no).await.map_err(failed)?;
        let still = UnchangedPages::new(&digests, &stored_digests);
        let pages: Vec<u32> =
            stored_digests.keys().copied().filter(|number| !still.contains(*number)).collect();
        let (numbers, known) = known::baseline_on_pages(self, &mut transaction, job_no, &pages).await?;
        let clock_was_set_back = was_clock_set_back(&mut transaction, job_no).await.map_err(failed)?;
        Ok(Recording {
            database: self.clone(),
            transaction,
            job_no,
            last,
            digests,
            stored_digests,
            still,
            clock_was_set_back,
            known,
            numbers,
        })
    }

    /// The pages of the last complete snapshot of a job.
    pub(crate) async fn known_pages(&self, job_id: &str) -> Result<KnownPages, Error> {
        let failed = |error| self.query_error(error);
        // A snapshot and its pages, whoever records meanwhile.
        let mut transaction = self.readers.begin().await.map_err(failed)?;
        let job_no: Option<i64> = sqlx::query_scalar("select job_no from job where job_id = ?")
            .bind(job_id)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed)?;
        let Some(job_no) = job_no else { return Ok(KnownPages::default()) };
        let last = history::last_snapshot(&mut transaction, job_no).await.map_err(failed)?;
        let digests = known::page_digests(&mut transaction, job_no).await.map_err(failed)?;
        Ok(KnownPages { count: last.map(|last| last.pages), digests })
    }

    /// Records that a sweep failed, and changes nothing else.
    pub(crate) async fn record_failure(
        &self,
        job: &Job,
        started_at_ms: i64,
        finished_at_ms: i64,
        pages: u32,
        error: &str,
    ) -> Result<i64, Error> {
        let failed = |error| self.query_error(error);
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
        let existing = sqlx::query_scalar("select job_no from job where job_id = ?")
            .bind(&job.id)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed)?;
        let job_no = match existing {
            Some(job_no) => job_no,
            None => upsert_job(&mut transaction, job).await.map_err(failed)?,
        };
        let snapshot_id: i64 = sqlx::query_scalar(
            "insert into snapshot (snapshot_id, job_no, started_at_ms, finished_at_ms, outcome, source, pages, changes, error)
             values (?, ?, ?, ?, 'failed', ?, ?, 0, ?) returning snapshot_id",
        )
        .bind(next_snapshot_id(&mut transaction).await.map_err(failed)?)
        .bind(job_no)
        .bind(started_at_ms)
        .bind(finished_at_ms)
        .bind(Source::Api.as_str())
        .bind(pages)
        .bind(error)
        .fetch_one(&mut *transaction)
        .await
        .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        Ok(snapshot_id)
    }
}

impl Recording {
    /// The pages that say what they said in the last complete snapshot.
    pub(crate) fn unchanged_pages(&self) -> &UnchangedPages {
        &self.still
    }

    /// The digest of each page of the last complete snapshot; empty where none was kept.
    pub(crate) fn stored_digests(&self) -> &BTreeMap<u32, Vec<u8>> {
        &self.stored_digests
    }

    /// The job's other objects, as its last complete snapshot left them.
    pub(crate) fn baseline(&self) -> &[BaselineObject] {
        &self.known
    }

    /// The job's last complete snapshot.
    pub(crate) fn last_snapshot(&self) -> Option<LastSnapshot> {
        self.last
    }

    /// Whether sweeps since then were refused because the clock showed an earlier time.
    pub(crate) fn clock_was_set_back(&self) -> bool {
        self.clock_was_set_back
    }

    /// Writes the snapshot with its changes, and returns its number. After this it is recorded.
    pub(crate) async fn commit(
        mut self,
        sweep: &Sweep,
        diff: &Diff,
        status: &JobStatusOutcome,
    ) -> Result<i64, Error> {
        let database = self.database.clone();
        let failed = |error| database.query_error(error);
        let snapshot_id = self.write_snapshot(sweep, diff).await.map_err(failed)?;
        self.write_job_status(snapshot_id, status).await.map_err(failed)?;
        self.transaction.commit().await.map_err(failed)?;
        Ok(snapshot_id)
    }

    async fn write_snapshot(&mut self, sweep: &Sweep, diff: &Diff) -> Result<i64, sqlx::Error> {
        let job_no = self.job_no;
        let snapshot_id = insert_snapshot(&mut self.transaction, job_no, sweep, diff).await?;
        write_pages(&mut self.transaction, job_no, sweep, &self.digests).await?;
        let object_nos = self.insert_objects(snapshot_id, diff).await?;
        let texts = text_pool::text_number(&mut self.transaction, &diff.changes).await?;
        let rows: Vec<_> = diff.changes.iter().zip(object_nos).zip(texts).collect();
        insert_readings(&mut self.transaction, snapshot_id, &rows).await?;
        self.update_objects(snapshot_id, diff).await?;
        Ok(snapshot_id)
    }

    async fn write_job_status(
        &mut self,
        snapshot_id: i64,
        status: &JobStatusOutcome,
    ) -> Result<(), sqlx::Error> {
        match status {
            JobStatusOutcome::NotRequested => {}
            JobStatusOutcome::Read(reading) => {
                job_status::write(&mut self.transaction, self.job_no, Some(snapshot_id), reading).await?;
            }
            JobStatusOutcome::Failed(error) => {
                sqlx::query("update snapshot set job_status_error = ? where snapshot_id = ?")
                    .bind(error)
                    .bind(snapshot_id)
                    .execute(&mut *self.transaction)
                    .await?;
            }
        }
        Ok(())
    }

    /// Inserts the new objects; returns the number of the object of each change.
    async fn insert_objects(&mut self, snapshot_id: i64, diff: &Diff) -> Result<Vec<i64>, sqlx::Error> {
        let newest: i64 = sqlx::query_scalar("select coalesce(max(object_no), 0) from object")
            .fetch_one(&mut *self.transaction)
            .await?;
        let mut next = newest;
        let mut object_nos = Vec::with_capacity(diff.changes.len());
        let mut fresh = Vec::new();
        for change in &diff.changes {
            if let Some(index) = change.baseline_index {
                object_nos.push(self.numbers[index]);
            } else {
                next += 1;
                object_nos.push(next);
                fresh.push((next, change));
            }
        }
        let fresh: Vec<_> = fresh.into_iter().zip(&diff.new_object_pages).collect();
        for rows in fresh.chunks(ROWS_PER_INSERT) {
            let mut insert = QueryBuilder::<Sqlite>::new(
                "insert into object (object_no, job_no, phase, object_type, source_db, destination_db, \
                 parent_name, object_name, first_seen_at_ms, changed_snapshot_id, page_number) ",
            );
            insert.push_values(rows, |mut row, ((object_no, change), page)| {
                row.push_bind(*object_no)
                    .push_bind(self.job_no)
                    .push_bind(change.key.phase.as_str())
                    .push_bind(change.key.object_type.as_deref())
                    .push_bind(change.key.source_db.as_str())
                    .push_bind(change.key.destination_db.as_str())
                    .push_bind(change.key.parent_name.as_deref())
                    .push_bind(change.key.object_name.as_str())
                    .push_bind(change.observed_at_ms)
                    .push_bind(snapshot_id)
                    .push_bind(**page);
            });
            insert.build().execute(&mut *self.transaction).await?;
        }
        Ok(object_nos)
    }

    /// Notes where known objects stand now, and which snapshot changed them.
    async fn update_objects(&mut self, snapshot_id: i64, diff: &Diff) -> Result<(), sqlx::Error> {
        let changed: Vec<i64> =
            diff.changes.iter().filter_map(|it| it.baseline_index).map(|index| self.numbers[index]).collect();
        if !changed.is_empty() {
            sqlx::query(
                "update object set changed_snapshot_id = ? where object_no in (select value from json_each(?))",
            )
            .bind(snapshot_id)
            .bind(serde_json::json!(changed).to_string())
            .execute(&mut *self.transaction)
            .await?;
        }
        if !diff.presence_changes.is_empty() {
            let moves: Vec<_> = diff
                .presence_changes
                .iter()
                .map(|(index, place)| self.presence_row(*index, *place))
                .collect();
            sqlx::query(
                "update object set page_number = it.value ->> 1, absent_since_ms = it.value ->> 2, \
                 absences = it.value ->> 3 from json_each(?) as it where object_no = it.value ->> 0",
            )
            .bind(serde_json::json!(moves).to_string())
            .execute(&mut *self.transaction)
            .await?;
        }
        Ok(())
    }

    /// `object_no`, `page_number`, `absent_since_ms`, `absences`.
    fn presence_row(&self, index: usize, place: Presence) -> (i64, Option<u32>, Option<i64>, u8) {
        let (object_no, last_seen_at_ms) = (self.numbers[index], self.known[index].last_seen_at_ms);
        match place {
            Presence::OnPage(number) => (object_no, Some(number), None, 0),
            Presence::Missed => (object_no, None, Some(last_seen_at_ms), 1),
            Presence::Unlisted => (object_no, None, Some(last_seen_at_ms), 2),
        }
    }
}

/// Whether a sweep that was recorded after the last complete snapshot had ended before it.
async fn was_clock_set_back(connection: &mut SqliteConnection, job_no: i64) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "select exists (
             select 1 from snapshot as failed, (
                 select snapshot_id, finished_at_ms from snapshot
                 where job_no = ?1 and outcome = 'complete' order by snapshot_id desc limit 1) as last
             where failed.job_no = ?1 and failed.outcome = 'failed' and failed.snapshot_id > last.snapshot_id
                 and failed.finished_at_ms < last.finished_at_ms - ?2)",
    )
    .bind(job_no)
    .bind(MIN_CLOCK_SETBACK_MS)
    .fetch_one(connection)
    .await
}

/// The number of the next snapshot: never that of one that was taken back, because events and caches know snapshots by
/// their numbers.
async fn next_snapshot_id(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "select max(coalesce((select max(snapshot_id) from snapshot), 0),
             coalesce((select max(last_snapshot_id) from forgotten), 0)) + 1",
    )
    .fetch_one(connection)
    .await
}

async fn insert_snapshot(
    connection: &mut SqliteConnection,
    job_no: i64,
    sweep: &Sweep,
    diff: &Diff,
) -> Result<i64, sqlx::Error> {
    sqlx::query(
        "insert into snapshot (snapshot_id, job_no, started_at_ms, finished_at_ms, outcome, source, pages, objects,
             changes, torn)
         values (?, ?, ?, ?, 'complete', ?, ?, ?, ?, ?) returning snapshot_id",
    )
    .bind(next_snapshot_id(&mut *connection).await?)
    .bind(job_no)
    .bind(sweep.started_at_ms)
    .bind(sweep.finished_at_ms)
    .bind(sweep.source.as_str())
    .bind(sweep.page_count)
    .bind(i64::try_from(diff.object_count).unwrap_or(i64::MAX))
    .bind(i64::try_from(diff.changes.len()).unwrap_or(i64::MAX))
    .bind(sweep.torn)
    .fetch_one(connection)
    .await?
    .try_get(0)
}

async fn write_pages(
    connection: &mut SqliteConnection,
    job_no: i64,
    sweep: &Sweep,
    digests: &BTreeMap<u32, PageDigest>,
) -> Result<(), sqlx::Error> {
    let numbers: Vec<_> = sweep.pages.iter().map(|page| page.number).collect();
    sqlx::query("delete from page where job_no = ? and number not in (select value from json_each(?))")
        .bind(job_no)
        .bind(serde_json::json!(numbers).to_string())
        .execute(&mut *connection)
        .await?;
    for pages in sweep.pages.chunks(ROWS_PER_INSERT) {
        let mut insert = QueryBuilder::<Sqlite>::new(
            "insert or replace into page (job_no, number, arrived_at_ms, digest) ",
        );
        insert.push_values(pages, |mut row, page| {
            row.push_bind(job_no)
                .push_bind(page.number)
                .push_bind(page.arrived_at_ms)
                .push_bind(digests.get(&page.number).map(|page| page.digest.to_vec()));
        });
        insert.build().execute(&mut *connection).await?;
    }
    Ok(())
}

async fn insert_readings(
    connection: &mut SqliteConnection,
    snapshot_id: i64,
    rows: &[((&Change, i64), TextNumbers)],
) -> Result<(), sqlx::Error> {
    for rows in rows.chunks(ROWS_PER_INSERT) {
        let mut insert = QueryBuilder::<Sqlite>::new(
            "insert into reading (object_no, snapshot_id, observed_at_ms, previous_observed_at_ms, status, \
             status_before, finished_rows, finished_rows_before, total_rows, used_time, error_no, \
             definition_no, listed) ",
        );
        insert.push_values(rows, |mut row, ((change, object_no), texts)| {
            let after = &change.after;
            row.push_bind(*object_no)
                .push_bind(snapshot_id)
                .push_bind(change.observed_at_ms)
                .push_bind(change.previous_observed_at_ms)
                .push_bind(after.status.as_ref().map(Status::as_str))
                .push_bind(change.status_before.as_ref().map(Status::as_str))
                .push_bind(after.finished_rows)
                .push_bind(change.finished_rows_before)
                .push_bind(after.total_rows)
                .push_bind(after.used_time.as_deref())
                .push_bind(texts.error)
                .push_bind(texts.definition)
                .push_bind(change.listed);
        });
        insert.build().execute(&mut *connection).await?;
    }
    Ok(())
}
