//! Takes snapshots back: afterwards the database is as if they had never been recorded, but for their numbers and the
//! record of it.

use std::collections::BTreeMap;

use sqlx::{Connection as _, FromRow, SqliteConnection};

use super::job_status;
use super::prune::{Pruner, UNUSED_TEXTS};
use crate::history::rollback::{KeptRow, KeptSnapshot, PresenceInSnapshot, RemovedRow, presence_in_snapshot};
use crate::store::error::Error;
use crate::store::rows::{ForgetPreview, ForgetScope};

/// The snapshots that go, as a condition on `snapshot`: `?1` is the job's number, `?2` the scope's value.
fn scope_condition(scope: ForgetScope) -> (&'static str, i64) {
    match scope {
        ForgetScope::FromSnapshot(id) => ("snapshot.job_no = ?1 and snapshot.snapshot_id >= ?2", id),
        ForgetScope::After(at_ms) => ("snapshot.job_no = ?1 and snapshot.finished_at_ms > ?2", at_ms),
        ForgetScope::WholeJob => ("snapshot.job_no = ?1 and snapshot.snapshot_id > ?2", 0),
    }
}

/// The rows of an object that decide its state after `forget`.
#[derive(FromRow)]
struct ObjectFacts {
    object_no: i64,
    /// NULL: every row of the object goes.
    kept_snapshot_id: Option<i64>,
    listed: Option<bool>,
    observed_at_ms: Option<i64>,
    previous_observed_at_ms: Option<i64>,
    has_removed_row: bool,
    removed_previous_at_ms: Option<i64>,
    absent_since_ms: Option<i64>,
}

/// `object_no`, `changed_snapshot_id`, `page_number`, `absent_since_ms`, `absences`.
type PresenceRow = (i64, i64, Option<i64>, Option<i64>, u8);

/// `?1` is the job's number, `?2` the first complete snapshot that goes.
const OBJECT_FACTS_SQL: &str =
    "select object.object_no, kept.snapshot_id as kept_snapshot_id, kept.listed, kept.observed_at_ms,
         kept.previous_observed_at_ms, removed.snapshot_id is not null as has_removed_row,
         removed.previous_observed_at_ms as removed_previous_at_ms, absent_since_ms
     from object
     left join reading as kept on kept.object_no = object.object_no and kept.snapshot_id = (
         select max(snapshot_id) from reading where object_no = object.object_no and snapshot_id < ?2)
     left join reading as removed on removed.object_no = object.object_no and removed.snapshot_id = (
         select min(snapshot_id) from reading where object_no = object.object_no and snapshot_id >= ?2)
     where object.job_no = ?1";

impl Pruner {
    /// What [`Self::forget`] would remove; `None` if the job is not recorded.
    pub(crate) async fn forget_preview(
        &mut self,
        job_id: &str,
        scope: ForgetScope,
    ) -> Result<Option<ForgetPreview>, Error> {
        let work = async {
            let Some(job_no) = job_number(&mut self.connection, job_id).await? else { return Ok(None) };
            count_rows_to_forget(&mut self.connection, job_no, scope).await.map(Some)
        };
        work.await.map_err(|error| self.database.query_error(error))
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
        let work = async {
            let mut transaction = self.connection.begin_with("BEGIN IMMEDIATE").await?;
            let Some(job_no) = job_number(&mut transaction, job_id).await? else { return Ok(None) };
            let done = count_rows_to_forget(&mut transaction, job_no, scope).await?;
            if done.snapshots == 0 {
                return Ok(Some(done));
            }
            sqlx::query(
                "insert into forgotten (job_id, forgotten_at_ms, snapshots, change_rows, last_snapshot_id)
                 select ?2, ?3, ?4, ?5, max(snapshot_id) from snapshot where job_no = ?1",
            )
            .bind(job_no)
            .bind(job_id)
            .bind(now_ms)
            .bind(done.snapshots)
            .bind(done.change_rows)
            .execute(&mut *transaction)
            .await?;
            if done.remaining_snapshots == 0 {
                super::prune::drop_job_rows(&mut transaction, job_no).await?;
            } else {
                remove_snapshots(&mut transaction, job_no, scope).await?;
            }
            transaction.commit().await?;
            Ok(Some(done))
        };
        work.await.map_err(|error| self.database.query_error(error))
    }
}

async fn job_number(connection: &mut SqliteConnection, job_id: &str) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar("select job_no from job where job_id = ?")
        .bind(job_id)
        .fetch_optional(connection)
        .await
}

