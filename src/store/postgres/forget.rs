//! Takes snapshots back: afterwards the database is as if they had never been recorded, but for their numbers and the
//! record of it.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, FromRow, PgConnection};

use super::bulk::Places;
use super::connection_error::{Effect, effect, reason};
use super::millis::{Millis, ms};
use super::prune::{Pruner, drop_job_rows};
use super::{job, job_status};
use crate::history::rollback::{KeptRow, KeptSnapshot, PresenceInSnapshot, RemovedRow, presence_in_snapshot};
use crate::store::error::Error;
use crate::store::rows::{ForgetPreview, ForgetScope};

/// The snapshots that go, as a condition on `snapshot`: `$1` is the job's number, `$2` the scope's snapshot and `$3` its
/// moment, of which only one is used.
fn condition(scope: ForgetScope) -> (&'static str, i64, Millis) {
    match scope {
        ForgetScope::FromSnapshot(id) => (
            "snapshot.job_no = $1 and snapshot.snapshot_id >= $2 and $3::timestamptz is not null",
            id,
            Millis(0),
        ),
        ForgetScope::After(at_ms) => (
            "snapshot.job_no = $1 and $2::bigint is not null and snapshot.finished_at > $3",
            0,
            Millis(at_ms),
        ),
        ForgetScope::WholeJob => {
            ("snapshot.job_no = $1 and $2::bigint is not null and $3::timestamptz is not null", 0, Millis(0))
        }
    }
}

/// What is known of an object that stays or goes.
#[derive(FromRow)]
struct ObjectFacts {
    object_no: i64,
    /// NULL: every row of the object goes.
    kept_snapshot_id: Option<i64>,
    listed: Option<bool>,
    observed_at: Option<Millis>,
    previous_observed_at: Option<Millis>,
    has_removed_row: bool,
    removed_previous_at: Option<Millis>,
    absent_since: Option<Millis>,
}

#[derive(FromRow)]
struct PreviewRow {
    snapshots: i64,
    complete_snapshots: i64,
    first_at: Option<Millis>,
    last_at: Option<Millis>,
    change_rows: i64,
    remaining_snapshots: i64,
    new_last_at: Option<Millis>,
}

/// `$1` is the job's number, `$2` the first complete snapshot that goes.
const FACTS: &str =
    "select object.object_no, kept.snapshot_id as kept_snapshot_id, kept.listed, kept.observed_at,
         kept.previous_observed_at, removed.snapshot_id is not null as has_removed_row,
         removed.previous_observed_at as removed_previous_at, absent_since
     from object
     left join lateral (
         select * from reading where reading.job_no = $1 and reading.object_no = object.object_no and snapshot_id < $2
         order by snapshot_id desc limit 1) as kept on true
     left join lateral (
         select * from reading where reading.job_no = $1 and reading.object_no = object.object_no and snapshot_id >= $2
         order by snapshot_id limit 1) as removed on true
     where object.job_no = $1";

impl Pruner {
    /// What [`Self::forget`] would remove; `None` if the job is not recorded.
    pub(crate) async fn forget_preview(
        &mut self,
        job_id: &str,
        scope: ForgetScope,
    ) -> Result<Option<ForgetPreview>, Error> {
        let database = &self.database;
        database
            .retry(|| async {
                let mut transaction = database.begin_write().await?;
                match job::job_number(&mut transaction, job_id).await? {
                    Some(job_no) => preview(&mut transaction, job_no, scope).await.map(Some),
                    None => Ok(None),
                }
            })
            .await
    }

    /// Removes the snapshots of this scope from the end of a job's history, in one transaction. Rows of a whole job are
    /// only marked: [`Self::delete_rows_of_dropped_jobs`] removes them. Returns what was removed; `None` if the job is
    /// not recorded.
    pub(crate) async fn forget(
        &mut self,
        job_id: &str,
        scope: ForgetScope,
        now_ms: i64,
    ) -> Result<Option<ForgetPreview>, Error> {
        let database = &self.database;
        let prepared = database
            .retry(|| async {
                let mut transaction = database.begin_write().await?;
                let Some(job_no) = job::lock_job(&mut transaction, job_id).await? else {
                    return Ok(None);
                };
                let done = preview(&mut transaction, job_no, scope).await?;
                if done.snapshots > 0 {
                    remove(&mut transaction, (job_no, job_id), scope, done, now_ms).await?;
                }
                Ok(Some((transaction, done)))
            })
            .await?;
        let Some((transaction, done)) = prepared else { return Ok(None) };
        match transaction.commit().await {
            Ok(()) => Ok(Some(done)),
            // Repeating it would find other snapshots, or none.
            Err(error) if effect(&error) == Effect::ConnectionLost => {
                Err(Error::UnknownCommit { database: database.name(), reason: reason(&error) })
            }
            Err(error) => Err(database.failed(error)),
        }
    }
}

