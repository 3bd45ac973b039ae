//! One snapshot, one transaction: what was known before, then the changes, then the commit.

use std::collections::BTreeMap;

use sqlx::{PgConnection, Postgres, Transaction};
use uuid::Uuid;

use super::connection_error::{Effect, effect};
use super::database::Database;
use super::job::{job_number, lock_job, upsert_job};
use super::millis::Millis;
use super::nul::text_without_nul;
use super::retry::repeated;
use super::{bulk, history, job_status, known};
use crate::history::diff::{BaselineObject, Diff, Presence};
use crate::history::page_digest::{PageDigest, UnchangedPages};
use crate::history::page_folding::KnownPages;
use crate::history::quality::coverage::MIN_CLOCK_SETBACK_MS;
use crate::model::{Job, JobStatusOutcome, Source, Sweep};
use crate::store::error::Error;
use crate::store::job_summary::LastSnapshot;

/// The turn to write one snapshot of a job: its row is locked until this is committed or dropped, and nobody sees any of
/// it before the commit.
#[derive(Debug)]
pub(crate) struct Recording {
    database: Database,
    transaction: Transaction<'static, Postgres>,
    job: Job,
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

/// What a transaction has read before it is known what to write.
struct Baseline {
    job_no: i64,
    last: Option<LastSnapshot>,
    stored_digests: BTreeMap<u32, Vec<u8>>,
    still: UnchangedPages,
    clock_was_set_back: bool,
    rows: Vec<known::KnownRow>,
}

impl Database {
    /// Takes the turn to record a snapshot of this job, and reads what is known of it: nothing of the objects on
    /// pages that, by their digests, say what they said last time. Without digests it reads everything.
    pub(crate) async fn begin_recording(
        &self,
        job: &Job,
        digests: BTreeMap<u32, PageDigest>,
    ) -> Result<Recording, Error> {
        let (transaction, baseline) = self
            .retry(|| async {
                let mut transaction = self.begin_write().await?;
                let baseline = read_baseline(&mut transaction, job, &digests).await?;
                Ok((transaction, baseline))
            })
            .await?;
        let Baseline { job_no, last, stored_digests, still, clock_was_set_back, rows } = baseline;
        let numbers = rows.iter().map(known::KnownRow::object_no).collect();
        let known: Result<_, _> = rows.into_iter().map(|row| row.into_known(self)).collect();
        Ok(Recording {
            database: self.clone(),
            transaction,
            job: job.clone(),
            job_no,
            last,
            digests,
            stored_digests,
            still,
            clock_was_set_back,
            known: known?,
            numbers,
        })
    }

    /// The pages of the last complete snapshot of a job.
    pub(crate) async fn known_pages(&self, job_id: &str) -> Result<KnownPages, Error> {
        self.retry(|| async {
            // A snapshot and its pages, whoever records meanwhile.
            let mut transaction = self.begin_read().await?;
            let Some(job_no) = job_number(&mut transaction, job_id).await? else {
                return Ok(KnownPages::default());
            };
            let last = history::last_snapshot(&mut transaction, job_no).await?;
            let digests = known::page_digests(&mut transaction, job_no).await?;
            Ok(KnownPages { count: last.map(|last| last.pages), digests })
        })
        .await
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
        let sweep_id = Uuid::new_v4();
        self.retry(|| async {
            let mut transaction = self.begin_write().await?;
            let job_no = match lock_job(&mut transaction, &job.id).await? {
                Some(job_no) => job_no,
                None => upsert_job(&mut transaction, job).await?,
            };
            // The try before may have committed and lost its connection afterwards.
            if let Some(snapshot_id) = recorded_sweep(&mut transaction, job_no, sweep_id).await? {
                return Ok(snapshot_id);
            }
            let snapshot_id: i64 = sqlx::query_scalar(
                "insert into snapshot (job_no, snapshot_id, sweep_id, started_at, finished_at, outcome, source, pages,
                     changes, error)
                 values ($1, nextval('snapshot_number'), $2, $3, $4, 'failed', $5, $6, 0, $7) returning snapshot_id",
            )
            .bind(job_no)
            .bind(sweep_id.as_bytes())
            .bind(Millis(started_at_ms))
            .bind(Millis(finished_at_ms))
            .bind(Source::Api.as_str())
            .bind(i64::from(pages))
            .bind(text_without_nul(error))
            .fetch_one(&mut *transaction)
            .await?;
            count_revision(&mut transaction, job_no).await?;
            transaction.commit().await?;
            Ok(snapshot_id)
        })
        .await
    }

