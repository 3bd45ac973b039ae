//! The present moment as the server sees it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::clock::Clock;

/// Nearer than this to the server's time is right: signatures are taken within 15 minutes, and the way of a
/// reply takes seconds.
const TOLERANCE_MS: u64 = 60_000;

/// The process's clock, corrected once a server has refused its time.
///
/// The correction moves signatures and the times of replies alike: what is recorded should be true.
#[derive(Debug)]
pub(in crate::api) struct ServerClock {
    clock: Arc<dyn Clock>,
    offset_ms: AtomicI64,
}

impl ServerClock {
    pub(in crate::api) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, offset_ms: AtomicI64::new(0) }
    }

    pub(in crate::api) fn now_ms(&self) -> i64 {
        self.clock.now_ms() + self.offset_ms()
    }

    /// What is added to the clock.
    pub(in crate::api) fn offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::SeqCst)
    }

    /// Takes the server's time for right, and tells whether that changed anything.
    pub(in crate::api) fn correct(&self, server_ms: i64) -> bool {
        let clock_ms = self.clock.now_ms();
        if server_ms.abs_diff(clock_ms + self.offset_ms()) <= TOLERANCE_MS {
            return false;
        }
        let offset_ms = server_ms - clock_ms;
        self.offset_ms.store(offset_ms, Ordering::SeqCst);
        let off_by_seconds = offset_ms / 1000;
        tracing::warn!(
            off_by_seconds,
            "this machine's clock is off: set it; until then the server's time is used"
        );
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn a_clock_that_is_off_is_corrected_and_goes_on() {
        let clock = Arc::new(ManualClock::at(5_000_000));
        let server = ServerClock::new(Arc::clone(&clock) as Arc<dyn Clock>);
        assert!(server.correct(1_000_000));
        assert_eq!(server.now_ms(), 1_000_000);
        clock.advance_ms(70_000);
        assert_eq!(server.now_ms(), 1_070_000);
        assert!(!server.correct(1_050_000), "near enough");
        assert_eq!(server.now_ms(), 1_070_000);
        // Somebody set the clock while we ran.
        clock.advance_ms(-4_000_000);
        assert!(server.correct(1_070_000));
        assert_eq!((server.now_ms(), server.offset_ms()), (1_070_000, 0));
    }
}