async fn remove(
    connection: &mut PgConnection,
    (job_no, job_id): (i64, &str),
    scope: ForgetScope,
    done: ForgetPreview,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into forgotten (job_id, forgotten_at, snapshots, change_rows) values ($1, $2, $3, $4)",
    )
    .bind(job_id)
    .bind(Millis(now_ms))
    .bind(done.snapshots)
    .bind(done.change_rows)
    .execute(&mut *connection)
    .await?;
    if done.remaining_snapshots == 0 {
        return drop_job_rows(connection, job_no).await;
    }
    sqlx::query("update job set revision = revision + 1 where job_no = $1")
        .bind(job_no)
        .execute(&mut *connection)
        .await?;
    remove_snapshots(connection, job_no, scope).await
}

async fn preview(
    connection: &mut PgConnection,
    job_no: i64,
    scope: ForgetScope,
) -> Result<ForgetPreview, sqlx::Error> {
    let (condition, snapshot_id, at) = condition(scope);
    let sql = format!(
        "select count(*) as snapshots, count(*) - count(error) as complete_snapshots,
             min(finished_at) as first_at, max(finished_at) as last_at,
             coalesce(sum(changes), 0)::bigint as change_rows,
             (select count(*) from snapshot as every where every.job_no = $1) - count(*) as remaining_snapshots,
             (select max(finished_at) from snapshot as every where every.job_no = $1 and outcome = 'complete'
                  and not exists (select 1 from snapshot where {condition}
                      and snapshot.snapshot_id = every.snapshot_id)) as new_last_at
         from snapshot where {condition}"
    );
    let row: PreviewRow = sqlx::query_as(AssertSqlSafe(sql))
        .bind(job_no)
        .bind(snapshot_id)
        .bind(at)
        .fetch_one(connection)
        .await?;
    Ok(ForgetPreview {
        snapshots: row.snapshots,
        complete_snapshots: row.complete_snapshots,
        first_at_ms: ms(row.first_at),
        last_at_ms: ms(row.last_at),
        change_rows: row.change_rows,
        remaining_snapshots: row.remaining_snapshots,
        new_last_at_ms: ms(row.new_last_at),
    })
}

async fn remove_snapshots(
    connection: &mut PgConnection,
    job_no: i64,
    scope: ForgetScope,
) -> Result<(), sqlx::Error> {
    let (condition, snapshot_id, at) = condition(scope);
    let first = format!("select min(snapshot_id) from snapshot where {condition} and outcome = 'complete'");
    let first: Option<i64> = sqlx::query_scalar(AssertSqlSafe(first))
        .bind(job_no)
        .bind(snapshot_id)
        .bind(at)
        .fetch_one(&mut *connection)
        .await?;
    let from = format!("select min(started_at) from snapshot where {condition}");
    let from: Option<Millis> = sqlx::query_scalar(AssertSqlSafe(from))
        .bind(job_no)
        .bind(snapshot_id)
        .bind(at)
        .fetch_one(&mut *connection)
        .await?;
    if let Some(from) = from {
        job_status::take_back(&mut *connection, job_no, from).await?;
    }
    // Failed snapshots have no rows elsewhere.
    if let Some(first) = first {
        restore_objects(&mut *connection, job_no, first).await?;
    }
    sqlx::query(AssertSqlSafe(format!("delete from snapshot where {condition}")))
        .bind(job_no)
        .bind(snapshot_id)
        .bind(at)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "delete from stored_text where job_no = $1
             and digest not in (
                 select error_digest from reading where job_no = $1 and error_digest is not null
                 union select definition_digest from reading where job_no = $1 and definition_digest is not null
                 union select details_digest from reading where job_no = $1 and details_digest is not null
                 union select error_digest from job_status where job_no = $1 and error_digest is not null)",
    )
    .bind(job_no)
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes the change rows from this snapshot on, and puts each object back to where it stood before.
async fn restore_objects(connection: &mut PgConnection, job_no: i64, first: i64) -> Result<(), sqlx::Error> {
    let last: Option<(i64, Millis, Millis, bool)> = sqlx::query_as(
        "select snapshot_id, started_at, finished_at, pages = 1 or source = 'import' from snapshot
         where job_no = $1 and outcome = 'complete' and snapshot_id < $2 order by snapshot_id desc limit 1",
    )
    .bind(job_no)
    .bind(first)
    .fetch_optional(&mut *connection)
    .await?;
    let facts: Vec<ObjectFacts> =
        sqlx::query_as(FACTS).bind(job_no).bind(first).fetch_all(&mut *connection).await?;
    sqlx::query("delete from reading where job_no = $1 and snapshot_id >= $2")
        .bind(job_no)
        .bind(first)
        .execute(&mut *connection)
        .await?;
    sqlx::query("delete from page where job_no = $1").bind(job_no).execute(&mut *connection).await?;
    sqlx::query(
        "delete from object where job_no = $1 and not exists (
             select 1 from reading where reading.job_no = $1 and reading.object_no = object.object_no)",
    )
    .bind(job_no)
    .execute(&mut *connection)
    .await?;
    if let Some((id, started_at, finished_at, has_one_arrival)) = last {
        let (started_at_ms, finished_at_ms) = (started_at.0, finished_at.0);
        let last = KeptSnapshot { id, started_at_ms, finished_at_ms, has_one_arrival };
        write_places(connection, job_no, last, &facts).await?;
    }
    Ok(())
}

