//! Names and kinds of objects as reports show them.

use super::visible_text::sanitize;
use crate::model::{ObjectKey, Phase};
use crate::report::text::Text;

/// An object's databases: "source → destination", or one name if they are the same.
pub(in crate::report) fn database_names(key: &ObjectKey) -> String {
    match (sanitize(&key.source_db), sanitize(&key.destination_db)) {
        (source, destination) if source == destination || destination.is_empty() => source,
        (source, destination) => format!("{source} → {destination}"),
    }
}

/// An object's name, or that it has none.
pub(in crate::report) fn object_name(key: &ObjectKey, text: &Text) -> String {
    match key.object_name.as_str() {
        "" => text.failure.nameless.to_owned(),
        name => sanitize(name),
    }
}

/// An object's name with its database before it.
pub(in crate::report) fn qualified_name(key: &ObjectKey, text: &Text) -> String {
    let name = object_name(key, text);
    if key.source_db.is_empty() { name } else { format!("{}.{name}", sanitize(&key.source_db)) }
}

/// The kind of an object: its type, or the phase of a row without one. A constraint that carries the
/// type of its table is a constraint all the same.
pub(in crate::report) fn object_kind(key: &ObjectKey, text: &Text) -> String {
    match (&key.object_type, key.phase) {
        (Some(word), phase @ Phase::Constraint) if word == "Table" => {
            text.labels.phases[phase as usize].to_owned()
        }
        (Some(word), _) if !word.is_empty() => sanitize((text.labels.object_type)(word)),
        (_, Phase::Data) => text.table.table.to_owned(),
        (_, phase) => text.labels.phases[phase as usize].to_owned(),
    }
}
