//! The order in which statements have to run: by what they create, and among equals what is named by others
//! before those that name it.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::ddl::{self, CreatedObject, Dialect};

/// The properties that decide the position of a statement.
pub(super) struct OrderedStatement<'a> {
    /// The kind of object that it creates.
    pub(super) creates: CreatedObject,
    /// The name of the object.
    pub(super) name: &'a str,
    /// Its definition.
    pub(super) definition: Option<&'a str>,
}

/// The places of these statements in the order to run them. Ties are broken by their places here.
pub(super) fn dependency_order(statements: &[OrderedStatement<'_>], dialect: Dialect) -> Vec<usize> {
    let mut creators: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, it) in statements.iter().enumerate() {
        if it.creates != CreatedObject::Constraint {
            creators.entry(it.name.to_lowercase()).or_default().push(at);
        }
    }
    let mut needs: Vec<BTreeSet<usize>> = statements
        .iter()
        .enumerate()
        .map(|(at, it)| must_follow(at, it, statements, &creators, dialect))
        .collect();
    let mut waiting: BTreeSet<(CreatedObject, usize)> =
        statements.iter().enumerate().map(|(at, it)| (it.creates, at)).collect();
    let mut order = Vec::with_capacity(statements.len());
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); statements.len()];
    for (at, needed) in needs.iter().enumerate() {
        for other in needed {
            needed_by[*other].push(at);
        }
    }
    let mut ready: BTreeSet<(CreatedObject, usize)> =
        waiting.iter().filter(|(_, at)| needs[*at].is_empty()).copied().collect();
    // Where all wait for each other in a circle, the first of the lowest kind goes first.
    while let Some(next) = ready.pop_first().or_else(|| waiting.first().copied()) {
        waiting.remove(&next);
        ready.remove(&next);
        order.push(next.1);
        for other in &needed_by[next.1] {
            needs[*other].remove(&next.1);
            let place = (statements[*other].creates, *other);
            if needs[*other].is_empty() && waiting.contains(&place) {
                ready.insert(place);
            }
        }
    }
    order
}

/// The statements that have to run before this one: of its own kind all that it names; of a later kind only
/// a view that it is an index of, or a routine that it calls.
fn must_follow(
    at: usize,
    it: &OrderedStatement<'_>,
    statements: &[OrderedStatement<'_>],
    creators: &BTreeMap<String, Vec<usize>>,
    dialect: Dialect,
) -> BTreeSet<usize> {
    let mut needs = BTreeSet::new();
    let Some(definition) = it.definition else { return needs };
    for name in ddl::mentioned_names(definition) {
        let same = |other: &&usize| **other != at && statements[**other].creates == it.creates;
        needs.extend(creators.get(&name).into_iter().flatten().filter(same));
    }
    let tokens = ddl::tokenize(definition, dialect).tokens;
    for (place, token) in tokens.iter().enumerate() {
        let Some(name) = token.name() else { continue };
        let called = tokens.get(place + 1).is_some_and(|next| next.text == "(");
        let later = |other: &&usize| {
            let creates = statements[**other].creates;
            **other != at
                && it.creates < creates
                && ((creates == CreatedObject::Routine && called)
                    || (creates == CreatedObject::View && it.creates == CreatedObject::Constraint))
        };
        needs.extend(creators.get(&name.to_lowercase()).into_iter().flatten().filter(later));
    }
    needs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ordered(statements: &[(CreatedObject, &str, &str)]) -> Vec<String> {
        let placed: Vec<_> = statements
            .iter()
            .map(|(creates, name, ddl)| OrderedStatement { creates: *creates, name, definition: Some(*ddl) })
            .collect();
        dependency_order(&placed, Dialect::MySql).into_iter().map(|at| placed[at].name.to_owned()).collect()
    }

    #[test]
    fn kinds_stand_in_their_order_and_parents_before_children() {
        use CreatedObject::{Constraint, Other, Routine, Sequence, Table, Trigger, Type, View};
        let statements = [
            (Other, "rule", ""),
            (Trigger, "trigger", "CREATE TRIGGER trigger ON child"),
            (View, "a_view", "CREATE VIEW a_view AS SELECT * FROM b_view"),
            (View, "b_view", "CREATE VIEW b_view AS SELECT * FROM child"),
            (Constraint, "child", "CREATE INDEX i ON child (x)"),
            (Table, "child", "CREATE TABLE child (x int REFERENCES parent (id))"),
            (Table, "parent", "CREATE TABLE parent (id int)"),
            (Sequence, "seq", ""),
            (Routine, "f", "CREATE FUNCTION f()"),
            (Type, "t", ""),
        ];
        assert_eq!(
            ordered(&statements),
            ["t", "seq", "parent", "child", "child", "b_view", "a_view", "f", "trigger", "rule"]
        );
    }

    #[test]
    fn what_is_called_or_indexed_comes_first_though_its_kind_comes_later() {
        use CreatedObject::{Constraint, Routine, View};
        let statements = [
            (Constraint, "i", "CREATE INDEX i ON v (x)"),
            (View, "v", "CREATE MATERIALIZED VIEW v AS SELECT f(1)"),
            (Routine, "f", "CREATE FUNCTION f(a int)"),
        ];
        assert_eq!(ordered(&statements), ["f", "v", "i"]);
    }

    proptest! {
        #[test]
        fn every_statement_stands_in_the_order_once(
            needs in proptest::collection::vec(proptest::collection::vec(0..9_usize, 0..3), 0..9)
        ) {
            let ddl = |of: &Vec<usize>| of.iter().map(|it| format!("o{it}")).collect::<Vec<_>>().join(" ");
            let texts: Vec<(String, String)> =
                needs.iter().enumerate().map(|(at, of)| (format!("o{at}"), ddl(of))).collect();
            let placed: Vec<_> = texts
                .iter()
                .map(|(name, ddl)| OrderedStatement { creates: CreatedObject::Table, name, definition: Some(ddl) })
                .collect();
            let order = dependency_order(&placed, Dialect::PostgreSql);
            let mut all = order.clone();
            all.sort_unstable();
            prop_assert_eq!(all, (0..placed.len()).collect::<Vec<_>>());
            // Without a circle, nothing stands before what it names.
            if needs.iter().enumerate().all(|(at, of)| of.iter().all(|it| *it < at)) {
                let place = |of: usize| order.iter().position(|it| *it == of);
                for (at, of) in needs.iter().enumerate() {
                    prop_assert!(of.iter().all(|it| place(*it) < place(at)));
                }
            }
        }
    }
}
