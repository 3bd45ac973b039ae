//! Columns that several queries select, and their conversion to the types of [`crate::model`].

use sqlx::FromRow;

use super::database::Database;
use crate::model::{ObjectKey, ObjectState, Phase, Status};
use crate::store::error::Error;

/// The columns of `object` that identify it.
#[derive(FromRow)]
pub(super) struct KeyColumns {
    object_no: i64,
    phase: String,
    object_type: Option<String>,
    source_db: String,
    destination_db: String,
    parent_name: Option<String>,
    object_name: String,
    /// NULL: the object refers to a page that is not there.
    last_seen_at_ms: Option<i64>,
}

/// The columns of `reading` that the API gave, with their texts.
#[derive(FromRow)]
pub(super) struct StateColumns {
    status: Option<String>,
    finished_rows: Option<i64>,
    total_rows: Option<i64>,
    used_time: Option<String>,
    error_message: Option<String>,
    definition: Option<String>,
}

impl KeyColumns {
    pub(super) fn object_no(&self) -> i64 {
        self.object_no
    }

    pub(super) fn last_seen_at_ms(&self, database: &Database) -> Result<i64, Error> {
        self.last_seen_at_ms.ok_or_else(|| {
            database
                .unexpected_value_error(format!("an object on a page that is not there ({})", self.object_no))
        })
    }

    pub(super) fn into_key(self, database: &Database) -> Result<ObjectKey, Error> {
        let phase = Phase::from_word(&self.phase).ok_or_else(|| {
            database.unexpected_value_error(format!("an object of the phase {:?}", self.phase))
        })?;
        Ok(ObjectKey {
            phase,
            source_db: self.source_db,
            destination_db: self.destination_db,
            object_type: self.object_type,
            parent_name: self.parent_name,
            object_name: self.object_name,
        })
    }
}

impl StateColumns {
    pub(super) fn into_state(self) -> ObjectState {
        ObjectState {
            status: self.status.as_deref().map(Status::from),
            finished_rows: self.finished_rows,
            total_rows: self.total_rows,
            used_time: self.used_time,
            error_message: self.error_message,
            definition: self.definition,
        }
    }
}
