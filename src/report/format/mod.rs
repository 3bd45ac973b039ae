//! Figures to words: numbers, rates, percentages, durations and moments, in one language and one time zone.
//!
//! Unknown values are printed as unknown, never as zero.

use super::number::{DASH, decimal, integer};
use super::text::{Language, Text};
use crate::history::figures::times::{Bracket, DurationRange};
use crate::history::forecast::eta::{Eta, EtaRange, RANGE_PROBABILITY};
use crate::model::Status;
use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Says figures in one language and one time zone.
#[derive(Debug, Clone)]
pub struct Formatter {
    /// Its words.
    pub text: &'static Text,
    zone: Tz,
    /// Whether the offset changes within the time shown, so that every moment must carry its own.
    offset_varies: bool,
    /// The day on which all moments fall, if it is one: cells leave it out.
    one_day: Option<String>,
}

impl Formatter {
    /// For this language and time zone.
    #[must_use]
    pub fn new(language: Language, zone: Tz) -> Self {
        Self { text: language.text(), zone, offset_varies: false, one_day: None }
    }

    /// The same, for moments from the first to the last of these: cells leave out the day if it is one,
    /// and every moment carries its offset if that changes.
    #[must_use]
    pub fn for_period(mut self, first_ms: i64, last_ms: i64) -> Self {
        self.offset_varies = self.offsets(first_ms, last_ms).len() > 1;
        self.one_day = Some(self.day(first_ms)).filter(|day| *day == self.day(last_ms));
        self
    }

    /// The one day of all moments, which cells then leave out.
    #[must_use]
    pub fn single_day(&self) -> Option<String> {
        self.one_day.clone()
    }

    /// The time zone with its offset, or offsets, from the first to the last of these moments.
    #[must_use]
    pub fn zone(&self, first_ms: i64, last_ms: i64) -> String {
        let offsets = self.offsets(first_ms, last_ms).into_iter().map(|offset| format!("UTC{offset}"));
        if self.zone == Tz::UTC {
            return "UTC".to_owned();
        }
        (self.text.figure.zone)(self.zone.name(), &offsets.collect::<Vec<_>>().join(", "))
    }

    /// Every offset in use between two moments, in order of time. Zones keep an offset for weeks, so one
    /// look a day finds them all; a span beyond four years would only repeat them.
    fn offsets(&self, first_ms: i64, last_ms: i64) -> Vec<String> {
        let mut found = Vec::new();
        let days = (last_ms.saturating_sub(first_ms) / DAY).clamp(0, 1500);
        for at_ms in (0..=days).map(|day| first_ms + day * DAY).chain([last_ms]) {
            let offset = self.local_time(at_ms).map(|at| at.offset().fix().to_string()).unwrap_or_default();
            if !found.contains(&offset) {
                found.push(offset);
            }
        }
        found
    }

    fn local_time(&self, at_ms: i64) -> Option<DateTime<Tz>> {
        self.zone.timestamp_millis_opt(at_ms).single()
    }

    fn strftime(&self, at_ms: i64, pattern: &str) -> String {
        self.local_time(at_ms).map_or_else(|| DASH.to_owned(), |at| at.format(pattern).to_string())
    }

    /// The day of a moment, `2026-01-02`.
    #[must_use]
    pub fn day(&self, at_ms: i64) -> String {
        self.strftime(at_ms, "%Y-%m-%d")
    }

    /// The time of day, `10:00:05`, with its offset if that changes.
    #[must_use]
    pub fn time(&self, at_ms: i64) -> String {
        self.strftime(at_ms, if self.offset_varies { "%H:%M:%S %:z" } else { "%H:%M:%S" })
    }

    /// A moment by another pattern of `strftime`, for an axis.
    #[must_use]
    pub fn axis_label(&self, at_ms: i64, pattern: &str) -> String {
        self.strftime(at_ms, pattern)
    }

    /// Seconds east of UTC at this moment.
    #[must_use]
    pub fn offset_seconds(&self, at_ms: i64) -> i64 {
        self.local_time(at_ms).map_or(0, |at| i64::from(at.offset().fix().local_minus_utc()))
    }

    /// A moment, `2026-01-02 10:00:05`, with its offset if that changes.
    #[must_use]
    pub fn moment(&self, at_ms: i64) -> String {
        format!("{} {}", self.day(at_ms), self.time(at_ms))
    }

    /// A moment with its offset, `2026-01-02 10:00:05 +08:00`, for a place where it stands alone.
    #[must_use]
    pub fn moment_with_offset(&self, at_ms: i64) -> String {
        self.strftime(at_ms, "%Y-%m-%d %H:%M:%S %:z")
    }

