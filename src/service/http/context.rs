//! What the handlers share: the state that the loop publishes, the store, and the figures of the jobs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Semaphore, mpsc, watch};

use crate::clock::Clock;
use crate::history::analysis::{Analysis, Window};
use crate::publish;
use crate::service::config_reload::ReloadReply;
use crate::service::state::ServiceState;
use crate::store::Store;

/// Maximum number of analyses that are cached; each is as large as its job.
const MAX_CACHED_ANALYSES: usize = 8;
/// Maximum number of concurrent analyses; each takes a processor.
const MAX_CONCURRENT_ANALYSES: usize = 2;

/// The state of the handlers; cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::service) struct HttpContext {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    /// Reload requests to the loop.
    pub(super) reload_requests: mpsc::Sender<ReloadReply>,
    state: watch::Receiver<Arc<ServiceState>>,
    cache: Arc<Mutex<BTreeMap<String, CachedAnalysis>>>,
    permits: Arc<Semaphore>,
}

/// An analysis and the snapshot that it includes.
#[derive(Debug)]
struct CachedAnalysis {
    /// The time of the last snapshot.
    as_of_ms: i64,
    last_used_at_ms: i64,
    analysis: Arc<Analysis>,
}

impl HttpContext {
    pub(in crate::service) fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        state: watch::Receiver<Arc<ServiceState>>,
        reload_requests: mpsc::Sender<ReloadReply>,
    ) -> Self {
        let permits = Arc::new(Semaphore::new(MAX_CONCURRENT_ANALYSES));
        Self { store, clock, reload_requests, state, cache: Arc::default(), permits }
    }

    /// The current state of the service.
    pub(super) fn state(&self) -> Arc<ServiceState> {
        Arc::clone(&self.state.borrow())
    }

    /// The figures of a job, computed once for each snapshot.
    pub(super) async fn analysis(&self, job_id: &str) -> Result<Arc<Analysis>, publish::Error> {
        let as_of_ms = self.store.last_snapshot(job_id).await?.map_or(0, |last| last.finished_at_ms);
        let now_ms = self.clock.now_ms();
        if let Some(cached) = self.lock_cache().get_mut(job_id).filter(|it| it.as_of_ms == as_of_ms) {
            cached.last_used_at_ms = now_ms;
            return Ok(Arc::clone(&cached.analysis));
        }
        let _permit = self.permits.acquire().await;
        let analysis = Arc::new(publish::load_analysis(&self.store, job_id, Window::default()).await?);
        let mut cache = self.lock_cache();
        if cache.len() >= MAX_CACHED_ANALYSES && !cache.contains_key(job_id) {
            let oldest = cache.iter().min_by_key(|(_, it)| it.last_used_at_ms).map(|(id, _)| id.clone());
            oldest.and_then(|id| cache.remove(&id));
        }
        let as_of_ms = analysis.as_of_ms.unwrap_or(as_of_ms);
        let entry = CachedAnalysis { as_of_ms, last_used_at_ms: now_ms, analysis: Arc::clone(&analysis) };
        cache.insert(job_id.to_owned(), entry);
        Ok(analysis)
    }

    fn lock_cache(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, CachedAnalysis>> {
        // Consistent even after a panic: each entry is inserted by one call.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
