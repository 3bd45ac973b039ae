//! Rerunnable statements, and the names in definitions.

use crate::history::ddl::{self, CreatedObject, Dialect, StatementStart, Token};

/// The result for a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Statement {
    /// SQL that can be run, and run again.
    Run(String),
    /// Not for a machine.
    Skipped(SkipReason),
}

/// Why a definition is not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SkipReason {
    /// According to the destination the object exists.
    Exists,
    /// There is no definition.
    NoDefinition,
    /// A quote or comment is open at its end.
    NotClosed,
    /// More than one statement.
    Several,
    /// Perhaps more than one statement.
    Uncertain,
    /// The client would take a part of it for a command.
    Command,
    /// It creates nothing.
    NotDdl,
    /// The added constraint has no name, so that a second run would add it again.
    Unnamed,
    /// A constraint whose table is unknown.
    NoParent,
    /// It names the source's database, which has another name at the destination.
    Elsewhere,
    /// The job no longer lists the object.
    Unlisted,
    /// Rows failed, not a statement.
    Rows,
}

/// The destination of a statement.
pub(super) struct Target<'a> {
    /// The dialect of the destination.
    pub(super) dialect: Dialect,
    /// The destination database.
    pub(super) database: &'a str,
    /// The name of the database at the source.
    pub(super) source: &'a str,
    /// The table of a constraint.
    pub(super) parent: Option<&'a str>,
}

/// The names that a `CREATE` gives.
pub(super) struct CreatedNames {
    /// The name of what is created or altered.
    pub(super) object: Option<Vec<String>>,
    /// The table that an index or trigger is on.
    pub(super) on: Option<Vec<String>>,
}

/// The names of a `CREATE` whose word for what it creates stands at this place.
pub(super) fn created_names(tokens: &[Token<'_>], at: usize) -> CreatedNames {
    let mut name_at = at + 1;
    if tokens.get(name_at).is_some_and(|it| it.word() == "CONCURRENTLY") {
        name_at += 1;
    }
    if tokens.get(name_at).is_some_and(|it| it.word() == "IF") {
        name_at += 3;
    }
    let on_at = tokens.iter().skip(at).position(|it| it.word() == "ON").map(|place| at + place + 1);
    // `CREATE INDEX ON t (a)` gives no name.
    let nameless = on_at == Some(name_at + 1);
    CreatedNames {
        object: if nameless { None } else { ddl::qualified_name(tokens, name_at).map(|(name, _)| name) },
        on: on_at.and_then(|at| ddl::qualified_name(tokens, at)).map(|(name, _)| name),
    }
}

/// The definition that an `ALTER TABLE … ADD` adds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum AddedDefinition {
    /// The primary key.
    PrimaryKey,
    /// A constraint with a name.
    Constraint(String),
    /// A key or index with a name.
    Index(String),
    /// A constraint, key or index without a name.
    Nameless,
    /// Anything else, or nothing.
    Other,
}

/// The altered table, and what is added to it.
pub(super) fn added_definition(tokens: &[Token<'_>]) -> (Option<Vec<String>>, AddedDefinition) {
    let mut at = 2;
    while tokens.get(at).is_some_and(|it| matches!(it.word().as_str(), "ONLY" | "IF" | "EXISTS")) {
        at += 1;
    }
    let Some((table, after)) = ddl::qualified_name(tokens, at) else { return (None, AddedDefinition::Other) };
    let word = |at: usize| tokens.get(at).map(Token::word).unwrap_or_default();
    let name = |at: usize| tokens.get(at).and_then(Token::name);
    if word(after) != "ADD" {
        return (Some(table), AddedDefinition::Other);
    }
    let index = |at: usize| name(at).map_or(AddedDefinition::Nameless, AddedDefinition::Index);
    let is_key = |at: usize| matches!(word(at).as_str(), "KEY" | "INDEX");
    let at = after + 1;
    let added = match word(at).as_str() {
        "PRIMARY" => AddedDefinition::PrimaryKey,
        "CONSTRAINT" if word(at + 1) == "PRIMARY" || word(at + 2) == "PRIMARY" => AddedDefinition::PrimaryKey,
        "CONSTRAINT" if matches!(word(at + 1).as_str(), "FOREIGN" | "CHECK" | "UNIQUE") => {
            AddedDefinition::Nameless
        }
        "CONSTRAINT" => name(at + 1).map_or(AddedDefinition::Nameless, AddedDefinition::Constraint),
        "UNIQUE" | "FULLTEXT" | "SPATIAL" if is_key(at + 1) => index(at + 2),
        "UNIQUE" | "FULLTEXT" | "SPATIAL" | "KEY" | "INDEX" => index(at + 1),
        "FOREIGN" | "CHECK" | "EXCLUDE" => AddedDefinition::Nameless,
        _ => AddedDefinition::Other,
    };
    (Some(table), added)
}

/// A name in the quotes of the dialect.
pub(super) fn quote_identifier(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::MySql => format!("`{}`", name.replace('`', "``")),
        Dialect::PostgreSql => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

/// The kind of object that a definition creates; by its object type if the definition does not tell.
pub(super) fn created_object(
    definition: Option<&str>,
    dialect: Dialect,
    object_type: CreatedObject,
) -> CreatedObject {
    match definition.map(|it| ddl::statement_start(&ddl::tokenize(it, dialect).tokens)) {
        Some(StatementStart::Create { what, .. }) => what,
        Some(StatementStart::AlterTable | StatementStart::Fragment { .. }) => CreatedObject::Constraint,
        Some(StatementStart::Other) | None => object_type,
    }
}
