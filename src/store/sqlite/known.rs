//! The known of a new sweep: the objects that it may have changed, and no others.

use std::collections::BTreeMap;

use sqlx::{FromRow, SqliteConnection};

use super::database::Database;
use super::rows::{KeyColumns, StateColumns};
use crate::history::diff::{BaselineObject, Presence};
use crate::store::error::Error;

/// An object with its newest reading and its place in the last complete snapshot.
#[derive(FromRow)]
struct BaselineRow {
    #[sqlx(flatten)]
    key: KeyColumns,
    page_number: Option<u32>,
    absences: u8,
    /// NULL: the reading is not there.
    listed: Option<bool>,
    #[sqlx(flatten)]
    state: StateColumns,
}

/// The digest of each page of a job's last complete snapshot; one that matches nothing where none was kept.
pub(super) async fn page_digests(
    connection: &mut SqliteConnection,
    job_no: i64,
) -> Result<BTreeMap<u32, Vec<u8>>, sqlx::Error> {
    let rows: Vec<(u32, Option<Vec<u8>>)> =
        sqlx::query_as("select number, digest from page where job_no = ?")
            .bind(job_no)
            .fetch_all(connection)
            .await?;
    Ok(rows.into_iter().map(|(number, digest)| (number, digest.unwrap_or_default())).collect())
}

/// The objects on these pages and those on no page, with their numbers, as the last complete snapshot left them.
pub(super) async fn baseline_on_pages(
    database: &Database,
    connection: &mut SqliteConnection,
    job_no: i64,
    pages: &[u32],
) -> Result<(Vec<i64>, Vec<BaselineObject>), Error> {
    let rows: Vec<BaselineRow> = sqlx::query_as(
        "select object.object_no, phase, object_type, source_db, destination_db, parent_name, object_name, \
             coalesce(absent_since_ms, arrived_at_ms) as last_seen_at_ms, page_number, absences, listed, \
             status, finished_rows, total_rows, used_time, \
             error.body as error_message, definition.body as definition
         from object
         left join page on page.job_no = object.job_no and page.number = object.page_number
         left join reading on reading.object_no = object.object_no
             and reading.snapshot_id = object.changed_snapshot_id
         left join text as error on error.text_no = reading.error_no
         left join text as definition on definition.text_no = reading.definition_no
         where object.job_no = ?1
             and (page_number is null or page_number in (select value from json_each(?2)))
         order by object.object_no",
    )
    .bind(job_no)
    .bind(serde_json::json!(pages).to_string())
    .fetch_all(connection)
    .await
    .map_err(|error| database.query_error(error))?;
    let numbers = rows.iter().map(|row| row.key.object_no()).collect();
    let known: Result<_, _> = rows.into_iter().map(|row| row.into_baseline_object(database)).collect();
    Ok((numbers, known?))
}

impl BaselineRow {
    fn into_baseline_object(self, database: &Database) -> Result<BaselineObject, Error> {
        if self.listed.is_none() {
            let found = format!("an object without its newest change ({})", self.key.object_no());
            return Err(database.unexpected_value_error(found));
        }
        Ok(BaselineObject {
            last_seen_at_ms: self.key.last_seen_at_ms(database)?,
            key: self.key.into_key(database)?,
            state: self.state.into_state(),
            presence: match (self.page_number, self.absences) {
                (Some(number), _) => Presence::OnPage(number),
                (None, 1) => Presence::Missed,
                (None, _) => Presence::Unlisted,
            },
        })
    }
}
