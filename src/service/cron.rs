//! Cron expressions of five or six fields, evaluated in a time zone with daylight saving.

use std::fmt;

use chrono::{DateTime, FixedOffset, Offset as _, TimeZone as _, Utc};
use chrono_tz::Tz;
use croner::JobType;
use croner::parser::{CronParser, Seconds, Year};

/// A search step that is shorter than the time between two offset changes of a zone, which is months in nearly all cases.
const STRIDE_MS: i64 = 7 * 24 * 3_600_000;
const SECOND_MS: i64 = 1000;

/// A valid cron expression.
///
/// Six fields begin with seconds; a crontab's five get the second 0. One of the two day fields must be `*`:
/// with both set crontab means either and other programs mean both, so neither is guessed.
#[derive(Clone)]
pub struct Cron {
    text: String,
    inner: croner::Cron,
}

/// Why an expression is not valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Neither five nor six fields.
    #[error(
        "{text:?} does not have five or six fields but {fields}: write five (minute hour day month weekday) or six with the second first, \
         for example \"*/5 * * * *\" or \"30 */5 * * * *\""
    )]
    Fields {
        /// The expression.
        text: String,
        /// The number of its fields.
        fields: usize,
    },
    /// Both day fields are set.
    #[error(
        "{text:?} sets both the day of the month ({day}) and the weekday ({weekday}), which cron programs \
         understand in two ways: write * for one of them"
    )]
    TwoDays {
        /// The expression.
        text: String,
        /// Its fourth field of six.
        day: String,
        /// Its sixth field of six.
        weekday: String,
    },
    /// A field is not valid.
    #[error("{text:?} is not a cron expression ({reason}): an example is \"*/5 * * * *\", each five minutes")]
    Field {
        /// The expression.
        text: String,
        /// The error of the parser.
        reason: String,
    },
    /// A day that exists in no year.
    #[error("{text:?} never matches: check its day and month")]
    Never {
        /// The expression.
        text: String,
    },
}

impl Cron {
    /// Parses an expression.
    ///
    /// # Errors
    /// If it is not valid, sets both day fields, or names a day that exists in no year.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut fields: Vec<&str> = text.split_whitespace().collect();
        if fields.len() == 5 {
            fields.insert(0, "0");
        }
        if fields.len() != 6 {
            return Err(Error::Fields { text: text.to_owned(), fields: fields.len() });
        }
        let (day, weekday) = (fields[3], fields[5]);
        let any = |field: &str| matches!(field, "*" | "?");
        if !any(day) && !any(weekday) {
            let (day, weekday) = (day.to_owned(), weekday.to_owned());
            return Err(Error::TwoDays { text: text.to_owned(), day, weekday });
        }
        let parser = CronParser::builder().seconds(Seconds::Required).year(Year::Disallowed).build();
        let six = fields.join(" ");
        let inner = parser
            .parse(&six)
            .map_err(|error| Error::Field { text: text.to_owned(), reason: error.to_string() })?;
        let cron = Self { text: six, inner };
        match cron.next_after(0, Tz::UTC) {
            Some(_) => Ok(cron),
            None => Err(Error::Never { text: text.to_owned() }),
        }
    }

    /// The expression with six fields.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first time after this one that matches in the time zone.
    ///
    /// When clocks are set forward, a fixed time of day that is skipped matches in the minute of the change. When they
    /// are set back, a fixed time that occurs twice matches the first time only. Everything else follows the clocks:
    /// `*/5 * * * *` matches every five minutes through either night.
    #[must_use]
    pub fn next_after(&self, at_ms: i64, zone: Tz) -> Option<i64> {
        let fixed = self.inner.determine_job_type() == JobType::FixedTime;
        let (mut at_ms, mut offset) = (at_ms, offset_at(zone, at_ms)?);
        loop {
            // croner alone skips the second of two equal hours, so it is asked with one fixed offset at a time, up to
            // the moment at which that offset ends.
            let candidate_ms = self.next_with(at_ms, offset)?;
            let Some((change_ms, next_offset)) = next_change(zone, at_ms, offset, candidate_ms) else {
                if fixed && is_repetition(zone, candidate_ms) {
                    at_ms = candidate_ms;
                    continue;
                }
                return Some(candidate_ms);
            };
            let forward_ms = i64::from(next_offset.local_minus_utc() - offset.local_minus_utc()) * SECOND_MS;
            if fixed && candidate_ms < change_ms + forward_ms {
                // In its own second: changes are at whole minutes.
                return Some(change_ms + candidate_ms.rem_euclid(60 * SECOND_MS));
            }
            // The moment of the change itself is on the new offset's clock.
            at_ms = change_ms - 1;
            offset = next_offset;
        }
    }

    /// The next match on a clock with this offset.
    fn next_with(&self, at_ms: i64, offset: FixedOffset) -> Option<i64> {
        // croner works in whole seconds; a time between two belongs to the earlier.
        let at = DateTime::<Utc>::from_timestamp(at_ms.div_euclid(SECOND_MS), 0)?.with_timezone(&offset);
        self.inner.find_next_occurrence(&at, false).ok().map(|found| found.timestamp_millis())
    }
}

