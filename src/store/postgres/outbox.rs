//! What is to be told to whom, until it is.

use super::database::Database;
use super::millis::Millis;
use super::nul::text_without_nul;
use crate::store::error::Error;
use crate::store::rows::{NewFailure, OutboxMessage};

/// An object that went to `Failed`, as a condition on `reading`.
const WENT_TO_FAILED: &str = "status = 'Failed' and status is distinct from status_before";

impl Database {
    /// Puts an event in for these receivers, unless it was put in before. Says whether any is new.
    pub(crate) async fn enqueue_event(
        &self,
        event_key: &str,
        receivers: &[String],
        body: &str,
        now_ms: i64,
    ) -> Result<bool, Error> {
        // SQLite looks into the JSON for this; here it has a column.
        let job_id = serde_json::from_str::<serde_json::Value>(body).ok();
        let job_id = job_id.as_ref().and_then(|event| event["job"]["job_id"].as_str());
        self.retry(|| async {
            let mut transaction = self.begin_write().await?;
            let done = sqlx::query(
                "insert into outbox (event_key, receiver, job_id, body, created_at, next_try_at)
                 select $1, receiver, $2, $3, $4, $4 from unnest($5::text[]) as receiver on conflict do nothing",
            )
            .bind(event_key)
            .bind(job_id)
            .bind(body)
            .bind(Millis(now_ms))
            .bind(receivers)
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await?;
            Ok(done.rows_affected() > 0)
        })
        .await
    }

    /// Whether an event was put in, for anybody.
    pub(crate) async fn has_event(&self, event_key: &str) -> Result<bool, Error> {
        self.retry(|| async {
            let mut transaction = self.begin_read().await?;
            sqlx::query_scalar("select exists (select 1 from outbox where event_key = $1)")
                .bind(event_key)
                .fetch_one(&mut *transaction)
                .await
        })
        .await
    }

    /// The receivers for whom messages are due.
    pub(crate) async fn receivers_due(&self, now_ms: i64) -> Result<Vec<String>, Error> {
        self.retry(|| async {
            let mut transaction = self.begin_read().await?;
            sqlx::query_scalar(
                "select distinct receiver from outbox where next_try_at <= $1 order by receiver",
            )
            .bind(Millis(now_ms))
            .fetch_all(&mut *transaction)
            .await
        })
        .await
    }

    /// The messages that are due for a receiver, oldest first, at most `limit`.
    pub(crate) async fn messages_due(
        &self,
        receiver: &str,
        now_ms: i64,
        limit: u32,
    ) -> Result<Vec<OutboxMessage>, Error> {
        let rows: Vec<(i64, String, String, String, i64, Millis)> = self
            .retry(|| async {
                let mut transaction = self.begin_read().await?;
                sqlx::query_as(
                    "select outbox_no, event_key, receiver, body, tries, created_at from outbox
                     where next_try_at <= $2 and receiver = $1 order by outbox_no limit $3",
                )
                .bind(receiver)
                .bind(Millis(now_ms))
                .bind(i64::from(limit))
                .fetch_all(&mut *transaction)
                .await
            })
            .await?;
        let message =
            |(outbox_no, event_key, receiver, body, tries, created_at): (_, _, _, _, i64, Millis)| {
                let tries = u32::try_from(tries).unwrap_or(u32::MAX);
                OutboxMessage { outbox_no, event_key, receiver, body, tries, created_at_ms: created_at.0 }
            };
        Ok(rows.into_iter().map(message).collect())
    }

    /// Notes how a try ended: delivered, or why not and when it is tried again (`None`: given up).
    pub(crate) async fn record_delivery_attempt(
        &self,
        outbox_no: i64,
        now_ms: i64,
        failure: Option<(&str, Option<i64>)>,
    ) -> Result<(), Error> {
        let (error, next_try_at_ms) = failure.map_or((None, None), |(error, next)| (Some(error), next));
        self.retry(|| async {
            let mut transaction = self.begin_write().await?;
            sqlx::query(
                "update outbox set tries = tries + 1, next_try_at = $2, error = $3,
                     delivered_at = case when $3 is null then $4 end
                 where outbox_no = $1",
            )
            .bind(outbox_no)
            .bind(next_try_at_ms.map(Millis))
            .bind(error.map(text_without_nul))
            .bind(Millis(now_ms))
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await
        })
        .await
    }

    /// The snapshot that last saw the status of an object of the initialization change; 0 if none did. An object that
    /// is finished when it is first seen has not changed.
    pub(crate) async fn newest_transition(&self, job_id: &str) -> Result<i64, Error> {
        self.retry(|| async {
            let mut transaction = self.begin_read().await?;
            sqlx::query_scalar(
                "select coalesce(max(reading.snapshot_id), 0)
                 from job
                 join reading on reading.job_no = job.job_no
                 join object on object.job_no = reading.job_no and object.object_no = reading.object_no
                 where job_id = $1 and phase <> 'sync' and status is distinct from status_before
                     and not (status_before is null and status is not distinct from 'Finished')",
            )
            .bind(job_id)
            .fetch_one(&mut *transaction)
            .await
        })
        .await
    }

    /// The objects that a snapshot saw go to `Failed`, at most `limit`, and how many there are.
    pub(crate) async fn new_failures(
        &self,
        snapshot_id: i64,
        limit: u32,
    ) -> Result<(Vec<NewFailure>, i64), Error> {
        // By its job, with which the keys of the change rows begin.
        let of_snapshot = format!(
            "from snapshot
             join reading on reading.job_no = snapshot.job_no and reading.snapshot_id = snapshot.snapshot_id
             join object on object.job_no = reading.job_no and object.object_no = reading.object_no
             left join stored_text on stored_text.job_no = reading.job_no and digest = error_digest
             where snapshot.snapshot_id = $1 and {WENT_TO_FAILED}"
        );
        let shown = format!(
            "select phase, destination_db, object_name, body as error_message {of_snapshot}
             order by object.object_no limit $2"
        );
        let all = format!("select count(*) {of_snapshot}");
        self.retry(|| async {
            let mut transaction = self.begin_read().await?;
            let shown = sqlx::query_as(sqlx::AssertSqlSafe(shown.as_str()))
                .bind(snapshot_id)
                .bind(i64::from(limit))
                .fetch_all(&mut *transaction)
                .await?;
            let all = sqlx::query_scalar(sqlx::AssertSqlSafe(all.as_str()))
                .bind(snapshot_id)
                .fetch_one(&mut *transaction)
                .await?;
            Ok((shown, all))
        })
        .await
    }
}
