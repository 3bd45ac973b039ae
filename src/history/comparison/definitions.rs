//! The statements of structure objects and constraints that differ between two jobs.

use std::collections::BTreeMap;

use super::names::{NameKey, NameMap, key_of};
use crate::history::ddl::{Dialect, Token, detect_dialect, tokenize};
use crate::history::figures::object::ObjectFigures;
use crate::model::Phase;

/// An object whose statement differs, or that only one of the jobs has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefinitionDifference<'a> {
    /// The object in A.
    pub a: Option<&'a ObjectFigures>,
    /// The object in B.
    pub b: Option<&'a ObjectFigures>,
}

/// The differences, by name. Statements that differ only in blanks, comments, or the names of renamed databases are
/// the same.
pub(super) fn compare<'a>(
    a: &'a [ObjectFigures],
    b: &'a [ObjectFigures],
    names: &'a NameMap,
) -> Vec<DefinitionDifference<'a>> {
    type Sides<'a> = [Vec<&'a ObjectFigures>; 2];
    let mut groups: BTreeMap<NameKey<'a>, Sides<'a>> = BTreeMap::new();
    for object in a.iter().filter(|it| has_definition(it)) {
        groups.entry(key_of(&object.key)).or_default()[0].push(object);
    }
    for object in b.iter().filter(|it| has_definition(it)) {
        groups.entry(names.key_in_a(&object.key)).or_default()[1].push(object);
    }
    groups.into_values().flat_map(|[a, b]| differences(a, b, names)).collect()
}

fn has_definition(object: &ObjectFigures) -> bool {
    matches!(object.key.phase, Phase::Structure | Phase::Constraint) && object.state.definition.is_some()
}

/// The objects of one name: several where functions are overloaded, or a table has several constraints. Equal ones
/// are taken out; the others are paired in order.
fn differences<'a>(
    mut a: Vec<&'a ObjectFigures>,
    mut b: Vec<&'a ObjectFigures>,
    names: &NameMap,
) -> Vec<DefinitionDifference<'a>> {
    let text = |object: &ObjectFigures| object.state.definition.clone().unwrap_or_default();
    a.retain(|left| {
        let same = |right: &&ObjectFigures| {
            text(left) == text(right)
                || normalized(&text(left), &NameMap::default()) == normalized(&text(right), names)
        };
        match b.iter().position(same) {
            Some(index) => {
                b.remove(index);
                false
            }
            None => true,
        }
    });
    (0..a.len().max(b.len()))
        .map(|index| DefinitionDifference { a: a.get(index).copied(), b: b.get(index).copied() })
        .collect()
}

/// The tokens of a statement, with the names of A.
fn normalized(sql: &str, names: &NameMap) -> Vec<String> {
    let statement = tokenize(sql, detect_dialect(sql).unwrap_or(Dialect::MySql));
    let text = |token: &Token<'_>| match token.name() {
        Some(name) if names.name_in_a(&name) != name => {
            // In the quotes that it had.
            token.text.replace(&name, names.name_in_a(&name))
        }
        _ => token.text.to_owned(),
    };
    statement.tokens.iter().map(text).collect()
}