fn offset_at(zone: Tz, at_ms: i64) -> Option<FixedOffset> {
    let at = DateTime::<Utc>::from_timestamp_millis(at_ms)?;
    Some(zone.offset_from_utc_datetime(&at.naive_utc()).fix())
}

/// The first time in `(after_ms, to_ms]` with a different offset, and that offset.
fn next_change(zone: Tz, after_ms: i64, offset: FixedOffset, to_ms: i64) -> Option<(i64, FixedOffset)> {
    let differs = |at_ms: i64| offset_at(zone, at_ms).filter(|it| *it != offset);
    let mut same_ms = after_ms;
    let mut other_ms = after_ms;
    while differs(other_ms).is_none() || other_ms == after_ms {
        if other_ms == to_ms {
            return None;
        }
        same_ms = other_ms;
        other_ms = other_ms.saturating_add(STRIDE_MS).min(to_ms);
    }
    while other_ms - same_ms > 1 {
        let middle_ms = same_ms + (other_ms - same_ms) / 2;
        if differs(middle_ms).is_some() {
            other_ms = middle_ms;
        } else {
            same_ms = middle_ms;
        }
    }
    differs(other_ms).map(|next| (other_ms, next))
}

/// Whether the local time of this moment has occurred before, because clocks were set back.
fn is_repetition(zone: Tz, at_ms: i64) -> bool {
    let Some(at) = DateTime::<Utc>::from_timestamp_millis(at_ms) else { return false };
    match zone.from_local_datetime(&at.with_timezone(&zone).naive_local()) {
        chrono::LocalResult::Ambiguous(first, _) => first.timestamp_millis() < at_ms,
        _ => false,
    }
}

