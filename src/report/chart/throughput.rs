//! Throughput over time: rows per second as an area, and below it how many tables rose at once.

use super::axis::{Scale, round_values, time_ticks, value_ticks};
use super::{Band, Px, Tick};
use crate::history::coverage::Gap;
use crate::history::series::Bucket;
use crate::report::format::{Format, decimal};
use std::fmt::Write;

const WIDTH: f64 = 974.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 948.0;
const RATE_TOP: f64 = 26.0;
const RATE_BOTTOM: f64 = 226.0;
const TABLES_TOP: f64 = 272.0;
const TABLES_BOTTOM: f64 = 328.0;
const HEIGHT: f64 = 356.0;

/// The picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Throughput {
    /// Width of the drawing.
    pub width: Px,
    /// Height of the drawing.
    pub height: Px,
    /// Left edge of the plots.
    pub left: Px,
    /// Right edge of the plots.
    pub right: Px,
    /// Baseline of the labels of moments.
    pub label_y: Px,
    /// What the picture shows, in a sentence.
    pub desc: String,
    /// Rows per second.
    pub rates: Plot,
    /// Tables at once.
    pub tables: Plot,
    /// Round moments.
    pub moments: Vec<Tick>,
    /// Times without snapshots.
    pub gaps: Vec<Band>,
    /// One mark a bucket, to point at.
    pub marks: Vec<Band>,
}

/// One plot with its own value axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// Upper edge.
    pub top: Px,
    /// Lower edge, where zero is.
    pub bottom: Px,
    /// Height.
    pub height: Px,
    /// What the values are.
    pub unit: &'static str,
    /// Baseline of that label.
    pub unit_y: Px,
    /// Round values.
    pub values: Vec<Tick>,
    /// Path of the filled area; empty if there is nothing to fill.
    pub area: String,
    /// Path of its upper line.
    pub line: String,
}

impl Throughput {
    /// Its plots, from above.
    #[must_use]
    pub fn plots(&self) -> [&Plot; 2] {
        [&self.rates, &self.tables]
    }
}

/// The picture of these buckets, or `None` if there is none.
#[must_use]
pub fn throughput(series: &[Bucket], gaps: &[Gap], format: &Format) -> Option<Throughput> {
    let (first, last) = (series.first()?, series.last()?);
    let (from_ms, to_ms) = (first.from_ms, last.to_ms);
    let time = Scale::new(from_ms as f64, to_ms as f64, LEFT, RIGHT);
    let fastest = series.iter().map(rate).fold(0.0, f64::max);
    let text = &format.text.chart;
    let rates = plot(series, &time, rate, (RATE_TOP, RATE_BOTTOM), text.rows_per_second, false);
    let most = |bucket: &Bucket| f64::from(bucket.tables);
    let tables = plot(series, &time, most, (TABLES_TOP, TABLES_BOTTOM), text.tables_at_once, true);
    Some(Throughput {
        width: Px(WIDTH),
        height: Px(HEIGHT),
        left: Px(LEFT),
        right: Px(RIGHT),
        label_y: Px(TABLES_BOTTOM + 20.0),
        desc: (text.throughput_desc)(
            &(format.text.figure.rate)(&decimal(fastest)),
            &format.moment(from_ms),
            &format.moment(to_ms),
        ),
        rates,
        tables,
        moments: time_ticks(from_ms, to_ms, 9, &time, format),
        gaps: gaps.iter().filter_map(|gap| gap_band(gap, from_ms, to_ms, &time, format)).collect(),
        marks: series.iter().map(|bucket| mark(bucket, &time, format)).collect(),
    })
}

/// Rows per second; a bucket without extent has none.
fn rate(bucket: &Bucket) -> f64 {
    Some(bucket.rows_per_second()).filter(|rate| rate.is_finite()).unwrap_or(0.0)
}

fn mark(bucket: &Bucket, time: &Scale, format: &Format) -> Band {
    let when = format.span(bucket.from_ms, bucket.to_ms);
    let title = if bucket.in_gap {
        (format.text.chart.gap)(&when)
    } else {
        let rate = (format.text.figure.rate)(&decimal(rate(bucket)));
        (format.text.chart.bucket)(&when, &rate, bucket.tables as usize)
    };
    band(bucket.from_ms, bucket.to_ms, time, title)
}

/// The part of a gap that lies on the axis.
pub(super) fn gap_band(gap: &Gap, from_ms: i64, to_ms: i64, time: &Scale, format: &Format) -> Option<Band> {
    let on_axis = gap.from_ms < to_ms && from_ms < gap.to_ms;
    on_axis.then(|| {
        let title = (format.text.chart.gap)(&format.span(gap.from_ms, gap.to_ms));
        band(gap.from_ms, gap.to_ms, time, title)
    })
}

