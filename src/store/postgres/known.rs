//! The baseline of a new sweep: the objects that it may have changed, and no others.

use std::collections::BTreeMap;

use sqlx::{FromRow, PgConnection};

use super::database::Database;
use super::rows::{KeyColumns, StateColumns};
use crate::history::diff::{BaselineObject, Presence};
use crate::store::error::Error;

/// An object with its newest reading and its place in the last complete snapshot.
#[derive(FromRow)]
pub(super) struct KnownRow {
    #[sqlx(flatten)]
    key: KeyColumns,
    page_number: Option<i64>,
    absences: i64,
    /// NULL: the reading is not there.
    listed: Option<bool>,
    #[sqlx(flatten)]
    state: StateColumns,
}

/// The digest of each page of a job's last complete snapshot; one that matches nothing where none was kept.
pub(super) async fn page_digests(
    connection: &mut PgConnection,
    job_no: i64,
) -> Result<BTreeMap<u32, Vec<u8>>, sqlx::Error> {
    let rows: Vec<(i64, Option<Vec<u8>>)> =
        sqlx::query_as("select number, digest from page where job_no = $1")
            .bind(job_no)
            .fetch_all(connection)
            .await?;
    Ok(rows.into_iter().map(|(number, digest)| (page_number(number), digest.unwrap_or_default())).collect())
}

/// The objects on these pages and those on no page, as the last complete snapshot left them.
pub(super) async fn on_pages(
    connection: &mut PgConnection,
    job_no: i64,
    pages: &[i64],
) -> Result<Vec<KnownRow>, sqlx::Error> {
    sqlx::query_as(
        "select object.object_no, phase, object_type, source_db, destination_db, parent_name, object_name,
             coalesce(absent_since, arrived_at) as last_seen, page_number, absences, listed,
             status, finished_rows, total_rows, used_time,
             error.body as error_message, definition.body as definition
         from object
         left join page on page.job_no = object.job_no and page.number = object.page_number
         left join reading on reading.job_no = object.job_no and reading.object_no = object.object_no
             and reading.snapshot_id = object.changed_snapshot_id
         left join stored_text as error on error.job_no = object.job_no and error.digest = error_digest
         left join stored_text as definition on definition.job_no = object.job_no
             and definition.digest = definition_digest
         where object.job_no = $1 and (page_number is null or page_number = any($2))
         order by object.object_no",
    )
    .bind(job_no)
    .bind(pages)
    .fetch_all(connection)
    .await
}

impl KnownRow {
    pub(super) fn object_no(&self) -> i64 {
        self.key.object_no
    }

    pub(super) fn into_known(self, database: &Database) -> Result<BaselineObject, Error> {
        if self.listed.is_none() {
            let found = format!("an object without its newest change ({})", self.key.object_no);
            return Err(database.unexpected(found));
        }
        Ok(BaselineObject {
            last_seen_at_ms: self.key.last_seen_at_ms(database)?,
            key: self.key.into_key(database)?,
            state: self.state.into_state(),
            presence: match (self.page_number, self.absences) {
                (Some(number), _) => Presence::OnPage(page_number(number)),
                (None, 1) => Presence::Missed,
                (None, _) => Presence::Unlisted,
            },
        })
    }
}

/// Pages are counted by `u32`; a number beyond it was written by somebody else, and matches no page.
fn page_number(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
