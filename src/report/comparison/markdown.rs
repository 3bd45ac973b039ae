//! A comparison as Markdown.

use askama::Template;

use super::view::{ComparisonView, FigureRow, TableRow};
use crate::report::markdown::columns::{Column, columns};
use crate::report::markdown::escape;
use Column::{Numbers, Words};

/// Tables that a page holds: tickets have limits.
const MAX_TABLES: usize = 100;

#[derive(Template)]
#[template(path = "compare.md")]
struct Page<'a> {
    view: &'a ComparisonView,
    figures: String,
    tables: String,
    time_shares: Option<String>,
}

impl Page<'_> {
    /// A label with the sign that its language sets after it.
    fn label(&self, label: &str) -> String {
        (self.view.text.figure.labelled)(label, "")
    }
}

pub(super) fn render(view: &ComparisonView) -> Result<String, crate::report::Error> {
    let shares = &view.time_shares;
    let time_use = view.text.time_lost.time_use;
    let page = Page {
        view,
        figures: figures(view.text.comparison.figure, &view.figures, Some(view.text.comparison.change)),
        tables: tables(view),
        time_shares: (!shares.is_empty()).then(|| figures(time_use, shares, None)),
    };
    Ok(page.render()?)
}

fn figures(label: &'static str, rows: &[FigureRow], change: Option<&'static str>) -> String {
    let cells = |row: &FigureRow| [row.label.to_owned(), row.a.clone(), row.b.clone()];
    match change {
        Some(change) => columns(
            [Words(label), Words("A"), Words("B"), Words(change)],
            rows.iter().map(|row| {
                let [label, a, b] = cells(row);
                [label, a, b, row.change.clone()]
            }),
        ),
        None => columns([Words(label), Words("A"), Words("B")], rows.iter().map(cells)),
    }
}

fn tables(view: &ComparisonView) -> String {
    let text = view.text;
    let [duration, rows, total, rate] = text.comparison.columns;
    let heads = [
        Words(text.table.table),
        Words(text.table.database),
        Words(text.comparison.change),
        Words(duration[0]),
        Words(duration[1]),
        Numbers(rows[0]),
        Numbers(rows[1]),
        Numbers(total[0]),
        Numbers(total[1]),
        Numbers(rate[0]),
        Numbers(rate[1]),
        Numbers(text.comparison.rate_change),
    ];
    let row = |row: &TableRow| {
        let TableRow { duration, rows, total, rate, .. } = row;
        [
            row.name.clone(),
            row.databases.clone(),
            row.change.clone(),
            duration[0].clone(),
            duration[1].clone(),
            rows[0].clone(),
            rows[1].clone(),
            total[0].clone(),
            total[1].clone(),
            rate[0].clone(),
            rate[1].clone(),
            row.rate_change.clone(),
        ]
    };
    columns(heads, view.tables.iter().take(MAX_TABLES).map(row))
}