impl PartialEq for Cron {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Cron {}

impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cron({:?})", self.text)
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).expect(text).timestamp_millis()
    }

    /// The moments that come due after one and not after another, on the zone's clocks.
    fn between(cron: &str, zone: &str, from: &str, to: &str) -> Vec<String> {
        let (cron, zone): (Cron, Tz) = (Cron::parse(cron).unwrap(), zone.parse().unwrap());
        let next = |at_ms: &i64| cron.next_after(*at_ms, zone).filter(|next_ms| *next_ms <= ms(to));
        std::iter::successors(next(&ms(from)), next)
            .map(|at_ms| DateTime::from_timestamp_millis(at_ms).unwrap().with_timezone(&zone))
            .map(|at| at.format("%d %H:%M:%S %z").to_string())
            .collect()
    }

    #[test]
    fn five_fields_have_the_second_0_and_six_begin_with_seconds() {
        assert_eq!(Cron::parse(" */5  * * * * ").unwrap().as_str(), "0 */5 * * * *");
        assert_eq!(Cron::parse("*/20 * * * * *").unwrap().as_str(), "*/20 * * * * *");
        assert_eq!(
            between("*/20 * * * * *", "UTC", "2026-01-02T03:04:05.678Z", "2026-01-02T03:05:00Z"),
            ["02 03:04:20 +0000", "02 03:04:40 +0000", "02 03:05:00 +0000"]
        );
        assert_eq!(
            between("0 3 * * MON", "Asia/Shanghai", "2026-01-01T00:00:00Z", "2026-01-12T00:00:00Z"),
            ["05 03:00:00 +0800", "12 03:00:00 +0800"]
        );
    }

    #[test]
    fn invalid_expressions_are_refused_with_the_next_step() {
        for (text, said) in [
            ("* * * *", "fields but 4"),
            ("", "fields but 0"),
            ("0 0 0 1 1 * 2026", "fields but 7"),
            ("@daily", "fields but 1"),
            ("61 * * * *", "is not a cron expression"),
            ("a b c d *", "is not a cron expression"),
            ("0 3 1 * MON", "sets both the day of the month (1) and the weekday (MON)"),
            ("0 3 1 * +MON", "write * for one of them"),
            ("0 3 30 2 *", "never matches"),
        ] {
            let error = Cron::parse(text).expect_err(text).to_string();
            assert!(error.contains(said) && error.contains(&format!("{text:?}")), "{error}");
        }
    }

    #[test]
    fn every_minute_matches_when_daylight_saving_changes() {
        for (from, to) in [
            ("2026-03-28T23:00:00Z", "2026-03-29T04:00:00Z"),
            ("2026-10-24T22:00:00Z", "2026-10-25T03:00:00Z"),
        ] {
            let minutes = between("* * * * *", "Europe/Berlin", from, to);
            assert_eq!(minutes.len(), 300, "{from}");
        }
    }

    #[test]
    fn hours_follow_the_clocks_when_they_are_set_forward() {
        let night = ["2026-03-28T23:30:00Z", "2026-03-29T02:30:00Z"];
        assert_eq!(
            between("0 * * * *", "Europe/Berlin", night[0], night[1]),
            ["29 01:00:00 +0100", "29 03:00:00 +0200", "29 04:00:00 +0200"]
        );
        // 02:30 is left out: it comes when the clocks are set.
        assert_eq!(
            between("30 2 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z", "2026-03-30T12:00:00Z"),
            ["28 02:30:00 +0100", "29 03:00:00 +0200", "30 02:30:00 +0200"]
        );
        assert_eq!(
            between("30 3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T00:00:00Z"),
            ["29 03:30:00 +0200"]
        );
    }

    #[test]
    fn hours_follow_the_clocks_when_they_are_set_back() {
        let night = ["2026-10-24T23:30:00Z", "2026-10-25T02:30:00Z"];
        assert_eq!(
            between("0 * * * *", "Europe/Berlin", night[0], night[1]),
            ["25 02:00:00 +0200", "25 02:00:00 +0100", "25 03:00:00 +0100"]
        );
        // 02:30 is shown twice: it comes once.
        assert_eq!(
            between("30 2 * * *", "Europe/Berlin", "2026-10-23T12:00:00Z", "2026-10-26T12:00:00Z"),
            ["24 02:30:00 +0200", "25 02:30:00 +0200", "26 02:30:00 +0100"]
        );
    }

    #[test]
    fn changes_at_midnight_and_of_half_an_hour_lose_nothing() {
        // Clocks of Santiago skip the first hour of 6 September 2026.
        assert_eq!(
            between("0 0 * * *", "America/Santiago", "2026-09-05T12:00:00Z", "2026-09-07T12:00:00Z"),
            ["06 01:00:00 -0300", "07 00:00:00 -0300"]
        );
        let minutes =
            between("* * * * *", "Australia/Lord_Howe", "2026-04-04T13:00:00Z", "2026-04-04T17:00:00Z");
        assert_eq!(minutes.len(), 240);
    }

    #[test]
    fn a_rare_day_is_found_after_several_offset_changes() {
        assert_eq!(
            between("0 12 29 2 *", "Europe/Berlin", "2026-07-01T00:00:00Z", "2033-01-01T00:00:00Z"),
            ["29 12:00:00 +0100", "29 12:00:00 +0100"]
        );
    }
}
