//! What has come due since it was last asked: pure, given the moment.

use std::collections::BTreeMap;

use chrono_tz::Tz;

use super::cron::Cron;

/// A time that passed longer ago than this is late: the machine slept or was overloaded.
const LATE_AFTER_MS: i64 = 10_000;
/// Of a very long absence not every missed time is counted.
const COUNTED_MOST: u64 = 100_000;

/// The expressions of a configuration, each with the moment up to which it has been looked at.
#[derive(Debug, Clone)]
pub(super) struct Timetable {
    zone: Tz,
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    cron: Cron,
    looked_at_to_ms: i64,
}

/// What has come due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Due {
    /// The newest time that came, unless that is late too.
    pub(super) at_ms: Option<i64>,
    /// Times that came and went without anybody looking: they are skipped.
    pub(super) late: u64,
}

impl Timetable {
    /// A timetable that begins now. What `before` had looked at stays looked at.
    pub(super) fn new<'c>(
        crons: impl IntoIterator<Item = &'c Cron>,
        zone: Tz,
        now_ms: i64,
        before: Option<&Self>,
    ) -> Self {
        let entry = |cron: &Cron| {
            let known = before.filter(|it| it.zone == zone).and_then(|it| it.entries.get(cron.as_str()));
            let looked_at_to_ms = known.map_or(now_ms, |entry| entry.looked_at_to_ms);
            (cron.as_str().to_owned(), Entry { cron: cron.clone(), looked_at_to_ms })
        };
        Self { zone, entries: crons.into_iter().map(entry).collect() }
    }

    /// Looks at one expression: what has come due since the last look.
    pub(super) fn look(&mut self, expression: &str, now_ms: i64) -> Due {
        let Some(entry) = self.entries.get_mut(expression) else { return Due::default() };
        let mut due = Due::default();
        let mut newest_ms = None;
        // A clock that was set back begins anew: else nothing came due until it had caught up.
        let mut at_ms = entry.looked_at_to_ms.min(now_ms);
        while let Some(next_ms) = entry.cron.next_after(at_ms, self.zone).filter(|it| *it <= now_ms) {
            if newest_ms.replace(next_ms).is_some() {
                due.late += 1;
            }
            at_ms = next_ms;
            if due.late == COUNTED_MOST {
                break;
            }
        }
        entry.looked_at_to_ms = now_ms;
        match newest_ms {
            Some(newest_ms) if now_ms - newest_ms > LATE_AFTER_MS => due.late += 1,
            newest_ms => due.at_ms = newest_ms,
        }
        due
    }

    /// When an expression comes due next.
    pub(super) fn next(&self, expression: &str, now_ms: i64) -> Option<i64> {
        self.entries.get(expression)?.cron.next_after(now_ms, self.zone)
    }

    /// Every expression with the seconds in which it may come due.
    pub(super) fn expressions(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(text, entry)| (text.as_str(), entry.cron.seconds()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock as _, ManualClock};

    /// 2026-01-02T00:00:00Z
    const START_MS: i64 = 1_767_312_000_000;
    const MINUTE_MS: i64 = 60_000;

    fn timetable(cron: &str, zone: &str, now_ms: i64) -> (Timetable, String) {
        let cron = Cron::parse(cron).unwrap();
        (Timetable::new([&cron], zone.parse().unwrap(), now_ms, None), cron.as_str().to_owned())
    }

    #[test]
    fn a_time_comes_due_once() {
        let (mut table, each_minute) = timetable("* * * * *", "UTC", START_MS);
        let clock = ManualClock::at(START_MS);
        assert_eq!(table.look(&each_minute, clock.now_ms()), Due::default());
        clock.advance_ms(MINUTE_MS + 300);
        let due = Due { at_ms: Some(START_MS + MINUTE_MS), late: 0 };
        assert_eq!(table.look(&each_minute, clock.now_ms()), due);
        assert_eq!(table.look(&each_minute, clock.now_ms()), Due::default());
        assert_eq!(table.next(&each_minute, clock.now_ms()), Some(START_MS + 2 * MINUTE_MS));
    }

    #[test]
    fn late_times_are_skipped_and_counted() {
        let (mut table, each_minute) = timetable("* * * * *", "UTC", START_MS);
        let clock = ManualClock::at(START_MS);
        // Asleep for three minutes and a second: the last of the three is fresh.
        clock.advance_ms(3 * MINUTE_MS + 1000);
        let due = Due { at_ms: Some(START_MS + 3 * MINUTE_MS), late: 2 };
        assert_eq!(table.look(&each_minute, clock.now_ms()), due);
        // Asleep until half a minute after the third: all three are late.
        clock.advance_ms(3 * MINUTE_MS + 30_000);
        assert_eq!(table.look(&each_minute, clock.now_ms()), Due { at_ms: None, late: 3 });
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_stop_the_service() {
        let (mut table, each_minute) = timetable("* * * * *", "UTC", START_MS);
        let clock = ManualClock::at(START_MS - 60 * MINUTE_MS);
        assert_eq!(table.look(&each_minute, clock.now_ms()), Due::default());
        clock.advance_ms(MINUTE_MS);
        let due = Due { at_ms: Some(START_MS - 59 * MINUTE_MS), late: 0 };
        assert_eq!(table.look(&each_minute, clock.now_ms()), due);
    }

    #[test]
    fn a_new_configuration_keeps_what_was_looked_at() {
        let (mut table, each_minute) = timetable("* * * * *", "UTC", START_MS);
        table.look(&each_minute, START_MS + MINUTE_MS);
        let crons = [Cron::parse("* * * * *").unwrap(), Cron::parse("*/5 * * * *").unwrap()];
        let now_ms = START_MS + 2 * MINUTE_MS + 500;
        let mut new = Timetable::new(&crons, Tz::UTC, now_ms, Some(&table));
        assert_eq!(new.look(&each_minute, now_ms).at_ms, Some(START_MS + 2 * MINUTE_MS));
        assert_eq!(new.look(crons[1].as_str(), now_ms), Due::default());
    }

    #[test]
    fn no_hour_is_left_out_or_lived_twice_when_clocks_change() {
        // The nights of 29 March and 25 October 2026 in Berlin, five hours each, looked at each half second.
        for start_ms in [1_774_738_800_000, 1_792_879_200_000] {
            let (mut table, hourly) = timetable("0 * * * *", "Europe/Berlin", start_ms);
            let clock = ManualClock::at(start_ms);
            let mut came = Vec::new();
            for _ in 0..5 * 3600 * 2 {
                clock.advance_ms(500);
                let due = table.look(&hourly, clock.now_ms());
                assert_eq!(due.late, 0);
                came.extend(due.at_ms);
            }
            let hours: Vec<_> = (1..=5).map(|hour| start_ms + hour * 60 * MINUTE_MS).collect();
            assert_eq!(came, hours);
        }
    }
}
