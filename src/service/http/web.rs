//! What the answers are made of: what the loop shows, and the figures of the database.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Semaphore, watch};

use super::reload::Asks;
use crate::clock::Clock;
use crate::history::analysis::{Analysis, Window};
use crate::publish;
use crate::report;
use crate::service::board::Track;
use crate::store::Store;

/// Analyses that are kept for the next caller; each is as large as its job.
const KEPT: usize = 8;
/// Analyses made at one time: each takes a processor.
const MADE_AT_ONCE: usize = 2;

/// What the loop shows of itself.
#[derive(Debug, Clone)]
pub(in crate::service) struct Seen {
    /// The jobs of the configuration.
    pub(in crate::service) tracks: Vec<Track>,
    /// Language and zone.
    pub(in crate::service) report: report::Options,
    /// Tables with figures of their own.
    pub(in crate::service) table_series: u32,
    /// When the loop last turned.
    pub(in crate::service) pulsed_at_ms: i64,
}

impl Seen {
    pub(super) fn track(&self, job_id: &str) -> Option<&Track> {
        self.tracks.iter().find(|track| track.job.id == job_id)
    }
}

/// Shared by all answers.
#[derive(Debug, Clone)]
pub(in crate::service) struct Web {
    pub(super) store: Store,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) asks: Asks,
    seen: watch::Receiver<Arc<Seen>>,
    kept: Arc<Mutex<BTreeMap<String, Kept>>>,
    making: Arc<Semaphore>,
}

/// An analysis and the moment it is true of.
#[derive(Debug)]
struct Kept {
    as_of_ms: i64,
    asked_for_at_ms: i64,
    analysis: Arc<Analysis>,
}

impl Web {
    pub(in crate::service) fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        seen: watch::Receiver<Arc<Seen>>,
        asks: Asks,
    ) -> Self {
        Self {
            store,
            clock,
            asks,
            seen,
            kept: Arc::default(),
            making: Arc::new(Semaphore::new(MADE_AT_ONCE)),
        }
    }

    /// What the loop shows now.
    pub(super) fn seen(&self) -> Arc<Seen> {
        Arc::clone(&self.seen.borrow())
    }

    /// The figures of a job, made anew only when it has a new snapshot.
    pub(super) async fn analysis(&self, job_id: &str) -> Result<Arc<Analysis>, publish::Error> {
        let as_of_ms = self.store.last_snapshot(job_id).await?.map_or(0, |last| last.finished_at_ms);
        let now_ms = self.clock.now_ms();
        if let Some(kept) = self.lock().get_mut(job_id).filter(|kept| kept.as_of_ms == as_of_ms) {
            kept.asked_for_at_ms = now_ms;
            return Ok(Arc::clone(&kept.analysis));
        }
        let _permit = self.making.acquire().await;
        let analysis = Arc::new(publish::figures(&self.store, job_id, Window::default()).await?);
        let mut kept = self.lock();
        if kept.len() >= KEPT && !kept.contains_key(job_id) {
            let oldest = kept.iter().min_by_key(|(_, kept)| kept.asked_for_at_ms).map(|(id, _)| id.clone());
            oldest.and_then(|id| kept.remove(&id));
        }
        let as_of_ms = analysis.as_of_ms.unwrap_or(as_of_ms);
        let fresh = Kept { as_of_ms, asked_for_at_ms: now_ms, analysis: Arc::clone(&analysis) };
        kept.insert(job_id.to_owned(), fresh);
        Ok(analysis)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Kept>> {
        // Whole after a panic: each analysis is put in by one call.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
