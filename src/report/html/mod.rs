//! The view as one HTML file that asks nothing of the network and runs nothing but its own script.

mod table_data;

use super::Live;
use super::view::View;
use super::view::causes::CauseRow;
use super::view::failures::FailureRow;
use super::view::quality;
use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use table_data::TableData;

/// The style sheet of all pages.
pub const STYLE: &str = include_str!("../../../templates/html/style.css");
const SCRIPT: &str = include_str!("../../../templates/html/script.js");
/// Keeps a page of the service up to date; the report's own script lets it take hold of renewed content.
pub const LIVE_SCRIPT: &str = include_str!("../../../templates/html/live.js");

/// With so many open failures, each cause is open in the page; with more, they are lines that open.
const MAX_UNFOLDED_FAILURES: usize = 3;
/// Failures that are laid out in full; each further one is a line that opens. A job of which ten
/// thousand tables failed for one reason still opens at once.
const MAX_EXPANDED_FAILURES: usize = 50;

#[derive(Template)]
#[template(path = "report.html")]
struct HtmlPage<'a> {
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
    cause: Option<&'a CauseRow>,
    /// Those that are laid out in full.
    full: Vec<&'a FailureRow>,
    /// Those that are a line each.
    brief: Vec<&'a FailureRow>,
}

/// The open failures, cause by cause.
fn group_by_cause(view: &View) -> Vec<CauseGroup<'_>> {
    let open = view.failures.open.iter().flat_map(|group| &group.failures);
    let mut by_index: BTreeMap<usize, &FailureRow> = open.map(|it| (it.index, it)).collect();
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
    let data = script_safe_json(&TableData::new(&view.tables, view.text))?;
    let policy = match live {
        None => content_security_policy(&[SCRIPT], "'none'"),
        Some(_) => content_security_policy(&[SCRIPT, LIVE_SCRIPT], "'self'"),
    };
    let causes = group_by_cause(view);
    let unfolded = view.failures.open_count <= MAX_UNFOLDED_FAILURES;
    Ok(HtmlPage {
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
pub fn content_security_policy(scripts: &[&str], calls: &str) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let scripts: Vec<_> = scripts.iter().map(|script| hash(script)).collect();
    format!(
        "default-src 'none'; img-src data:; style-src {}; script-src {}; connect-src {calls}; base-uri 'none'; \
         form-action 'none'",
        hash(STYLE),
        if scripts.is_empty() { "'none'".to_owned() } else { scripts.join(" ") }
    )
}

/// JSON that cannot end the element it stands in, nor begin another.
fn script_safe_json(value: &impl Serialize) -> Result<String, super::Error> {
    Ok(serde_json::to_string(value)?.replace('<', "\\u003c"))
}

#[cfg(test)]
mod tests;
