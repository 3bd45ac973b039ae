//! The durations of tables in A and in B: from a hollow dot (B) to a filled one (A), so that what became slower
//! points to the right. Thin lines are the ranges that the samples leave open.

use super::words::{change_cell, change_class};
use crate::history::comparison::{Comparison, TableComparison};
use crate::history::figures::times::DurationRange;
use crate::report::chart::axis::{Scale, duration_ticks};
use crate::report::chart::timeline::shorten_middle;
use crate::report::chart::{Px, Tick};
use crate::report::format::Formatter;
use crate::report::view::object_names::qualified_name;

/// Tables of the picture.
const MAX_ROWS: usize = 30;

const CHART_WIDTH: f64 = 974.0;
const PLOT_LEFT_X: f64 = 236.0;
const PLOT_RIGHT_X: f64 = 760.0;
const PLOT_TOP_Y: f64 = 12.0;
const ROW_HEIGHT: f64 = 24.0;
/// How far the range of A is above the middle of the row, and that of B below.
const RANGE_OFFSET: f64 = 6.0;

/// The picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DurationChart {
    pub(super) width: Px,
    pub(super) height: Px,
    pub(super) left: Px,
    pub(super) right: Px,
    pub(super) top: Px,
    pub(super) bottom: Px,
    pub(super) label_x: Px,
    pub(super) label_y: Px,
    pub(super) change_x: Px,
    pub(super) desc: String,
    pub(super) note: String,
    /// Round durations.
    pub(super) ticks: Vec<Tick>,
    /// Tables, the most slowed first.
    pub(super) rows: Vec<Row>,
}

/// One table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) text_y: Px,
    pub(super) middle: Px,
    pub(super) a_y: Px,
    pub(super) b_y: Px,
    pub(super) label: String,
    /// What it says when pointed at.
    pub(super) title: String,
    /// Class: `slower`, `faster` or `unclear`.
    pub(super) class: &'static str,
    /// The change in words.
    pub(super) change: String,
    /// From, middle, to.
    pub(super) a: [Px; 3],
    pub(super) b: [Px; 3],
}

/// A table whose durations in A and B are both known from both sides.
struct Timed<'a> {
    pair: &'a TableComparison<'a>,
    a: (i64, i64),
    b: (i64, i64),
}

impl Timed<'_> {
    /// The difference of the middles.
    fn difference_ms(&self) -> i64 {
        self.a.0.midpoint(self.a.1) - self.b.0.midpoint(self.b.1)
    }
}

/// The picture of the tables with the largest differences; `None` if no table was timed in both.
pub(super) fn duration_chart(comparison: &Comparison<'_>, format: &Formatter) -> Option<DurationChart> {
    let ends = |range: Option<DurationRange>| range.and_then(|it| Some((it.min_ms, it.max_ms?)));
    let mut timed: Vec<_> = comparison
        .tables
        .iter()
        .filter_map(|pair| Some(Timed { a: ends(pair.a?.duration)?, b: ends(pair.b?.duration)?, pair }))
        .collect();
    let all = timed.len();
    timed.sort_by_key(|it| std::cmp::Reverse(it.difference_ms().abs()));
    timed.truncate(MAX_ROWS);
    timed.sort_by_key(|it| std::cmp::Reverse(it.difference_ms()));
    let longest_ms = timed.iter().map(|it| it.a.1.max(it.b.1)).max()?;
    let scale = Scale::new(0.0, longest_ms as f64, PLOT_LEFT_X, PLOT_RIGHT_X);
    let rows: Vec<_> = timed.iter().enumerate().map(|(index, it)| row(it, index, &scale, format)).collect();
    let slower = rows.iter().filter(|row| row.class == "slower").count();
    let words = &format.text.comparison;
    let bottom = PLOT_TOP_Y + ROW_HEIGHT * rows.len() as f64;
    Some(DurationChart {
        width: Px(CHART_WIDTH),
        height: Px(bottom + 28.0),
        left: Px(PLOT_LEFT_X),
        right: Px(PLOT_RIGHT_X),
        top: Px(PLOT_TOP_Y),
        bottom: Px(bottom),
        label_x: Px(PLOT_LEFT_X - 14.0),
        label_y: Px(bottom + 20.0),
        change_x: Px(PLOT_RIGHT_X + 16.0),
        desc: (words.durations_desc)(rows.len(), slower),
        note: (words.durations_note)(rows.len(), all),
        ticks: duration_ticks(longest_ms, 7, &scale, format),
        rows,
    })
}

fn row(timed: &Timed<'_>, index: usize, scale: &Scale, format: &Formatter) -> Row {
    let name = timed.pair.a.map(|table| qualified_name(&table.key, format.text)).unwrap_or_default();
    let middle = PLOT_TOP_Y + ROW_HEIGHT * (index as f64 + 0.5);
    let positions = |(min_ms, max_ms): (i64, i64)| {
        [min_ms, min_ms.midpoint(max_ms), max_ms].map(|ms| Px(scale.position(ms as f64)))
    };
    let duration = |(min_ms, max_ms)| format.range(DurationRange { min_ms, max_ms: Some(max_ms) });
    Row {
        text_y: Px(middle + 4.0),
        middle: Px(middle),
        a_y: Px(middle - RANGE_OFFSET),
        b_y: Px(middle + RANGE_OFFSET),
        label: shorten_middle(&name),
        title: (format.text.comparison.row)(&name, &duration(timed.a), &duration(timed.b)),
        class: change_class(timed.pair.change),
        change: change_cell(timed.pair.change, format),
        a: positions(timed.a),
        b: positions(timed.b),
    }
}
