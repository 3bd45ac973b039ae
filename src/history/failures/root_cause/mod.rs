//! Failures by what caused them: many objects fail for one reason, and many only because another one did.

use crate::model::serialize_millis;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

use crate::history::ddl;
use crate::history::failures::error_class::ErrorClass;
use crate::history::failures::error_message::{ParsedMessage, parse_message};
use crate::history::failures::missing_object::MissingObject;
use crate::history::figures::transitions::ObjectFailure;
use crate::model::Phase;

/// Failures whose messages are the same but for names and numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RootCause {
    /// The class of the error.
    #[serde(rename = "family")]
    pub error_class: ErrorClass,
    /// The codes of DTS in their messages, to the letter and in their order.
    pub codes: Vec<String>,
    /// Their message without codes, names and numbers; empty if they have none.
    #[serde(rename = "pattern")]
    pub message_template: String,
    /// The distinct missing objects that they name, sorted.
    #[serde(rename = "lacks")]
    pub missing_objects: Vec<MissingObject>,
    /// Indices of the failures with this message; at least one.
    pub failures: Vec<usize>,
    /// Indices of the failures with other messages that depend on these.
    pub dependents: Vec<usize>,
    /// Whether each of its failures depends on one of another cause.
    #[serde(rename = "follows")]
    pub is_consequence: bool,
    /// When the first of them was first seen failed.
    #[serde(rename = "first_failed_at", serialize_with = "serialize_millis")]
    pub first_failed_at_ms: i64,
    /// The snapshot that saw it.
    pub first_snapshot_id: i64,
}

/// The causes of these failures: first those that others wait behind, the most first, then those that follow.
#[must_use]
pub fn root_causes(failures: &[ObjectFailure]) -> Vec<RootCause> {
    let said: Vec<ParsedMessage> = failures.iter().map(parse_failure).collect();
    let behind = find_blockers(failures, &said);
    let root: Vec<usize> = (0..failures.len()).map(|at| follow_to_root(at, &behind)).collect();
    let mut groups: BTreeMap<(&[String], ErrorClass, &str), Vec<usize>> = BTreeMap::new();
    for (at, it) in said.iter().enumerate() {
        groups.entry((&it.codes, it.error_class, &it.message_template)).or_default().push(at);
    }
    let group_of = group_by_failure(groups.values(), failures.len());
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
    for (at, root) in root.iter().enumerate() {
        if group_of[at] != group_of[*root] {
            dependents[group_of[*root]].push(at);
        }
    }
    let mut causes: Vec<RootCause> = groups
        .into_iter()
        .zip(dependents)
        .enumerate()
        .filter_map(|(group, (((codes, error_class, message_template), members), dependents))| {
            let first = members.iter().map(|at| &failures[*at]).min_by_key(|it| it.first_failed_at_ms)?;
            let missing_objects: BTreeSet<&MissingObject> =
                members.iter().filter_map(|at| said[*at].missing_object.as_ref()).collect();
            Some(RootCause {
                codes: codes.to_vec(),
                error_class,
                message_template: message_template.to_owned(),
                missing_objects: missing_objects.into_iter().cloned().collect(),
                dependents,
                is_consequence: members.iter().all(|at| group_of[root[*at]] != group),
                first_failed_at_ms: first.first_failed_at_ms,
                first_snapshot_id: first.snapshot_id,
                failures: members,
            })
        })
        .collect();
    // The sort is stable: causes of one size stay in the order of their messages.
    causes.sort_by_key(|it| {
        let size = it.failures.len() + it.dependents.len();
        (it.is_consequence, std::cmp::Reverse(size), it.first_failed_at_ms)
    });
    causes
}

/// Parses the error message of a failure.
#[must_use]
pub fn parse_failure(failure: &ObjectFailure) -> ParsedMessage {
    let key = &failure.key;
    let names = [
        key.object_name.as_str(),
        key.parent_name.as_deref().unwrap_or_default(),
        &key.source_db,
        &key.destination_db,
    ];
    parse_message(failure.error_message.as_deref().unwrap_or_default(), &names)
}

/// For each failure, the failure of an object that it depends on, or the first failure with the same missing object.
fn find_blockers(failures: &[ObjectFailure], said: &[ParsedMessage]) -> Vec<Option<usize>> {
    let mut creators: BTreeMap<(&str, String), usize> = BTreeMap::new();
    let mut lacking: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (at, failure) in failures.iter().enumerate() {
        let database = failure.key.destination_db.as_str();
        if failure.key.phase == Phase::Structure && said[at].error_class != ErrorClass::AlreadyExists {
            creators.entry((database, failure.key.object_name.to_lowercase())).or_insert(at);
        }
        if let Some(lack) = &said[at].missing_object {
            lacking.entry((database, &lack.name)).or_insert(at);
        }
    }
    let behind_of = |(at, failure): (usize, &ObjectFailure)| {
        if !said[at].error_class.may_be_consequence() {
            return None;
        }
        let database = failure.key.destination_db.as_str();
        let created = |name: &str| {
            creators.get(&(database, name.to_lowercase())).copied().filter(|creator| *creator != at)
        };
        let own = said[at].missing_object.as_ref().map(|it| it.name.as_str());
        let parent = failure.key.parent_name.as_deref();
        let table = (failure.key.phase == Phase::Data).then_some(failure.key.object_name.as_str());
        // What the message names decides; only one that names nothing is explained by what the DDL names.
        if let Some(found) = own.into_iter().chain(parent).chain(table).find_map(created) {
            return Some(found);
        }
        let lacked = |name: &str| lacking.get(&(database, name)).copied().filter(|first| *first != at);
        if let Some(own) = own {
            // The first of those that lack it, so that they have one root whatever their messages.
            return lacked(own).filter(|first| *first < at);
        }
        let names = failure.definition.as_deref().map(ddl::mentioned_names).unwrap_or_default();
        names.iter().find_map(|name| created(name)).or_else(|| names.iter().find_map(|name| lacked(name)))
    };
    failures.iter().enumerate().map(behind_of).collect()
}

/// The failure at the end of the chain. In a cycle it is the one with the lowest index.
fn follow_to_root(from: usize, behind: &[Option<usize>]) -> usize {
    let mut seen = BTreeSet::from([from]);
    let mut at = from;
    while let Some(next) = behind[at] {
        if !seen.insert(next) {
            // Walk the circle once, to leave it at the same place from wherever it was entered.
            return first_of_cycle(next, behind);
        }
        at = next;
    }
    at
}

fn first_of_cycle(from: usize, behind: &[Option<usize>]) -> usize {
    let (mut at, mut least) = (from, from);
    while let Some(next) = behind[at].filter(|next| *next != from) {
        least = least.min(next);
        at = next;
    }
    least
}

/// The number of the group that each failure is in.
fn group_by_failure<'a>(groups: impl Iterator<Item = &'a Vec<usize>>, count: usize) -> Vec<usize> {
    let mut group_of = vec![0; count];
    for (group, members) in groups.enumerate() {
        for at in members {
            group_of[*at] = group;
        }
    }
    group_of
}

#[cfg(test)]
mod tests;
