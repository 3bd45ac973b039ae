//! The values of `/readyz` and `/metrics` that come from the database, with a time limit of their own.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::limits::VITALS_TIMEOUT;
use crate::service::state::ServiceState;
use crate::store::{ActiveTable, DiskUsage, Error, Store};

/// Values that are younger are used again if no sweep has ended meanwhile.
const MAX_AGE: Duration = Duration::from_secs(1);

/// The size of the database and its active tables.
#[derive(Debug, Clone, Default)]
pub(super) struct Vitals {
    pub(super) disk_usage: DiskUsage,
    /// Migrating and failed tables, each with the id of its job.
    pub(super) active_tables: Vec<(String, ActiveTable)>,
    /// Why the database cannot be recorded into; `None` if it can.
    pub(super) error: Option<String>,
}

/// Reads vitals through a connection of its own.
#[derive(Debug, Clone)]
pub(super) struct VitalsReader {
    store: Store,
    last: Arc<Mutex<Option<Reading>>>,
    /// Held while vitals are read: concurrent requests wait for one read.
    reading: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug, Clone)]
struct Reading {
    vitals: Arc<Vitals>,
    read_at: Instant,
    /// The number of sweeps that had ended.
    sweeps: u64,
}

impl VitalsReader {
    /// `store` has a connection that nobody else uses.
    pub(super) fn new(store: Store) -> Self {
        Self { store, last: Arc::default(), reading: Arc::default() }
    }

    /// The current vitals, or the last ones if the database does not answer in time; `None` if there are none yet.
    pub(super) async fn get(&self, state: &ServiceState) -> Option<Arc<Vitals>> {
        let sweeps = state.jobs.iter().map(|job| job.complete + job.failed).sum();
        if let Some(vitals) = self.recent(sweeps) {
            return Some(vitals);
        }
        let read = async {
            let _guard = self.reading.lock().await;
            if let Some(vitals) = self.recent(sweeps) {
                return vitals;
            }
            let vitals = Arc::new(self.read(state).await);
            let reading = Reading { vitals: Arc::clone(&vitals), read_at: Instant::now(), sweeps };
            *self.lock() = Some(reading);
            vitals
        };
        match timeout(VITALS_TIMEOUT, read).await {
            Ok(vitals) => Some(vitals),
            Err(_) => self.lock().as_ref().map(|reading| Arc::clone(&reading.vitals)),
        }
    }

    fn recent(&self, sweeps: u64) -> Option<Arc<Vitals>> {
        let last = self.lock();
        let recent = last.as_ref().filter(|it| it.sweeps == sweeps && it.read_at.elapsed() < MAX_AGE);
        recent.map(|reading| Arc::clone(&reading.vitals))
    }

    async fn read(&self, state: &ServiceState) -> Vitals {
        let mut vitals = Vitals::default();
        if let Err(error) = self.read_into(state, &mut vitals).await {
            vitals.error = Some(error.to_string());
        }
        vitals
    }

    async fn read_into(&self, state: &ServiceState, vitals: &mut Vitals) -> Result<(), Error> {
        self.store.check_file().await?;
        vitals.disk_usage = self.store.disk_usage().await?;
        for job in state.jobs.iter().filter(|it| it.summary.is_some()) {
            let count = u32::try_from(vitals.active_tables.len()).unwrap_or(u32::MAX);
            let left = state.table_series.saturating_sub(count);
            if left == 0 {
                break;
            }
            let id = &job.job.id;
            let tables = self.store.active_tables(id, left).await?;
            vitals.active_tables.extend(tables.into_iter().map(|table| (id.clone(), table)));
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Reading>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
