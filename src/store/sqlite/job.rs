//! The row of a job.

use sqlx::SqliteConnection;

use crate::model::Job;

/// Finds the job or adds it. The kind, and a region or name that is given, replace older ones.
pub(super) async fn upsert_job(connection: &mut SqliteConnection, job: &Job) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        // A number that a dropped job's last rows still bear is not given again.
        "insert into job (job_no, job_id, region, name, kind)
         select coalesce(max(job_no), 0) + 1, ?, ?, ?, ?
         from (select job_no from job union all select job_no from dropped_job)
         where true
         on conflict (job_id) do update set
             region = coalesce(excluded.region, region), name = coalesce(excluded.name, name),
             kind = excluded.kind
         returning job_no",
    )
    .bind(&job.id)
    .bind(&job.region)
    .bind(&job.name)
    .bind(job.kind.as_str())
    .fetch_one(connection)
    .await
}