async fn count_rows_to_forget(
    connection: &mut SqliteConnection,
    job_no: i64,
    scope: ForgetScope,
) -> Result<ForgetPreview, sqlx::Error> {
    let (condition, value) = scope_condition(scope);
    let sql = format!(
        "select count(*) as snapshots, count(*) - count(error) as complete_snapshots,
             min(finished_at_ms) as first_at_ms, max(finished_at_ms) as last_at_ms,
             coalesce(sum(changes), 0) as change_rows,
             (select count(*) from snapshot as every where every.job_no = ?1) - count(*) as remaining_snapshots,
             (select max(finished_at_ms) from snapshot as every where every.job_no = ?1 and outcome = 'complete'
                  and not exists (select 1 from snapshot where {condition}
                      and snapshot.snapshot_id = every.snapshot_id)) as new_last_at_ms
         from snapshot where {condition}"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(job_no).bind(value).fetch_one(connection).await
}

async fn remove_snapshots(
    connection: &mut SqliteConnection,
    job_no: i64,
    scope: ForgetScope,
) -> Result<(), sqlx::Error> {
    let (condition, value) = scope_condition(scope);
    let first = format!("select min(snapshot_id) from snapshot where {condition} and outcome = 'complete'");
    let first: Option<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(first))
        .bind(job_no)
        .bind(value)
        .fetch_one(&mut *connection)
        .await?;
    // Failed snapshots have no rows elsewhere.
    if let Some(first) = first {
        restore_objects(&mut *connection, job_no, first).await?;
    }
    let from = format!("select min(started_at_ms) from snapshot where {condition}");
    let from_ms: Option<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(from))
        .bind(job_no)
        .bind(value)
        .fetch_one(&mut *connection)
        .await?;
    if let Some(from_ms) = from_ms {
        job_status::take_back(&mut *connection, job_no, from_ms).await?;
    }
    let statement = format!("delete from snapshot where {condition}");
    sqlx::query(sqlx::AssertSqlSafe(statement)).bind(job_no).bind(value).execute(&mut *connection).await?;
    let texts = format!("delete from text where {UNUSED_TEXTS}");
    sqlx::query(sqlx::AssertSqlSafe(texts)).execute(connection).await?;
    Ok(())
}

/// Removes the change rows from this snapshot on, and puts each object back to where it stood before.
async fn restore_objects(
    connection: &mut SqliteConnection,
    job_no: i64,
    first: i64,
) -> Result<(), sqlx::Error> {
    let last: Option<(i64, i64, i64, bool)> = sqlx::query_as(
        "select snapshot_id, started_at_ms, finished_at_ms, pages = 1 or source = 'import' from snapshot
         where job_no = ? and outcome = 'complete' and snapshot_id < ? order by snapshot_id desc limit 1",
    )
    .bind(job_no)
    .bind(first)
    .fetch_optional(&mut *connection)
    .await?;
    let facts: Vec<ObjectFacts> =
        sqlx::query_as(OBJECT_FACTS_SQL).bind(job_no).bind(first).fetch_all(&mut *connection).await?;
    sqlx::query(
        "delete from reading where snapshot_id >= ?2
             and object_no in (select object_no from object where job_no = ?1)",
    )
    .bind(job_no)
    .bind(first)
    .execute(&mut *connection)
    .await?;
    sqlx::query("delete from page where job_no = ?").bind(job_no).execute(&mut *connection).await?;
    sqlx::query(
        "delete from object where job_no = ?
             and not exists (select 1 from reading where reading.object_no = object.object_no)",
    )
    .bind(job_no)
    .execute(&mut *connection)
    .await?;
    if let Some((id, started_at_ms, finished_at_ms, has_one_arrival)) = last {
        let last = KeptSnapshot { id, started_at_ms, finished_at_ms, has_one_arrival };
        write_presences(connection, job_no, last, &facts).await?;
    }
    Ok(())
}

/// Writes the pages of the last kept snapshot, one for each moment at which some of its objects arrived, and the place
/// of each object. The pages have no digests, so the next sweep is compared with every object.
async fn write_presences(
    connection: &mut SqliteConnection,
    job_no: i64,
    last: KeptSnapshot,
    facts: &[ObjectFacts],
) -> Result<(), sqlx::Error> {
    let places: Vec<(i64, i64, PresenceInSnapshot)> = facts
        .iter()
        .filter_map(|it| it.presence(last).map(|(row, place)| (it.object_no, row, place)))
        .collect();
    let mut pages: BTreeMap<i64, i64> = BTreeMap::new();
    for (_, _, place) in &places {
        if let PresenceInSnapshot::Seen(at_ms) = place {
            pages.insert(*at_ms, 0);
        }
    }
    for (number, page) in (1..).zip(pages.values_mut()) {
        *page = number;
    }
    for (arrived_at_ms, number) in &pages {
        sqlx::query("insert into page (job_no, number, arrived_at_ms) values (?, ?, ?)")
            .bind(job_no)
            .bind(number)
            .bind(arrived_at_ms)
            .execute(&mut *connection)
            .await?;
    }
    let rows: Vec<PresenceRow> = places
        .into_iter()
        .map(|(object_no, row, place)| match place {
            PresenceInSnapshot::Seen(at_ms) => (object_no, row, pages.get(&at_ms).copied(), None, 0),
            PresenceInSnapshot::Missed(at_ms) => (object_no, row, None, Some(at_ms), 1),
            PresenceInSnapshot::Gone(at_ms) => (object_no, row, None, Some(at_ms), 2),
        })
        .collect();
    sqlx::query(
        "update object set changed_snapshot_id = it.value ->> 1, page_number = it.value ->> 2,
             absent_since_ms = it.value ->> 3, absences = it.value ->> 4
         from json_each(?) as it where object_no = it.value ->> 0",
    )
    .bind(serde_json::json!(rows).to_string())
    .execute(connection)
    .await?;
    Ok(())
}

impl ObjectFacts {
    /// The snapshot of its newest row that stays, and its place; `None` if no row stays.
    fn presence(&self, last: KeptSnapshot) -> Option<(i64, PresenceInSnapshot)> {
        let kept = KeptRow {
            snapshot_id: self.kept_snapshot_id?,
            listed: self.listed?,
            observed_at_ms: self.observed_at_ms?,
            previous_observed_at_ms: self.previous_observed_at_ms,
        };
        let removed = self
            .has_removed_row
            .then_some(RemovedRow { previous_observed_at_ms: self.removed_previous_at_ms });
        Some((kept.snapshot_id, presence_in_snapshot(last, kept, removed, self.absent_since_ms)))
    }
}