    /// From a moment to a moment; the day is said once if it is the same.
    #[must_use]
    pub fn span(&self, from_ms: i64, to_ms: i64) -> String {
        let (from, to) = (self.cell_moment(from_ms), self.moment_after(from_ms, to_ms));
        if from == to || self.moment(from_ms) == self.moment(to_ms) { from } else { format!("{from}–{to}") }
    }

    /// A moment that stands after another: without the day if that is the same.
    fn moment_after(&self, from_ms: i64, to_ms: i64) -> String {
        if self.day(from_ms) == self.day(to_ms) { self.time(to_ms) } else { self.moment(to_ms) }
    }

    /// A moment in a cell: without the day if all moments fall on one.
    #[must_use]
    pub fn cell_moment(&self, at_ms: i64) -> String {
        if self.one_day.is_some() { self.time(at_ms) } else { self.moment(at_ms) }
    }

    /// A bracketed moment in words: "between 2026-01-02 10:00:05 and 10:00:35".
    #[must_use]
    pub fn bracket(&self, bracket: Bracket) -> String {
        let figure = &self.text.figure;
        match (bracket.after_ms, bracket.by_ms) {
            (Some(after), Some(by)) if self.moment(after) == self.moment(by) => self.moment(by),
            (Some(after), Some(by)) => (figure.between)(&self.moment(after), &self.moment_after(after, by)),
            (None, Some(by)) => (figure.before_recording)(&self.moment(by)),
            (Some(after), None) => (figure.not_by)(&self.moment(after)),
            (None, None) => figure.unknown.to_owned(),
        }
    }

    /// A bracketed moment in a cell: "10:00:05–10:00:35", "≤ 10:00:35", "not yet", "–".
    #[must_use]
    pub fn cell_bracket(&self, bracket: Bracket) -> String {
        match (bracket.after_ms, bracket.by_ms) {
            (Some(after), Some(by)) => self.span(after, by),
            (None, Some(by)) => format!("≤ {}", self.cell_moment(by)),
            (Some(_), None) => self.text.figure.not_yet.to_owned(),
            (None, None) => DASH.to_owned(),
        }
    }

    /// A duration: "45 s", "12 min 5 s", "2 h 10 min", "3 d 4 h". Seconds up to two minutes.
    #[must_use]
    pub fn duration(&self, ms: i64) -> String {
        let figure = &self.text.figure;
        match ms {
            i64::MIN..SECOND => (figure.seconds)(1).replacen('1', "< 1", 1),
            SECOND..120_000 => (figure.seconds)(ms / SECOND),
            120_000..HOUR => (figure.minutes)(ms / MINUTE, ms % MINUTE / SECOND),
            HOUR..DAY => (figure.hours)(ms / HOUR, ms % HOUR / MINUTE),
            DAY.. => (figure.days)(ms / DAY, ms % DAY / HOUR),
        }
    }

    /// The upper end of a range, rounded up so that the range still holds the truth.
    fn duration_rounded_up(&self, ms: i64) -> String {
        let step = match ms {
            i64::MIN..HOUR => SECOND,
            HOUR..DAY => MINUTE,
            DAY.. => HOUR,
        };
        self.duration(
            ms.div_euclid(step).saturating_add(i64::from(ms.rem_euclid(step) > 0)).saturating_mul(step),
        )
    }

    /// A range of durations in words: "between 40 and 95 s", "< 60 s", "at least 2 h 10 min".
    #[must_use]
    pub fn range(&self, range: DurationRange) -> String {
        let figure = &self.text.figure;
        let Some(most_ms) = range.max_ms else {
            return match range.min_ms {
                ..SECOND => figure.unknown.to_owned(),
                least => (figure.at_least)(&self.duration(least)),
            };
        };
        self.range_between(range.min_ms, most_ms, figure.between_seconds, figure.between)
    }

    /// A range of durations in a cell: "40–95 s", "< 60 s", "≥ 2 h 10 min".
    #[must_use]
    pub fn cell_range(&self, range: Option<DurationRange>) -> String {
        let Some(range) = range else { return DASH.to_owned() };
        // A narrow cell breaks between the two ends, never inside one.
        let whole = |end: &str| end.replace(' ', "\u{a0}");
        let Some(most_ms) = range.max_ms else {
            return match range.min_ms {
                ..SECOND => DASH.to_owned(),
                least => format!("≥\u{a0}{}", whole(&self.duration(least))),
            };
        };
        self.range_between(range.min_ms, most_ms, self.text.figure.to_seconds, |least, most| {
            format!("{} – {}", whole(least), whole(most))
        })
    }

