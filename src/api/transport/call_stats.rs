//! Counts the calls of a sweep.

use std::sync::atomic::{AtomicU32, Ordering};

/// Counts the calls of a sweep, also of one that fails or is cancelled.
#[derive(Debug, Default)]
pub struct CallCounter {
    calls: AtomicU32,
    retries: AtomicU32,
    rereads: AtomicU32,
}

/// The counts of a [`CallCounter`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallStats {
    /// Requests that were sent or started.
    pub calls: u32,
    /// The requests among them that repeated a failed one.
    pub retries: u32,
    /// Number of times that all pages were read again because rows had moved between them: 0 or 1.
    pub rereads: u32,
}

impl CallCounter {
    /// Counts a request, the `attempt`th of its call, from 1.
    pub(in crate::api) fn count_attempt(&self, attempt: u32) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.retries.fetch_add(u32::from(attempt > 1), Ordering::Relaxed);
    }

    /// Counts a second read of all pages.
    pub(in crate::api) fn count_reread(&self) {
        self.rereads.fetch_add(1, Ordering::Relaxed);
    }

    /// The counts so far.
    #[must_use]
    pub fn stats(&self) -> CallStats {
        let of = |count: &AtomicU32| count.load(Ordering::Relaxed);
        CallStats { calls: of(&self.calls), retries: of(&self.retries), rereads: of(&self.rereads) }
    }
}
