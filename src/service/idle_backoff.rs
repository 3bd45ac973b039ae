//! How often a job is swept after its initialization has ended.

use std::time::Duration;

/// A backoff that grows with the time since the last change: the pause between two sweeps is a fraction of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IdleBackoff {
    /// The pause as a fraction of the time since the last change; 0 disables the backoff.
    pub ratio: f64,
    /// The longest pause.
    pub max_pause: Duration,
}

impl Default for IdleBackoff {
    /// One hour after the end a sweep every six minutes, from ten hours on one an hour.
    fn default() -> Self {
        Self { ratio: 0.1, max_pause: Duration::from_hours(1) }
    }
}

impl IdleBackoff {
    /// Whether an ended job with its last change and last sweep at these times is not yet due again.
    pub(super) fn is_idle(&self, changed_at_ms: i64, swept_at_ms: i64, now_ms: i64) -> bool {
        let max_pause_ms = i64::try_from(self.max_pause.as_millis()).unwrap_or(i64::MAX);
        let unchanged_ms = (now_ms - changed_at_ms).max(0);
        // Below 2^53, so f64 is exact enough, and the result is bounded by `max_pause`.
        #[expect(clippy::cast_possible_truncation, reason = "a fraction of milliseconds, bounded below")]
        let pause_ms = ((unchanged_ms as f64 * self.ratio) as i64).min(max_pause_ms);
        now_ms < swept_at_ms.saturating_add(pause_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_MS: i64 = 60_000;

    #[test]
    fn pauses_grow_with_the_time_since_the_last_change() {
        let backoff = IdleBackoff::default();
        // One tick a minute for a day.
        let mut swept = vec![0];
        for minute in 1..=24 * 60 {
            if !backoff.is_idle(0, swept.last().unwrap() * MINUTE_MS, minute * MINUTE_MS) {
                swept.push(minute);
            }
        }
        assert_eq!(swept[..11], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        let pauses: Vec<_> = swept.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(pauses.is_sorted(), "{pauses:?}");
        assert_eq!(pauses.last(), Some(&60));
        assert!(swept.len() < 80, "{}", swept.len());
    }

    #[test]
    fn a_change_or_a_ratio_of_zero_disables_the_backoff() {
        let day_ms = 24 * 60 * MINUTE_MS;
        assert!(IdleBackoff::default().is_idle(0, day_ms, day_ms + MINUTE_MS));
        assert!(!IdleBackoff::default().is_idle(day_ms, day_ms, day_ms + MINUTE_MS));
        let disabled = IdleBackoff { ratio: 0.0, ..IdleBackoff::default() };
        assert!(!disabled.is_idle(0, day_ms, day_ms + MINUTE_MS));
    }
}
