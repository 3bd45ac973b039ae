//! The view as one HTML file that asks nothing of the network and runs nothing but its own script.

use super::Live;
use super::text::Text;
use super::view::View;
use super::view::causes::Cause;
use super::view::failures::Failure;
use super::view::quality;
use super::view::tables::{TableRow, Tables};
use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// How every page looks.
pub const STYLE: &str = include_str!("../../../templates/html/style.css");
const SCRIPT: &str = include_str!("../../../templates/html/script.js");
/// Keeps a page of the service up to date; the report's own script lets it take hold of renewed content.
pub const LIVE_SCRIPT: &str = include_str!("../../../templates/html/live.js");

/// With so many open failures, each cause is open in the page; with more, they are lines that open.
const MAX_UNFOLDED_FAILURES: usize = 3;
/// Failures that are laid out in full; each further one is a line that opens. A job of which ten
/// thousand tables failed for one reason still opens at once.
const MAX_EXPANDED_FAILURES: usize = 200;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    view: &'a View,
    causes: Vec<CauseGroup<'a>>,
    unfolded: bool,
    policy: String,
    style: &'static str,
    script: &'static str,
    data: String,
    live: Option<&'a Live<'a>>,
    live_script: &'static str,
}

/// The open failures of one cause.
struct CauseGroup<'a> {
    /// `None` for those of the causes that the view leaves out.
    cause: Option<&'a Cause>,
    /// Those that are laid out in full.
    full: Vec<&'a Failure>,
    /// Those that are a line each.
    brief: Vec<&'a Failure>,
}

/// The open failures, cause by cause.
fn by_cause(view: &View) -> Vec<CauseGroup<'_>> {
    let open = view.failures.open.iter().flat_map(|group| &group.failures);
    let mut by_index: BTreeMap<usize, &Failure> = open.map(|it| (it.index, it)).collect();
    let mut full_left = MAX_EXPANDED_FAILURES;
    let mut group = |cause, failures: Vec<_>| {
        let full: Vec<_> = failures.iter().copied().take(full_left).collect();
        full_left -= full.len();
        CauseGroup { cause, brief: failures[full.len()..].to_vec(), full }
    };
    let mut groups: Vec<_> = view
        .causes
        .rows
        .iter()
        .map(|cause| {
            let failures = cause.failure_indices.iter().filter_map(|index| by_index.remove(index));
            group(Some(cause), failures.collect())
        })
        .collect();
    if !by_index.is_empty() {
        groups.push(group(None, by_index.into_values().collect()));
    }
    groups
}

/// Lays the view out.
pub(super) fn render(view: &View, live: Option<&Live<'_>>) -> Result<String, super::Error> {
    let data = inert(&columns(&view.tables, view.text))?;
    let policy = match live {
        None => policy(&[SCRIPT], "'none'"),
        Some(_) => policy(&[SCRIPT, LIVE_SCRIPT], "'self'"),
    };
    let causes = by_cause(view);
    let unfolded = view.failures.open_count <= MAX_UNFOLDED_FAILURES;
    Ok(Page {
        view,
        causes,
        unfolded,
        policy,
        style: STYLE,
        script: SCRIPT,
        data,
        live,
        live_script: LIVE_SCRIPT,
    }
    .render()?)
}

/// Allows the style and these scripts by their hashes, calls to there, and nothing else whatever.
#[must_use]
pub fn policy(scripts: &[&str], calls: &str) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let scripts: Vec<_> = scripts.iter().map(|script| hash(script)).collect();
    format!(
        "default-src 'none'; img-src data:; style-src {}; script-src {}; connect-src {calls}; base-uri 'none'; \
         form-action 'none'",
        hash(STYLE),
        scripts.join(" ")
    )
}

/// JSON that cannot end the element it stands in, nor begin another.
fn inert(value: &Value) -> Result<String, super::Error> {
    Ok(serde_json::to_string(value)?.replace('<', "\\u003c"))
}

/// The rows of all tables, column by column, for the script to search, sort and show a page of.
fn columns(tables: &Tables, text: &Text) -> Value {
    let rows = &tables.rows;
    let (doubts, whys) = doubts(rows, text);
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
        "doubts": doubts,
        "whys": whys,
    })
}

/// Where a sign stands, by column and row, as places in the list of reasons: few rows have any.
fn doubts(rows: &[TableRow], text: &Text) -> (Value, Vec<String>) {
    const COLUMNS: [(&str, usize); 5] =
        [("started", 0), ("ended", 1), ("duration", 2), ("rate", 3), ("peak", 3)];
    let mut reasons = Vec::new();
    let mut places = COLUMNS.map(|(name, _)| (name, Map::new()));
    for (at, row) in rows.iter().enumerate().filter(|(_, row)| !row.doubts.are_none()) {
        let whys = row.quality_notes(text).map(|why| {
            let why = why?;
            Some(reasons.iter().position(|known| *known == why).unwrap_or_else(|| {
                reasons.push(why);
                reasons.len() - 1
            }))
        });
        for ((_, places), (_, which)) in places.iter_mut().zip(COLUMNS) {
            if let Some(why) = whys[which] {
                places.insert(at.to_string(), json!(why));
            }
        }
    }
    (places.into_iter().map(|(name, places)| (name.to_owned(), Value::Object(places))).collect(), reasons)
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