    /// Whether a recording whose connection was lost was committed nevertheless: its snapshot, if it was. The job's row
    /// is locked for the answer, so the server has ended that transaction by then.
    async fn find_sweep(&self, job: &Job, sweep_id: Uuid) -> Result<Option<i64>, sqlx::Error> {
        repeated(|| async {
            let mut transaction = self.begin_write().await?;
            // A job that the lost transaction was about to add is waited for likewise. Nothing of this is committed.
            let job_no = upsert_job(&mut transaction, job).await?;
            let found = recorded_sweep(&mut transaction, job_no, sweep_id).await?;
            transaction.rollback().await?;
            Ok(found)
        })
        .await
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
        let sweep_id = Uuid::new_v4();
        let snapshot_id =
            self.write(sweep_id, sweep, diff, status).await.map_err(|error| self.database.failed(error))?;
        let Self { database, transaction, job, .. } = self;
        match transaction.commit().await {
            Ok(()) => Ok(snapshot_id),
            Err(error) if effect(&error) == Effect::ConnectionLost => {
                tracing::warn!(
                    job_id = %job.id, snapshot_id, %error, "the connection was lost at commit; looking for the snapshot"
                );
                match database.find_sweep(&job, sweep_id).await {
                    Ok(Some(snapshot_id)) => Ok(snapshot_id),
                    Ok(None) => Err(database.failed(error)),
                    Err(later) => Err(Error::UnknownCommit {
                        database: database.name(),
                        reason: super::connection_error::reason(&later),
                    }),
                }
            }
            Err(error) => Err(database.failed(error)),
        }
    }

    async fn write(
        &mut self,
        sweep_id: Uuid,
        sweep: &Sweep,
        diff: &Diff,
        status: &JobStatusOutcome,
    ) -> Result<i64, sqlx::Error> {
        let connection = &mut *self.transaction;
        let snapshot_id = insert_snapshot(connection, self.job_no, sweep_id, sweep, diff).await?;
        bulk::write_pages(connection, self.job_no, sweep, &self.digests).await?;
        let object_nos =
            bulk::insert_objects(connection, self.job_no, snapshot_id, diff, &self.numbers).await?;
        bulk::insert_change_texts(connection, self.job_no, &diff.changes).await?;
        bulk::insert_readings(connection, self.job_no, snapshot_id, &diff.changes, &object_nos).await?;
        self.update_objects(snapshot_id, diff).await?;
        count_revision(&mut self.transaction, self.job_no).await?;
        self.write_job_status(snapshot_id, status).await?;
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
                sqlx::query(
                    "update snapshot set job_status_error = $3 where job_no = $1 and snapshot_id = $2",
                )
                .bind(self.job_no)
                .bind(snapshot_id)
                .bind(text_without_nul(error))
                .execute(&mut *self.transaction)
                .await?;
            }
        }
        Ok(())
    }

    /// Notes where known objects stand now, and which snapshot changed them.
    async fn update_objects(&mut self, snapshot_id: i64, diff: &Diff) -> Result<(), sqlx::Error> {
        let changed: Vec<i64> =
            diff.changes.iter().filter_map(|it| it.baseline_index).map(|index| self.numbers[index]).collect();
        if !changed.is_empty() {
            sqlx::query(
                "update object set changed_snapshot_id = $2 where job_no = $1 and object_no = any($3)",
            )
            .bind(self.job_no)
            .bind(snapshot_id)
            .bind(changed)
            .execute(&mut *self.transaction)
            .await?;
        }
        let mut places = bulk::Places::default();
        for (index, presence) in &diff.presence_changes {
            let last_seen_at_ms = self.known[*index].last_seen_at_ms;
            let (page, absent_since_ms, absences) = match presence {
                Presence::OnPage(number) => (Some(i64::from(*number)), None, 0),
                Presence::Missed => (None, Some(last_seen_at_ms), 1),
                Presence::Unlisted => (None, Some(last_seen_at_ms), 2),
            };
            places.push(self.numbers[*index], page, absent_since_ms, absences);
        }
        places.write(&mut self.transaction, self.job_no).await
    }
}

