//! The clock of this machine, corrected by the time of the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use crate::clock::Clock;

/// Differences up to this are ignored: signatures are accepted within 15 minutes, and a reply takes seconds.
const TOLERANCE_MS: u64 = 60_000;

/// A server time that differs by more than this is rejected: stored times in the far future would block the job, because
/// snapshots are recorded in the order of their times.
const MAX_OFFSET_MS: u64 = 24 * 3_600_000;

/// The result of [`ServerClock::correct`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Correction {
    /// The time of the server is used from now on.
    Applied,
    /// The clock agrees with the server.
    Unneeded,
    /// The difference exceeds [`MAX_OFFSET_MS`].
    Refused,
}

/// The clock of the process, corrected after a server has rejected its time.
///
/// The correction applies to signatures and to the recorded arrival times.
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

    /// Notes that a server has replied, and could have rejected the time of the call.
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

    /// Adopts the time of the server if it is plausible and differs from the clock.
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
        // The clock is set while the process runs.
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
