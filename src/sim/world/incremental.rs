//! The incremental phase: how far the destination is behind the source, over time.
//!
//! Changes are captured from the beginning of the copy and applied after it, so the phase begins with a delay as long as
//! the copy. The delay falls while the backlog is applied, stays low, and rises again in bursts of writes at the source
//! and in interruptions, during which nothing is applied.

use super::events::{Event, EventKind};
use crate::sim::rng::Rng;

const MINUTE_MS: i64 = 60_000;
/// Changes per second at the source, outside of bursts.
const SOURCE_ROWS_PER_SECOND: i64 = 1_200;
/// Milliseconds between two points of the low delay.
const STEP_MS: i64 = 30_000;

/// The delay at `at_ms`. Between two points it is interpolated linearly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct DelayPoint {
    at_ms: i64,
    delay_ms: i64,
}

/// The incremental phase of a job. Times are milliseconds since the migration began.
#[derive(Debug, Clone, Default)]
pub(crate) struct Incremental {
    points: Vec<DelayPoint>,
    /// When the backlog of the copy was applied.
    caught_up_ms: i64,
    interruptions: Vec<std::ops::Range<i64>>,
    bursts: Vec<std::ops::Range<i64>>,
}

impl Incremental {
    /// Plans the phase that begins at `begin_ms`, of changes captured since `captured_from_ms`.
    pub(crate) fn plan(
        captured_from_ms: i64,
        begin_ms: i64,
        bursts: usize,
        interruptions: usize,
        rng: &mut Rng,
    ) -> Self {
        let backlog_ms = (begin_ms - captured_from_ms).max(0);
        let mut phase = Self::default();
        phase.push_point(begin_ms, backlog_ms);
        let mut at_ms = begin_ms;
        // The backlog is applied in stretches, each 6 to 14 times as fast as it was written. Stretches are longer
        // for a backlog of more than 100 hours, so that their number is bounded.
        let scale = (backlog_ms / (100 * 60 * MINUTE_MS)).max(1);
        let mut delay_ms = backlog_ms;
        while delay_ms > 2_000 {
            let stretch_ms = rng.between(60_000, 150_000) * scale;
            let fall_ms = stretch_ms * rng.between(50, 130) / 10;
            let low_ms = rng.between(400, 1_800);
            let part_ms =
                if fall_ms < delay_ms { stretch_ms } else { fraction(stretch_ms, delay_ms, fall_ms) };
            at_ms += part_ms.max(1_000);
            delay_ms = (delay_ms - fall_ms).max(low_ms);
            phase.push_point(at_ms, delay_ms);
        }
        phase.caught_up_ms = at_ms;
        at_ms = phase.add_low_delay(at_ms, 12 * MINUTE_MS, rng);
        for index in 0..bursts.max(interruptions) {
            if index < bursts {
                let rise_ms = rng.between(150_000, 300_000);
                // Below the rise of time itself: some changes are applied all along.
                let peak_ms = rise_ms * rng.between(50, 85) / 100;
                at_ms = phase.add_rise_and_recovery(at_ms, rise_ms, peak_ms, rng, |phase| &mut phase.bursts);
            }
            if index < interruptions {
                // Nothing is applied: the delay grows as fast as time passes.
                let rise_ms = rng.between(150_000, 300_000);
                at_ms = phase
                    .add_rise_and_recovery(at_ms, rise_ms, rise_ms, rng, |phase| &mut phase.interruptions);
            }
        }
        phase
    }

    fn push_point(&mut self, at_ms: i64, delay_ms: i64) {
        self.points.push(DelayPoint { at_ms, delay_ms });
    }

    fn last_delay_ms(&self) -> i64 {
        self.points.last().map_or(0, |point| point.delay_ms)
    }

    fn add_low_delay(&mut self, from_ms: i64, for_ms: i64, rng: &mut Rng) -> i64 {
        let mut at_ms = from_ms;
        while at_ms < from_ms + for_ms {
            at_ms += STEP_MS;
            self.push_point(at_ms, rng.between(300, 1_900));
        }
        at_ms
    }

    /// Adds a rise of the delay by `peak_ms` within `rise_ms`, a recovery, and a time of low delay.
    fn add_rise_and_recovery(
        &mut self,
        from_ms: i64,
        rise_ms: i64,
        peak_ms: i64,
        rng: &mut Rng,
        list: fn(&mut Self) -> &mut Vec<std::ops::Range<i64>>,
    ) -> i64 {
        let peak_delay_ms = self.last_delay_ms() + peak_ms;
        self.push_point(from_ms + rise_ms, peak_delay_ms);
        let recovered_ms = from_ms + rise_ms + peak_delay_ms / rng.between(1, 3) + 5_000;
        self.push_point(recovered_ms, rng.between(400, 1_800));
        list(self).push(from_ms..from_ms + rise_ms);
        self.add_low_delay(recovered_ms, 10 * MINUTE_MS, rng)
    }

