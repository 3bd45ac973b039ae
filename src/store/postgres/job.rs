//! The row of a job: found, added, locked.

use sqlx::PgConnection;

use super::nul::text_without_nul;
use crate::model::Job;

/// Finds the job or adds it, and locks its row until the end of the transaction. The kind, and a region or name that is
/// given, replace older ones.
pub(super) async fn upsert_job(connection: &mut PgConnection, job: &Job) -> Result<i64, sqlx::Error> {
    let name = job.name.as_deref().map(text_without_nul);
    let existing = sqlx::query_scalar(
        "update job set region = coalesce($2, region), name = coalesce($3, name), kind = $4
         where job_id = $1 returning job_no",
    )
    .bind(&job.id)
    .bind(&job.region)
    .bind(&name)
    .bind(job.kind.as_str())
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(job_no) = existing {
        return Ok(job_no);
    }
    sqlx::query_scalar(
        "insert into job (job_id, region, name, kind) values ($1, $2, $3, $4)
         on conflict (job_id) do update set
             region = coalesce(excluded.region, job.region), name = coalesce(excluded.name, job.name),
             kind = excluded.kind
         returning job_no",
    )
    .bind(&job.id)
    .bind(&job.region)
    .bind(&name)
    .bind(job.kind.as_str())
    .fetch_one(connection)
    .await
}

/// Locks the row of a job until the end of the transaction; `None` if it is not recorded.
pub(super) async fn lock_job(
    connection: &mut PgConnection,
    job_id: &str,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar("select job_no from job where job_id = $1 for update")
        .bind(job_id)
        .fetch_optional(connection)
        .await
}

/// The number of a job; `None` if it is not recorded.
pub(super) async fn job_number(
    connection: &mut PgConnection,
    job_id: &str,
) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar("select job_no from job where job_id = $1")
        .bind(job_id)
        .fetch_optional(connection)
        .await
}
