//! Which cron expressions are due. Pure: the caller passes the time.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::cron::Cron;

/// A due time that is noticed later than this is skipped: the machine was suspended or overloaded.
const LATE_AFTER_MS: i64 = 10_000;
/// Bounds the work after a long suspension: missed times beyond this many are not counted.
const MAX_COUNTED: u64 = 100_000;

/// The cron expressions of a configuration, each with the time up to which it was checked.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    zone: Tz,
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    cron: Cron,
    checked_until_ms: i64,
    /// The first due time after `checked_until_ms`, so that a check of an expression that is not due is one comparison.
    next_due_at_ms: Option<i64>,
}

/// The due times of an expression since it was last checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Due {
    /// The expression.
    pub(super) expression: String,
    /// The newest due time; `None` if it is late as well.
    pub(super) at_ms: Option<i64>,
    /// The number of due times that were missed. They are skipped.
    pub(super) late: u64,
}

impl Schedule {
    /// A schedule that starts now. Expressions that `previous` has already checked continue from there.
    pub(super) fn new<'c>(
        crons: impl IntoIterator<Item = &'c Cron>,
        zone: Tz,
        now_ms: i64,
        previous: Option<&Self>,
    ) -> Self {
        let entry = |cron: &Cron| {
            let existing = previous.filter(|it| it.zone == zone).and_then(|it| it.entries.get(cron.as_str()));
            let entry = existing.cloned().unwrap_or_else(|| Entry {
                cron: cron.clone(),
                checked_until_ms: now_ms,
                next_due_at_ms: cron.next_after(now_ms, zone),
            });
            (cron.as_str().to_owned(), entry)
        };
        Self { zone, entries: crons.into_iter().map(entry).collect() }
    }

    /// The expressions that have come due since the last call.
    pub(super) fn take_due(&mut self, now_ms: i64) -> Vec<Due> {
        let zone = self.zone;
        self.entries.iter_mut().filter_map(|(text, entry)| entry.take_due(text, zone, now_ms)).collect()
    }

    /// The next due time of an expression.
    pub(super) fn next_due_at_ms(&self, expression: &str, now_ms: i64) -> Option<i64> {
        self.entries.get(expression)?.cron.next_after(now_ms, self.zone)
    }
}