    /// The delay; `None` before the phase begins.
    pub(crate) fn delay_ms_at(&self, at_ms: i64) -> Option<i64> {
        let after = self.points.partition_point(|point| point.at_ms <= at_ms);
        let before = self.points.get(after.checked_sub(1)?)?;
        Some(match self.points.get(after) {
            None => before.delay_ms,
            Some(next) => {
                let rise_ms = i128::from(next.delay_ms - before.delay_ms);
                let part = rise_ms * i128::from(at_ms - before.at_ms) / i128::from(next.at_ms - before.at_ms);
                before.delay_ms + i64::try_from(part).unwrap_or(0)
            }
        })
    }

    /// Changes applied per second: those written at the source, and those by which the backlog shrinks.
    pub(crate) fn rows_per_second_at(&self, at_ms: i64) -> i64 {
        let (Some(now_ms), false) = (self.delay_ms_at(at_ms), self.is_interrupted_at(at_ms)) else {
            return 0;
        };
        let next_ms = self.delay_ms_at(at_ms + 1_000).unwrap_or(now_ms);
        let written = if self.bursts.iter().any(|burst| burst.contains(&at_ms)) { 3 } else { 1 };
        (SOURCE_ROWS_PER_SECOND * written * (1_000 + now_ms - next_ms) / 1_000).max(0)
    }

    /// Whether nothing is applied because the job retries.
    pub(crate) fn is_interrupted_at(&self, at_ms: i64) -> bool {
        self.interruptions.iter().any(|interruption| interruption.contains(&at_ms))
    }

    /// Time since the current interruption began.
    pub(crate) fn interrupted_for_ms(&self, at_ms: i64) -> Option<i64> {
        let current = self.interruptions.iter().find(|interruption| interruption.contains(&at_ms))?;
        Some(at_ms - current.start)
    }

    /// Whether the backlog of the copy has been applied.
    pub(crate) fn has_caught_up_at(&self, at_ms: i64) -> bool {
        !self.points.is_empty() && at_ms >= self.caught_up_ms
    }

    /// When the last planned change of the delay has happened.
    pub(crate) fn end_ms(&self) -> Option<i64> {
        self.points.last().map(|point| point.at_ms)
    }

    /// The bursts and interruptions as events.
    pub(crate) fn events(&self) -> Vec<Event> {
        let event = |kind, range: &std::ops::Range<i64>| Event {
            kind,
            table: None,
            from_ms: range.start,
            until_ms: range.end,
        };
        let bursts = self.bursts.iter().map(|range| event(EventKind::Burst, range));
        bursts.chain(self.interruptions.iter().map(|range| event(EventKind::Interruption, range))).collect()
    }
}

/// `value * numerator / denominator` without overflow, for a numerator of at most the denominator.
fn fraction(value: i64, numerator: i64, denominator: i64) -> i64 {
    let product = i128::from(value) * i128::from(numerator);
    i64::try_from(product / i128::from(denominator)).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 60 * MINUTE_MS;

    fn phase() -> Incremental {
        Incremental::plan(0, 2 * HOUR_MS, 1, 1, &mut Rng::for_label(1, "incremental"))
    }

    #[test]
    fn the_delay_begins_with_the_backlog_and_falls_until_caught_up() {
        let phase = phase();
        assert_eq!(phase.delay_ms_at(2 * HOUR_MS - 1), None);
        assert_eq!(phase.delay_ms_at(2 * HOUR_MS), Some(2 * HOUR_MS));
        let delays: Vec<_> = (2 * HOUR_MS..phase.caught_up_ms)
            .step_by(5_000)
            .filter_map(|at_ms| phase.delay_ms_at(at_ms))
            .collect();
        assert!(delays.windows(2).all(|pair| pair[0] > pair[1]));
        assert!(
            !phase.has_caught_up_at(phase.caught_up_ms - 1) && phase.has_caught_up_at(phase.caught_up_ms)
        );
        assert!(phase.delay_ms_at(phase.caught_up_ms) < Some(2_000));
    }

    #[test]
    fn a_burst_and_an_interruption_raise_the_delay_which_recovers() {
        let phase = phase();
        let end_ms = phase.end_ms().unwrap();
        for event in phase.events() {
            let rise = phase.delay_ms_at(event.until_ms).unwrap() - phase.delay_ms_at(event.from_ms).unwrap();
            assert!(rise >= 60_000, "{event:?}");
            assert_eq!(phase.is_interrupted_at(event.from_ms), event.kind == EventKind::Interruption);
        }
        assert_eq!(phase.events().len(), 2);
        assert!(phase.delay_ms_at(end_ms).unwrap() < 2_000);
        let interruption = &phase.interruptions[0];
        assert_eq!(phase.rows_per_second_at(interruption.start + 1_000), 0);
        // Time passes and nothing is applied: the checkpoint does not move.
        let checkpoint = |at_ms| at_ms - phase.delay_ms_at(at_ms).unwrap();
        assert_eq!(checkpoint(interruption.start), checkpoint(interruption.end));
    }

    #[test]
    fn the_checkpoint_never_moves_back() {
        let phase = phase();
        let checkpoints: Vec<_> = (2 * HOUR_MS..phase.end_ms().unwrap() + HOUR_MS)
            .step_by(1_000)
            .map(|at_ms| at_ms - phase.delay_ms_at(at_ms).unwrap())
            .collect();
        assert!(checkpoints.windows(2).all(|pair| pair[0] <= pair[1]));
    }
}
