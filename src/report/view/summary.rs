//! The first screen: verdict, what to do next, headline figures, progress.

use super::cutover::{delay, state_sentence};
use super::insight::stall_sentences;
use super::visible_text::sanitize;
use crate::history::analysis::{Analysis, Window};
use crate::history::figures::cutover::{Cutover, CutoverState, delay_of};
use crate::history::figures::table::TableFigures;
use crate::history::figures::verdict::{JobVerdict as Word, StatusCounts, initialization_counts};
use crate::history::forecast::eta::Eta;
use crate::history::quality::data_quality::QualityFlags;
use crate::model::Phase;
use crate::report::chart::Px;
use crate::report::format::{Formatter, bar_percent};
use crate::report::number::{DASH, integer};

/// The verdict.
#[derive(Debug, PartialEq, Eq)]
pub struct VerdictBanner {
    /// Class: `finished`, `mixed`, `failed`, `running` or `empty`.
    pub class: &'static str,
    /// Sign, so that colour is never the only difference.
    pub sign: &'static str,
    /// The word.
    pub word: &'static str,
    /// A sentence that explains it.
    pub meaning: String,
    /// The next steps.
    pub next: Vec<String>,
}

/// A headline figure.
#[derive(Debug, PartialEq, Eq)]
pub struct Headline {
    /// The label.
    pub label: &'static str,
    /// The figure.
    pub value: String,
    /// An explanatory note.
    pub note: String,
    /// Whether it asks for attention.
    pub alarming: bool,
    /// Impairments of the figure.
    pub doubt: QualityFlags,
}

impl Headline {
    /// The figure with no end of a line between a number and its unit.
    #[must_use]
    pub fn unbroken(&self) -> String {
        let chars: Vec<char> = self.value.chars().collect();
        let joins = |at: usize| {
            let before = at.checked_sub(1).and_then(|at| chars.get(at));
            before.is_some_and(char::is_ascii_digit) && chars.get(at + 1).is_some_and(|it| it.is_alphabetic())
        };
        let whole = |(at, char): (usize, &char)| if *char == ' ' && joins(at) { '\u{a0}' } else { *char };
        chars.iter().enumerate().map(whole).collect()
    }
}

/// One kind of progress.
#[derive(Debug, PartialEq)]
pub struct Progress {
    /// The label of the bar.
    pub label: &'static str,
    /// Done of all, and the percentage.
    pub value: String,
    /// The width of the bar in percent.
    pub bar: Px,
}

/// The verdict of an analysis.
#[must_use]
pub fn verdict_banner(analysis: &Analysis, format: &Formatter) -> VerdictBanner {
    let text = &format.text.verdict;
    let (class, sign, word) = match analysis.verdict {
        Word::Finished => ("finished", "✓", text.finished),
        Word::FinishedWithFailures => ("mixed", "!", text.finished_with_failures),
        Word::Failed => ("failed", "✕", text.failed),
        Word::InProgress => ("running", "▸", text.in_progress),
        Word::Empty => ("empty", "–", text.empty),
    };
    let (class, sign, word) = cutover_word(analysis, format).unwrap_or((class, sign, word));
    VerdictBanner {
        class,
        sign,
        word,
        meaning: meaning_with_cutover(analysis, format),
        next: next_steps(analysis, format),
    }
}

/// The delay among the headline figures; `None` before there is one.
fn cutover_headline(figures: &Cutover, format: &Formatter) -> Option<Headline> {
    let text = &format.text.cutover;
    delay_of(&figures.status, figures.last_seen_at_ms)?;
    let notes =
        [(text.state_name)(figures.state).to_owned(), (text.as_of)(&format.moment(figures.last_seen_at_ms))];
    Some(Headline {
        label: text.delay,
        value: delay(figures, format),
        note: notes.join(format.text.figure.comma),
        alarming: matches!(figures.state, CutoverState::Interrupted | CutoverState::FallingBehind),
        doubt: QualityFlags::default(),
    })
}

