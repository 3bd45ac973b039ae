//! Delay over time, and below it how fast the checkpoint moves against the clock.

use super::axis::{round_tick_values, value_ticks};
use super::picture::{Frame, Picture, PlotData, Step};
use crate::history::figures::cutover::{Cutover, DelayPoint};
use crate::report::format::Formatter;
use crate::report::number::decimal;

const DELAY_HEIGHT: f64 = 150.0;
const SPEED_HEIGHT: f64 = 80.0;
/// A checkpoint that moves faster is cut off: the first seconds of catching up would flatten everything else.
const MAX_SPEED: f64 = 20.0;
/// Up to this delay the axis counts seconds, and minutes up to sixty times of it.
const MAX_SECONDS_MS: i64 = 180_000;

/// The picture of these figures; `None` if there is no delay over time.
#[must_use]
pub fn delay_chart(figures: &Cutover, format: &Formatter) -> Option<Picture> {
    let (first, last) = (figures.points.first()?, figures.points.last()?);
    let frame = Frame { from_ms: first.at_ms, to_ms: figures.last_seen_at_ms.max(last.at_ms), gaps: &[] };
    if frame.from_ms == frame.to_ms {
        return None;
    }
    let text = &format.text.cutover;
    let highest_ms = figures.points.iter().filter_map(|it| it.delay_ms).max().unwrap_or(0);
    let (unit_ms, unit) = match highest_ms {
        ..=MAX_SECONDS_MS => (1_000.0, text.delay_seconds),
        ms if ms <= MAX_SECONDS_MS * 60 => (60_000.0, text.delay_minutes),
        _ => (3_600_000.0, text.delay_hours),
    };
    let spans: Vec<Span> = spans(&figures.points, frame.to_ms);
    let delays: Vec<_> = spans
        .iter()
        .map(|it| it.step(it.delay_ms.map(|delay_ms| delay_ms as f64 / unit_ms), format))
        .collect();
    let speeds: Vec<_> = spans.iter().map(|it| it.step(it.speed, format)).collect();
    let delay_values = round_tick_values(highest_ms as f64 / unit_ms, 4, false);
    let fastest = spans.iter().filter_map(|it| it.speed).fold(1.0, f64::max);
    let speed_values = round_tick_values(fastest, 2, false);
    let desc =
        (text.desc)(&format.duration(highest_ms), &format.moment(frame.from_ms), &format.moment(frame.to_ms));
    let plots = vec![
        PlotData {
            unit: unit.to_owned(),
            now: String::new(),
            height: DELAY_HEIGHT,
            steps: &delays,
            highest: delay_values[delay_values.len() - 1],
            values: value_ticks(&delay_values),
        },
        PlotData {
            unit: text.checkpoint_speed.to_owned(),
            now: String::new(),
            height: SPEED_HEIGHT,
            steps: &speeds,
            highest: speed_values[speed_values.len() - 1],
            values: value_ticks(&speed_values),
        },
    ];
    Some(frame.picture(("cutover", text.heading, desc), plots, format))
}

/// The time from one reading to the next.
struct Span {
    from_ms: i64,
    to_ms: i64,
    delay_ms: Option<i64>,
    /// Seconds of the checkpoint per second of the clock, never below zero.
    speed: Option<f64>,
}

fn spans(points: &[DelayPoint], to_ms: i64) -> Vec<Span> {
    let next = points.iter().skip(1).map(Some).chain([None]);
    let span = |(point, next): (&DelayPoint, Option<&DelayPoint>)| {
        let until_ms = next.map_or(to_ms, |it| it.at_ms);
        let speed = next.and_then(|next| {
            let moved_ms = checkpoint_ms(next)? - checkpoint_ms(point)?;
            (point.at_ms < next.at_ms)
                .then(|| (moved_ms as f64 / (next.at_ms - point.at_ms) as f64).clamp(0.0, MAX_SPEED))
        });
        Span { from_ms: point.at_ms, to_ms: until_ms, delay_ms: point.delay_ms, speed }
    };
    points.iter().zip(next).map(span).collect()
}

/// By the delay, which is finer than the whole seconds of a checkpoint.
fn checkpoint_ms(point: &DelayPoint) -> Option<i64> {
    point.delay_ms.map(|delay_ms| point.at_ms - delay_ms).or(point.checkpoint_at_ms)
}

impl Span {
    fn step(&self, value: Option<f64>, format: &Formatter) -> Step {
        let figure = &format.text.figure;
        let delay = self.delay_ms.map_or_else(|| figure.unknown.to_owned(), |ms| format.duration(ms));
        let speed = self.speed.map_or_else(|| figure.unknown.to_owned(), decimal);
        let when = format.span(self.from_ms, self.to_ms);
        let title = (format.text.cutover.mark)(&when, &delay, &speed);
        Step { from_ms: self.from_ms, to_ms: self.to_ms, value, title }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::report::text::Language;

    #[test]
    fn a_delay_is_drawn_above_the_speed_of_the_checkpoint() {
        let format = Formatter::new(Language::En, chrono_tz::UTC);
        let picture = delay_chart(&sample::cutover(), &format).expect("a picture");
        assert_eq!(picture.plots.len(), 2);
        assert_eq!(picture.plots[0].unit, "Delay, minutes");
        assert!(picture.plots.iter().all(|plot| !plot.line.is_empty()));
        assert!(
            picture.plots[0].marks[0].title.contains("behind, checkpoint"),
            "{:?}",
            picture.plots[0].marks[0]
        );
        assert!(!format!("{picture:?}").contains("NaN"));
    }

    #[test]
    fn one_reading_is_no_picture() {
        let mut figures = sample::cutover();
        figures.points.truncate(1);
        figures.last_seen_at_ms = figures.points[0].at_ms;
        assert_eq!(delay_chart(&figures, &Formatter::new(Language::En, chrono_tz::UTC)), None);
    }
}