async fn read_baseline(
    connection: &mut PgConnection,
    job: &Job,
    digests: &BTreeMap<u32, PageDigest>,
) -> Result<Baseline, sqlx::Error> {
    let job_no = upsert_job(connection, job).await?;
    let last = history::last_snapshot(connection, job_no).await?;
    let stored_digests = known::page_digests(connection, job_no).await?;
    let still = UnchangedPages::new(digests, &stored_digests);
    let pages: Vec<i64> =
        stored_digests.keys().filter(|number| !still.contains(**number)).map(|it| i64::from(*it)).collect();
    let rows = known::on_pages(connection, job_no, &pages).await?;
    let clock_was_set_back = is_set_back(connection, job_no).await?;
    Ok(Baseline { job_no, last, stored_digests, still, clock_was_set_back, rows })
}

async fn recorded_sweep(
    connection: &mut PgConnection,
    job_no: i64,
    sweep_id: Uuid,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar("select snapshot_id from snapshot where job_no = $1 and sweep_id = $2")
        .bind(job_no)
        .bind(sweep_id.as_bytes())
        .fetch_optional(connection)
        .await
}

async fn count_revision(connection: &mut PgConnection, job_no: i64) -> Result<(), sqlx::Error> {
    sqlx::query("update job set revision = revision + 1 where job_no = $1")
        .bind(job_no)
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether a sweep that was recorded after the last complete snapshot had ended before it.
async fn is_set_back(connection: &mut PgConnection, job_no: i64) -> Result<bool, sqlx::Error> {
    let last: Option<(i64, Millis)> = sqlx::query_as(
        "select snapshot_id, finished_at from snapshot
         where job_no = $1 and outcome = 'complete' order by snapshot_id desc limit 1",
    )
    .bind(job_no)
    .fetch_optional(&mut *connection)
    .await?;
    let Some((last, finished_at)) = last else { return Ok(false) };
    sqlx::query_scalar(
        "select exists (select 1 from snapshot
             where job_no = $1 and outcome = 'failed' and snapshot_id > $2 and finished_at < $3)",
    )
    .bind(job_no)
    .bind(last)
    .bind(Millis(finished_at.0 - MIN_CLOCK_SETBACK_MS))
    .fetch_one(connection)
    .await
}

async fn insert_snapshot(
    connection: &mut PgConnection,
    job_no: i64,
    sweep_id: Uuid,
    sweep: &Sweep,
    diff: &Diff,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "insert into snapshot (job_no, snapshot_id, sweep_id, started_at, finished_at, outcome, source, pages, objects,
             changes, torn)
         values ($1, nextval('snapshot_number'), $2, $3, $4, 'complete', $5, $6, $7, $8, $9) returning snapshot_id",
    )
    .bind(job_no)
    .bind(sweep_id.as_bytes())
    .bind(Millis(sweep.started_at_ms))
    .bind(Millis(sweep.finished_at_ms))
    .bind(sweep.source.as_str())
    .bind(i64::from(sweep.page_count))
    .bind(i64::try_from(diff.object_count).unwrap_or(i64::MAX))
    .bind(i64::try_from(diff.changes.len()).unwrap_or(i64::MAX))
    .bind(sweep.torn)
    .fetch_one(connection)
    .await
}
