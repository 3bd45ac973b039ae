//! DDL and error texts, each stored once and found by its digest.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest as _, Sha256};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use super::database::ROWS_PER_INSERT;
use crate::history::diff::Change;

/// The first 16 bytes of the SHA-256: two texts do not meet by chance.
type TextDigest = [u8; 16];

/// The numbers of a change's error and definition.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextNumbers {
    pub(super) error: Option<i64>,
    pub(super) definition: Option<i64>,
}

/// Stores the texts of the changes that are not stored yet. Gives the numbers of each change's texts.
pub(super) async fn text_number(
    connection: &mut SqliteConnection,
    changes: &[Change],
) -> Result<Vec<TextNumbers>, sqlx::Error> {
    let mut bodies = BTreeMap::new();
    let mut digests = Vec::with_capacity(changes.len());
    for change in changes {
        let [error, definition] = [&change.after.error_message, &change.after.definition].map(|text| {
            let body = text.as_deref()?;
            let digest = text_digest(body);
            bodies.insert(digest, body);
            Some(digest)
        });
        digests.push((error, definition));
    }
    let numbers = find_stored_text(connection, bodies).await?;
    let number = |digest: Option<TextDigest>| digest.and_then(|digest| numbers.get(&digest).copied());
    let numbered = |(error, definition)| TextNumbers { error: number(error), definition: number(definition) };
    Ok(digests.into_iter().map(numbered).collect())
}

/// The number of a text, in the database now if it was not before.
pub(super) async fn number_one(
    connection: &mut SqliteConnection,
    text: Option<&str>,
) -> Result<Option<i64>, sqlx::Error> {
    let Some(body) = text else { return Ok(None) };
    let digest = text_digest(body);
    let numbers = find_stored_text(connection, BTreeMap::from([(digest, body)])).await?;
    Ok(numbers.get(&digest).copied())
}

/// The number of each of these texts, in the database now if it was not before.
async fn find_stored_text(
    connection: &mut SqliteConnection,
    bodies: BTreeMap<TextDigest, &str>,
) -> Result<HashMap<TextDigest, i64>, sqlx::Error> {
    let mut numbers = HashMap::with_capacity(bodies.len());
    if bodies.is_empty() {
        return Ok(numbers);
    }
    for some in bodies.keys().collect::<Vec<_>>().chunks(ROWS_PER_INSERT) {
        let mut select = QueryBuilder::<Sqlite>::new("select digest, text_no from text where digest in (");
        let mut list = select.separated(", ");
        for digest in some {
            list.push_bind(digest.as_slice());
        }
        select.push(")");
        let rows: Vec<(Vec<u8>, i64)> = select.build_query_as().fetch_all(&mut *connection).await?;
        let found = |(digest, number): (Vec<u8>, i64)| Some((TextDigest::try_from(digest).ok()?, number));
        numbers.extend(rows.into_iter().filter_map(found));
    }
    let newest: i64 =
        sqlx::query_scalar("select coalesce(max(text_no), 0) from text").fetch_one(&mut *connection).await?;
    let fresh = bodies.into_iter().filter(|(digest, _)| !numbers.contains_key(digest));
    let fresh: Vec<_> = (newest + 1..).zip(fresh).collect();
    for rows in fresh.chunks(ROWS_PER_INSERT) {
        let mut insert = QueryBuilder::<Sqlite>::new("insert into text (text_no, digest, body) ");
        insert.push_values(rows, |mut row, (number, (digest, body))| {
            row.push_bind(*number).push_bind(digest.as_slice()).push_bind(*body);
        });
        insert.build().execute(&mut *connection).await?;
    }
    numbers.extend(fresh.into_iter().map(|(number, (digest, _))| (digest, number)));
    Ok(numbers)
}

fn text_digest(body: &str) -> TextDigest {
    let mut digest = [0; 16];
    digest.copy_from_slice(&Sha256::digest(body.as_bytes())[..16]);
    digest
}
