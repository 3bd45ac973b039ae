//! A comparison as finished texts and geometry, in the order in which it is read.

use super::chart::{DurationChart, duration_chart};
use super::diff::{DiffLine, diff_lines};
use super::words::{change_cell, change_class};
use crate::history::analysis::Analysis;
use crate::history::comparison::{
    Comparison, DefinitionDifference, DurationChange, FailureChange, FailureComparison, TableComparison,
};
use crate::history::figures::table::TableFigures;
use crate::history::figures::time_lost::TimeUse;
use crate::history::figures::times::Bracket;
use crate::history::figures::transitions::ObjectFailure;
use crate::report::Options;
use crate::report::format::Formatter;
use crate::report::number::{DASH, decimal, integer};
use crate::report::text::Text;
use crate::report::view::object_names::{database_names, object_kind, object_name, qualified_name};
use crate::report::view::visible_text::sanitize;
use crate::report::view::{job_line, summary, time_extent, window_sentence};

/// Tables, failures of a kind, and statements that a page holds; JSON has all.
const MAX_TABLES: usize = 200;
const MAX_FAILURES: usize = 50;
const MAX_DEFINITIONS: usize = 100;

/// The view.
#[derive(Debug)]
pub(crate) struct ComparisonView {
    pub(crate) text: &'static Text,
    pub(crate) title: String,
    /// A, then B.
    pub(crate) sides: [Side; 2],
    pub(crate) zone: String,
    /// Databases under another name.
    pub(crate) renamed: Vec<String>,
    /// Class of the result: `finished`, `mixed` or `empty`.
    pub(crate) class: &'static str,
    pub(crate) sign: &'static str,
    pub(crate) result: String,
    /// The other sentences of the result.
    pub(crate) sentences: Vec<String>,
    pub(crate) figures: Vec<FigureRow>,
    pub(super) chart: Option<DurationChart>,
    pub(crate) tables: Vec<TableRow>,
    pub(crate) more_tables: Option<String>,
    pub(crate) failures: Vec<FailureGroup>,
    pub(crate) definitions: Vec<DefinitionRow>,
    pub(crate) more_definitions: Option<String>,
    /// Where the time went, in A and in B.
    pub(crate) time_shares: Vec<FigureRow>,
    /// The forecast of A at the rates of B.
    pub(crate) forecast: Vec<String>,
    pub(crate) made_by: String,
}

/// One of the two jobs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Side {
    pub(crate) letter: &'static str,
    pub(crate) title: String,
    pub(crate) job: String,
    pub(crate) as_of: String,
    pub(crate) window: Option<String>,
}

/// A figure of both.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FigureRow {
    pub(crate) label: &'static str,
    pub(crate) a: String,
    pub(crate) b: String,
    pub(crate) change: String,
}

/// A table of both, or of one. Cells of the one that has none are dashes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TableRow {
    pub(crate) name: String,
    pub(crate) databases: String,
    /// Class of the change: `slower`, `faster` or `unclear`.
    pub(crate) class: &'static str,
    pub(crate) change: String,
    pub(crate) duration: [String; 2],
    pub(crate) rows: [String; 2],
    pub(crate) total: [String; 2],
    pub(crate) rate: [String; 2],
    pub(crate) rate_change: String,
}

/// The failures of a kind.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FailureGroup {
    pub(crate) title: &'static str,
    pub(crate) count: usize,
    pub(crate) rows: Vec<FailureRow>,
    pub(crate) more: Option<String>,
}

/// An object that failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FailureRow {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) databases: String,
    /// The messages in A and in B; one if they are the same.
    pub(crate) errors: Vec<(&'static str, String)>,
}

/// An object whose statement differs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DefinitionRow {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) databases: String,
    /// Which of the jobs has it, if it is only one, or that it is too long.
    pub(crate) note: Option<&'static str>,
    pub(super) lines: Vec<DiffLine>,
}

impl DefinitionRow {
    /// The lines that only A has, and those that only B has.
    pub(crate) fn changed_lines(&self) -> [usize; 2] {
        ["added", "removed"].map(|class| self.lines.iter().filter(|line| line.class == class).count())
    }

