//! Throughput over time: rows per second of the whole job.

use super::axis::{round_tick_values, value_ticks};
use super::picture::{Frame, Picture, PlotData, Step};
use crate::history::figures::throughput_series::ThroughputBucket;
use crate::report::format::Formatter;
use crate::report::number::decimal;

const HEIGHT: f64 = 200.0;

/// The picture of these buckets, or `None` if there is none.
#[must_use]
pub fn throughput_chart(
    series: &[ThroughputBucket],
    frame: Frame<'_>,
    format: &Formatter,
) -> Option<Picture> {
    let (first, last) = (series.first()?, series.last()?);
    let text = &format.text.chart;
    let fastest = series.iter().map(rate).fold(0.0, f64::max);
    let values = round_tick_values(fastest, 4, false);
    let desc = (text.throughput_desc)(
        &(format.text.figure.rate)(&decimal(fastest)),
        &format.moment(first.from_ms),
        &format.moment(last.to_ms),
    );
    let steps: Vec<_> = series.iter().map(|bucket| step(bucket, format)).collect();
    let data = PlotData {
        unit: text.rows_per_second.to_owned(),
        now: String::new(),
        height: HEIGHT,
        steps: &steps,
        highest: values[values.len() - 1],
        values: value_ticks(&values),
    };
    Some(frame.picture(("throughput", format.text.section.throughput, desc), vec![data], format))
}

/// Rows per second; a bucket without extent has none.
fn rate(bucket: &ThroughputBucket) -> f64 {
    Some(bucket.rows_per_second()).filter(|rate| rate.is_finite()).unwrap_or(0.0)
}

/// Nothing was recorded inside a gap.
fn step(bucket: &ThroughputBucket, format: &Formatter) -> Step {
    let when = format.span(bucket.from_ms, bucket.to_ms);
    let text = &format.text.chart;
    let title = if bucket.in_gap {
        (text.gap)(&when)
    } else {
        let rate = (format.text.figure.rate)(&decimal(rate(bucket)));
        (text.bucket)(&when, &rate, bucket.tables as usize)
    };
    let value = (!bucket.in_gap).then(|| rate(bucket));
    Step { from_ms: bucket.from_ms, to_ms: bucket.to_ms, value, title }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::quality::coverage::Gap;
    use crate::report::chart::Px;
    use crate::report::text::Language;

    fn bucket(n: i64, rows: f64, in_gap: bool) -> ThroughputBucket {
        ThroughputBucket {
            from_ms: n * 1000,
            to_ms: (n + 1) * 1000,
            rows,
            tables: u32::from(rows > 0.0),
            in_gap,
        }
    }

    fn draw_with(series: &[ThroughputBucket], gaps: &[Gap]) -> Option<Picture> {
        let to_ms = series.last().map_or(0, |bucket| bucket.to_ms);
        let frame = Frame { from_ms: series.first().map_or(0, |it| it.from_ms), to_ms, gaps };
        throughput_chart(series, frame, &Formatter::new(Language::En, chrono_tz::UTC))
    }

    fn draw(series: &[ThroughputBucket]) -> Option<Picture> {
        draw_with(series, &[])
    }

    #[test]
    fn nothing_draws_nothing() {
        assert_eq!(draw(&[]), None);
    }

    #[test]
    fn one_bucket_fills_the_width() {
        let chart = draw(&[bucket(0, 100.0, false)]).expect("a chart");
        assert_eq!(chart.plots[0].line, "M72 28V28H948");
        assert_eq!(chart.plots[0].area, "M72 228V28H948V228Z");
        assert_eq!(chart.plots[0].marks[0].title, "1970-01-01 00:00:00–00:00:01: 100 rows/s, 1 table");
    }

    #[test]
    fn zeroes_lie_on_the_axis() {
        let chart = draw(&[bucket(0, 0.0, false), bucket(1, 0.0, false)]).expect("a chart");
        assert_eq!(chart.plots[0].line, "M72 228V228H510V228H948");
    }

    #[test]
    fn equal_values_are_level() {
        let chart = draw(&[bucket(0, 50.0, false), bucket(1, 50.0, false)]).expect("a chart");
        assert_eq!(chart.plots[0].line, "M72 61.3V61.3H510V61.3H948");
        assert_eq!(chart.plots[0].values.last().map(|tick| tick.label.as_str()), Some("60"));
    }

    #[test]
    fn a_gap_interrupts_the_line() {
        let series = [bucket(0, 10.0, false), bucket(1, 10.0, true), bucket(2, 10.0, false)];
        let chart = draw_with(&series, &[Gap { from_ms: 1000, to_ms: 2000 }]).expect("a chart");
        assert_eq!(chart.plots[0].line.matches('M').count(), 2);
        assert_eq!((chart.gaps[0].x, chart.gaps[0].width), (Px(364.0), Px(292.0)));
        let title = &chart.plots[0].marks[1].title;
        assert!(title.starts_with("No snapshot"), "{title}");
    }

    #[test]
    fn a_bucket_without_extent_is_no_nan() {
        let chart = draw(&[ThroughputBucket { from_ms: 5, to_ms: 5, rows: 3.0, tables: 1, in_gap: false }]);
        assert!(!format!("{chart:?}").contains("NaN"));
    }
}