/// The verdict once the copy is finished and changes are applied.
fn cutover_word(
    analysis: &Analysis,
    format: &Formatter,
) -> Option<(&'static str, &'static str, &'static str)> {
    let state = analysis.cutover.as_ref().filter(|_| analysis.verdict == Word::Finished)?.state;
    let word = (format.text.cutover.verdict)(state)?;
    let (class, sign) = match state {
        CutoverState::Ready => ("finished", "✓"),
        CutoverState::Interrupted | CutoverState::FallingBehind => ("mixed", "!"),
        _ => ("running", "▸"),
    };
    Some((class, sign, word))
}

/// Structure objects and constraints together, by status.
fn sum_counts(counts: &[StatusCounts]) -> StatusCounts {
    counts.iter().fold(StatusCounts::default(), |sum, counts| StatusCounts {
        finished: sum.finished + counts.finished,
        other: sum.other + counts.listed_objects() - counts.finished,
        ..StatusCounts::default()
    })
}

/// What the verdict means, with the state of the cutover where the copy has ended.
fn meaning_with_cutover(analysis: &Analysis, format: &Formatter) -> String {
    let meaning = verdict_meaning(analysis, format);
    let has_ended = matches!(analysis.verdict, Word::Finished | Word::FinishedWithFailures);
    match &analysis.cutover {
        Some(cutover) if has_ended && !cutover.points.is_empty() => {
            [meaning, state_sentence(cutover, analysis.verdict == Word::FinishedWithFailures, format)]
                .join(format.text.figure.space)
        }
        _ => meaning,
    }
}

fn verdict_meaning(analysis: &Analysis, format: &Formatter) -> String {
    let text = &format.text.verdict;
    let counts = initialization_counts(&analysis.status_counts);
    let all = counts.listed_objects();
    match analysis.verdict {
        Word::Finished => (text.means_finished)(all, table_counts(analysis).listed_objects()),
        Word::FinishedWithFailures => (text.means_finished_with_failures)(counts.failed, all),
        Word::Failed => (text.means_failed)(counts.failed, counts.not_started, all),
        Word::InProgress => {
            let meaning = (text.means_in_progress)(counts.finished, counts.migrating, all);
            match counts.failed {
                0 => meaning,
                failed => [meaning, (text.failed_so_far)(failed)].join(format.text.figure.space),
            }
        }
        Word::Empty if counts.unlisted > 0 => text.means_gone.to_owned(),
        Word::Empty if analysis.as_of_ms.is_some() => text.means_empty.to_owned(),
        Word::Empty => match analysis.coverage.failed_sweeps.last() {
            Some(last) => (text.means_failing)(analysis.coverage.failed_sweeps.len(), &sanitize(&last.error)),
            None => text.means_unrecorded.to_owned(),
        },
    }
}

fn next_steps(analysis: &Analysis, format: &Formatter) -> Vec<String> {
    let text = &format.text.verdict;
    let counts = initialization_counts(&analysis.status_counts);
    let mut next = Vec::new();
    if counts.failed > 0 {
        next.push(text.next_repair.to_owned());
    }
    if analysis.verdict == Word::Failed && counts.not_started > 0 {
        next.push((text.next_waiting)(counts.not_started));
    }
    next.extend(stall_sentences(analysis, format));
    if counts.failed > 0 {
        next.push(text.next_record.to_owned());
    }
    match analysis.verdict {
        Word::Finished | Word::FinishedWithFailures => next.push(text.next_compare.to_owned()),
        Word::InProgress if counts.migrating == 0 && counts.other > 0 => {
            next.push((text.next_other)(counts.other));
        }
        Word::InProgress if next.is_empty() => next.push(text.next_watch.to_owned()),
        Word::InProgress | Word::Failed => {}
        Word::Empty => next.push(
            match (analysis.as_of_ms, &analysis.coverage.failed_sweeps[..], analysis.window) {
                (None, [_, ..], _) => text.next_failing,
                (None, [], window) if window != Window::default() => text.next_window,
                _ => text.next_empty,
            }
            .to_owned(),
        ),
    }
    next
}