    /// The lines as one text, each behind its sign.
    pub(crate) fn diff(&self) -> String {
        let lines: Vec<_> = self.lines.iter().map(|line| format!("{}{}", line.sign, line.text)).collect();
        lines.join("\n")
    }
}

impl ComparisonView {
    pub(crate) fn new(comparison: &Comparison<'_>, options: &Options) -> Self {
        let extents = [comparison.a, comparison.b].map(time_extent);
        let first_ms = extents[0].0.min(extents[1].0);
        let last_ms = extents[0].1.max(extents[1].1);
        let format = Formatter::new(options.language, options.zone).for_period(first_ms, last_ms);
        let (text, words) = (format.text, &format.text.comparison);
        let side = |letter, analysis| side(letter, analysis, &format);
        let sides = [side("A", comparison.a), side("B", comparison.b)];
        let (class, sign, result) = result(comparison, &format);
        Self {
            text,
            title: (words.heading)(&sides[0].title, &sides[1].title),
            sides,
            zone: format.zone(first_ms, last_ms),
            renamed: comparison
                .names
                .pairs()
                .map(|(old, new)| (words.renamed)(&sanitize(old), &sanitize(new)))
                .collect(),
            class,
            sign,
            result,
            sentences: sentences(comparison, text),
            figures: figures(comparison, &format),
            chart: duration_chart(comparison, &format),
            tables: comparison.tables.iter().take(MAX_TABLES).map(|pair| table_row(pair, &format)).collect(),
            more_tables: more(comparison.tables.len(), MAX_TABLES, text),
            failures: failure_groups(comparison, text),
            definitions: comparison
                .definitions
                .iter()
                .take(MAX_DEFINITIONS)
                .map(|it| definition(it, text))
                .collect(),
            more_definitions: more(comparison.definitions.len(), MAX_DEFINITIONS, text),
            time_shares: time_shares(comparison, &format),
            forecast: forecast(comparison, &format),
            made_by: (text.section.made_by)(concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"))),
        }
    }
}

fn more(count: usize, max: usize, text: &Text) -> Option<String> {
    (max < count).then(|| (text.comparison.more)(count - max))
}

fn side(letter: &'static str, analysis: &Analysis, format: &Formatter) -> Side {
    let verdict = &format.text.verdict;
    Side {
        letter,
        title: sanitize(analysis.job.name.as_ref().unwrap_or(&analysis.job.id)),
        job: job_line(&analysis.job, true).unwrap_or_default(),
        as_of: match analysis.as_of_ms {
            Some(at_ms) => (verdict.as_of)(&format.moment(at_ms)),
            None => verdict.as_of_never.to_owned(),
        },
        window: window_sentence(analysis, format),
    }
}

/// Class, sign and sentence of the result.
fn result(comparison: &Comparison<'_>, format: &Formatter) -> (&'static str, &'static str, String) {
    let words = &format.text.comparison;
    let is_slower = |pair: &&TableComparison<'_>| matches!(pair.change, DurationChange::Slower { .. });
    let slower = comparison.tables.iter().filter(is_slower).count();
    let is_timed = |pair: &&TableComparison<'_>| {
        matches!(
            pair.change,
            DurationChange::Slower { .. } | DurationChange::Unclear | DurationChange::Faster { .. }
        )
    };
    match (slower, comparison.tables.iter().filter(is_timed).count()) {
        (_, 0) => ("empty", "–", words.nothing_to_compare.to_owned()),
        (0, timed) => ("finished", "✓", (words.none_slower)(timed)),
        (slower, timed) => ("mixed", "▲", (words.slower)(slower, timed)),
    }
}

fn sentences(comparison: &Comparison<'_>, text: &Text) -> Vec<String> {
    let words = &text.comparison;
    let count = |word: &str| comparison.tables.iter().filter(|pair| pair.change.as_str() == word).count();
    let failed = |change| comparison.failures.iter().filter(|it| it.change == change).count();
    let mut sentences = Vec::new();
    if let faster @ 1.. = count("faster") {
        sentences.push((words.faster)(faster));
    }
    if let unclear @ 1.. = count("unclear") {
        sentences.push((words.unclear)(unclear));
    }
    let (only_a, only_b) = (count("only_a"), count("only_b"));
    if only_a + only_b > 0 {
        sentences.push((words.only)(only_a, only_b));
    }
    sentences.push(if comparison.failures.is_empty() {
        words.no_failures.to_owned()
    } else {
        let [new, same, gone] = [FailureChange::New, FailureChange::Same, FailureChange::Gone].map(failed);
        (words.failures)(new, same, gone)
    });
    sentences
}