    fn range_between(
        &self,
        least_ms: i64,
        most_ms: i64,
        seconds: fn(i64, i64) -> String,
        other: impl Fn(&str, &str) -> String,
    ) -> String {
        let (least, most) = (self.duration(least_ms), self.duration_rounded_up(most_ms));
        match (least_ms, most_ms) {
            (..SECOND, ..SECOND) => least,
            (..SECOND, _) => format!("< {most}"),
            _ if least == most => least,
            // Two ends that differ only in what is not shown.
            _ if least == self.duration(most_ms) => (self.text.figure.about)(&least),
            (_, ..=119_000) => seconds(least_ms / SECOND, (most_ms + SECOND - 1) / SECOND),
            _ => other(&least, &most),
        }
    }

    /// A count with thousands separators, or a dash.
    #[must_use]
    pub fn count(&self, count: Option<i64>) -> String {
        count.map_or_else(|| DASH.to_owned(), integer)
    }

    /// Rows per second with its unit, or "unknown".
    #[must_use]
    pub fn rate(&self, rows_per_second: Option<f64>) -> String {
        match rows_per_second {
            Some(rate) => (self.text.figure.rate)(&decimal(rate)),
            None => self.text.figure.unknown.to_owned(),
        }
    }

    /// Rows per second without a unit, or a dash.
    #[must_use]
    pub fn cell_rate(&self, rows_per_second: Option<f64>) -> String {
        rows_per_second.map_or_else(|| DASH.to_owned(), decimal)
    }

    /// Rows over the estimated total. 100 % only of what is finished; otherwise the true number, rounded
    /// down, which may be more than 100 if the estimate was wrong.
    #[must_use]
    pub fn percent(&self, ratio: Option<f64>, finished: bool) -> String {
        let percent = self.text.figure.percent;
        let tenths = ratio.map(|ratio| (ratio * 1000.0).floor());
        match tenths {
            _ if finished => percent("100"),
            None => DASH.to_owned(),
            Some(1000.0) => percent("> 99.9"),
            Some(tenths) => percent(&format!("{:.1}", tenths / 10.0)),
        }
    }

    /// A status, or that there is none.
    #[must_use]
    pub fn status<'a>(&self, status: Option<&'a Status>) -> &'a str {
        let name = &self.text.labels;
        match status {
            Some(Status::NotStarted) => name.not_started,
            Some(Status::Migrating) => name.migrating,
            Some(Status::Failed) => name.failed,
            Some(Status::Finished) => name.finished,
            Some(Status::Other(word)) => word,
            None => name.no_status,
        }
    }

    /// A forecast, or why there is none.
    #[must_use]
    pub fn eta(&self, eta: Eta) -> String {
        let text = &self.text.eta;
        match eta {
            Eta::Between(range) => self.eta_range(range),
            Eta::NotBefore { range, without_estimate } => (self.text.figure.labelled)(
                &(text.not_before)(&self.eta_range(range)),
                &(text.left_out)(without_estimate),
            ),
            Eta::Done => text.done.to_owned(),
            Eta::NotYet => text.not_yet.to_owned(),
            Eta::Due => text.due.to_owned(),
            Eta::StalledSince(since_ms) => (text.stalled)(&self.cell_moment(since_ms)),
            Eta::Failed => text.failed.to_owned(),
            Eta::Unknown => text.unknown.to_owned(),
        }
    }

    /// The middle of a forecast and its range.
    fn eta_range(&self, range: EtaRange) -> String {
        let bracket = Bracket { after_ms: Some(range.early_ms), by_ms: Some(range.late_ms) };
        (self.text.eta.likely)(&self.moment(range.likely_ms), &self.bracket(bracket))
    }

    /// The share of ranges that hold the end.
    #[must_use]
    pub fn eta_probability(&self) -> String {
        (self.text.figure.percent)(&format!("{:.0}", RANGE_PROBABILITY * 100.0))
    }
}

/// The width of a progress bar in percent: full only if finished, otherwise at most 99.9.
#[must_use]
pub fn bar_percent(ratio: Option<f64>, finished: bool) -> f64 {
    match ratio {
        _ if finished => 100.0,
        Some(ratio) => (ratio * 1000.0).floor().clamp(0.0, 999.0) / 10.0,
        None => 0.0,
    }
}

/// At most `max_chars` characters; an ellipsis marks an omission.
#[must_use]
pub fn truncate_chars(text: &str, max_chars: usize) -> String {
    match text.char_indices().nth(max_chars) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
