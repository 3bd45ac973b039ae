//! The schema: recognised as ours, created, upgraded, with the views of this version.
//!
//! Tables change by migrations, which are only ever added to. Views hold no data: they stand in one file, which is
//! applied again whenever its content differs from the one that the database was given.

use std::path::Path;

use sha2::{Digest as _, Sha256};
use sqlx::migrate::{Migrate as _, MigrateError, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, SqlitePool};

use super::file;
use crate::store::error::Error;

/// `PRAGMA application_id` of a history: "DTSH".
pub(super) const APPLICATION_ID: i64 = 0x4454_5348;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
const MIGRATIONS_TABLE: &str = "_sqlx_migrations";
const VIEWS_SQL: &str = include_str!("../../../migrations/sqlite/views.sql");

/// The schema versions before the first release, in order.
const UNRELEASED_VERSIONS: [i64; 6] = [1, 2, 10, 20, 21, 22];

/// The tables and indexes that these versions added. With them an older schema is that of the first migration, but for
/// `view_digest`.
const ADDED: [(i64, &str); 3] = [
    (
        10,
        "create table outbox (
             outbox_no integer primary key,
             event_key text not null,
             receiver text not null,
             body text not null,
             created_at_ms integer not null,
             tries integer not null default 0,
             next_try_at_ms integer,
             delivered_at_ms integer,
             error text,
             unique (event_key, receiver)
         ) strict;
         create index outbox_waiting on outbox (next_try_at_ms) where next_try_at_ms is not null;",
    ),
    (
        20,
        "alter table page add column digest blob;
         create index object_on_page on object (job_no, page_number);",
    ),
    (
        21,
        "create table pruning (
             job_no integer primary key references job,
             thinned_rows integer not null default 0,
             thinned_to_ms integer,
             bucket_ms integer,
             failed_sweeps integer not null default 0
         ) strict;
         create table dropped_job (job_no integer primary key) strict;",
    ),
];
const VIEW_DIGEST_TABLE: &str = "create table view_digest (digest blob not null) strict";

/// The first migration that databases of a release have.
const FIRST_RELEASED_VERSION: i64 = 100;

/// Refuses, without writing, a database of another application. An empty one may become a history.
pub(super) async fn check_owner(path: &Path, options: &SqliteConnectOptions) -> Result<(), Error> {
    let failed = |error| file::database_error(path, error);
    let mut connection = options.clone().read_only(true).connect().await.map_err(failed)?;
    // In one statement, so that another process cannot create the schema between two.
    let (application_id, tables): (i64, i64) = sqlx::query_as(
        "select (select application_id from pragma_application_id), (select count(*) from sqlite_schema)",
    )
    .fetch_one(&mut connection)
    .await
    .map_err(failed)?;
    connection.close().await.map_err(failed)?;
    if application_id == APPLICATION_ID || (application_id == 0 && tables == 0) {
        return Ok(());
    }
    Err(Error::Foreign { database: path.display().to_string() })
}

/// Brings the schema up to date in one transaction. A database that is up to date is only read.
pub(super) async fn upgrade(path: &Path, readers: &SqlitePool, writer: &SqlitePool) -> Result<(), Error> {
    let failed = |error| file::database_error(path, error);
    let database = || path.display().to_string();
    let mut reader = readers.acquire().await.map_err(failed)?;
    // Without a schema yet, both queries fail.
    let applied = applied_versions(&mut reader).await.unwrap_or_default();
    check_known(&applied).map_err(|refusal| refusal.into_error(database()))?;
    if applied == known_versions()
        && stored_views_digest(&mut reader).await.is_ok_and(|digest| digest == views_digest())
    {
        return Ok(());
    }
    // It has read the schema before the upgrade, and statements prepared with that would have too few columns.
    reader.close().await.map_err(failed)?;
    let mut connection = writer.acquire().await.map_err(failed)?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    match upgrade_in(&mut transaction).await {
        Ok(Ok(())) => transaction.commit().await.map_err(failed),
        Ok(Err(refusal)) => Err(refusal.into_error(database())),
        Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) => Err(failed(error)),
        Err(error) => {
            Err(Error::Unexpected { database: database(), found: format!("an unusable schema ({error})") })
        }
    }
}