fn figures(comparison: &Comparison<'_>, format: &Formatter) -> Vec<FigureRow> {
    let (text, words) = (format.text, &format.text.comparison);
    let sides = [comparison.a, comparison.b];
    let row = |label, cell: &dyn Fn(&Analysis) -> String, change: Option<String>| {
        let [a, b] = sides.map(cell);
        FigureRow { label, a, b, change: change.unwrap_or_default() }
    };
    let ratio = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) if b > 0.0 => Some(times(a / b)),
        _ => None,
    };
    let rates = sides.map(|it| it.totals.active_rows_per_second());
    let rows = sides.map(|it| Some(it.totals.finished_rows as f64).filter(|_| !it.tables.is_empty()));
    let duration = DurationChange::between(sides[0].totals.duration, sides[1].totals.duration);
    let tables = |it: &Analysis| {
        let counts = it.status_counts[crate::model::Phase::Data as usize];
        (text.headline.tables_finished)(counts.finished, counts.listed_objects())
    };
    let open = |it: &Analysis| {
        integer(it.failures.iter().filter(|failure| failure.resolved_at_ms.is_none()).count())
    };
    let bracket = |bracket: Bracket| format.cell_bracket(bracket);
    vec![
        row(text.overview.verdict, &|it| summary::verdict_banner(it, format).word.to_owned(), None),
        row(
            text.headline.duration,
            &|it| format.cell_range(it.totals.duration),
            Some(change_cell(duration, format)),
        ),
        row(text.table.started, &|it| bracket(it.totals.started), None),
        row(text.table.ended, &|it| bracket(it.totals.ended), None),
        row(
            text.headline.throughput,
            &|it| format.rate(it.totals.active_rows_per_second()),
            ratio(rates[0], rates[1]),
        ),
        row(text.headline.rows, &|it| integer(it.totals.finished_rows), ratio(rows[0], rows[1])),
        row(text.table.total, &|it| integer(it.totals.total_rows), None),
        row(text.headline.tables, &tables, None),
        row(text.chart.concurrency, &|it| decimal(it.concurrency.mean_tables), None),
        row(text.headline.failures, &open, None),
        row(words.definitions, &|_| String::new(), Some(integer(comparison.definitions.len()))),
    ]
}

/// A factor, with as many digits as it deserves.
fn times(factor: f64) -> String {
    format!("× {}", decimal(factor))
}

fn table_row(pair: &TableComparison<'_>, format: &Formatter) -> TableRow {
    let sides = [pair.a, pair.b];
    let cells = |cell: &dyn Fn(&TableFigures) -> String| {
        sides.map(|table| table.map_or_else(|| DASH.to_owned(), cell))
    };
    let key = pair.a.or(pair.b).map(|table| &table.key);
    TableRow {
        name: key.map(|key| object_name(key, format.text)).unwrap_or_default(),
        databases: key.map(database_names).unwrap_or_default(),
        class: change_class(pair.change),
        change: change_cell(pair.change, format),
        duration: cells(&|it| format.cell_range(it.duration)),
        rows: cells(&|it| format.count(it.state.finished_rows)),
        total: cells(&|it| format.count(it.state.total_rows)),
        rate: cells(&|it| format.cell_rate(it.active_rows_per_second())),
        rate_change: pair.rate_ratio().map_or_else(|| DASH.to_owned(), times),
    }
}

