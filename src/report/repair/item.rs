//! A failed object with the statement that repairs it.

use std::collections::BTreeMap;

use super::definition::rerunnable_statement as repair_statement;
use super::statement::{SkipReason, Statement, Target, created_object};
use crate::history::analysis::Analysis;
use crate::history::ddl::{CreatedObject, Dialect};
use crate::history::failures::error_class::ErrorClass;
use crate::history::failures::root_cause::parse_failure;
use crate::history::figures::transitions::ObjectFailure;
use crate::model::{ObjectKey, Phase};

/// A failed object and its statement in the script.
pub(super) struct RepairItem<'a> {
    pub(super) failure: &'a ObjectFailure,
    pub(super) definition: Option<String>,
    pub(super) creates: CreatedObject,
    pub(super) statement: Statement,
}

/// The latest states of all objects: a definition may have come or changed after its object failed.
pub(super) struct LatestStates<'a> {
    by_key: BTreeMap<&'a ObjectKey, Vec<(Option<&'a str>, bool)>>,
}

impl<'a> LatestStates<'a> {
    pub(super) fn new(analysis: &'a Analysis) -> Self {
        let mut by_key: BTreeMap<&ObjectKey, Vec<_>> = BTreeMap::new();
        for object in &analysis.objects {
            by_key.entry(&object.key).or_default().push((object.state.definition.as_deref(), object.listed));
        }
        Self { by_key }
    }

    /// The definition, and whether the job lists the object. Objects with the same name are distinguished by definition.
    fn definition_and_listing(&self, failure: &'a ObjectFailure) -> (Option<&'a str>, bool) {
        let then = failure.definition.as_deref();
        match self.by_key.get(&failure.key).map(Vec::as_slice) {
            Some([(now, listed)]) => (now.or(then), *listed),
            Some(many) => (then, many.iter().find(|(it, _)| *it == then).is_none_or(|(_, listed)| *listed)),
            None => (then, true),
        }
    }
}

/// The statement that repairs this failure, or the reason why it is not run.
pub(super) fn repair_item<'a>(
    failure: &'a ObjectFailure,
    latest: &LatestStates<'a>,
    dialect: Dialect,
) -> RepairItem<'a> {
    let (definition, listed) = latest.definition_and_listing(failure);
    let key = &failure.key;
    let by_type = match key.phase {
        Phase::Constraint => CreatedObject::Constraint,
        _ => CreatedObject::from_object_type(key.object_type.as_deref().unwrap_or_default()),
    };
    let target = Target {
        dialect,
        database: &key.destination_db,
        source: &key.source_db,
        parent: key.parent_name.as_deref(),
    };
    let exists = parse_failure(failure).error_class == ErrorClass::AlreadyExists;
    let statement = match definition {
        _ if matches!(key.phase, Phase::Data | Phase::Sync) => Statement::Skipped(SkipReason::Rows),
        None => Statement::Skipped(SkipReason::NoDefinition),
        Some(_) if exists => Statement::Skipped(SkipReason::Exists),
        Some(_) if !listed && failure.resolved_at_ms.is_none() => Statement::Skipped(SkipReason::Unlisted),
        Some(definition) => repair_statement(definition, &target),
    };
    RepairItem {
        failure,
        creates: created_object(definition, dialect, by_type),
        definition: definition.map(str::to_owned),
        statement,
    }
}
