//! The present moment as the server sees it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use crate::clock::Clock;

/// Nearer than this to the server's time is right: signatures are taken within 15 minutes, and the way of a
/// reply takes seconds.
const TOLERANCE_MS: u64 = 60_000;

/// A server's time further away than this is not believed: a wrong one would give stored times that lock the job,
/// because snapshots are recorded in the order of their times.
const MAX_OFFSET_MS: u64 = 24 * 3_600_000;

/// What became of a server's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Correction {
    /// It is used from now on.
    Applied,
    /// The clock agrees with it.
    Unneeded,
    /// It is too far away to be believed.
    Refused,
}

/// The process's clock, corrected once a server has refused its time.
///
/// The correction moves signatures and the times of replies alike: what is recorded should be true.
#[derive(Debug)]
pub(in crate::api) struct ServerClock {
    clock: Arc<dyn Clock>,
    offset_ms: AtomicI64,
    has_replied: AtomicBool,
}

impl ServerClock {
    pub(in crate::api) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, offset_ms: AtomicI64::new(0), has_replied: AtomicBool::new(false) }
    }

    pub(in crate::api) fn now_ms(&self) -> i64 {
        self.clock.now_ms() + self.offset_ms()
    }

    /// A server has replied, and could have objected to the time of the call.
    pub(in crate::api) fn on_reply(&self) {
        self.has_replied.store(true, Ordering::SeqCst);
    }

    /// Whether any server has replied.
    pub(in crate::api) fn has_replied(&self) -> bool {
        self.has_replied.load(Ordering::SeqCst)
    }

    /// The milliseconds that are added to the clock.
    pub(in crate::api) fn offset_ms(&self) -> i64 {
        self.offset_ms.load(Ordering::SeqCst)
    }

    /// Takes the server's time for right, if it can be.
    pub(in crate::api) fn correct(&self, server_ms: i64) -> Correction {
        let clock_ms = self.clock.now_ms();
        if server_ms.abs_diff(clock_ms) > MAX_OFFSET_MS {
            return Correction::Refused;
        }
        if server_ms.abs_diff(clock_ms + self.offset_ms()) <= TOLERANCE_MS {
            return Correction::Unneeded;
        }
        let offset_ms = server_ms - clock_ms;
        self.offset_ms.store(offset_ms, Ordering::SeqCst);
        let off_by_seconds = offset_ms / 1000;
        tracing::warn!(
            off_by_seconds,
            "this machine's clock is off: set it; until then the server's time is used"
        );
        Correction::Applied
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn a_wrong_clock_is_corrected_and_keeps_running() {
        let clock = Arc::new(ManualClock::at(5_000_000));
        let server = ServerClock::new(Arc::clone(&clock) as Arc<dyn Clock>);
        assert_eq!(server.correct(1_000_000), Correction::Applied);
        assert_eq!(server.now_ms(), 1_000_000);
        clock.advance_ms(70_000);
        assert_eq!(server.now_ms(), 1_070_000);
        assert_eq!(server.correct(1_050_000), Correction::Unneeded);
        assert_eq!(server.now_ms(), 1_070_000);
        // Somebody set the clock while we ran.
        clock.advance_ms(-4_000_000);
        assert_eq!(server.correct(1_070_000), Correction::Applied);
        assert_eq!((server.now_ms(), server.offset_ms()), (1_070_000, 0));
    }

    #[test]
    fn an_offset_above_one_day_is_rejected() {
        let day_ms = 24 * 3_600_000;
        let server = ServerClock::new(Arc::new(ManualClock::at(5 * day_ms)));
        for far_ms in [i64::MIN, 4 * day_ms - 1, 6 * day_ms + 1, 253_402_300_799_000, i64::MAX] {
            assert_eq!(server.correct(far_ms), Correction::Refused);
            assert_eq!(server.now_ms(), 5 * day_ms);
        }
        assert_eq!(server.correct(6 * day_ms), Correction::Applied);
        // The limit counts from this machine's clock, so that corrections do not add up.
        assert_eq!(server.correct(7 * day_ms), Correction::Refused);
        assert_eq!(server.now_ms(), 6 * day_ms);
    }
}