/// Why a schema is left as it is.
enum Refusal {
    Newer,
    Unknown(Vec<i64>),
}

impl Refusal {
    fn into_error(self, database: String) -> Error {
        match self {
            Self::Newer => Error::Newer { database },
            Self::Unknown(versions) => Error::UnknownSchema { database, versions },
        }
    }
}

async fn upgrade_in(connection: &mut SqliteConnection) -> Result<Result<(), Refusal>, MigrateError> {
    // Another process may have been faster.
    connection.ensure_migrations_table(MIGRATIONS_TABLE).await?;
    let mut applied = applied_versions(connection).await?;
    if let Err(refusal) = check_known(&applied) {
        return Ok(Err(refusal));
    }
    let mark = format!("pragma application_id = {APPLICATION_ID}");
    sqlx::query(sqlx::AssertSqlSafe(mark)).execute(&mut *connection).await?;
    if applied.first().is_some_and(|version| *version < FIRST_RELEASED_VERSION) {
        adopt_unreleased_schema(connection, &applied).await?;
        applied = vec![FIRST_RELEASED_VERSION];
    }
    for migration in MIGRATIONS.iter().filter(|it| !applied.contains(&it.version)) {
        connection.apply(MIGRATIONS_TABLE, migration).await?;
    }
    if stored_views_digest(connection).await? != views_digest() {
        apply_views(connection).await?;
    }
    Ok(Ok(()))
}

/// Completes a schema from before the first release, and lists it as the first released one.
async fn adopt_unreleased_schema(
    connection: &mut SqliteConnection,
    applied: &[i64],
) -> Result<(), MigrateError> {
    for (_, statements) in ADDED.iter().filter(|(version, _)| !applied.contains(version)) {
        sqlx::raw_sql(*statements).execute(&mut *connection).await?;
    }
    sqlx::query(VIEW_DIGEST_TABLE).execute(&mut *connection).await?;
    sqlx::query("delete from _sqlx_migrations").execute(&mut *connection).await?;
    for migration in MIGRATIONS.iter().filter(|it| it.version == FIRST_RELEASED_VERSION) {
        connection.skip(MIGRATIONS_TABLE, migration).await?;
    }
    Ok(())
}

async fn apply_views(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(VIEWS_SQL).execute(&mut *connection).await?;
    sqlx::query("delete from view_digest").execute(&mut *connection).await?;
    sqlx::query("insert into view_digest (digest) values (?)")
        .bind(views_digest())
        .execute(&mut *connection)
        .await?;
    Ok(())
}

fn views_digest() -> Vec<u8> {
    Sha256::digest(VIEWS_SQL.as_bytes()).to_vec()
}

/// Empty if no views were ever applied.
async fn stored_views_digest(connection: &mut SqliteConnection) -> Result<Vec<u8>, sqlx::Error> {
    let digest = sqlx::query_scalar("select digest from view_digest").fetch_optional(connection).await?;
    Ok(digest.unwrap_or_default())
}

async fn applied_versions(connection: &mut SqliteConnection) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar("select version from _sqlx_migrations where success order by version")
        .fetch_all(connection)
        .await
}

fn known_versions() -> Vec<i64> {
    MIGRATIONS.iter().map(|migration| migration.version).collect()
}

/// Whether this version can read a schema, or upgrade it.
fn check_known(applied: &[i64]) -> Result<(), Refusal> {
    let ours = known_versions();
    if ours.starts_with(applied) || UNRELEASED_VERSIONS.starts_with(applied) {
        return Ok(());
    }
    if applied.iter().any(|version| *version > FIRST_RELEASED_VERSION && !ours.contains(version)) {
        return Err(Refusal::Newer);
    }
    Err(Refusal::Unknown(applied.to_vec()))
}
