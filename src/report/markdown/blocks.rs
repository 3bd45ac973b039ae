//! The lists of the view as blocks of columns.

use super::columns::{Column, columns};
use crate::report::format::truncate_chars;
use crate::report::text::Text;
use crate::report::view::cutover::SetbackRow;
use crate::report::view::insight::{EstimateRow, ForecastRow};
use crate::report::view::log::{AttemptRow, TransitionRow};
use crate::report::view::quality::with_mark;
use crate::report::view::tables::TableRow;
use crate::report::view::time_lost::{ShareRow, StallRow};
use Column::{Numbers, Words};

/// Characters of an error in the log: the failures have it whole.
const MAX_ERROR_CHARS: usize = 100;

pub(super) fn tables(rows: &[TableRow], text: &Text) -> String {
    let head = &text.table;
    let heads = [
        Words(head.table),
        Words(head.database),
        Words(head.status),
        Numbers(head.rows),
        Numbers(head.total),
        Numbers(head.percent),
        Numbers(head.rate),
        Numbers(head.peak),
        Words(head.started),
        Words(head.ended),
        Words(head.duration),
        Words(head.eta),
    ];
    let row = |row: &TableRow| {
        let doubts = row.doubts;
        [
            row.name.clone(),
            row.databases.clone(),
            row.status_words(text),
            row.rows.clone(),
            row.total.clone(),
            row.percent.clone(),
            with_mark(&row.rate, doubts.rates),
            with_mark(&row.peak, doubts.rates),
            with_mark(&row.started, doubts.started),
            with_mark(&row.ended, doubts.ended),
            with_mark(&row.duration, doubts.duration()),
            row.eta.clone(),
        ]
    };
    columns(heads, rows.iter().map(row))
}

pub(super) fn setbacks(rows: &[SetbackRow], text: &Text) -> String {
    let text = &text.cutover;
    let heads = [
        Words(text.setback),
        Words(text.when),
        Numbers(text.duration),
        Numbers(text.max_delay),
        Words(text.error),
    ];
    let row = |row: &SetbackRow| {
        [
            row.what.to_owned(),
            row.when.clone(),
            row.duration.clone(),
            row.max_delay.clone(),
            truncate_chars(&row.error, MAX_ERROR_CHARS),
        ]
    };
    columns(heads, rows.iter().map(row))
}

pub(super) fn time_shares(rows: &[ShareRow], text: &Text) -> String {
    let heads = [Words(text.time_lost.time_use), Numbers(text.time_lost.time), Numbers(text.time_lost.share)];
    columns(heads, rows.iter().map(|row| [row.name.to_owned(), row.time.clone(), row.share.clone()]))
}

pub(super) fn stalls(rows: &[StallRow], text: &Text) -> String {
    let text = &text.time_lost;
    let heads = [Words(text.table), Words(text.cause), Words(text.when), Numbers(text.time)];
    let row =
        |row: &StallRow| [row.table.clone(), row.cause.to_owned(), row.when.clone(), row.duration.clone()];
    columns(heads, rows.iter().map(row))
}

pub(super) fn ledger(rows: &[EstimateRow], text: &Text) -> String {
    let heads = [
        Words(text.table.table),
        Numbers(text.table.rows),
        Numbers(text.table.total),
        Numbers(text.insight.ratio),
        Words(""),
        Words(text.insight.revisions),
    ];
    let row = |row: &EstimateRow| {
        let wrong = row.wrong.unwrap_or_default().to_owned();
        let EstimateRow { table, rows, total, ratio, revisions, .. } = row;
        [table.clone(), rows.clone(), total.clone(), ratio.clone(), wrong, revisions.clone()]
    };
    columns(heads, rows.iter().map(row))
}

pub(super) fn forecasts(rows: &[ForecastRow], text: &Text) -> String {
    let heads = [Words(text.insight.made), Words(text.insight.forecast), Words(text.insight.wrong)];
    columns(heads, rows.iter().map(|row| [row.made.clone(), row.forecast.clone(), row.wrong.clone()]))
}

pub(super) fn attempts(rows: &[AttemptRow], text: &Text) -> String {
    let heads = [
        Words(text.table.table),
        Numbers(text.table.attempt),
        Words(text.table.when),
        Numbers(text.table.first_rows),
        Numbers(text.table.last_rows),
        Numbers(text.table.rate),
        Numbers(text.insight.redone),
        Numbers(text.insight.lost),
        Words(text.insight.note),
    ];
    let row = |row: &AttemptRow| {
        let AttemptRow { table, number, when, first_rows, last_rows, rate, redone, lost, note } = row;
        [
            table.clone(),
            number.to_string(),
            when.clone(),
            first_rows.clone(),
            last_rows.clone(),
            rate.clone(),
            redone.clone(),
            lost.clone(),
            note.clone(),
        ]
    };
    columns(heads, rows.iter().map(row))
}

pub(super) fn transitions(rows: &[TransitionRow], text: &Text) -> String {
    let head = &text.table;
    let heads = [
        Words(head.when),
        Words(head.object),
        Words(head.phase),
        Words(head.from),
        Words(head.to),
        Words(head.error),
    ];
    let row = |row: &TransitionRow| {
        let error = truncate_chars(row.error.as_deref().unwrap_or_default(), MAX_ERROR_CHARS);
        let object = format!("{} {}", row.kind, row.name);
        [row.when.clone(), object, row.phase.to_owned(), row.from.clone(), row.to.word.clone(), error]
    };
    columns(heads, rows.iter().map(row))
}