impl Entry {
    fn take_due(&mut self, expression: &str, zone: Tz, now_ms: i64) -> Option<Due> {
        if now_ms < self.checked_until_ms {
            // The clock was set back: without a new start nothing would be due until it has caught up.
            self.checked_until_ms = now_ms;
            self.next_due_at_ms = self.cron.next_after(now_ms, zone);
        }
        let mut late = 0;
        let mut newest_ms = None;
        while let Some(due_at_ms) = self.next_due_at_ms.filter(|it| *it <= now_ms) {
            late += u64::from(newest_ms.replace(due_at_ms).is_some());
            let from_ms = if late == MAX_COUNTED { now_ms } else { due_at_ms };
            self.next_due_at_ms = self.cron.next_after(from_ms, zone);
        }
        self.checked_until_ms = now_ms;
        let newest_ms = newest_ms?;
        let is_late = now_ms - newest_ms > LATE_AFTER_MS;
        let at_ms = Some(newest_ms).filter(|_| !is_late);
        Some(Due { expression: expression.to_owned(), at_ms, late: late + u64::from(is_late) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock as _, ManualClock};

    /// 2026-01-02T00:00:00Z
    const START_MS: i64 = 1_767_312_000_000;
    const MINUTE_MS: i64 = 60_000;
    const EACH_MINUTE: &str = "0 * * * * *";

    fn schedule(cron: &str, zone: &str, now_ms: i64) -> Schedule {
        Schedule::new([&Cron::parse(cron).unwrap()], zone.parse().unwrap(), now_ms, None)
    }

    fn due(expression: &str, at_ms: Option<i64>, late: u64) -> Vec<Due> {
        vec![Due { expression: expression.to_owned(), at_ms, late }]
    }

    #[test]
    fn each_time_comes_due_once() {
        let mut schedule = schedule("* * * * *", "UTC", START_MS);
        let clock = ManualClock::at(START_MS);
        assert_eq!(schedule.take_due(clock.now_ms()), []);
        clock.advance_ms(MINUTE_MS + 300);
        assert_eq!(schedule.take_due(clock.now_ms()), due(EACH_MINUTE, Some(START_MS + MINUTE_MS), 0));
        assert_eq!(schedule.take_due(clock.now_ms()), []);
        let next_ms = schedule.next_due_at_ms(EACH_MINUTE, clock.now_ms());
        assert_eq!(next_ms, Some(START_MS + 2 * MINUTE_MS));
    }

    #[test]
    fn late_times_are_skipped_and_counted() {
        let mut schedule = schedule("* * * * *", "UTC", START_MS);
        let clock = ManualClock::at(START_MS);
        // Suspended for three minutes and a second: the last of the three times is recent.
        clock.advance_ms(3 * MINUTE_MS + 1000);
        assert_eq!(schedule.take_due(clock.now_ms()), due(EACH_MINUTE, Some(START_MS + 3 * MINUTE_MS), 2));
        // Suspended until half a minute after the third time: all three are late.
        clock.advance_ms(3 * MINUTE_MS + 30_000);
        assert_eq!(schedule.take_due(clock.now_ms()), due(EACH_MINUTE, None, 3));
    }

    #[test]
    fn a_suspension_of_years_is_counted_up_to_a_bound() {
        let mut schedule = schedule("* * * * * *", "UTC", START_MS);
        let now_ms = START_MS + 10 * 365 * 24 * 60 * MINUTE_MS + 300;
        assert_eq!(schedule.take_due(now_ms), due("* * * * * *", None, MAX_COUNTED + 1));
        assert_eq!(schedule.take_due(now_ms + 1000), due("* * * * * *", Some(now_ms + 700), 0));
    }

    #[test]
    fn the_schedule_continues_after_the_clock_is_set_back() {
        let mut schedule = schedule("* * * * *", "UTC", START_MS);
        let clock = ManualClock::at(START_MS - 60 * MINUTE_MS);
        assert_eq!(schedule.take_due(clock.now_ms()), []);
        clock.advance_ms(MINUTE_MS);
        assert_eq!(schedule.take_due(clock.now_ms()), due(EACH_MINUTE, Some(START_MS - 59 * MINUTE_MS), 0));
    }

    #[test]
    fn a_new_configuration_continues_its_expressions() {
        let mut before = schedule("* * * * *", "UTC", START_MS);
        before.take_due(START_MS + MINUTE_MS);
        let crons = [Cron::parse("* * * * *").unwrap(), Cron::parse("*/5 * * * *").unwrap()];
        let now_ms = START_MS + 2 * MINUTE_MS + 500;
        let mut after = Schedule::new(&crons, Tz::UTC, now_ms, Some(&before));
        assert_eq!(after.take_due(now_ms), due(EACH_MINUTE, Some(START_MS + 2 * MINUTE_MS), 0));
    }

    #[test]
    fn every_hour_comes_due_once_when_daylight_saving_changes() {
        // The nights of 29 March and 25 October 2026 in Berlin, five hours each, checked every half second.
        for start_ms in [1_774_738_800_000, 1_792_879_200_000] {
            let mut schedule = schedule("0 * * * *", "Europe/Berlin", start_ms);
            let clock = ManualClock::at(start_ms);
            let mut due_at_ms = Vec::new();
            for _ in 0..5 * 3600 * 2 {
                clock.advance_ms(500);
                for due in schedule.take_due(clock.now_ms()) {
                    assert_eq!(due.late, 0);
                    due_at_ms.extend(due.at_ms);
                }
            }
            let hours: Vec<_> = (1..=5).map(|hour| start_ms + hour * 60 * MINUTE_MS).collect();
            assert_eq!(due_at_ms, hours);
        }
    }
}
