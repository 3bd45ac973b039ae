//! The view as Markdown, for a ticket or a wiki page.

mod blocks;
pub(super) mod columns;
pub(super) mod escape;

use super::text::Text;
use super::view::View;
use super::view::failures::{FailureRow, Failures};
use super::view::quality;
use super::view::row_limit::more_rows;
use askama::Template;

/// How much of each list a page holds; tickets have limits (GitHub's is 65,536 characters).
const MAX_FAILURES: usize = 500;
const MAX_RESOLVED: usize = 20;
const MAX_TABLES: usize = 100;
const MAX_ATTEMPTS: usize = 20;
const MAX_TRANSITIONS: usize = 30;

#[derive(Template)]
#[template(path = "report.md")]
struct MarkdownPage<'a> {
    view: &'a View,
    groups: Vec<GroupPart<'a>>,
    more_failures: Option<String>,
    resolved: &'a [FailureRow],
    more_resolved: Option<String>,
    tables: Option<String>,
    tables_note: String,
    more_tables: Option<String>,
    setbacks: Option<String>,
    time_shares: Option<String>,
    stalls: Option<String>,
    ledger: Option<String>,
    forecasts: Option<String>,
    attempts: Option<String>,
    more_attempts: Option<String>,
    transitions: Option<String>,
    more_transitions: Option<String>,
}

impl MarkdownPage<'_> {
    /// A label with the sign that its language sets after it, and a blank where it sets one.
    fn label(&self, label: &str) -> String {
        (self.view.text.figure.labelled)(label, "")
    }

    /// The same in bold. The sign stands outside, where it does not keep the bold from ending.
    fn strong(&self, label: &str) -> String {
        self.label(&format!("**{label}**"))
    }

    /// The statements of the SQL section in one block, each under a comment that says what it answers.
    fn statements(&self) -> String {
        let recipes = self.view.sql.iter().map(|recipe| format!("-- {}\n{}", recipe.title, recipe.sql));
        recipes.collect::<Vec<_>>().join("\n\n")
    }
}

/// The failures of one kind that fit the page.
struct GroupPart<'a> {
    title: &'static str,
    count: usize,
    failures: &'a [FailureRow],
}

/// Lays the view out.
pub(super) fn render(view: &View) -> Result<String, super::Error> {
    let more = |count, most, source| more_rows(count, most, source, view.text);
    let shown = view.failures.open.iter().map(|group| group.failures.len().min(MAX_FAILURES)).sum();
    let page = MarkdownPage {
        view,
        groups: group_parts(&view.failures),
        more_failures: more(view.failures.open_count, shown, "failures"),
        resolved: first_rows(&view.failures.resolved, MAX_RESOLVED),
        more_resolved: more(view.failures.resolved.len(), MAX_RESOLVED, "failures"),
        tables: block_unless_empty(first_rows(&view.tables.rows, MAX_TABLES), view, blocks::tables),
        tables_note: match view.tables.rows.len() {
            all if all > MAX_TABLES => (view.text.section.tables_longest)(MAX_TABLES, all),
            0 => view.text.section.tables_empty.to_owned(),
            all => (view.text.section.tables_all)(all),
        },
        more_tables: more(view.tables.rows.len(), MAX_TABLES, "table_latest"),
        setbacks: view
            .cutover
            .as_ref()
            .and_then(|it| block_unless_empty(&it.setbacks, view, blocks::setbacks)),
        time_shares: block_unless_empty(&view.time_lost.shares, view, blocks::time_shares),
        stalls: block_unless_empty(&view.time_lost.stalls, view, blocks::stalls),
        ledger: block_unless_empty(&view.insight.ledger, view, blocks::ledger),
        forecasts: block_unless_empty(&view.insight.forecasts, view, blocks::forecasts),
        attempts: block_unless_empty(first_rows(&view.attempts.rows, MAX_ATTEMPTS), view, blocks::attempts),
        more_attempts: more(view.attempts.count, MAX_ATTEMPTS, "table_history"),
        transitions: block_unless_empty(
            first_rows(&view.transitions.rows, MAX_TRANSITIONS),
            view,
            blocks::transitions,
        ),
        more_transitions: more(view.transitions.count, MAX_TRANSITIONS, "status_transitions"),
    };
    Ok(page.render()?)
}

/// A block of these rows, if there is any.
fn block_unless_empty<T>(rows: &[T], view: &View, print: fn(&[T], &Text) -> String) -> Option<String> {
    (!rows.is_empty()).then(|| print(rows, view.text))
}

fn first_rows<T>(all: &[T], most: usize) -> &[T] {
    &all[..all.len().min(most)]
}

/// The groups, each cut where it would be too long for a page.
fn group_parts(failures: &Failures) -> Vec<GroupPart<'_>> {
    let mut parts = Vec::new();
    for group in &failures.open {
        let shown = first_rows(&group.failures, MAX_FAILURES);
        parts.push(GroupPart { title: group.title, count: group.failures.len(), failures: shown });
    }
    parts
}

#[cfg(test)]
mod tests;
