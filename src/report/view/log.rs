//! The log of status changes, and the attempts of restarted tables.

use super::object_names::{object_kind, qualified_name};
use super::row_limit::more_rows;
use super::status_mark::{StatusMark, status_mark};
use super::visible_text::sanitize;
use crate::history::figures::table::TableFigures;
use crate::history::figures::throughput::CopyAttempt;
use crate::history::figures::times::Bracket;
use crate::history::figures::transitions::Transition;
use crate::model::Status;
use crate::report::format::Formatter;
use crate::report::number::{DASH, integer};

/// Rows that a report shows; the database has them all.
const MAX_ROWS: usize = 200;
/// Changes of status that a page shows on paper; the style hides the others.
pub const MAX_PRINTED_ROWS: usize = 40;

/// Changes of status.
#[derive(Debug, PartialEq, Eq)]
pub struct Transitions {
    /// The latest, latest first.
    pub rows: Vec<TransitionRow>,
    /// The number of changes, and of omitted first sightings.
    pub note: String,
    /// The total number.
    pub count: usize,
    /// A sentence about the rows that are not shown, if any.
    pub more: Option<String>,
    /// The same on paper.
    pub more_in_print: Option<String>,
}

/// One change of status.
#[derive(Debug, PartialEq, Eq)]
pub struct TransitionRow {
    /// When.
    pub when: String,
    /// The kind of object.
    pub kind: String,
    /// Its name with its database.
    pub name: String,
    /// The phase.
    pub phase: &'static str,
    /// The status before, or that it was the first sight.
    pub from: String,
    /// The status after.
    pub to: StatusMark,
    /// The error seen with it.
    pub error: Option<String>,
}

/// Attempts of tables that were restarted.
#[derive(Debug, PartialEq, Eq)]
pub struct Attempts {
    /// By table, then by number.
    pub rows: Vec<AttemptRow>,
    /// The total number.
    pub count: usize,
    /// A sentence about the rows that are not shown, if any.
    pub more: Option<String>,
}

/// One attempt.
#[derive(Debug, PartialEq, Eq)]
pub struct AttemptRow {
    /// The table's name with its database.
    pub table: String,
    /// From 1.
    pub number: u32,
    /// From its first to its last observation.
    pub when: String,
    /// Rows at its first observation.
    pub first_rows: String,
    /// Rows at its last observation.
    pub last_rows: String,
    /// Mean rate while it rose.
    pub rate: String,
    /// Rows of the attempt before that it had to do again.
    pub redone: String,
    /// Time of the attempt before that was lost.
    pub lost: String,
    /// Corrections of the count.
    pub note: String,
}

/// The log of these changes, which come oldest first.
#[must_use]
pub fn transition_log(transitions: &[Transition], format: &Formatter) -> Transitions {
    let worth_telling = |change: &&Transition| change.from.is_some() || change.to != Some(Status::NotStarted);
    let count = transitions.iter().filter(worth_telling).count();
    let rows = transitions.iter().rev().filter(worth_telling).take(MAX_ROWS);
    Transitions {
        rows: rows.map(|change| transition_row(change, format)).collect(),
        note: match count {
            0 => format.text.section.transitions_empty.to_owned(),
            _ => (format.text.section.transitions_note)(count, transitions.len() - count),
        },
        count,
        more: more_rows(count, MAX_ROWS, "status_transitions", format.text),
        more_in_print: more_rows(count, MAX_PRINTED_ROWS, "status_transitions", format.text),
    }
}

fn transition_row(change: &Transition, format: &Formatter) -> TransitionRow {
    let bracket = Bracket { after_ms: change.previous_observed_at_ms, by_ms: Some(change.observed_at_ms) };
    let text = format.text;
    TransitionRow {
        when: format.cell_bracket(bracket),
        kind: object_kind(&change.key, text),
        name: qualified_name(&change.key, text),
        phase: text.labels.phases[change.key.phase as usize],
        from: match &change.from {
            None => text.labels.first_seen.to_owned(),
            status => sanitize(format.status(status.as_ref())),
        },
        to: status_mark(change.to.as_ref(), format),
        error: change.error_message.as_deref().map(sanitize),
    }
}

/// The attempts of those tables that had more than one, or whose count was corrected.
#[must_use]
pub fn attempt_log(tables: &[TableFigures], format: &Formatter) -> Attempts {
    let corrected = |table: &TableFigures| table.attempts.iter().any(|it| !it.corrections.is_empty());
    let restarted = tables.iter().filter(|table| table.attempts.len() > 1 || corrected(table));
    let all = restarted.flat_map(|table| table.attempts.iter().map(move |attempt| (table, attempt)));
    let count = all.clone().count();
    Attempts {
        count,
        more: more_rows(count, MAX_ROWS, "table_history", format.text),
        rows: all.take(MAX_ROWS).map(|(table, attempt)| attempt_row(table, attempt, format)).collect(),
    }
}

fn attempt_row(table: &TableFigures, attempt: &CopyAttempt, format: &Formatter) -> AttemptRow {
    let rows: i64 = attempt.rates.iter().map(|rate| rate.rows).sum();
    let active_ms: i64 = attempt.rates.iter().map(|rate| rate.to_ms - rate.from_ms).sum();
    AttemptRow {
        table: qualified_name(&table.key, format.text),
        number: attempt.number,
        when: format.span(attempt.from_ms, attempt.to_ms),
        first_rows: integer(attempt.first_rows),
        last_rows: integer(attempt.last_rows),
        rate: format.cell_rate((active_ms > 0).then(|| rows as f64 * 1000.0 / active_ms as f64)),
        redone: redone(attempt, format),
        lost: format.cell_range(attempt.lost_time),
        note: attempt_note(attempt, format),
    }
}

/// At least and at most; a dash for the first attempt.
fn redone(attempt: &CopyAttempt, format: &Formatter) -> String {
    if attempt.lost_time.is_none() {
        return DASH.to_owned();
    }
    let least = integer(attempt.redone_rows);
    match attempt.redone_rows_most.map(integer) {
        Some(most) if most == least => least,
        most => (format.text.insight.redone_range)(&least, most.as_deref()),
    }
}

fn attempt_note(attempt: &CopyAttempt, format: &Formatter) -> String {
    let text = &format.text.insight;
    let mut notes = Vec::new();
    if attempt.uncertain {
        notes.push(text.uncertain_restart.to_owned());
    }
    if !attempt.corrections.is_empty() {
        let rows: i128 = attempt.corrections.iter().map(|it| i128::from(it.rows)).sum();
        notes.push((text.corrections)(attempt.corrections.len(), &integer(rows)));
    }
    notes.join(format.text.figure.comma)
}
