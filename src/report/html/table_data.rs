//! The rows of all tables as compact JSON, column by column, for the script to search, sort and show a page of.

use std::collections::BTreeMap;

use crate::report::text::Text;
use crate::report::view::tables::{TableRow, Tables};
use serde::Serialize;
use serde_json::Number;

/// Beyond so many digits a script would round.
const MAX_EXACT_DIGITS: usize = 15;

/// The columns. What the script can compute from others (the bar, the separators of thousands) is left out.
#[derive(Serialize)]
pub(super) struct TableData<'a> {
    count: usize,
    name: Column<&'a str>,
    databases: Column<&'a str>,
    /// Class, sign and word.
    status: Column<[&'a str; 3]>,
    unlisted: Vec<usize>,
    rows: Column<Option<Figure<'a>>>,
    total: Column<Option<Figure<'a>>>,
    percent: Column<&'a str>,
    rate: Column<Option<Figure<'a>>>,
    peak: Column<Option<Figure<'a>>>,
    started: Column<&'a str>,
    ended: Column<&'a str>,
    duration: Column<&'a str>,
    /// Seconds to sort durations by.
    order: Column<Option<i64>>,
    eta: Column<&'a str>,
    /// Where a mark stands, by column and row: positions in `notes`. Few rows have any.
    marks: BTreeMap<&'static str, BTreeMap<usize, usize>>,
    notes: Vec<String>,
}

/// A column: its values; or, where they repeat, each distinct value once, and the positions of the values of all rows,
/// one each or as pairs of a position and how often it follows itself.
#[derive(Serialize)]
#[serde(untagged)]
enum Column<T> {
    Plain(Vec<T>),
    Indexed { values: Vec<T>, at: Vec<usize> },
    Runs { values: Vec<T>, runs: Vec<usize> },
}

/// A figure: a number, from which the script makes the same text, or the text where it would not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
enum Figure<'a> {
    #[serde(serialize_with = "serialize_number")]
    Number(&'a str),
    Text(&'a str),
}

impl<'a> TableData<'a> {
    pub(super) fn new(tables: &'a Tables, text: &Text) -> Self {
        let rows = &tables.rows;
        let (marks, notes) = marks(rows, text);
        let texts = |field: fn(&TableRow) -> &str| rows.iter().map(field).collect::<Column<_>>();
        let figures =
            |field: fn(&TableRow) -> &str| rows.iter().map(|row| figure(field(row))).collect::<Column<_>>();
        let unlisted = rows.iter().enumerate().filter(|(_, row)| row.unlisted);
        Self {
            count: rows.len(),
            name: texts(|row| &row.name),
            databases: texts(|row| &row.databases),
            status: rows.iter().map(|row| [row.status.class, row.status.sign, &row.status.word]).collect(),
            unlisted: unlisted.map(|(index, _)| index).collect(),
            rows: figures(|row| &row.rows),
            total: figures(|row| &row.total),
            percent: texts(|row| &row.percent),
            rate: figures(|row| &row.rate),
            peak: figures(|row| &row.peak),
            started: texts(|row| &row.started),
            ended: texts(|row| &row.ended),
            duration: texts(|row| &row.duration),
            order: rows.iter().map(|row| row.duration_order).collect(),
            eta: texts(|row| &row.eta),
            marks,
            notes,
        }
    }
}

/// `None` for a figure that is not known.
fn figure(text: &str) -> Option<Figure<'_>> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let is_number = text.chars().all(|it| it.is_ascii_digit() || matches!(it, ',' | '.' | '-'));
    match digits {
        0 => None,
        ..=MAX_EXACT_DIGITS if is_number => Some(Figure::Number(text)),
        _ => Some(Figure::Text(text)),
    }
}

fn serialize_number<S: serde::Serializer>(text: &&str, serializer: S) -> Result<S::Ok, S::Error> {
    match text.replace(',', "").parse::<Number>() {
        Ok(number) => number.serialize(serializer),
        Err(_) => text.serialize(serializer),
    }
}

fn marks(rows: &[TableRow], text: &Text) -> (BTreeMap<&'static str, BTreeMap<usize, usize>>, Vec<String>) {
    const COLUMNS: [(&str, usize); 5] =
        [("started", 0), ("ended", 1), ("duration", 2), ("rate", 3), ("peak", 3)];
    let mut notes: Vec<String> = Vec::new();
    let mut marks = BTreeMap::from(COLUMNS.map(|(name, _)| (name, BTreeMap::new())));
    for (index, row) in rows.iter().enumerate().filter(|(_, row)| !row.doubts.is_unimpaired()) {
        let positions = row.quality_notes(text).map(|note| {
            let note = note?;
            Some(notes.iter().position(|known| *known == note).unwrap_or_else(|| {
                notes.push(note);
                notes.len() - 1
            }))
        });
        for (name, figure) in COLUMNS {
            if let (Some(position), Some(column)) = (positions[figure], marks.get_mut(name)) {
                column.insert(index, position);
            }
        }
    }
    (marks, notes)
}

impl<T: Copy + Ord> FromIterator<T> for Column<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let items: Vec<T> = items.into_iter().collect();
        let mut positions = BTreeMap::new();
        let (mut values, mut at) = (Vec::new(), Vec::with_capacity(items.len()));
        for item in &items {
            at.push(*positions.entry(*item).or_insert_with(|| {
                values.push(*item);
                values.len() - 1
            }));
        }
        if items.len() <= values.len() * 2 {
            return Self::Plain(items);
        }
        let runs: Vec<usize> = at.chunk_by(|a, b| a == b).flat_map(|run| [run[0], run.len()]).collect();
        if runs.len() < at.len() { Self::Runs { values, runs } } else { Self::Indexed { values, at } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(column: &Column<&str>) -> String {
        serde_json::to_string(column).unwrap()
    }

    #[test]
    fn columns_take_the_shortest_form() {
        assert_eq!(json(&["a", "b", "c"].into_iter().collect()), r#"["a","b","c"]"#);
        assert_eq!(
            json(&["a", "b", "a", "b", "a"].into_iter().collect()),
            r#"{"values":["a","b"],"at":[0,1,0,1,0]}"#
        );
        assert_eq!(json(&["a"; 9].into_iter().collect()), r#"{"values":["a"],"runs":[0,9]}"#);
    }

    #[test]
    fn figures_are_numbers_where_a_script_keeps_every_digit() {
        let figures = ["1,234,567", "0.0867", "10.0", "–", "9,223,372,036,854,775,807"].map(figure);
        assert_eq!(
            serde_json::to_string(&figures).unwrap(),
            r#"[1234567,0.0867,10.0,null,"9,223,372,036,854,775,807"]"#
        );
    }
}
