//! A picture over time: plots one below the other on one time axis, gaps of the recording hatched.

use super::axis::{Scale, time_ticks};
use super::{Band, Px, Tick};
use crate::history::quality::coverage::Gap;
use crate::report::format::Formatter;
use std::fmt::Write;

const CHART_WIDTH: f64 = 974.0;
const PLOT_LEFT_X: f64 = 72.0;
const PLOT_RIGHT_X: f64 = 948.0;
/// Above a plot, for what its values are.
const PLOT_HEADER_HEIGHT: f64 = 28.0;
/// Below the last plot, for the moments.
const TIME_AXIS_HEIGHT: f64 = 30.0;
/// Between two plots.
const PLOT_SPACING: f64 = 18.0;

/// The picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Its name in the page.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// A description of the chart in a sentence.
    pub desc: String,
    /// Width of the drawing.
    pub width: Px,
    /// Height of the drawing.
    pub height: Px,
    /// Left edge of the plots.
    pub left: Px,
    /// Right edge of the plots.
    pub right: Px,
    /// Lower edge of the last plot.
    pub bottom: Px,
    /// Baseline of the labels of moments.
    pub label_y: Px,
    /// From above.
    pub plots: Vec<Plot>,
    /// Round moments.
    pub moments: Vec<Tick>,
    /// Times without snapshots.
    pub gaps: Vec<Band>,
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
    /// The label of the values.
    pub unit: String,
    /// The latest value; empty if it is printed elsewhere.
    pub now: String,
    /// Baseline of both.
    pub unit_y: Px,
    /// Round values.
    pub values: Vec<Tick>,
    /// Path of the filled area; empty if there is nothing to fill.
    pub area: String,
    /// Path of its upper line.
    pub line: String,
    /// Areas with tooltips.
    pub marks: Vec<Band>,
}

/// The time that pictures share.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Its first moment.
    pub from_ms: i64,
    /// Its last moment.
    pub to_ms: i64,
    /// Times without snapshots.
    pub gaps: &'a [Gap],
}

/// A value that held for a time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    pub(super) from_ms: i64,
    pub(super) to_ms: i64,
    /// `None` where it is not known.
    pub(super) value: Option<f64>,
    /// Tooltip.
    pub(super) title: String,
}

/// The input of a plot.
pub(super) struct PlotData<'a> {
    pub(super) unit: String,
    pub(super) now: String,
    pub(super) height: f64,
    pub(super) steps: &'a [Step],
    /// Round values from zero to the upper end.
    pub(super) values: Vec<Tick>,
    pub(super) highest: f64,
}

impl Frame<'_> {
    pub(super) fn time(&self) -> Scale {
        Scale::new(self.from_ms as f64, self.to_ms as f64, PLOT_LEFT_X, PLOT_RIGHT_X)
    }

    /// Whether part of a time was not recorded.
    pub(super) fn in_gap(&self, from_ms: i64, to_ms: i64) -> bool {
        self.gaps.iter().any(|gap| gap.from_ms < to_ms && from_ms < gap.to_ms)
    }

    pub(super) fn picture(
        &self,
        (id, title, desc): (&'static str, &'static str, String),
        plots_data: Vec<PlotData<'_>>,
        format: &Formatter,
    ) -> Picture {
        let time = self.time();
        let mut top = 0.0;
        let plots: Vec<_> = plots_data
            .into_iter()
            .map(|data| {
                top += PLOT_HEADER_HEIGHT;
                let plot = plot(data, top, &time);
                top = plot.bottom.0 + PLOT_SPACING;
                plot
            })
            .collect();
        let bottom = top - PLOT_SPACING;
        let gaps = self.gaps.iter().filter_map(|gap| gap_band(gap, self.from_ms, self.to_ms, &time, format));
        Picture {
            id,
            title,
            desc,
            width: Px(CHART_WIDTH),
            height: Px(bottom + TIME_AXIS_HEIGHT),
            left: Px(PLOT_LEFT_X),
            right: Px(PLOT_RIGHT_X),
            bottom: Px(bottom),
            label_y: Px(bottom + 20.0),
            plots,
            moments: time_ticks(self.from_ms, self.to_ms, 9, &time, format),
            gaps: gaps.collect(),
        }
    }
}

/// The part of a gap that lies on the axis.
pub(super) fn gap_band(
    gap: &Gap,
    from_ms: i64,
    to_ms: i64,
    time: &Scale,
    format: &Formatter,
) -> Option<Band> {
    let on_axis = gap.from_ms < to_ms && from_ms < gap.to_ms;
    on_axis.then(|| {
        let title = (format.text.chart.gap)(&format.span(gap.from_ms, gap.to_ms));
        band(gap.from_ms, gap.to_ms, time, title)
    })
}

fn band(from_ms: i64, to_ms: i64, time: &Scale, title: String) -> Band {
    let (x, end) = (time.position(from_ms as f64), time.position(to_ms as f64));
    Band { x: Px(x), width: Px(end - x), title }
}

fn plot(data: PlotData<'_>, top: f64, time: &Scale) -> Plot {
    let bottom = top + data.height;
    let scale = Scale::new(0.0, data.highest, bottom, top);
    let x = |at_ms: i64| Px(time.position(at_ms as f64));
    let (mut area, mut line) = (String::new(), String::new());
    // What is not known interrupts area and line.
    for run in data.steps.split(|step| step.value.is_none()).filter(|run| !run.is_empty()) {
        let heights =
            run.iter().map(|step| (x(step.to_ms), Px(scale.position(step.value.unwrap_or_default()))));
        let mut steps = String::new();
        // A step for each value: up or down to it, then along it. A slope between two of them would draw what
        // was not measured.
        for (to, height) in heights {
            let _infallible = write!(steps, "V{height}H{to}");
        }
        let start = x(run[0].from_ms);
        let _infallible = write!(area, "M{start} {base}{steps}V{base}Z", base = Px(bottom));
        // The line begins at the height of its first step, not at the axis.
        let height = Px(scale.position(run[0].value.unwrap_or_default()));
        let _infallible = write!(line, "M{start} {height}{steps}");
    }
    let marks = data.steps.iter().map(|step| band(step.from_ms, step.to_ms, time, step.title.clone()));
    let values =
        data.values.into_iter().map(|tick| Tick { position: Px(scale.position(tick.position.0)), ..tick });
    Plot {
        top: Px(top),
        bottom: Px(bottom),
        height: Px(data.height),
        unit: data.unit,
        now: data.now,
        unit_y: Px(top - 10.0),
        values: values.collect(),
        area,
        line,
        marks: marks.collect(),
    }
}
