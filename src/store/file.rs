//! The database file: made private, recognised as ours, brought to the newest schema.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqlitePool};

use super::{BUSY_TIMEOUT, Error};

/// `PRAGMA application_id` of a history: "DTSH".
const APPLICATION_ID: i64 = 0x4454_5348;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// How every connection is made. sqlx would print each statement that waits for another process, with its SQL.
pub(super) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).busy_timeout(BUSY_TIMEOUT).disable_statement_logging()
}

/// Makes an empty file that only its owner may read, if there is none. SQLite gives its log the same mode.
pub(super) fn create_private(path: &Path) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::NotWritable { path: path.to_owned(), reason: error.to_string() }),
    }
}

/// Whether nothing of the database stands in its log: then the file alone is all of it. SQLite makes files beside a
/// database even to read it, and where it may not it must be told that nobody writes
/// (<https://www.sqlite.org/wal.html#read_only_databases>).
pub(super) fn is_at_rest(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    match std::fs::metadata(log) {
        Ok(log) => log.len() == 0,
        Err(error) => error.kind() == ErrorKind::NotFound,
    }
}

/// Refuses, without writing, a database that is not ours. One without any table is ours to be.
pub(super) async fn check_owner(path: &Path, options: &SqliteConnectOptions) -> Result<(), Error> {
    let failed = |error| Error::from_sqlx(path, error);
    if path.is_dir() {
        let reason = "it is a folder".to_owned();
        return Err(Error::NotWritable { path: path.to_owned(), reason });
    }
    let mut connection = options.clone().read_only(true).connect().await.map_err(failed)?;
    // In one statement, so that another process cannot make the database between two.
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
    Err(Error::Foreign { path: path.to_owned() })
}

/// Applies the migrations that are missing. Touches nothing, and needs no right to write, if none is.
pub(super) async fn migrate(path: &Path, readers: &SqlitePool, writer: &SqlitePool) -> Result<(), Error> {
    const TRIES: u32 = 5;
    let ours: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
    let applied: Result<Vec<i64>, _> =
        sqlx::query_scalar("select version from _sqlx_migrations where success order by version")
            .fetch_all(readers)
            .await;
    match applied {
        Ok(applied) if applied == ours => return Ok(()),
        Ok(applied) if applied.iter().any(|version| !ours.contains(version)) => {
            return Err(Error::Newer { path: path.to_owned() });
        }
        // No table of migrations, or not all of them: write.
        _ => {}
    }
    // First of all, so that nobody takes a half-made history for another application's.
    let mark = format!("pragma application_id = {APPLICATION_ID}");
    sqlx::query(sqlx::AssertSqlSafe(mark))
        .execute(writer)
        .await
        .map_err(|error| Error::from_sqlx(path, error))?;
    let mut tries = 0;
    loop {
        tries += 1;
        match MIGRATIONS.run(writer).await {
            Ok(()) => return Ok(()),
            Err(MigrateError::VersionMissing(_)) => return Err(Error::Newer { path: path.to_owned() }),
            // Two processes that create one database at once: the other has been faster.
            Err(_) if tries < TRIES => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
            Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) => {
                return Err(Error::from_sqlx(path, error));
            }
            Err(error) => {
                return Err(Error::Unexpected {
                    path: path.to_owned(),
                    what: format!("a schema that cannot be upgraded ({error})"),
                });
            }
        }
    }
}