fn table_counts(analysis: &Analysis) -> &StatusCounts {
    &analysis.status_counts[Phase::Data as usize]
}

/// The headline figures of an analysis.
#[must_use]
pub fn headlines(analysis: &Analysis, format: &Formatter) -> Vec<Headline> {
    let mut headlines = vec![
        tables_headline(analysis, format),
        rows_headline(analysis, format),
        duration_headline(analysis, format),
        throughput_headline(analysis, format),
        failures_headline(analysis, format),
    ];
    if let (Word::InProgress, Some(eta)) = (analysis.verdict, analysis.totals.eta) {
        headlines.push(forecast_headline(eta, format));
    }
    headlines.extend(analysis.cutover.as_ref().and_then(|it| cutover_headline(it, format)));
    headlines
}

/// The figure is short; what is not in it stands in the note.
fn forecast_headline(eta: Eta, format: &Formatter) -> Headline {
    let text = &format.text.eta;
    let rule = match eta.range() {
        Some(_) => (format.text.headline.forecast_note)(&format.eta_probability()),
        None => String::new(),
    };
    let (value, note) = match eta {
        Eta::NotBefore { range, without_estimate } => {
            let range = format.eta(Eta::Between(range));
            let notes = [(text.left_out)(without_estimate), rule];
            ((text.not_before)(&range), notes.join(format.text.figure.comma))
        }
        eta => (format.eta(eta), rule),
    };
    Headline {
        label: format.text.headline.forecast,
        value,
        note,
        alarming: matches!(eta, Eta::StalledSince(_)),
        doubt: QualityFlags::default(),
    }
}

fn tables_headline(analysis: &Analysis, format: &Formatter) -> Headline {
    let counts = table_counts(analysis);
    let name = &format.text.labels;
    let parts = [
        (counts.failed, name.failed),
        (counts.migrating, name.migrating),
        (counts.not_started, name.not_started),
        (counts.other, name.other),
        (counts.unlisted, name.unlisted),
    ];
    let note = parts.into_iter().filter(|(count, _)| *count > 0);
    let note =
        note.map(|(count, word)| (format.text.figure.labelled)(word, &integer(count))).collect::<Vec<_>>();
    Headline {
        label: format.text.headline.tables,
        value: (format.text.headline.tables_finished)(counts.finished, counts.listed_objects()),
        note: note.join(format.text.figure.comma),
        alarming: false,
        doubt: QualityFlags::default(),
    }
}

fn rows_headline(analysis: &Analysis, format: &Formatter) -> Headline {
    let text = &format.text.headline;
    let totals = &analysis.totals;
    let known = |of: fn(&TableFigures) -> Option<i64>| {
        analysis.tables.iter().any(|table| table.listed && of(table).is_some())
    };
    let mut note = vec![if known(|table| table.state.total_rows) {
        (text.rows_estimated)(&integer(totals.total_rows), &rows_percent(analysis, format))
    } else {
        text.rows_no_estimate.to_owned()
    }];
    if totals.tables_without_counts > 0 {
        note.push((text.rows_left_out)(totals.tables_without_counts));
    }
    Headline {
        label: text.rows,
        value: if known(|table| table.state.finished_rows) {
            integer(totals.finished_rows)
        } else {
            DASH.to_owned()
        },
        note: note.join(format.text.figure.comma),
        alarming: false,
        doubt: QualityFlags::default(),
    }
}

fn rows_ratio(analysis: &Analysis) -> Option<f64> {
    let totals = &analysis.totals;
    (totals.total_rows > 0).then(|| totals.finished_rows_with_total as f64 / totals.total_rows as f64)
}

