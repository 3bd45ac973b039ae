//! The view as one HTML file that asks nothing of the network and runs nothing but its own script.

use super::view::View;
use super::view::tables::{TableRow, Tables};
use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const STYLE: &str = include_str!("../../../templates/html/style.css");
const SCRIPT: &str = include_str!("../../../templates/html/script.js");

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    view: &'a View,
    policy: String,
    style: &'static str,
    script: &'static str,
    data: String,
}

/// Lays the view out.
pub(super) fn render(view: &View) -> Result<String, super::Error> {
    let data = inert(&columns(&view.tables))?;
    Ok(Page { view, policy: policy(), style: STYLE, script: SCRIPT, data }.render()?)
}

/// Allows this style and this script by their hashes, and nothing else whatever.
fn policy() -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; img-src data:; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

/// JSON that cannot end the element it stands in, nor begin another.
fn inert(value: &Value) -> Result<String, super::Error> {
    Ok(serde_json::to_string(value)?.replace('<', "\\u003c"))
}

/// The rows of all tables, column by column, for the script to search, sort and show a page of.
fn columns(tables: &Tables) -> Value {
    let rows = &tables.rows;
    let text = |of: fn(&TableRow) -> &str| column(rows.iter().map(of));
    json!({
        "count": rows.len(),
        "name": text(|row| &row.name),
        "databases": text(|row| &row.databases),
        "class": text(|row| row.status.class),
        "sign": text(|row| row.status.sign),
        "status": text(|row| &row.status.word),
        "unlisted": rows.iter().enumerate().filter(|(_, row)| row.unlisted).map(|(at, _)| at).collect::<Vec<_>>(),
        "rows": text(|row| &row.rows),
        "total": text(|row| &row.total),
        "percent": text(|row| &row.percent),
        "bar": rows.iter().map(|row| row.bar.0).collect::<Vec<_>>(),
        "rate": text(|row| &row.rate),
        "peak": text(|row| &row.peak),
        "started": text(|row| &row.started),
        "ended": text(|row| &row.ended),
        "duration": text(|row| &row.duration),
        "order": rows.iter().map(|row| row.duration_order).collect::<Vec<_>>(),
        "eta": text(|row| &row.eta),
    })
}

/// One column: its texts, or, where they repeat, each distinct text once and their places.
fn column<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> Value {
    let mut places = BTreeMap::new();
    let mut distinct = Vec::new();
    let mut indexes = Vec::new();
    for text in texts.clone() {
        indexes.push(*places.entry(text).or_insert_with(|| {
            distinct.push(text);
            distinct.len() - 1
        }));
    }
    if distinct.len() * 2 < indexes.len() {
        json!({ "texts": distinct, "at": indexes })
    } else {
        json!(texts.collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests;
