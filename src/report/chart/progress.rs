//! Progress over time: rows, tables and objects, each on its own axis from nothing to everything.

use super::Tick;
use super::picture::{Frame, Picture, PlotData, Step};
use crate::history::figures::progress::{Completion, ProgressPoint};
use crate::report::chart::Px;
use crate::report::format::Formatter;
use crate::report::number::integer;

const HEIGHT: f64 = 64.0;

/// A share, and whether all of it is done. Of rows only the tables' statuses say that.
type Kind = fn(&ProgressPoint) -> (Completion, bool);
const KINDS: [Kind; 3] = [
    |it| (it.rows, is_whole(it.tables)),
    |it| (it.tables, is_whole(it.tables)),
    |it| (it.objects, is_whole(it.objects)),
];

fn is_whole(share: Completion) -> bool {
    share.total > 0 && share.done == share.total
}

/// The picture of these standings; `None` if there is nothing that could progress.
#[must_use]
pub fn progress_chart(standings: &[ProgressPoint], frame: Frame<'_>, format: &Formatter) -> Option<Picture> {
    let (first, last) = (standings.first()?, standings.last()?);
    let (text, headline) = (&format.text.chart, &format.text.headline);
    let labels = [headline.progress_rows, headline.progress_tables, headline.progress_objects];
    let plots: Vec<_> = KINDS
        .into_iter()
        .zip(labels)
        .map(|(kind, label)| (kind, label, steps(standings, kind, frame, format)))
        .filter(|(_, _, steps)| steps.iter().any(|step| step.value.is_some()))
        .collect();
    let plots_data: Vec<_> =
        plots.iter().map(|(kind, label, steps)| plot_data(label, kind(last), steps, format)).collect();
    let desc = (text.progress_desc)(&format.moment(first.at_ms), &format.moment(last.at_ms));
    let title = ("progress", headline.progress, desc);
    (!plots_data.is_empty()).then(|| frame.picture(title, plots_data, format))
}

fn plot_data<'a>(
    label: &str,
    last: (Completion, bool),
    steps: &'a [Step],
    format: &Formatter,
) -> PlotData<'a> {
    // An estimate that was too low carries its plot beyond the whole.
    let highest = steps.iter().filter_map(|step| step.value).fold(1.0, f64::max);
    let tick = |share: f64| Tick {
        position: Px(share),
        label: (format.text.figure.percent)(&format!("{:.0}", share * 100.0)),
    };
    PlotData {
        unit: label.to_owned(),
        now: value(last, format),
        height: HEIGHT,
        steps,
        highest,
        values: [0.0, 0.5, 1.0].map(tick).into(),
    }
}

/// Each completion holds until the next snapshot; the last one is a moment.
fn steps(standings: &[ProgressPoint], kind: Kind, frame: Frame<'_>, format: &Formatter) -> Vec<Step> {
    let until = standings.iter().skip(1).map(|next| next.at_ms).chain([frame.to_ms]);
    let step = |(standing, to_ms): (&ProgressPoint, i64)| {
        let (from_ms, share) = (standing.at_ms, kind(standing));
        let unseen = frame.in_gap(from_ms, to_ms);
        let text = &format.text.chart;
        Step {
            from_ms,
            to_ms: to_ms.max(from_ms),
            value: share.0.ratio().filter(|_| !unseen),
            title: if unseen {
                (text.gap)(&format.span(from_ms, to_ms))
            } else {
                (format.text.figure.labelled)(&format.moment(from_ms), &value(share, format))
            },
        }
    };
    standings.iter().zip(until).map(step).collect()
}

/// Done of all, and the percentage.
fn value((share, whole): (Completion, bool), format: &Formatter) -> String {
    let of = (format.text.headline.of)(&integer(share.done), &integer(share.total));
    format!("{of} · {}", format.percent(share.ratio(), whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::quality::coverage::Gap;
    use crate::report::text::Language;

    fn draw(rows: &[(i64, i64)], gaps: &[Gap]) -> Option<Picture> {
        let standing = |(at, (done, all)): (i64, &(i64, i64))| ProgressPoint {
            at_ms: at * 1000,
            rows: Completion { done: (*done).into(), total: (*all).into() },
            tables: Completion { done: 1, total: 4 },
            objects: Completion::default(),
        };
        let standings: Vec<_> = (0..).zip(rows).map(standing).collect();
        let frame = Frame { from_ms: 0, to_ms: standings.last().map_or(0, |it| it.at_ms), gaps };
        progress_chart(&standings, frame, &Formatter::new(Language::En, chrono_tz::UTC))
    }

    #[test]
    fn nothing_draws_nothing() {
        assert_eq!(draw(&[], &[]), None);
    }

    #[test]
    fn kinds_without_anything_have_no_plot_and_the_others_each_their_own() {
        let chart = draw(&[(0, 100), (50, 100), (100, 100)], &[]).expect("a chart");
        assert_eq!(chart.plots.len(), 2);
        let [rows, tables] = [&chart.plots[0], &chart.plots[1]];
        assert_eq!(rows.line, "M72 92V92H510V60H948V28H948");
        assert_eq!(tables.line, "M72 186V186H510V186H948V186H948");
        assert_eq!((&rows.unit[..], &rows.now[..]), ("Rows (against the estimate)", "100 of 100 · > 99.9 %"));
    }

    #[test]
    fn one_moment_is_drawn_in_the_middle() {
        let chart = draw(&[(50, 100)], &[]).expect("a chart");
        assert_eq!(chart.plots[0].line, "M510 60V60H510");
    }

    #[test]
    fn a_restart_falls_and_an_estimate_that_was_too_low_stays_in_the_picture() {
        let chart = draw(&[(80, 100), (0, 100), (125, 100)], &[]).expect("a chart");
        // 64 high: 80 of 125 is 23.04 below the top at 28, nothing is at 92, all of it at 28.
        assert_eq!(chart.plots[0].line, "M72 51V51H510V92H948V28H948");
        assert_eq!(chart.plots[0].values.last().map(|tick| tick.position), Some(Px(40.8)));
    }

    #[test]
    fn a_gap_is_not_drawn_over() {
        let gaps = [Gap { from_ms: 1000, to_ms: 2000 }];
        let chart = draw(&[(10, 100), (10, 100), (90, 100), (90, 100)], &gaps).expect("a chart");
        assert_eq!(chart.plots[0].line.matches('M').count(), 2);
        assert!(chart.plots[0].marks[1].title.starts_with("No snapshot"));
    }
}
