//! What a sweep took, in calls.

use std::sync::atomic::{AtomicU32, Ordering};

/// Counts while a sweep goes on, also of one that fails or is dropped.
#[derive(Debug, Default)]
pub struct CallCounter {
    calls: AtomicU32,
    retries: AtomicU32,
    rereads: AtomicU32,
}

/// What was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallStats {
    /// Requests that were sent, or begun to be.
    pub calls: u32,
    /// Those among them that repeated one that had failed.
    pub retries: u32,
    /// How often all pages were read again because rows had moved between them: 0 or 1.
    pub rereads: u32,
}

impl CallCounter {
    /// A request, the `attempt`th of its call, from 1.
    pub(in crate::api) fn count_attempt(&self, attempt: u32) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.retries.fetch_add(u32::from(attempt > 1), Ordering::Relaxed);
    }

    /// The pages are read once more.
    pub(in crate::api) fn count_reread(&self) {
        self.rereads.fetch_add(1, Ordering::Relaxed);
    }

    /// What was counted until now.
    #[must_use]
    pub fn stats(&self) -> CallStats {
        let of = |count: &AtomicU32| count.load(Ordering::Relaxed);
        CallStats { calls: of(&self.calls), retries: of(&self.retries), rereads: of(&self.rereads) }
    }
}
