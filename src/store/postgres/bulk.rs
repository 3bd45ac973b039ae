//! Many rows in one statement: each column is an array, and `unnest` makes rows of them.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;

use super::millis::Millis;
use crate::history::diff::{Change, Diff};
use crate::history::page_digest::PageDigest;
use crate::model::{Status, Sweep};

/// Rows of one statement: enough that the round trip costs nothing, few enough that the arrays stay small.
const ROWS_PER_STATEMENT: usize = 5_000;

/// The first 16 bytes of a text's SHA-256: two texts do not meet by chance.
type Digest = [u8; 16];

/// The key of a text in `stored_text`.
pub(super) fn digest(body: &str) -> Digest {
    let mut digest = [0; 16];
    digest.copy_from_slice(&Sha256::digest(body.as_bytes())[..16]);
    digest
}

/// Replaces the pages of a job by those of a sweep.
pub(super) async fn write_pages(
    connection: &mut PgConnection,
    job_no: i64,
    sweep: &Sweep,
    digests: &BTreeMap<u32, PageDigest>,
) -> Result<(), sqlx::Error> {
    let numbers: Vec<i64> = sweep.pages.iter().map(|page| i64::from(page.number)).collect();
    sqlx::query("delete from page where job_no = $1 and number <> all($2)")
        .bind(job_no)
        .bind(&numbers)
        .execute(&mut *connection)
        .await?;
    // The arrival of a page that was met twice is the later one.
    let pages: BTreeMap<u32, i64> =
        sweep.pages.iter().map(|page| (page.number, page.arrived_at_ms)).collect();
    let numbers: Vec<i64> = pages.keys().map(|number| i64::from(*number)).collect();
    let arrivals: Vec<Millis> = pages.values().map(|at_ms| Millis(*at_ms)).collect();
    let digests: Vec<Option<Vec<u8>>> =
        pages.keys().map(|number| digests.get(number).map(|page| page.digest.to_vec())).collect();
    sqlx::query(
        "insert into page (job_no, number, arrived_at, digest)
         select $1, it.* from unnest($2::bigint[], $3::timestamptz[], $4::bytea[]) as it
         on conflict (job_no, number) do update set arrived_at = excluded.arrived_at, digest = excluded.digest",
    )
    .bind(job_no)
    .bind(numbers)
    .bind(arrivals)
    .bind(digests)
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts the new objects; returns the number of the object of each change. `numbers` are those of the baseline.
pub(super) async fn insert_objects(
    connection: &mut PgConnection,
    job_no: i64,
    snapshot_id: i64,
    diff: &Diff,
    numbers: &[i64],
) -> Result<Vec<i64>, sqlx::Error> {
    let newest: i64 = sqlx::query_scalar("select coalesce(max(object_no), 0) from object where job_no = $1")
        .bind(job_no)
        .fetch_one(&mut *connection)
        .await?;
    let mut next = newest;
    let mut object_nos = Vec::with_capacity(diff.changes.len());
    let mut fresh = Vec::new();
    for change in &diff.changes {
        if let Some(index) = change.baseline_index {
            object_nos.push(numbers[index]);
        } else {
            next += 1;
            object_nos.push(next);
            fresh.push((next, change));
        }
    }
    let fresh: Vec<_> = fresh.into_iter().zip(&diff.new_object_pages).collect();
    for rows in fresh.chunks(ROWS_PER_STATEMENT) {
        let column = |value: fn(&Change) -> Option<&str>| -> Vec<Option<&str>> {
            rows.iter().map(|((_, change), _)| value(change)).collect()
        };
        sqlx::query(
            "insert into object (job_no, changed_snapshot_id, object_no, phase, object_type, source_db, destination_db,
                 parent_name, object_name, first_seen_at, page_number)
             select $1, $2, it.* from unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                 $9::text[], $10::timestamptz[], $11::bigint[]) as it",
        )
        .bind(job_no)
        .bind(snapshot_id)
        .bind(rows.iter().map(|((number, _), _)| *number).collect::<Vec<i64>>())
        .bind(column(|it| Some(it.key.phase.as_str())))
        .bind(column(|it| it.key.object_type.as_deref()))
        .bind(column(|it| Some(&it.key.source_db)))
        .bind(column(|it| Some(&it.key.destination_db)))
        .bind(column(|it| it.key.parent_name.as_deref()))
        .bind(column(|it| Some(&it.key.object_name)))
        .bind(rows.iter().map(|((_, change), _)| Millis(change.observed_at_ms)).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, page)| i64::from(**page)).collect::<Vec<i64>>())
        .execute(&mut *connection)
        .await?;
    }
    Ok(object_nos)
}

