//! The timeline: one row a table, what was seen drawn solid, what lies between two samples drawn as uncertain.

use super::axis::{Scale, time_ticks};
use super::picture::gap_band;
use super::{Band, Px, Tick};
use crate::history::figures::table::TableFigures;
use crate::history::figures::times::Bracket;
use crate::history::figures::times::StatusSpan;
use crate::history::quality::coverage::Gap;
use crate::model::Status;
use crate::report::format::Formatter;
use std::cmp::Reverse;
use unicode_width::UnicodeWidthChar;

/// Rows of the picture.
const MAX_ROWS: usize = 40;

const CHART_WIDTH: f64 = 974.0;
const PLOT_LEFT_X: f64 = 236.0;
const PLOT_RIGHT_X: f64 = 944.0;
const PLOT_TOP_Y: f64 = 12.0;
const ROW_HEIGHT: f64 = 22.0;
const BAR_HEIGHT: f64 = 10.0;
/// A moment is still a visible mark.
const MIN_MARK_WIDTH: f64 = 2.0;
/// Columns of a label; a wide character takes two.
const MAX_LABEL_COLUMNS: usize = 32;

/// The picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// Width of the drawing.
    pub width: Px,
    /// Height of the drawing.
    pub height: Px,
    /// Left edge of the plot.
    pub left: Px,
    /// Right edge of the plot.
    pub right: Px,
    /// Upper edge of the plot.
    pub top: Px,
    /// Lower edge of the plot.
    pub bottom: Px,
    /// Height of the plot.
    pub plot_height: Px,
    /// Height of a bar.
    pub bar: Px,
    /// Right end of the labels.
    pub label_x: Px,
    /// Baseline of the labels of moments.
    pub label_y: Px,
    /// A description of the chart in a sentence.
    pub desc: String,
    /// Tables, in the order in which they began.
    pub rows: Vec<TimelineRow>,
    /// Round moments.
    pub moments: Vec<Tick>,
    /// Whether any table stood still.
    pub has_stalls: bool,
    /// Times without snapshots.
    pub gaps: Vec<Band>,
}

/// The row of one table.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineRow {
    /// Baseline of the label.
    pub text_y: Px,
    /// Upper edge of the bars.
    pub bar_y: Px,
    /// Middle of the bars.
    pub middle: Px,
    /// The table's name, shortened in the middle.
    pub label: String,
    /// The table's full name.
    pub name: String,
    /// Times between two samples in which its status changed.
    pub uncertain: Vec<Band>,
    /// Times in which a status was seen.
    pub seen: Vec<StatusBar>,
    /// Times in which it stood still.
    pub stalled: Vec<Band>,
    /// Marks of ends.
    pub ends: Vec<EndMark>,
}

/// A time in which a status was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct StatusBar {
    /// Class of the status: `migrating`, `failed`, `other`.
    pub class: &'static str,
    /// Position and tooltip.
    pub band: Band,
}

/// An end, or that there is none yet. Drawn as a sign, so that colour is never the only difference.
#[derive(Debug, Clone, PartialEq)]
pub struct EndMark {
    /// Class: `finished`, `failed`, `running`.
    pub class: &'static str,
    /// Sign.
    pub sign: &'static str,
    /// Horizontal position.
    pub x: Px,
    /// Horizontal offset of the sign from the mark.
    pub dx: Px,
    /// Tooltip.
    pub title: String,
}

/// The timeline of the longest of these tables, or `None` if no time of any is known.
#[must_use]
pub fn timeline_chart(tables: &[TableFigures], gaps: &[Gap], format: &Formatter) -> Option<Timeline> {
    let mut chosen: Vec<_> = tables.iter().filter_map(|table| Some((drawn_extent(table)?, table))).collect();
    chosen.sort_by_key(|(_, table)| {
        let duration = table.duration.map(|range| (range.min_ms, range.max_ms.unwrap_or(range.min_ms)));
        (Reverse(duration), &table.key)
    });
    chosen.truncate(MAX_ROWS);
    chosen.sort_by_key(|((from_ms, _), table)| (*from_ms, &table.key));
    let from_ms = chosen.iter().map(|((from, _), _)| *from).min()?;
    let to_ms = chosen.iter().map(|((_, to), _)| *to).max()?;
    let time = Scale::new(from_ms as f64, to_ms as f64, PLOT_LEFT_X, PLOT_RIGHT_X);
    let rows: Vec<_> =
        chosen.iter().enumerate().map(|(at, (_, table))| timeline_row(table, at, &time, format)).collect();
    let bottom = PLOT_TOP_Y + ROW_HEIGHT * rows.len() as f64;
    Some(Timeline {
        width: Px(CHART_WIDTH),
        height: Px(bottom + 28.0),
        left: Px(PLOT_LEFT_X),
        right: Px(PLOT_RIGHT_X),
        top: Px(PLOT_TOP_Y),
        bottom: Px(bottom),
        plot_height: Px(bottom - PLOT_TOP_Y),
        bar: Px(BAR_HEIGHT),
        label_x: Px(PLOT_LEFT_X - 14.0),
        label_y: Px(bottom + 20.0),
        desc: (format.text.chart.timeline_desc)(rows.len(), &format.moment(from_ms), &format.moment(to_ms)),
        moments: time_ticks(from_ms, to_ms, 8, &time, format),
        gaps: gaps.iter().filter_map(|gap| gap_band(gap, from_ms, to_ms, &time, format)).collect(),
        has_stalls: rows.iter().any(|row| !row.stalled.is_empty()),
        rows,
    })
}

