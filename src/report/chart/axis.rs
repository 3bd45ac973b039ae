//! Axes: a linear scale, round numbers, round moments.

use super::{Px, Tick};
use crate::report::format::Formatter;
use crate::report::number::decimal;

/// Maps values to positions. A range without extent maps everything to its middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    from: f64,
    to: f64,
    start: f64,
    end: f64,
}

impl Scale {
    /// Maps `from` to `start` and `to` to `end`.
    #[must_use]
    pub fn new(from: f64, to: f64, start: f64, end: f64) -> Self {
        Self { from, to, start, end }
    }

    /// The position of a value; values outside the range stay at its edge.
    #[must_use]
    pub fn position(&self, value: f64) -> f64 {
        let extent = self.to - self.from;
        let share = if extent > 0.0 { ((value - self.from) / extent).clamp(0.0, 1.0) } else { 0.5 };
        self.start + share * (self.end - self.start)
    }
}

/// Round values from zero up to at least `max`, about `count` steps of 1, 2 or 5 times a power of ten.
///
/// A `max` that is zero or not a number gives the axis from zero to one.
#[must_use]
pub fn round_tick_values(max: f64, count: u32, whole: bool) -> Vec<f64> {
    let max = if max.is_finite() && max > 0.0 { max } else { 1.0 };
    let rough = max / f64::from(count.max(1));
    let power = 10f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= rough).unwrap_or(10.0);
    let step = if whole { (factor * power).max(1.0) } else { factor * power };
    let mut values = vec![0.0];
    // The small tolerance keeps 0.3 from needing a step beyond 0.1 + 0.1 + 0.1.
    while values.len() < 100 && values[values.len() - 1] < max * (1.0 - 1e-9) {
        values.push(step * values.len() as f64);
    }
    values
}

/// Values with their labels, before they have a place on a scale.
#[must_use]
pub fn value_ticks(values: &[f64]) -> Vec<Tick> {
    values.iter().map(|&value| Tick { position: Px(value), label: value_label(value) }).collect()
}

fn value_label(value: f64) -> String {
    let digits = decimal(value);
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.').to_owned() } else { digits }
}

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Steps that people read easily.
const STEPS: [i64; 20] = [
    SECOND,
    5 * SECOND,
    10 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
];

/// Round moments of the reader's time zone between two moments, at most `count` of them.
#[must_use]
pub fn time_ticks(from_ms: i64, to_ms: i64, count: i64, scale: &Scale, format: &Formatter) -> Vec<Tick> {
    let extent = to_ms - from_ms;
    let longest = STEPS[STEPS.len() - 1];
    let step = STEPS.into_iter().find(|step| extent / step < count).unwrap_or_else(|| {
        // Years of history: as many of the longest steps as needed.
        longest * (extent / (longest * count) + 1)
    });
    // Round in local time: 00:00 there, not in UTC. A change of offset inside the axis shifts later
    // ticks by it, but their labels stay true.
    let shift = format.offset_seconds(from_ms) * 1000;
    let mut at_ms = (from_ms + shift).div_euclid(step) * step - shift;
    let mut ticks = Vec::new();
    while at_ms <= to_ms {
        if at_ms >= from_ms {
            ticks.push(Tick {
                position: Px(scale.position(at_ms as f64)),
                label: time_label(at_ms, step, format),
            });
        }
        at_ms += step;
    }
    ticks
}

/// Round durations from zero to this one, at most `count` of them.
#[must_use]
pub fn duration_ticks(longest_ms: i64, count: i64, scale: &Scale, format: &Formatter) -> Vec<Tick> {
    let longest = STEPS[STEPS.len() - 1];
    let step = STEPS
        .into_iter()
        .find(|step| longest_ms / step < count)
        .unwrap_or_else(|| longest * (longest_ms / (longest * count) + 1));
    let at = |index: i64| index * step;
    (0..=longest_ms.max(0) / step)
        .map(|index| Tick {
            position: Px(scale.position(at(index) as f64)),
            label: if index == 0 { "0".to_owned() } else { format.duration(at(index)) },
        })
        .collect()
}

fn time_label(at_ms: i64, step: i64, format: &Formatter) -> String {
    let midnight = (at_ms + format.offset_seconds(at_ms) * 1000).rem_euclid(DAY) == 0;
    let pattern = match step {
        _ if midnight => "%m-%d",
        ..MINUTE => "%H:%M:%S",
        MINUTE..DAY => "%H:%M",
        DAY.. => "%m-%d",
    };
    format.axis_label(at_ms, pattern)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::text::Language;

    fn labels(from_ms: i64, to_ms: i64, zone: chrono_tz::Tz) -> Vec<String> {
        let scale = Scale::new(from_ms as f64, to_ms as f64, 0.0, 100.0);
        let format = Formatter::new(Language::En, zone);
        time_ticks(from_ms, to_ms, 8, &scale, &format).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn scale_maps_ends_and_clamps() {
        let scale = Scale::new(10.0, 20.0, 100.0, 0.0);
        let at = [10.0, 15.0, 20.0, 99.0].map(|value| Px(scale.position(value)));
        assert_eq!(at, [Px(100.0), Px(50.0), Px(0.0), Px(0.0)]);
    }

    #[test]
    fn scale_without_extent_is_its_middle() {
        assert_eq!(Px(Scale::new(5.0, 5.0, 0.0, 80.0).position(5.0)), Px(40.0));
    }

    #[test]
    fn values_are_round_and_reach_the_maximum() {
        assert_eq!(round_tick_values(0.3, 3, false), [0.0, 0.1, 0.2, 0.300_000_000_000_000_04]);
        assert_eq!(round_tick_values(47_000.0, 4, false), [0.0, 20_000.0, 40_000.0, 60_000.0]);
        assert_eq!(round_tick_values(2.0, 4, true), [0.0, 1.0, 2.0]);
    }

    #[test]
    fn values_of_nothing_are_zero_to_one() {
        for max in [0.0, -3.0, f64::NAN, f64::INFINITY] {
            let values = round_tick_values(max, 4, false);
            assert_eq!((values[0], values[values.len() - 1]), (0.0, 1.0), "{max}");
        }
    }

    #[test]
    fn moments_are_round_where_the_reader_lives() {
        // 2026-01-01T15:40:00Z to 17:00Z is 23:40 to 01:00 in Shanghai.
        let from = 1_767_282_000_000;
        let shown = labels(from, from + 80 * MINUTE, chrono_tz::Asia::Shanghai);
        assert_eq!(shown, ["23:45", "01-02", "00:15", "00:30", "00:45", "01:00"]);
        // Kolkata is half an hour off the hour.
        assert_eq!(labels(from, from + 3 * HOUR, chrono_tz::Asia::Kolkata)[0], "21:30");
    }

    #[test]
    fn no_extent_gives_at_most_one_moment() {
        assert_eq!(labels(1_767_281_999_999, 1_767_281_999_999, chrono_tz::UTC), Vec::<String>::new());
        assert_eq!(labels(1_767_282_000_000, 1_767_282_000_000, chrono_tz::UTC), ["15:40:00"]);
    }

    #[test]
    fn years_do_not_give_more_ticks() {
        assert!(labels(0, 20 * 365 * DAY, chrono_tz::UTC).len() <= 9);
    }
}
