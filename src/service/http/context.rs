//! The state that the handlers share.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, watch};

use super::limits::{DATABASE_CONNECTIONS, MAX_CONCURRENT_RESPONSES};
use super::renderer::Renderer;
use super::stats::HttpStats;
use super::vitals::VitalsReader;
use crate::clock::Clock;
use crate::service::config_reload::ReloadReply;
use crate::service::error::Error;
use crate::service::state::ServiceState;
use crate::store::Store;

/// The state of the handlers; cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::service) struct HttpContext {
    pub(super) clock: Arc<dyn Clock>,
    /// Reload requests to the loop.
    pub(super) reload_requests: mpsc::Sender<ReloadReply>,
    pub(super) renderer: Renderer,
    pub(super) vitals: VitalsReader,
    pub(super) stats: Arc<HttpStats>,
    /// Bounds the responses in progress.
    pub(super) permits: Arc<Semaphore>,
    state: watch::Receiver<Arc<ServiceState>>,
}

impl HttpContext {
    /// The handlers read the database through connections of their own, which are opened here: one that is opened later
    /// may find another file, or no descriptor.
    ///
    /// # Errors
    /// If the database cannot be opened, or the render thread cannot be started.
    pub(in crate::service) async fn new(
        store: &Store,
        clock: Arc<dyn Clock>,
        state: watch::Receiver<Arc<ServiceState>>,
        reload_requests: mpsc::Sender<ReloadReply>,
    ) -> Result<Self, Error> {
        let counters = Arc::<HttpStats>::default();
        let [pages, vitals] =
            [DATABASE_CONNECTIONS, 1].map(|connections| store.with_own_readers(connections));
        pages.reserve_connections().await?;
        vitals.reserve_connections().await?;
        let renderer = Renderer::start(pages, Arc::clone(&counters)).map_err(Error::Http)?;
        let permits = Arc::new(Semaphore::new(MAX_CONCURRENT_RESPONSES));
        let vitals = VitalsReader::new(vitals);
        Ok(Self { clock, reload_requests, renderer, vitals, stats: counters, permits, state })
    }

    /// The current state of the service.
    pub(super) fn state(&self) -> Arc<ServiceState> {
        Arc::clone(&self.state.borrow())
    }
}