/// From the first to the last moment drawn of a table; `None` if it never began, or was over at first sight.
fn drawn_extent(table: &TableFigures) -> Option<(i64, i64)> {
    let begun: Vec<_> = table.spans.iter().filter(|span| span.status != Some(Status::NotStarted)).collect();
    let (first, last) = (begun.first()?, begun.last()?);
    let over_at_first_sight =
        begun.len() == 1 && first.status == Some(Status::Finished) && first.began.after_ms.is_none();
    if over_at_first_sight {
        return None;
    }
    let from_ms = first.began.after_ms.or(first.began.by_ms).unwrap_or(first.last_seen_at_ms);
    let to_ms = match last.status {
        Some(Status::Finished) => last.began.by_ms.unwrap_or(last.last_seen_at_ms),
        _ => last.last_seen_at_ms,
    };
    Some((from_ms, to_ms.max(from_ms)))
}

fn timeline_row(table: &TableFigures, at: usize, time: &Scale, format: &Formatter) -> TimelineRow {
    let name = if table.key.source_db.is_empty() {
        table.key.object_name.clone()
    } else {
        format!("{}.{}", table.key.source_db, table.key.object_name)
    };
    let top = PLOT_TOP_Y + ROW_HEIGHT * at as f64;
    let mut row = TimelineRow {
        text_y: Px(top + ROW_HEIGHT / 2.0 + 4.0),
        bar_y: Px(top + (ROW_HEIGHT - BAR_HEIGHT) / 2.0),
        middle: Px(top + ROW_HEIGHT / 2.0),
        label: shorten_middle(&name),
        uncertain: Vec::new(),
        seen: Vec::new(),
        stalled: Vec::new(),
        ends: Vec::new(),
        name,
    };
    for (nth, span) in table.spans.iter().enumerate() {
        let last = nth + 1 == table.spans.len();
        add_span(&mut row, span, last, time, format);
    }
    for it in &table.standstills {
        let when = format.span(it.from_ms, it.to_ms);
        let title = (format.text.time_lost.stalled)(&row.name, &when);
        row.stalled.push(mark_band(it.from_ms, it.to_ms, time, title));
    }
    row
}

fn add_span(row: &mut TimelineRow, span: &StatusSpan, last: bool, time: &Scale, format: &Formatter) {
    let status = format.status(span.status.as_ref());
    let by_ms = span.began.by_ms.unwrap_or(span.last_seen_at_ms);
    if let Bracket { after_ms: Some(after_ms), by_ms: Some(by_ms) } = span.began {
        let title = (format.text.chart.uncertain)(&row.name, &format.bracket(span.began));
        row.uncertain.push(mark_band(after_ms, by_ms, time, title));
    }
    let say = |when: &str| (format.text.chart.span)(&row.name, status, when);
    let (seen, end) = match &span.status {
        Some(Status::NotStarted) => (None, None),
        Some(Status::Finished) => (None, Some(("finished", "✓", by_ms, 4.0))),
        Some(Status::Failed) => (Some("failed"), Some(("failed", "✕", by_ms, 0.0))),
        Some(Status::Migrating) => {
            (Some("migrating"), last.then_some(("running", "▸", span.last_seen_at_ms, 3.0)))
        }
        Some(Status::Other(_)) | None => (Some("other"), None),
    };
    if let Some(class) = seen {
        let title = say(&format.span(by_ms, span.last_seen_at_ms));
        row.seen.push(StatusBar { class, band: mark_band(by_ms, span.last_seen_at_ms, time, title) });
    }
    if let Some((class, sign, at_ms, dx)) = end {
        let title = say(&format.bracket(span.began));
        row.ends.push(EndMark { class, sign, x: Px(time.position(at_ms as f64)), dx: Px(dx), title });
    }
}

fn mark_band(from_ms: i64, to_ms: i64, time: &Scale, title: String) -> Band {
    let (x, end) = (time.position(from_ms as f64), time.position(to_ms as f64));
    Band { x: Px(x), width: Px((end - x).max(MIN_MARK_WIDTH)), title }
}

/// A name that fits its column, the middle left out: names of tables differ at both ends.
pub(in crate::report) fn shorten_middle(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    if chars.iter().map(|char| terminal_columns(*char)).sum::<usize>() <= MAX_LABEL_COLUMNS {
        return name.to_owned();
    }
    let head = count_fitting(chars.iter(), MAX_LABEL_COLUMNS / 2);
    let tail = count_fitting(chars.iter().rev(), MAX_LABEL_COLUMNS - MAX_LABEL_COLUMNS / 2 - 1);
    let (head, tail) = (&chars[..head], &chars[chars.len() - tail..]);
    head.iter().chain(&['…']).chain(tail).collect()
}

