//! Failures: open ones by kind, each with its error and its statement, then those that are over.

use super::object_names::{database_names, object_kind, object_name};
use super::visible_text::sanitize;
use crate::history::analysis::Analysis;
use crate::history::ddl;
use crate::history::figures::times::Bracket;
use crate::history::figures::transitions;
use crate::model::{Identity, Phase};
use crate::report::format::Formatter;
use crate::report::text::Text;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write;

/// All failures.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// Open ones, by kind; no kind without any.
    pub open: Vec<FailureGroup>,
    /// The number of open failures.
    pub open_count: usize,
    /// Those that are over.
    pub resolved: Vec<FailureRow>,
}

/// Open failures of one kind.
#[derive(Debug, PartialEq, Eq)]
pub struct FailureGroup {
    /// Heading.
    pub title: &'static str,
    /// Oldest first.
    pub failures: Vec<FailureRow>,
}

/// One failure.
#[derive(Debug, PartialEq, Eq)]
pub struct FailureRow {
    /// Its position in the list of the analysis.
    pub index: usize,
    /// Anchor, the same in every report of this failure.
    pub anchor: String,
    /// The kind of the failed object.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its databases.
    pub databases: String,
    /// The table of a constraint.
    pub parent: Option<String>,
    /// The error message.
    pub error: Option<String>,
    /// The statement.
    pub definition: Option<String>,
    /// Whether a statement is to be expected.
    pub has_statement: bool,
    /// When it failed.
    pub failed: String,
    /// The same for a narrow place.
    pub failed_cell: String,
    /// When it was last seen failed.
    pub last_seen: String,
    /// When it was first seen in another status.
    pub resolved: Option<String>,
    /// Whether the job no longer lists the object.
    pub unlisted: bool,
}

impl FailureRow {
    /// Its databases, and whether the job still lists it, where there is one place for both.
    #[must_use]
    pub fn databases_and_listing(&self, text: &Text) -> String {
        let databases = &self.databases;
        if self.unlisted { format!("{databases} · {}", text.labels.unlisted) } else { databases.clone() }
    }
}

/// The failures of an analysis.
#[must_use]
pub fn failures(analysis: &Analysis, format: &Formatter) -> Failures {
    let unlisted = unlisted_objects(analysis);
    let view = |(index, failure): (usize, &transitions::ObjectFailure)| {
        let gone = unlisted.contains(&failure.key.identity(failure.definition.as_deref()));
        failure_view(index, failure, gone, format)
    };
    let all = analysis.failures.iter().enumerate();
    let (open, over): (Vec<_>, Vec<_>) = all.partition(|(_, failure)| failure.resolved_at_ms.is_none());
    let section = &format.text.section;
    let titles = [
        (Phase::Structure, section.failed_objects),
        (Phase::Constraint, section.failed_constraints),
        (Phase::Data, section.failed_tables),
        (Phase::Sync, section.failed_sync),
    ];
    let groups = titles.into_iter().map(|(phase, title)| {
        let of_phase = open.iter().filter(|(_, failure)| failure.key.phase == phase);
        FailureGroup { title, failures: of_phase.map(|failure| view(*failure)).collect() }
    });
    Failures {
        open: groups.filter(|group| !group.failures.is_empty()).collect(),
        open_count: open.len(),
        resolved: over.into_iter().map(view).collect(),
    }
}

/// Objects that the job no longer lists. What failed and then went away has neither failed for good nor
/// been repaired, and must not look like either.
fn unlisted_objects(analysis: &Analysis) -> BTreeSet<Identity<'_>> {
    let tables = analysis.tables.iter().map(|table| (table.listed, &table.key, &table.state));
    let objects = analysis.objects.iter().map(|object| (object.listed, &object.key, &object.state));
    tables
        .chain(objects)
        .filter(|(listed, ..)| !listed)
        .map(|(_, key, state)| key.identity(state.definition.as_deref()))
        .collect()
}

fn failure_view(
    index: usize,
    failure: &transitions::ObjectFailure,
    unlisted: bool,
    format: &Formatter,
) -> FailureRow {
    let key = &failure.key;
    let bracket =
        Bracket { after_ms: failure.previous_observed_at_ms, by_ms: Some(failure.first_failed_at_ms) };
    FailureRow {
        index,
        anchor: anchor(failure),
        kind: object_kind(key, format.text),
        name: own_name(failure, format),
        databases: database_names(key),
        parent: key.parent_name.as_deref().map(sanitize),
        error: failure.error_message.as_deref().map(sanitize),
        definition: failure.definition.as_deref().map(sanitize),
        has_statement: matches!(key.phase, Phase::Structure | Phase::Constraint),
        failed: format.bracket(bracket),
        failed_cell: format.cell_bracket(bracket),
        last_seen: format.moment(failure.last_seen_at_ms),
        resolved: failure.resolved_at_ms.map(|at_ms| format.moment(at_ms)),
        unlisted,
    }
}

/// A constraint has the name in its definition, where that gives one: the API gives the name of its table.
fn own_name(failure: &transitions::ObjectFailure, format: &Formatter) -> String {
    let definition = failure.definition.as_deref().filter(|_| failure.key.phase == Phase::Constraint);
    definition
        .and_then(ddl::constraint_name)
        .map_or_else(|| object_name(&failure.key, format.text), |name| sanitize(&name))
}

/// An anchor that depends on what failed and when, not on its place in the list, so that a link to it
/// finds it in tomorrow's report too.
pub(super) fn anchor(failure: &transitions::ObjectFailure) -> String {
    let key = &failure.key;
    let mut hash = Sha256::new();
    let names = [
        Some(key.phase.as_str()),
        Some(&key.source_db),
        Some(&key.destination_db),
        key.object_type.as_deref(),
        key.parent_name.as_deref(),
        Some(&key.object_name),
        failure.definition.as_deref(),
    ];
    for name in names {
        let name = name.unwrap_or_default();
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
    }
    hash.update(failure.first_failed_at_ms.to_le_bytes());
    let digest = hash.finalize();
    digest.iter().take(6).fold("failure-".to_owned(), |mut anchor, byte| {
        let _infallible = write!(anchor, "{byte:02x}");
        anchor
    })
}
