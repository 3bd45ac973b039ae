//! The schema: created, upgraded, with the views of this version. See the engine of SQLite for the same.

use sha2::{Digest as _, Sha256};
use sqlx::migrate::{Migrate as _, MigrateError, Migrator};
use sqlx::{AssertSqlSafe, PgConnection};

use super::connection_error::sqlstate;
use super::database::Database;
use crate::store::error::Error;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");
/// Not sqlx's usual name, which another application in the same schema may have taken.
const MIGRATIONS_TABLE: &str = "dts_history_migration";
const VIEWS: &str = include_str!("../../../migrations/postgres/views.sql");

/// What to do with a database that holds no history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IfAbsent {
    Create,
    Fail,
}

/// How a schema stands to this version.
enum State {
    Absent,
    Current,
    Outdated,
    Newer,
    Unknown(Vec<i64>),
}

/// Whether the history is there.
pub(super) async fn exists(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "select exists (select 1 from pg_catalog.pg_class
             where relnamespace = to_regnamespace(quote_ident(current_schema())) and relname = $1)",
    )
    .bind(MIGRATIONS_TABLE)
    .fetch_one(connection)
    .await
}

/// Brings the schema up to date in one transaction. A database that is up to date is only read.
pub(super) async fn upgrade(database: &Database, if_absent: IfAbsent) -> Result<(), Error> {
    let name = || database.name();
    let state = database
        .retry(|| async {
            let mut transaction = database.begin_read().await?;
            state(&mut transaction).await
        })
        .await?;
    match state {
        State::Current => return Ok(()),
        State::Absent if if_absent == IfAbsent::Fail => return Err(Error::Missing { database: name() }),
        State::Newer => return Err(Error::Newer { database: name() }),
        State::Unknown(versions) => return Err(Error::UnknownSchema { database: name(), versions }),
        State::Absent | State::Outdated => {}
    }
    // Only what is missing: to be allowed to create a schema is a right of its own.
    if let (Some(schema), State::Absent) = (database.location.quoted_schema(), &state) {
        create_schema(database, &schema).await?;
    }
    let mut attempts_left = 5;
    loop {
        match upgrade_in_transaction(database).await {
            Ok(()) => return Ok(()),
            // Another process created the same table at the same moment.
            Err(error) if attempts_left > 0 && is_race(&error) => attempts_left -= 1,
            Err(error) => return Err(migration_error(database, error)),
        }
    }
}

async fn create_schema(database: &Database, schema: &str) -> Result<(), Error> {
    database
        .retry(|| async {
            let mut transaction = database.begin_write().await?;
            let existing: bool = sqlx::query_scalar("select to_regnamespace($1) is not null")
                .bind(schema)
                .fetch_one(&mut *transaction)
                .await?;
            if !existing {
                let statement = format!("create schema if not exists {schema}");
                sqlx::query(AssertSqlSafe(statement)).execute(&mut *transaction).await?;
            }
            transaction.commit().await
        })
        .await
}

async fn upgrade_in_transaction(database: &Database) -> Result<(), MigrateError> {
    let mut transaction = database.begin_write().await?;
    transaction.ensure_migrations_table(MIGRATIONS_TABLE).await?;
    // One process after the other.
    let lock = format!("lock table {MIGRATIONS_TABLE} in exclusive mode");
    sqlx::query(AssertSqlSafe(lock)).execute(&mut *transaction).await?;
    let applied = versions(&mut transaction).await?;
    for migration in MIGRATIONS.iter().filter(|it| !applied.contains(&it.version)) {
        transaction.apply(MIGRATIONS_TABLE, migration).await?;
    }
    if stored_digest(&mut transaction).await? != views_digest() {
        sqlx::raw_sql(VIEWS).execute(&mut *transaction).await?;
        sqlx::query("delete from view_digest").execute(&mut *transaction).await?;
        sqlx::query("insert into view_digest (digest) values ($1)")
            .bind(views_digest())
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn state(connection: &mut PgConnection) -> Result<State, sqlx::Error> {
    if !exists(connection).await? {
        return Ok(State::Absent);
    }
    let applied = versions(connection).await?;
    let ours: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
    if applied == ours {
        let is_current = stored_digest(connection).await? == views_digest();
        return Ok(if is_current { State::Current } else { State::Outdated });
    }
    Ok(if ours.starts_with(&applied) {
        State::Outdated
    } else if applied.iter().any(|version| !ours.contains(version)) {
        State::Newer
    } else {
        State::Unknown(applied)
    })
}

/// `unique_violation` in a catalogue of the server, `duplicate_table`, `tuple concurrently updated`, or as usual.
fn is_race(error: &MigrateError) -> bool {
    let (MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) = error else {
        return false;
    };
    matches!(sqlstate(error).as_deref(), Some("23505" | "40001" | "40P01" | "XX000"))
}

fn migration_error(database: &Database, error: MigrateError) -> Error {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            match sqlstate(&error).as_deref() {
                // A table, view or index of this name exists: the schema is not ours.
                Some("42P07" | "42809" | "42710" | "42P16") => {
                    Error::SharedSchema { database: database.name() }
                }
                // There is no schema to create tables in.
                Some("3F000") => Error::NoPermission {
                    database: database.name(),
                    reason: "the user's search_path names no schema".to_owned(),
                },
                _ => database.failed(error),
            }
        }
        error => database.unexpected(format!("an unusable schema ({error})")),
    }
}

fn views_digest() -> Vec<u8> {
    Sha256::digest(VIEWS.as_bytes()).to_vec()
}

/// Empty if no views were ever applied.
async fn stored_digest(connection: &mut PgConnection) -> Result<Vec<u8>, sqlx::Error> {
    let digest = sqlx::query_scalar("select digest from view_digest").fetch_optional(connection).await?;
    Ok(digest.unwrap_or_default())
}

async fn versions(connection: &mut PgConnection) -> Result<Vec<i64>, sqlx::Error> {
    let select = format!("select version from {MIGRATIONS_TABLE} where success order by version");
    sqlx::query_scalar(AssertSqlSafe(select)).fetch_all(connection).await
}