/// Stores the texts of the changes that are not stored yet.
pub(super) async fn insert_change_texts(
    connection: &mut PgConnection,
    job_no: i64,
    changes: &[Change],
) -> Result<(), sqlx::Error> {
    let texts = changes.iter().flat_map(|it| [&it.after.error_message, &it.after.definition]);
    insert_texts(connection, job_no, texts.filter_map(|text| text.as_deref()).collect()).await
}

/// Stores the texts that are not stored yet.
pub(super) async fn insert_texts(
    connection: &mut PgConnection,
    job_no: i64,
    texts: BTreeSet<&str>,
) -> Result<(), sqlx::Error> {
    let texts: Vec<&str> = texts.into_iter().collect();
    for bodies in texts.chunks(ROWS_PER_STATEMENT) {
        sqlx::query(
            "insert into stored_text (job_no, digest, body)
             select $1, it.* from unnest($2::bytea[], $3::text[]) as it on conflict do nothing",
        )
        .bind(job_no)
        .bind(bodies.iter().map(|body| digest(body).to_vec()).collect::<Vec<_>>())
        .bind(bodies)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Inserts the change rows. `object_nos` are the numbers of their objects.
pub(super) async fn insert_readings(
    connection: &mut PgConnection,
    job_no: i64,
    snapshot_id: i64,
    changes: &[Change],
    object_nos: &[i64],
) -> Result<(), sqlx::Error> {
    for (changes, numbers) in changes.chunks(ROWS_PER_STATEMENT).zip(object_nos.chunks(ROWS_PER_STATEMENT)) {
        let texts =
            |value: fn(&Change) -> Option<&str>| -> Vec<Option<&str>> { changes.iter().map(value).collect() };
        let counts =
            |value: fn(&Change) -> Option<i64>| -> Vec<Option<i64>> { changes.iter().map(value).collect() };
        let digests = |value: fn(&Change) -> Option<&str>| -> Vec<Option<Vec<u8>>> {
            changes.iter().map(|it| value(it).map(|body| digest(body).to_vec())).collect()
        };
        sqlx::query(
            "insert into reading (job_no, snapshot_id, object_no, observed_at, previous_observed_at, status,
                 status_before, finished_rows, finished_rows_before, total_rows, used_time, error_digest,
                 definition_digest, listed)
             select $1, $2, it.* from unnest($3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::text[], $7::text[],
                 $8::bigint[], $9::bigint[], $10::bigint[], $11::text[], $12::bytea[], $13::bytea[], $14::boolean[])
                 as it",
        )
        .bind(job_no)
        .bind(snapshot_id)
        .bind(numbers)
        .bind(changes.iter().map(|it| Millis(it.observed_at_ms)).collect::<Vec<_>>())
        .bind(changes.iter().map(|it| it.previous_observed_at_ms.map(Millis)).collect::<Vec<_>>())
        .bind(texts(|it| it.after.status.as_ref().map(Status::as_str)))
        .bind(texts(|it| it.status_before.as_ref().map(Status::as_str)))
        .bind(counts(|it| it.after.finished_rows))
        .bind(counts(|it| it.finished_rows_before))
        .bind(counts(|it| it.after.total_rows))
        .bind(texts(|it| it.after.used_time.as_deref()))
        .bind(digests(|it| it.after.error_message.as_deref()))
        .bind(digests(|it| it.after.definition.as_deref()))
        .bind(changes.iter().map(|it| it.listed).collect::<Vec<bool>>())
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Places of objects in the last complete snapshot.
#[derive(Default)]
pub(super) struct Places {
    object_nos: Vec<i64>,
    pages: Vec<Option<i64>>,
    absent_since: Vec<Option<Millis>>,
    absences: Vec<i64>,
}

impl Places {
    pub(super) fn push(
        &mut self,
        object_no: i64,
        page: Option<i64>,
        absent_since_ms: Option<i64>,
        absences: i64,
    ) {
        self.object_nos.push(object_no);
        self.pages.push(page);
        self.absent_since.push(absent_since_ms.map(Millis));
        self.absences.push(absences);
    }

    pub(super) async fn write(self, connection: &mut PgConnection, job_no: i64) -> Result<(), sqlx::Error> {
        if self.object_nos.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "update object set page_number = it.page, absent_since = it.absent_since, absences = it.absences
             from unnest($2::bigint[], $3::bigint[], $4::timestamptz[], $5::bigint[])
                 as it (object_no, page, absent_since, absences)
             where object.job_no = $1 and object.object_no = it.object_no",
        )
        .bind(job_no)
        .bind(self.object_nos)
        .bind(self.pages)
        .bind(self.absent_since)
        .bind(self.absences)
        .execute(connection)
        .await?;
        Ok(())
    }
}
