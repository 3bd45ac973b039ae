//! What a new sweep is compared with: the objects that it may have changed, and no others.

use std::collections::BTreeMap;

use sqlx::{FromRow, SqliteConnection};

use super::{Error, Store};
use crate::history::diff::{Known, Place};
use crate::model::{ObjectKey, ObjectState, Phase, Status};

/// An object with its newest reading and when it was last seen.
#[derive(FromRow)]
struct KnownRow {
    object_no: i64,
    phase: String,
    object_type: Option<String>,
    source_db: String,
    destination_db: String,
    parent_name: Option<String>,
    object_name: String,
    last_seen_at_ms: Option<i64>,
    page_number: Option<u32>,
    absences: u8,
    /// None: the reading is not there.
    listed: Option<bool>,
    status: Option<String>,
    finished_rows: Option<i64>,
    total_rows: Option<i64>,
    used_time: Option<String>,
    error_message: Option<String>,
    definition: Option<String>,
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
pub(super) async fn on_pages(
    store: &Store,
    connection: &mut SqliteConnection,
    job_no: i64,
    pages: &[u32],
) -> Result<(Vec<i64>, Vec<Known>), Error> {
    let rows: Vec<KnownRow> = sqlx::query_as(
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
    .map_err(|error| store.failed(error))?;
    let numbers = rows.iter().map(|row| row.object_no).collect();
    let known: Result<_, _> = rows.into_iter().map(|row| row.known(store)).collect();
    Ok((numbers, known?))
}

impl KnownRow {
    fn known(self, store: &Store) -> Result<Known, Error> {
        let (Some(_), Some(last_seen_at_ms)) = (self.listed, self.last_seen_at_ms) else {
            let what = format!("an object without its newest change or its page ({})", self.object_no);
            return Err(store.unexpected(what));
        };
        let phase = Phase::from_word(&self.phase)
            .ok_or_else(|| store.unexpected(format!("an object of the phase {:?}", self.phase)))?;
        Ok(Known {
            key: ObjectKey {
                phase,
                source_db: self.source_db,
                destination_db: self.destination_db,
                object_type: self.object_type,
                parent_name: self.parent_name,
                object_name: self.object_name,
            },
            state: ObjectState {
                status: self.status.as_deref().map(Status::from),
                finished_rows: self.finished_rows,
                total_rows: self.total_rows,
                used_time: self.used_time,
                error_message: self.error_message,
                definition: self.definition,
            },
            last_seen_at_ms,
            place: match (self.page_number, self.absences) {
                (Some(number), _) => Place::Page(number),
                (None, 1) => Place::Missed,
                (None, _) => Place::Gone,
            },
        })
    }
}