fn band(from_ms: i64, to_ms: i64, time: &Scale, title: String) -> Band {
    let (x, end) = (time.at(from_ms as f64), time.at(to_ms as f64));
    Band { x: Px(x), width: Px(end - x), title }
}

fn plot(
    series: &[Bucket],
    time: &Scale,
    value: impl Fn(&Bucket) -> f64,
    (top, bottom): (f64, f64),
    unit: &'static str,
    whole: bool,
) -> Plot {
    let max = series.iter().map(&value).fold(0.0, f64::max);
    let values = round_values(max, if whole { 2 } else { 4 }, whole);
    let scale = Scale::new(0.0, values[values.len() - 1], bottom, top);
    let (mut area, mut line) = (String::new(), String::new());
    // A gap interrupts area and line: what happened inside it was not seen.
    for run in series.split(|bucket| bucket.in_gap).filter(|run| !run.is_empty()) {
        let steps = steps(run, time, &value, &scale);
        let start = Px(time.at(run[0].from_ms as f64));
        let _infallible = write!(area, "M{start} {base}{steps}V{base}Z", base = Px(bottom));
        // The line begins at the height of its first step, not at the axis.
        let height = Px(scale.at(value(&run[0])));
        let _infallible = write!(line, "M{start} {height}{steps}");
    }
    Plot {
        top: Px(top),
        bottom: Px(bottom),
        height: Px(bottom - top),
        unit,
        unit_y: Px(top - 10.0),
        values: value_ticks(&values, &scale),
        area,
        line,
    }
}

/// A step for each bucket: up or down to its value, then along it. A bucket is a mean over its time, so a
/// slope between two of them would draw what was not measured.
fn steps(run: &[Bucket], time: &Scale, value: impl Fn(&Bucket) -> f64, scale: &Scale) -> String {
    let mut path = String::new();
    for bucket in run {
        let _infallible =
            write!(path, "V{}H{}", Px(scale.at(value(bucket))), Px(time.at(bucket.to_ms as f64)));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::text::Language;

    fn bucket(n: i64, rows: f64, in_gap: bool) -> Bucket {
        Bucket { from_ms: n * 1000, to_ms: (n + 1) * 1000, rows, tables: u32::from(rows > 0.0), in_gap }
    }

    fn draw(series: &[Bucket]) -> Option<Throughput> {
        throughput(series, &[], &Format::new(Language::En, chrono_tz::UTC))
    }

    #[test]
    fn nothing_draws_nothing() {
        assert_eq!(draw(&[]), None);
    }

    #[test]
    fn one_bucket_fills_the_width() {
        let chart = draw(&[bucket(0, 100.0, false)]).expect("a chart");
        assert_eq!(chart.rates.line, "M72 26V26H948");
        assert_eq!(chart.rates.area, "M72 226V26H948V226Z");
        assert_eq!(chart.marks[0].title, "1970-01-01 00:00:00–00:00:01: 100 rows/s, 1 table");
    }

    #[test]
    fn zeroes_lie_on_the_axis() {
        let chart = draw(&[bucket(0, 0.0, false), bucket(1, 0.0, false)]).expect("a chart");
        assert_eq!(chart.rates.line, "M72 226V226H510V226H948");
    }

    #[test]
    fn equal_values_are_level() {
        let chart = draw(&[bucket(0, 50.0, false), bucket(1, 50.0, false)]).expect("a chart");
        assert_eq!(chart.rates.line, "M72 59.3V59.3H510V59.3H948");
        assert_eq!(chart.rates.values.last().map(|tick| tick.label.as_str()), Some("60"));
    }

    #[test]
    fn a_gap_interrupts_the_line() {
        let series = [bucket(0, 10.0, false), bucket(1, 10.0, true), bucket(2, 10.0, false)];
        let gap = Gap { from_ms: 1000, to_ms: 2000 };
        let chart = throughput(&series, &[gap], &Format::new(Language::En, chrono_tz::UTC)).expect("a chart");
        assert_eq!(chart.rates.line.matches('M').count(), 2);
        assert_eq!((chart.gaps[0].x, chart.gaps[0].width), (Px(364.0), Px(292.0)));
        assert!(chart.marks[1].title.starts_with("No snapshot"), "{}", chart.marks[1].title);
    }

    #[test]
    fn a_bucket_without_extent_is_no_nan() {
        let chart = draw(&[Bucket { from_ms: 5, to_ms: 5, rows: 3.0, tables: 1, in_gap: false }]);
        assert!(!format!("{chart:?}").contains("NaN"));
    }
}