/// The number of leading characters that fit `max_columns` columns.
fn count_fitting<'a>(chars: impl Iterator<Item = &'a char>, max_columns: usize) -> usize {
    let mut used = 0;
    chars
        .take_while(|char| {
            used += terminal_columns(**char);
            used <= max_columns
        })
        .count()
}

fn terminal_columns(char: char) -> usize {
    char.width().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::figures::standstill::Standstill;
    use crate::history::figures::times::DurationRange;
    use crate::report::sample;
    use crate::report::text::Language;

    fn draw(tables: &[TableFigures]) -> Option<Timeline> {
        timeline_chart(tables, &[], &Formatter::new(Language::En, chrono_tz::UTC))
    }

    fn span(
        status: Status,
        after: Option<i64>,
        by: i64,
        last_seen_ms: i64,
        ended: Option<i64>,
    ) -> StatusSpan {
        let began = Bracket { after_ms: after, by_ms: Some(by) };
        StatusSpan { status: Some(status), began, last_seen_at_ms: last_seen_ms, ended_by_ms: ended }
    }

    fn table(name: &str, spans: Vec<StatusSpan>) -> TableFigures {
        TableFigures { spans, ..sample::table(name) }
    }

    #[test]
    fn nothing_known_draws_nothing() {
        assert_eq!(draw(&[]), None);
        let waiting = table("waits", vec![span(Status::NotStarted, None, 0, 900, None)]);
        let done = table("done", vec![span(Status::Finished, None, 0, 900, None)]);
        assert_eq!(draw(&[waiting, done]), None);
    }

    #[test]
    fn a_standstill_is_drawn_over_the_bar_that_it_lies_in() {
        let spans = vec![span(Status::Migrating, None, 0, 4000, None)];
        let standstill =
            Standstill { from_ms: 1000, to_ms: 3000, is_over: true, rows_done: false, threshold_ms: 500 };
        let chart = draw(&[TableFigures { standstills: vec![standstill], ..table("orders", spans) }]);
        let chart = chart.expect("a chart");
        let stalled = &chart.rows[0].stalled;
        assert_eq!((stalled.len(), stalled[0].x, stalled[0].width), (1, Px(413.0), Px(354.0)));
        assert!(chart.has_stalls);
        let steady = draw(&[table("orders", vec![span(Status::Migrating, None, 0, 4000, None)])]);
        assert!(!steady.expect("a chart").has_stalls);
    }

    #[test]
    fn uncertain_between_samples_and_solid_where_seen() {
        let spans = vec![
            span(Status::NotStarted, None, 0, 0, Some(1000)),
            span(Status::Migrating, Some(0), 1000, 3000, Some(4000)),
            span(Status::Finished, Some(3000), 4000, 9000, None),
        ];
        let chart = draw(&[table("orders", spans)]).expect("a chart");
        let row = &chart.rows[0];
        // The axis is 0 to 4000 over 708 units from 236.
        assert_eq!([row.uncertain[0].x, row.uncertain[0].width], [Px(236.0), Px(177.0)]);
        assert_eq!([row.uncertain[1].x, row.uncertain[1].width], [Px(767.0), Px(177.0)]);
        assert_eq!([row.seen[0].band.x, row.seen[0].band.width], [Px(413.0), Px(354.0)]);
        assert_eq!((row.ends.len(), row.ends[0].class, row.ends[0].x), (1, "finished", Px(944.0)));
    }

    #[test]
    fn a_single_moment_is_a_mark_in_the_middle() {
        let chart = draw(&[table("t", vec![span(Status::Migrating, None, 7, 7, None)])]).expect("a chart");
        let row = &chart.rows[0];
        assert_eq!([row.seen[0].band.x, row.seen[0].band.width], [Px(590.0), Px(2.0)]);
        assert_eq!(row.ends[0].class, "running");
    }

    #[test]
    fn the_longest_forty_are_chosen() {
        let tables: Vec<_> = (0..60)
            .map(|n| {
                let spans = vec![span(Status::Migrating, Some(0), 10, 10 + n, None)];
                let duration = Some(DurationRange { min_ms: n, max_ms: None });
                TableFigures { duration, ..table(&format!("t{n:02}"), spans) }
            })
            .collect();
        let chart = draw(&tables).expect("a chart");
        assert_eq!(chart.rows.len(), MAX_ROWS);
        assert!(chart.rows.iter().all(|row| row.name.as_str() >= "shop.t20"));
    }

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(shorten_middle("shop.orders"), "shop.orders");
        let long = shorten_middle("warehouse.customer_order_items_archive_2024_01");
        assert_eq!(long, "warehouse.custom…archive_2024_01");
        assert_eq!(shorten_middle(&"表".repeat(30)), format!("{}…{}", "表".repeat(8), "表".repeat(7)));
    }
}
