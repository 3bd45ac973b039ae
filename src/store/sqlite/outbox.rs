//! The transactional outbox of webhook messages.

use super::database::Database;
use crate::store::error::Error;
use crate::store::rows::{NewFailure, OutboxMessage};

impl Database {
    /// Puts an event in for these receivers, unless it was put in before. Says whether any is new.
    pub(crate) async fn enqueue_event(
        &self,
        event_key: &str,
        receivers: &[String],
        body: &str,
        now_ms: i64,
    ) -> Result<bool, Error> {
        let done = sqlx::query(
            "insert or ignore into outbox (event_key, receiver, body, created_at_ms, next_try_at_ms)
             select ?1, value, ?2, ?3, ?3 from json_each(?4)",
        )
        .bind(event_key)
        .bind(body)
        .bind(now_ms)
        .bind(serde_json::json!(receivers).to_string())
        .execute(&self.writer)
        .await
        .map_err(|error| self.query_error(error))?;
        Ok(done.rows_affected() > 0)
    }

    /// Whether an event was put in, for anybody.
    pub(crate) async fn has_event(&self, event_key: &str) -> Result<bool, Error> {
        sqlx::query_scalar("select exists (select 1 from outbox where event_key = ?)")
            .bind(event_key)
            .fetch_one(&self.readers)
            .await
            .map_err(|error| self.query_error(error))
    }

    /// The receivers for whom messages are due.
    pub(crate) async fn receivers_due(&self, now_ms: i64) -> Result<Vec<String>, Error> {
        sqlx::query_scalar("select distinct receiver from outbox where next_try_at_ms <= ? order by receiver")
            .bind(now_ms)
            .fetch_all(&self.readers)
            .await
            .map_err(|error| self.query_error(error))
    }

    /// The messages that are due for a receiver, oldest first, at most `limit`.
    pub(crate) async fn messages_due(
        &self,
        receiver: &str,
        now_ms: i64,
        limit: u32,
    ) -> Result<Vec<OutboxMessage>, Error> {
        sqlx::query_as(
            "select outbox_no, event_key, receiver, body, tries, created_at_ms from outbox
             where next_try_at_ms <= ?2 and receiver = ?1 order by outbox_no limit ?3",
        )
        .bind(receiver)
        .bind(now_ms)
        .bind(limit)
        .fetch_all(&self.readers)
        .await
        .map_err(|error| self.query_error(error))
    }

    /// Notes how a try ended: delivered, or why not and when it is tried again (`None`: given up).
    pub(crate) async fn record_delivery_attempt(
        &self,
        outbox_no: i64,
        now_ms: i64,
        failure: Option<(&str, Option<i64>)>,
    ) -> Result<(), Error> {
        let (error, next_try_at_ms) = failure.map_or((None, None), |(error, next)| (Some(error), next));
        sqlx::query(
            "update outbox set tries = tries + 1, next_try_at_ms = ?2, error = ?3,
                 delivered_at_ms = case when ?3 is null then ?4 end
             where outbox_no = ?1",
        )
        .bind(outbox_no)
        .bind(next_try_at_ms)
        .bind(error)
        .bind(now_ms)
        .execute(&self.writer)
        .await
        .map_err(|error| self.query_error(error))?;
        Ok(())
    }

    /// The snapshot that last saw the status of an object of the initialization change; 0 if none did. An object that
    /// is finished when it is first seen has not changed.
    pub(crate) async fn newest_transition(&self, job_id: &str) -> Result<i64, Error> {
        sqlx::query_scalar(
            "select coalesce(max(snapshot_id), 0)
             from job join object using (job_no) join reading using (object_no)
             where job_id = ? and phase <> 'sync' and status is not status_before
                 and not (status_before is null and status = 'Finished')",
        )
        .bind(job_id)
        .fetch_one(&self.readers)
        .await
        .map_err(|error| self.query_error(error))
    }

    /// The objects that a snapshot saw go to `Failed`, at most `limit`, and how many there are.
    pub(crate) async fn new_failures(
        &self,
        snapshot_id: i64,
        limit: u32,
    ) -> Result<(Vec<NewFailure>, i64), Error> {
        let failed = |error| self.query_error(error);
        let shown = sqlx::query_as(
            "select phase, destination_db, object_name,
                 (select body from text where text_no = error_no) as error_message
             from reading join object using (object_no)
             where snapshot_id = ? and status = 'Failed' and status_before is not 'Failed'
             order by object_no limit ?",
        )
        .bind(snapshot_id)
        .bind(limit)
        .fetch_all(&self.readers)
        .await
        .map_err(failed)?;
        let all = sqlx::query_scalar(
            "select count(*) from reading
             where snapshot_id = ? and status = 'Failed' and status_before is not 'Failed'",
        )
        .bind(snapshot_id)
        .fetch_one(&self.readers)
        .await
        .map_err(failed)?;
        Ok((shown, all))
    }
}