/// Whether every listed table is finished.
fn all_finished(counts: &StatusCounts) -> bool {
    counts.finished > 0 && counts.finished == counts.listed_objects()
}

fn rows_percent(analysis: &Analysis, format: &Formatter) -> String {
    format.percent(rows_ratio(analysis), all_finished(table_counts(analysis)))
}

fn duration_headline(analysis: &Analysis, format: &Formatter) -> Headline {
    let text = &format.text.headline;
    let totals = &analysis.totals;
    Headline {
        label: text.duration,
        value: totals
            .duration
            .map_or_else(|| format.text.figure.unknown.to_owned(), |range| format.range(range)),
        note: (text.from_to)(&format.bracket(totals.started), &format.bracket(totals.ended)),
        alarming: false,
        doubt: totals.quality.duration(),
    }
}

fn throughput_headline(analysis: &Analysis, format: &Formatter) -> Headline {
    let text = &format.text.headline;
    let rate = analysis.totals.active_rows_per_second();
    let doubt = analysis.totals.quality.rates;
    Headline {
        label: text.throughput,
        value: format.rate(rate),
        note: match rate {
            Some(_) => (text.throughput_active)(&format.duration(analysis.totals.active_ms)),
            None => text.throughput_none.to_owned(),
        },
        alarming: false,
        doubt,
    }
}

fn failures_headline(analysis: &Analysis, format: &Formatter) -> Headline {
    let text = &format.text.headline;
    let open = |phase: Phase| {
        let failures = analysis.failures.iter().filter(|failure| failure.resolved_at_ms.is_none());
        failures.filter(|failure| failure.key.phase == phase).count()
    };
    let counts = Phase::ALL.map(open);
    let resolved = analysis.failures.iter().filter(|failure| failure.resolved_at_ms.is_some()).count();
    let mut note: Vec<_> = Phase::ALL
        .into_iter()
        .filter(|phase| counts[*phase as usize] > 0)
        .map(|phase| (text.failures_of[phase as usize])(counts[phase as usize]))
        .collect();
    if resolved > 0 {
        note.push((text.failures_resolved)(resolved));
    }
    if analysis.failures.is_empty() {
        note.push(text.failures_none.to_owned());
    }
    let open: usize = counts.iter().sum();
    Headline {
        label: text.failures,
        value: integer(open),
        note: note.join(format.text.figure.comma),
        alarming: open > 0,
        doubt: QualityFlags::default(),
    }
}

/// Three kinds of progress, side by side and never averaged.
#[must_use]
pub fn progress_bars(analysis: &Analysis, format: &Formatter) -> Vec<Progress> {
    let text = &format.text.headline;
    let totals = &analysis.totals;
    let finished = all_finished(table_counts(analysis));
    let mut progress = Vec::new();
    if totals.total_rows > 0 {
        progress.push(Progress {
            label: text.progress_rows,
            value: with_percent(
                &(text.of)(&integer(totals.finished_rows_with_total), &integer(totals.total_rows)),
                &rows_percent(analysis, format),
            ),
            bar: Px(bar_percent(rows_ratio(analysis), finished)),
        });
    }
    let objects = sum_counts(&analysis.status_counts[..2]);
    for (label, counts) in [(text.progress_tables, table_counts(analysis)), (text.progress_objects, &objects)]
    {
        let all = counts.listed_objects();
        if all == 0 {
            continue;
        }
        let share = Some(counts.finished as f64 / all as f64);
        let done = all_finished(counts);
        progress.push(Progress {
            label,
            value: with_percent(
                &(text.of)(&integer(counts.finished), &integer(all)),
                &format.percent(share, done),
            ),
            bar: Px(bar_percent(share, done)),
        });
    }
    progress
}

fn with_percent(of: &str, percent: &str) -> String {
    format!("{of} · {percent}")
}
