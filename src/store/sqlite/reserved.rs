//! Connections reserved for a long-running recorder, and the check that its file is still the one it opened.

use sqlx::SqlitePool;

use super::database::{Database, reader_pool};
use super::file_identity::{FileIdentity, LogIdentity};
use super::schema::APPLICATION_ID;
use crate::store::error::Error;

impl Database {
    /// The same database through read connections of its own, so that whoever uses them cannot keep the others waiting.
    pub(crate) fn with_own_readers(&self, connections: u32) -> Self {
        let options = self.readers.connect_options().as_ref().clone();
        let mut database = self.clone();
        database.readers = reader_pool(connections).connect_lazy_with(options);
        database
    }

    /// Opens every connection now. They stay open, so that no lack of file descriptors can close them later.
    pub(crate) async fn reserve_connections(&self) -> Result<(), Error> {
        self.reserve(&self.readers).await?;
        self.reserve(&self.writer).await?;
        // From now on a connection is always open, and with it the log.
        self.check_file().await?;
        if let Some(found) = LogIdentity::beside(self.path()) {
            self.log_identity.get_or_init(|| found);
        }
        Ok(())
    }

    fn name(&self) -> String {
        self.path().display().to_string()
    }

    async fn reserve(&self, pool: &SqlitePool) -> Result<(), Error> {
        let mut connections = Vec::new();
        for _ in 0..pool.options().get_max_connections() {
            connections.push(pool.acquire().await.map_err(|error| self.query_error(error))?);
        }
        Ok(())
    }

    /// Fails if the path does not lead to the database any more that was opened: what is written then is lost when the
    /// process ends, or goes into the file of somebody else.
    ///
    /// The file itself is not opened for that: closing it would release the locks that SQLite holds on it.
    pub(crate) async fn check_file(&self) -> Result<(), Error> {
        match FileIdentity::from_path(self.path()) {
            None => return Err(Error::Deleted { database: self.name() }),
            found if found != self.identity => return Err(Error::Replaced { database: self.name() }),
            // SQLite writes the first page before anything else, and discards the log of an empty file when it opens it.
            Some(_) if std::fs::metadata(self.path()).is_ok_and(|it| it.len() == 0) => {
                return Err(Error::Replaced { database: self.name() });
            }
            Some(_) => {}
        }
        if let Some(file) = self.log_identity.get().and_then(|log| log.find_replaced(self.path())) {
            return Err(Error::LogReplaced { database: self.name(), file: file.display().to_string() });
        }
        let application_id: i64 = sqlx::query_scalar("select application_id from pragma_application_id")
            .fetch_one(&self.readers)
            .await
            .map_err(|error| self.query_error(error))?;
        if application_id == APPLICATION_ID { Ok(()) } else { Err(Error::Replaced { database: self.name() }) }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_is_deleted_replaced_or_overwritten_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let [path, kept, other] = ["h.db", "kept.db", "other.db"].map(|name| folder.path().join(name));
        let store = Database::open(&path).await.unwrap();
        store.reserve_connections().await.unwrap();
        store.check_file().await.unwrap();
        std::fs::rename(&path, &kept).unwrap();
        assert!(matches!(store.check_file().await, Err(Error::Deleted { .. })));
        Database::open(&other).await.unwrap().close().await;
        std::fs::copy(&other, &path).unwrap();
        assert!(matches!(store.check_file().await, Err(Error::Replaced { .. })));
        std::fs::rename(&kept, &path).unwrap();
        store.check_file().await.unwrap();
        store.with_own_readers(1).check_file().await.unwrap();
        for name in ["h.db-wal", "h.db-shm"] {
            let file = folder.path().join(name);
            std::fs::rename(&file, &kept).unwrap();
            for _ in 0..2 {
                let error = store.with_own_readers(1).check_file().await.unwrap_err();
                assert!(matches!(&error, Error::LogReplaced { file, .. } if file.ends_with(name)), "{error}");
                std::fs::write(&file, b"another").unwrap();
            }
            std::fs::rename(&kept, &file).unwrap();
            store.check_file().await.unwrap();
        }
        std::fs::File::create(&path).unwrap().set_len(0).unwrap();
        assert!(store.with_own_readers(1).check_file().await.is_err());
    }
}
