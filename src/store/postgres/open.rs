//! Opens a database, and tells whether its history is still there.

use super::database::Database;
use super::location::PostgresLocation;
use super::schema;
use crate::store::error::Error;

impl Database {
    /// Opens the database for recording. Its schema is created or brought up to date.
    pub(crate) async fn open(location: &PostgresLocation) -> Result<Self, Error> {
        let database = Self::connect(location).await?;
        schema::upgrade(&database, schema::IfAbsent::Create).await?;
        Ok(database)
    }

    /// Opens the database for reading; writes only to upgrade an older schema.
    pub(crate) async fn open_existing(location: &PostgresLocation) -> Result<Self, Error> {
        let database = Self::connect(location).await?;
        schema::upgrade(&database, schema::IfAbsent::Fail).await?;
        Ok(database)
    }

    /// Fails if the history is not there any more.
    pub(crate) async fn check_history(&self) -> Result<(), Error> {
        let exists = self
            .retry(|| async {
                let mut transaction = self.begin_read().await?;
                schema::exists(&mut transaction).await
            })
            .await?;
        if exists { Ok(()) } else { Err(Error::Deleted { database: self.name() }) }
    }
}
