//! Concurrency over time: how many tables were being copied at once.

use super::axis::{round_tick_values, value_ticks};
use super::picture::{Frame, Picture, PlotData, Step};
use crate::history::figures::concurrency::{Concurrency, ConcurrencyBucket};
use crate::report::format::Formatter;
use crate::report::number::decimal;

const HEIGHT: f64 = 110.0;

/// The picture of these levels, or `None` if no table was seen being copied.
#[must_use]
pub fn concurrency_chart(levels: &Concurrency, frame: Frame<'_>, format: &Formatter) -> Option<Picture> {
    let (first, last) = (levels.buckets.first()?, levels.buckets.last()?);
    let text = &format.text.chart;
    let steps: Vec<_> = levels.buckets.iter().map(|level| step(level, frame, format)).collect();
    let values = round_tick_values(levels.peak_tables as f64, 3, true);
    let (from, to) = (format.moment(first.from_ms), format.moment(last.to_ms));
    let desc = (text.concurrency_desc)(levels.peak_tables, &from, &to);
    let data = PlotData {
        unit: text.tables_at_once.to_owned(),
        now: String::new(),
        height: HEIGHT,
        steps: &steps,
        highest: values[values.len() - 1],
        values: value_ticks(&values),
    };
    Some(frame.picture(("concurrency", text.concurrency, desc), vec![data], format))
}

fn step(level: &ConcurrencyBucket, frame: Frame<'_>, format: &Formatter) -> Step {
    let when = format.span(level.from_ms, level.to_ms);
    let text = &format.text.chart;
    let unseen = frame.in_gap(level.from_ms, level.to_ms);
    Step {
        from_ms: level.from_ms,
        to_ms: level.to_ms,
        value: (!unseen).then_some(level.mean_tables),
        title: if unseen { (text.gap)(&when) } else { (text.level)(&when, &decimal(level.mean_tables)) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::quality::coverage::Gap;
    use crate::report::text::Language;

    fn draw(tables: &[f64], gaps: &[Gap]) -> Option<Picture> {
        let level = |(at, tables): (i64, &f64)| ConcurrencyBucket {
            from_ms: at * 1000,
            to_ms: (at + 1) * 1000,
            mean_tables: *tables,
        };
        let buckets: Vec<_> = (0..).zip(tables).map(level).collect();
        let frame = Frame { from_ms: 0, to_ms: buckets.last().map_or(0, |it| it.to_ms), gaps };
        let levels = Concurrency { peak_tables: 4, mean_tables: 2.0, buckets, ..Concurrency::default() };
        concurrency_chart(&levels, frame, &Formatter::new(Language::En, chrono_tz::UTC))
    }

    #[test]
    fn nothing_draws_nothing() {
        assert_eq!(draw(&[], &[]), None);
    }

    #[test]
    fn one_level_fills_the_width_and_whole_tables_are_its_measure() {
        let chart = draw(&[4.0], &[]).expect("a chart");
        assert_eq!(chart.plots[0].line, "M72 28V28H948");
        let labels: Vec<_> = chart.plots[0].values.iter().map(|tick| tick.label.as_str()).collect();
        assert_eq!(labels, ["0", "2", "4"]);
        assert_eq!(chart.plots[0].marks[0].title, "1970-01-01 00:00:00–00:00:01: 4.00 tables at once");
    }

    #[test]
    fn a_gap_is_not_drawn_over() {
        let chart = draw(&[2.0, 2.0, 2.0], &[Gap { from_ms: 1000, to_ms: 2000 }]).expect("a chart");
        assert_eq!(chart.plots[0].line, "M72 83V83H364M656 83V83H948");
        assert!(chart.plots[0].marks[1].title.starts_with("No snapshot"));
    }
}
