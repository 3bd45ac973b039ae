//! How often a job is looked at once its initialization has ended: pure.

use std::time::Duration;

/// More and more seldom: the pause is a share of the time since the last change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Which share; 0 for the full pace for ever.
    pub share: f64,
    /// The longest pause.
    pub most: Duration,
}

impl Default for Pace {
    /// An hour after the end each six minutes, from ten hours on each hour.
    fn default() -> Self {
        Self { share: 0.1, most: Duration::from_hours(1) }
    }
}

impl Pace {
    /// Whether a job that ended, whose last change was then and last sweep then, is left in peace now.
    pub(super) fn rests(&self, changed_at_ms: i64, swept_at_ms: i64, now_ms: i64) -> bool {
        let most_ms = i64::try_from(self.most.as_millis()).unwrap_or(i64::MAX);
        let quiet_ms = (now_ms - changed_at_ms).max(0);
        // Below 2^53: exact enough, and the result is bounded by `most`.
        #[expect(clippy::cast_possible_truncation, reason = "a share of milliseconds, bounded below")]
        let pause_ms = ((quiet_ms as f64 * self.share) as i64).min(most_ms);
        now_ms < swept_at_ms.saturating_add(pause_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_MS: i64 = 60_000;

    #[test]
    fn the_longer_nothing_changes_the_longer_the_pauses() {
        let pace = Pace::default();
        // One tick a minute for a day: which of them are sweeps?
        let mut swept = vec![0];
        for minute in 1..=24 * 60 {
            if !pace.rests(0, swept.last().unwrap() * MINUTE_MS, minute * MINUTE_MS) {
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
    fn a_change_and_a_share_of_nothing_give_the_full_pace() {
        let day_ms = 24 * 60 * MINUTE_MS;
        assert!(Pace::default().rests(0, day_ms, day_ms + MINUTE_MS));
        assert!(!Pace::default().rests(day_ms, day_ms, day_ms + MINUTE_MS));
        assert!(!Pace { share: 0.0, ..Pace::default() }.rests(0, day_ms, day_ms + MINUTE_MS));
    }
}