fn failure_groups(comparison: &Comparison<'_>, text: &Text) -> Vec<FailureGroup> {
    let group = |change| {
        let all: Vec<_> = comparison.failures.iter().filter(|it| it.change == change).collect();
        FailureGroup {
            title: (text.comparison.failure_group)(change),
            count: all.len(),
            rows: all.iter().take(MAX_FAILURES).filter_map(|it| failure_row(it, text)).collect(),
            more: more(all.len(), MAX_FAILURES, text),
        }
    };
    let groups = [FailureChange::New, FailureChange::Same, FailureChange::Gone].map(group);
    groups.into_iter().filter(|group| group.count > 0).collect()
}

fn failure_row(failure: &FailureComparison<'_>, text: &Text) -> Option<FailureRow> {
    let key = failure.key()?;
    let error = |failure: &ObjectFailure| {
        let message =
            failure.error_message.as_deref().map_or_else(|| text.failure.no_error.to_owned(), sanitize);
        match failure.resolved_at_ms {
            Some(_) => format!("{message} ({})", text.comparison.resolved),
            None => message,
        }
    };
    let errors = match (failure.a.map(error), failure.b.map(error)) {
        (Some(a), Some(b)) if a == b => vec![("A = B", a)],
        (a, b) => [("A", a), ("B", b)].into_iter().filter_map(|(side, error)| Some((side, error?))).collect(),
    };
    Some(FailureRow {
        kind: object_kind(key, text),
        name: object_name(key, text),
        databases: database_names(key),
        errors,
    })
}

fn definition(difference: &DefinitionDifference<'_>, text: &Text) -> DefinitionRow {
    let words = &text.comparison;
    let statement = |side: Option<&crate::history::figures::object::ObjectFigures>| {
        side.and_then(|it| it.state.definition.as_deref()).map(sanitize).unwrap_or_default()
    };
    let lines = diff_lines(&statement(difference.b), &statement(difference.a));
    let note = match (difference.a, difference.b) {
        (Some(_), None) => Some(words.only_in[0]),
        (None, Some(_)) => Some(words.only_in[1]),
        _ if lines.is_none() => Some(words.too_long),
        _ => None,
    };
    let key = difference.a.or(difference.b).map(|it| &it.key);
    DefinitionRow {
        kind: key.map(|key| object_kind(key, text)).unwrap_or_default(),
        name: key.map(|key| qualified_name(key, text)).unwrap_or_default(),
        databases: key.map(database_names).unwrap_or_default(),
        note,
        lines: lines.unwrap_or_default(),
    }
}

/// The uses of the time that either job has.
fn time_shares(comparison: &Comparison<'_>, format: &Formatter) -> Vec<FigureRow> {
    let used_ms = |analysis: &Analysis, time_use| {
        analysis.time_shares.iter().find(|share| share.time_use == time_use).map(|share| share.duration_ms)
    };
    let whole_ms =
        |analysis: &Analysis| analysis.time_shares.iter().map(|share| share.duration_ms).sum::<i64>();
    let cell = |analysis: &Analysis, time_use| match (used_ms(analysis, time_use), whole_ms(analysis)) {
        (Some(ms @ 1..), whole_ms @ 1..) => {
            let share = format.percent(Some(ms as f64 / whole_ms as f64), ms == whole_ms);
            format!("{} ({share})", format.duration(ms))
        }
        _ => DASH.to_owned(),
    };
    let sides = [comparison.a, comparison.b];
    let is_used = |time_use: &TimeUse| sides.iter().any(|it| used_ms(it, *time_use) > Some(0));
    TimeUse::ALL
        .into_iter()
        .filter(is_used)
        .map(|time_use| FigureRow {
            label: (format.text.time_lost.use_name)(time_use),
            a: cell(comparison.a, time_use),
            b: cell(comparison.b, time_use),
            change: String::new(),
        })
        .collect()
}

fn forecast(comparison: &Comparison<'_>, format: &Formatter) -> Vec<String> {
    let words = &format.text.comparison;
    let Some(forecast) = comparison.forecast else { return Vec::new() };
    let range = Bracket { after_ms: Some(forecast.early_ms), by_ms: Some(forecast.late_ms) };
    let mut sentences = vec![(words.forecast_at)(&format.bracket(range), forecast.tables)];
    if forecast.tables_without_rate > 0 {
        sentences.push((words.forecast_without)(forecast.tables_without_rate));
    }
    sentences
}
