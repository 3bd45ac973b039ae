//! The failed statements of a job as scripts that can be run, and run again: one for each destination
//! database, in the order in which its objects need each other.

mod comment;
mod definition;
mod item;
mod mysql;
mod order;
mod postgresql;
mod script;
mod single_statement;
mod statement;
#[cfg(test)]
mod tests;

pub use script::Script;

use std::collections::BTreeMap;

use super::Options;
use crate::history::analysis::Analysis;
use crate::history::ddl::{self, Dialect};
use crate::history::figures::transitions::ObjectFailure;
use item::{LatestStates, RepairItem, repair_item};

/// The failures that the scripts repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureFilter {
    /// Those that are open.
    Open,
    /// Every object that ever failed.
    All,
}

/// The scripts of a job, ordered by destination database. A database whose failures are all resolved has a
/// script that says so, so that new scripts replace every file of an earlier run.
#[must_use]
pub fn repair_scripts(analysis: &Analysis, which: FailureFilter, options: &Options) -> Vec<Script> {
    let mut databases: BTreeMap<&str, Vec<&ObjectFailure>> = BTreeMap::new();
    for failure in &analysis.failures {
        databases.entry(&failure.key.destination_db).or_default().push(failure);
    }
    if databases.is_empty() {
        return vec![script::repair_script(analysis, None, Dialect::MySql, &[], *options)];
    }
    let latest = LatestStates::new(analysis);
    databases
        .into_iter()
        .map(|(database, failures)| {
            let wanted = |it: &&&ObjectFailure| which == FailureFilter::All || it.resolved_at_ms.is_none();
            let chosen: Vec<&ObjectFailure> = latest_per_object(failures.iter().filter(wanted).copied());
            let dialect = destination_dialect(analysis, database);
            let mut items: Vec<RepairItem<'_>> =
                chosen.into_iter().map(|failure| repair_item(failure, &latest, dialect)).collect();
            sort_by_dependency(&mut items, dialect);
            script::repair_script(analysis, Some(database), dialect, &items, *options)
        })
        .collect()
}

/// The latest failure of each object, in the order of the list.
fn latest_per_object<'a>(failures: impl Iterator<Item = &'a ObjectFailure>) -> Vec<&'a ObjectFailure> {
    let mut last: BTreeMap<_, &ObjectFailure> = BTreeMap::new();
    for failure in failures {
        let kept = last.entry(failure.key.identity(failure.definition.as_deref())).or_insert(failure);
        if kept.first_failed_at_ms < failure.first_failed_at_ms {
            *kept = failure;
        }
    }
    last.into_values().collect()
}

fn sort_by_dependency(items: &mut Vec<RepairItem<'_>>, dialect: Dialect) {
    let by_name = |it: &RepairItem<'_>| (it.creates, it.failure.key.clone());
    items.sort_by_cached_key(by_name);
    let placed: Vec<_> = items
        .iter()
        .map(|it| order::OrderedStatement {
            creates: it.creates,
            name: &it.failure.key.object_name,
            definition: it.definition.as_deref(),
        })
        .collect();
    let order = order::dependency_order(&placed, dialect);
    let mut slots: Vec<Option<RepairItem<'_>>> = items.drain(..).map(Some).collect();
    items.extend(order.into_iter().filter_map(|at| slots[at].take()));
}

/// The dialect that most definitions of this destination show, its errors where they show none.
fn destination_dialect(analysis: &Analysis, database: &str) -> Dialect {
    let of_objects = analysis.objects.iter().filter(|it| it.key.destination_db == database);
    let definition_and_listings = analysis.failures.iter().filter(|it| it.key.destination_db == database);
    let definitions = of_objects
        .filter_map(|it| it.state.definition.as_deref())
        .chain(definition_and_listings.clone().filter_map(|it| it.definition.as_deref()));
    let (mut mysql, mut postgresql) = (0_usize, 0_usize);
    for seen in definitions.filter_map(ddl::detect_dialect) {
        match seen {
            Dialect::MySql => mysql += 1,
            Dialect::PostgreSql => postgresql += 1,
        }
    }
    let says = |it: &&str| it.contains("org.postgresql") || it.contains("ERROR: ");
    let by_error = definition_and_listings.filter_map(|it| it.error_message.as_deref()).any(|it| says(&it));
    if mysql < postgresql || (mysql == postgresql && by_error) { Dialect::PostgreSql } else { Dialect::MySql }
}