/// Writes the pages of the last kept snapshot, one for each moment at which some of its objects arrived, and the place
/// of each object. The pages have no digests, so the next sweep is compared with every object.
async fn write_places(
    connection: &mut PgConnection,
    job_no: i64,
    last: KeptSnapshot,
    facts: &[ObjectFacts],
) -> Result<(), sqlx::Error> {
    let places: Vec<(i64, i64, PresenceInSnapshot)> =
        facts.iter().filter_map(|it| it.place(last).map(|(row, place)| (it.object_no, row, place))).collect();
    let mut pages: BTreeMap<i64, i64> = BTreeMap::new();
    for (_, _, place) in &places {
        if let PresenceInSnapshot::Seen(at_ms) = place {
            pages.insert(*at_ms, 0);
        }
    }
    for (number, page) in (1..).zip(pages.values_mut()) {
        *page = number;
    }
    sqlx::query(
        "insert into page (job_no, number, arrived_at) select $1, it.* from unnest($2::bigint[], $3::timestamptz[]) as it",
    )
    .bind(job_no)
    .bind(pages.values().copied().collect::<Vec<i64>>())
    .bind(pages.keys().map(|at_ms| Millis(*at_ms)).collect::<Vec<_>>())
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "update object set changed_snapshot_id = it.snapshot_id
         from unnest($2::bigint[], $3::bigint[]) as it (object_no, snapshot_id)
         where object.job_no = $1 and object.object_no = it.object_no",
    )
    .bind(job_no)
    .bind(places.iter().map(|(object_no, ..)| *object_no).collect::<Vec<i64>>())
    .bind(places.iter().map(|(_, snapshot_id, _)| *snapshot_id).collect::<Vec<i64>>())
    .execute(&mut *connection)
    .await?;
    let mut rows = Places::default();
    for (object_no, _, place) in places {
        match place {
            PresenceInSnapshot::Seen(at_ms) => rows.push(object_no, pages.get(&at_ms).copied(), None, 0),
            PresenceInSnapshot::Missed(at_ms) => rows.push(object_no, None, Some(at_ms), 1),
            PresenceInSnapshot::Gone(at_ms) => rows.push(object_no, None, Some(at_ms), 2),
        }
    }
    rows.write(connection, job_no).await
}

impl ObjectFacts {
    /// The snapshot of its newest row that stays, and its place; `None` if no row stays.
    fn place(&self, last: KeptSnapshot) -> Option<(i64, PresenceInSnapshot)> {
        let kept = KeptRow {
            snapshot_id: self.kept_snapshot_id?,
            listed: self.listed?,
            observed_at_ms: ms(self.observed_at)?,
            previous_observed_at_ms: ms(self.previous_observed_at),
        };
        let removed = self
            .has_removed_row
            .then_some(RemovedRow { previous_observed_at_ms: ms(self.removed_previous_at) });
        Some((kept.snapshot_id, presence_in_snapshot(last, kept, removed, ms(self.absent_since))))
    }
}
