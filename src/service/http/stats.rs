//! Counters of the HTTP server, for `/metrics`.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters since the service started, except for `connections`, which is the current number.
#[derive(Debug, Default)]
pub(super) struct HttpStats {
    /// Open connections.
    pub(super) connections: Counter,
    /// Requests that got 503 because too many responses were in progress.
    pub(super) rejected_requests: Counter,
    /// Connections that got 503 because all others were busy.
    pub(super) rejected_connections: Counter,
    /// Idle connections that were closed for a new one.
    pub(super) evicted_connections: Counter,
    /// Connections that were closed because their client took a response too slowly.
    pub(super) timed_out_connections: Counter,
    /// Reports that were rendered.
    pub(super) rendered_reports: Counter,
    /// Bytes of cached reports.
    pub(super) cached_bytes: Counter,
}

/// A number that threads share.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn set(&self, value: usize) {
        self.0.store(value as u64, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
