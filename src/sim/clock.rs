//! Simulated time: stepped by hand, or running faster than real time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use crate::clock::Clock;

/// The time of the simulated world: its start, and the time elapsed since.
#[derive(Debug)]
pub struct WorldClock {
    start_ms: i64,
    motion: Motion,
}

#[derive(Debug)]
enum Motion {
    /// Changes only when stepped, so that every run sees the same times.
    Stepped(AtomicI64),
    /// Runs `speed` times as fast as real time; at speed 0 it does not advance.
    Running { began: Instant, from_ms: i64, speed: f64 },
}

impl WorldClock {
    /// A clock that changes only by [`WorldClock::advance`] and [`WorldClock::advance_to_ms`].
    #[must_use]
    pub fn stepped(start_ms: i64) -> Self {
        Self { start_ms, motion: Motion::Stepped(AtomicI64::new(0)) }
    }

    /// A clock that runs from now on, `speed` times as fast as real time, with `from_ms` elapsed already. At speed
    /// 0 it does not advance.
    #[must_use]
    pub fn running(start_ms: i64, from_ms: i64, speed: f64) -> Self {
        Self { start_ms, motion: Motion::Running { began: Instant::now(), from_ms, speed } }
    }

    /// When the world began, in milliseconds since 1970.
    #[must_use]
    pub fn start_ms(&self) -> i64 {
        self.start_ms
    }

    /// World time elapsed since the world began.
    #[must_use]
    pub fn elapsed_ms(&self) -> i64 {
        match &self.motion {
            Motion::Stepped(elapsed_ms) => elapsed_ms.load(Ordering::SeqCst),
            Motion::Running { began, from_ms, speed } => {
                from_ms.saturating_add(duration_ms(began.elapsed().mul_f64(*speed)))
            }
        }
    }

    /// Advances a stepped clock at once; waits for a running one.
    ///
    /// With speed 0 the wait is `world_ms` of real time.
    pub async fn advance(&self, world_ms: u32) {
        match &self.motion {
            Motion::Stepped(elapsed_ms) => {
                elapsed_ms.fetch_add(i64::from(world_ms), Ordering::SeqCst);
            }
            Motion::Running { speed, .. } => {
                let speed = if *speed > 0.0 { *speed } else { 1.0 };
                tokio::time::sleep(Duration::from_millis(u64::from(world_ms)).div_f64(speed)).await;
            }
        }
    }

    /// Advances a stepped clock to `moment_ms` of world time. Does nothing if that has passed, or if the clock is a
    /// running one.
    pub fn advance_to_ms(&self, moment_ms: i64) {
        if let Motion::Stepped(elapsed_ms) = &self.motion {
            elapsed_ms.fetch_max(moment_ms, Ordering::SeqCst);
        }
    }
}

impl Clock for WorldClock {
    fn now_ms(&self) -> i64 {
        self.start_ms + self.elapsed_ms()
    }
}

fn duration_ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stepped_clock_changes_only_when_stepped() {
        let clock = WorldClock::stepped(1_000_000);
        assert_eq!((clock.now_ms(), clock.elapsed_ms()), (1_000_000, 0));
        clock.advance(250).await;
        clock.advance_to_ms(60_000);
        clock.advance_to_ms(59_000);
        assert_eq!((clock.now_ms(), clock.elapsed_ms()), (1_060_000, 60_000));
    }

    #[tokio::test]
    async fn a_running_clock_ignores_move_to() {
        let clock = WorldClock::running(1_000_000, 0, 10_000.0);
        clock.advance_to_ms(i64::MAX / 2);
        let before_ms = clock.elapsed_ms();
        assert!(before_ms < 3_600_000, "{before_ms}");
        clock.advance(50_000).await;
        assert!(clock.elapsed_ms() >= before_ms + 50_000);
        assert!(clock.now_ms() >= 1_050_000);
    }

    #[tokio::test]
    async fn a_clock_at_speed_0_does_not_advance() {
        let clock = WorldClock::running(1_000_000, 60_000, 0.0);
        clock.advance(2).await;
        assert_eq!((clock.now_ms(), clock.elapsed_ms()), (1_060_000, 60_000));
    }
}
