//! Times on the command line: RFC 3339, a date, a date and time in the configured time zone, or an age.

use std::time::Duration;

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _};
use chrono_tz::Tz;

use super::error::{CliError, CommandError, TimeError, usage_error};

/// 9999-12-31T23:59:59.999Z, the last time that the text form of the database can express.
const MAX_TIME_MS: i64 = 253_402_300_799_999;

/// Formats of a date and time without an offset.
const LOCAL_FORMATS: [&str; 4] =
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];

/// The value of a time option in UTC milliseconds.
pub(super) fn parse_option(
    flag: &'static str,
    text: &str,
    zone: Tz,
    now_ms: i64,
) -> Result<i64, CommandError> {
    parse_time(text, zone, now_ms).map_err(|error| usage_error(CliError::Time { flag, error }))
}

fn parse_time(text: &str, zone: Tz, now_ms: i64) -> Result<i64, TimeError> {
    let at_ms = if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        at.timestamp_millis()
    } else if let Some(local) = parse_local_time(text) {
        match zone.from_local_datetime(&local) {
            // When clocks are set back, the earlier of the two times.
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.timestamp_millis(),
            LocalResult::None => return Err(TimeError::Skipped(text.to_owned(), zone)),
        }
    } else if let Some(age_ms) = parse_age_ms(text) {
        now_ms.checked_sub(age_ms).ok_or_else(|| TimeError::Range(text.to_owned()))?
    } else {
        return Err(TimeError::Format(text.to_owned()));
    };
    if (0..=MAX_TIME_MS).contains(&at_ms) { Ok(at_ms) } else { Err(TimeError::Range(text.to_owned())) }
}

/// Parses a time without an offset. A date means its first moment.
fn parse_local_time(text: &str) -> Option<NaiveDateTime> {
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(date.and_time(NaiveTime::MIN));
    }
    LOCAL_FORMATS.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
}

/// The longest time that can be waited for.
pub(super) const MAX_DURATION: Duration = Duration::from_hours(24 * 365);

/// A duration on the command line: `90s`, `1h30m`.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    let duration = parse_age_ms(text).and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis);
    duration
        .filter(|it| *it <= MAX_DURATION)
        .ok_or_else(|| "it must be a time of at most 365 days, for example 90s, 2h or 1h30m".to_owned())
}

/// The same text for a duration of whole seconds.
pub(super) fn format_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units =
        [(seconds / 86_400, 'd'), (seconds / 3600 % 24, 'h'), (seconds / 60 % 60, 'm'), (seconds % 60, 's')];
    let parts = units.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}"));
    let text = parts.collect::<Vec<_>>().concat();
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// Parses an age of one or more numbers with units: `2h`, `1h30m`, `7d`.
fn parse_age_ms(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut sum_ms: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|it: char| it.is_ascii_digit()).len();
        let number: i64 = rest[..digits].parse().ok()?;
        let mut units = rest[digits..].chars();
        let unit_ms = match units.next()? {
            's' => 1000,
            'm' => 60_000,
            'h' => 3_600_000,
            'd' => 86_400_000,
            'w' => 7 * 86_400_000,
            _ => return None,
        };
        sum_ms = sum_ms.checked_add(number.checked_mul(unit_ms)?)?;
        rest = units.as_str();
    }
    (!text.is_empty()).then_some(sum_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_767_323_045_000; // 2026-01-02T03:04:05Z

    fn utc(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
    }

    #[test]
    fn every_form_of_a_time_is_parsed() {
        let shanghai = chrono_tz::Asia::Shanghai;
        for (text, expected) in [
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
            ("2026-01-02T11:04:05.250+08:00", "2026-01-02T03:04:05.250Z"),
            ("2026-01-02", "2026-01-01T16:00:00Z"),
            ("2026-01-02 08:30", "2026-01-02T00:30:00Z"),
            ("2026-01-02T08:30:15", "2026-01-02T00:30:15Z"),
            ("2h", "2026-01-02T01:04:05Z"),
            ("1d1h30m", "2026-01-01T01:34:05Z"),
            ("0s", "2026-01-02T03:04:05Z"),
        ] {
            assert_eq!(parse_time(text, shanghai, NOW_MS), Ok(utc(expected)), "{text}");
        }
    }

    #[test]
    fn daylight_saving_time_is_applied() {
        let berlin = chrono_tz::Europe::Berlin;
        let parse_berlin = |text| parse_time(text, berlin, NOW_MS);
        assert_eq!(parse_berlin("2026-10-25 02:30"), Ok(utc("2026-10-25T00:30:00Z")));
        let skipped = TimeError::Skipped("2026-03-29 02:30".to_owned(), berlin);
        assert_eq!(parse_berlin("2026-03-29 02:30"), Err(skipped));
    }

    #[test]
    fn durations_are_printed_as_they_are_written() {
        for text in ["0s", "90m", "1h30m", "2d", "1d1h1m1s"] {
            let duration = parse_duration(text).unwrap();
            assert_eq!(parse_duration(&format_duration(duration)), Ok(duration), "{text}");
        }
        assert_eq!(format_duration(Duration::from_mins(90)), "1h30m");
        for text in ["", "2", "-1s", "366d", "99999999999999999d"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn invalid_times_are_rejected() {
        for text in
            ["", "h", "2", "2x", "-2h", "yesterday", "2026-02-30", "2026-01-02T25:00", "9999999999999999d"]
        {
            assert_eq!(parse_time(text, Tz::UTC, NOW_MS), Err(TimeError::Format(text.to_owned())), "{text}");
        }
        for text in ["1969-12-31T23:59:59Z", "30000d"] {
            assert_eq!(parse_time(text, Tz::UTC, NOW_MS), Err(TimeError::Range(text.to_owned())), "{text}");
        }
    }
}
