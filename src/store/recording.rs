//! A snapshot that is being recorded.

use std::collections::BTreeMap;

use super::engine_dispatch::with_engine;
use super::error::Error;
use super::job_summary::LastSnapshot;
use super::{postgres, sqlite};
use crate::history::diff::{BaselineObject, Diff};
use crate::history::page_digest::UnchangedPages;
use crate::model::{JobStatusOutcome, Sweep};

/// The write transaction of one snapshot: invisible before [`Recording::commit`], and rolled back when dropped.
#[derive(Debug)]
pub struct Recording {
    pub(super) engine: Engine,
}

#[derive(Debug)]
pub(super) enum Engine {
    Sqlite(sqlite::Recording),
    Postgres(postgres::Recording),
}

impl Recording {
    /// The pages whose content is that of the last complete snapshot.
    #[must_use]
    pub fn unchanged_pages(&self) -> &UnchangedPages {
        with_engine!(Engine, &self.engine, it => it.unchanged_pages())
    }

    /// The digest of each page of the last complete snapshot; empty where none was kept.
    #[must_use]
    pub fn stored_digests(&self) -> &BTreeMap<u32, Vec<u8>> {
        with_engine!(Engine, &self.engine, it => it.stored_digests())
    }

    /// The job's other objects, as its last complete snapshot left them.
    #[must_use]
    pub fn baseline(&self) -> &[BaselineObject] {
        with_engine!(Engine, &self.engine, it => it.baseline())
    }

    /// The job's last complete snapshot.
    #[must_use]
    pub fn last_snapshot(&self) -> Option<LastSnapshot> {
        with_engine!(Engine, &self.engine, it => it.last_snapshot())
    }

    /// Whether sweeps since then were refused because the clock showed an earlier time.
    #[must_use]
    pub fn clock_was_set_back(&self) -> bool {
        with_engine!(Engine, &self.engine, it => it.clock_was_set_back())
    }

    /// Writes the snapshot with its changes and the status of the job, and returns its number. Once this returns, the
    /// snapshot is recorded.
    ///
    /// # Errors
    /// If the database cannot be written; then nothing is recorded.
    pub async fn commit(self, sweep: &Sweep, diff: &Diff, status: &JobStatusOutcome) -> Result<i64, Error> {
        with_engine!(Engine, self.engine, it => it.commit(sweep, diff, status).await)
    }
}
