//! The kind of a statement, and the names that it mentions.

use std::collections::BTreeSet;

use super::dialect::Dialect;
use super::lexer::{Token, TokenKind, tokenize};

/// The kind of object that a statement creates, in order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CreatedObject {
    /// Type or domain.
    Type,
    /// Sequence.
    Sequence,
    /// Table.
    Table,
    /// Key, check or index of a table.
    Constraint,
    /// View, materialized or not.
    View,
    /// Function, procedure, package.
    Routine,
    /// Trigger.
    Trigger,
    /// Anything else.
    Other,
}

impl CreatedObject {
    /// The kind for an object type of the API.
    #[must_use]
    pub fn from_object_type(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "type" | "domain" => Self::Type,
            "sequence" => Self::Sequence,
            "table" => Self::Table,
            "index" | "constraint" => Self::Constraint,
            "view" | "materialize view" | "materialized view" => Self::View,
            "function" | "procedure" | "package" => Self::Routine,
            "trigger" => Self::Trigger,
            _ => Self::Other,
        }
    }

    fn from_keyword(word: &str) -> Option<Self> {
        Some(match word {
            "TYPE" | "DOMAIN" => Self::Type,
            "SEQUENCE" => Self::Sequence,
            "TABLE" => Self::Table,
            "INDEX" => Self::Constraint,
            "VIEW" => Self::View,
            "FUNCTION" | "PROCEDURE" | "PACKAGE" | "AGGREGATE" => Self::Routine,
            "TRIGGER" => Self::Trigger,
            "RULE" | "SYNONYM" | "EVENT" | "EXTENSION" | "SCHEMA" | "DATABASE" | "CAST" | "OPERATOR"
            | "COLLATION" | "SERVER" | "POLICY" => Self::Other,
            _ => return None,
        })
    }
}

/// The kind of a statement by its first tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementStart {
    /// `CREATE`, up to and including the keyword of the created object.
    Create {
        /// The kind of the created object.
        what: CreatedObject,
        /// The index of the token with that keyword.
        at: usize,
    },
    /// `ALTER TABLE`.
    AlterTable,
    /// A constraint or key without the `ALTER TABLE … ADD` before it; with or without its `ADD`.
    Fragment {
        /// Whether it begins with `ADD`.
        with_add: bool,
    },
    /// Anything else.
    Other,
}

/// Words with which a definition of a key or constraint begins.
const FRAGMENTS: [&str; 9] =
    ["ADD", "CONSTRAINT", "PRIMARY", "FOREIGN", "UNIQUE", "KEY", "INDEX", "CHECK", "FULLTEXT"];
/// The keyword of the created object is within this many tokens after `CREATE`: a definer has four, options a few.
const HEAD_MOST: usize = 24;

/// Classifies a statement by its first tokens.
#[must_use]
pub fn statement_start(tokens: &[Token<'_>]) -> StatementStart {
    match tokens.first().map(Token::word).as_deref() {
        Some("CREATE") => tokens
            .iter()
            .enumerate()
            .take(HEAD_MOST)
            .skip(1)
            .find_map(|(at, token)| {
                Some(StatementStart::Create { what: CreatedObject::from_keyword(&token.word())?, at })
            })
            .unwrap_or(StatementStart::Other),
        Some("ALTER") if tokens.get(1).is_some_and(|it| it.word() == "TABLE") => StatementStart::AlterTable,
        Some(word) if FRAGMENTS.contains(&word) => StatementStart::Fragment { with_add: word == "ADD" },
        _ => StatementStart::Other,
    }
}

/// The qualified name at this place and the place after it: the parts without their quotes.
#[must_use]
pub fn qualified_name(tokens: &[Token<'_>], from: usize) -> Option<(Vec<String>, usize)> {
    let mut parts = vec![tokens.get(from)?.name()?];
    let mut at = from + 1;
    while tokens.get(at).is_some_and(|it| it.text == ".") {
        parts.push(tokens.get(at + 1)?.name()?);
        at += 2;
    }
    Some((parts, at))
}

/// The name that a definition of a constraint, key or index gives it; `None` if it gives none.
#[must_use]
pub fn constraint_name(definition: &str) -> Option<String> {
    /// Words that may stand between `INDEX` or `KEY` and the columns or the table, where there is no name.
    const NO_NAMES: [&str; 7] = ["ON", "USING", "PRIMARY", "FOREIGN", "UNIQUE", "CHECK", "IF"];
    let tokens = tokenize(definition, detect_dialect(definition).unwrap_or(Dialect::MySql)).tokens;
    let name_at = |at: usize| {
        let token: &Token<'_> = tokens.get(at)?;
        let is_name = token.kind == TokenKind::Name || !NO_NAMES.contains(&token.word().as_str());
        token.name().filter(|_| is_name)
    };
    let keyword = |words: &[&str]| {
        let is_keyword =
            |token: &Token<'_>| token.kind == TokenKind::Word && words.contains(&token.word().as_str());
        tokens.iter().take(HEAD_MOST).position(is_keyword)
    };
    if let Some(at) = keyword(&["CONSTRAINT"]) {
        return name_at(at + 1);
    }
    // A foreign or primary key without `CONSTRAINT` has no name of its own here.
    if keyword(&["FOREIGN", "PRIMARY"]).is_some() {
        return None;
    }
    let at = keyword(&["INDEX", "KEY"])? + 1;
    let skipped = ["CONCURRENTLY", "IF", "NOT", "EXISTS"];
    let first = (at..tokens.len()).find(|at| !skipped.contains(&tokens[*at].word().as_str()))?;
    name_at(first)
}

/// Every name that a statement mentions, in lower case: quoted names, and words that may be one.
#[must_use]
pub fn mentioned_names(sql: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let dialect = detect_dialect(sql).unwrap_or(Dialect::MySql);
    collect_names(sql, dialect, &mut names);
    names
}

fn collect_names(sql: &str, dialect: Dialect, names: &mut BTreeSet<String>) {
    for token in tokenize(sql, dialect).tokens {
        match token.kind {
            TokenKind::Name | TokenKind::Word => names.extend(token.name().map(|it| it.to_lowercase())),
            // The body of a routine names the objects that the routine needs.
            TokenKind::Body => collect_names(token.inside(), dialect, names),
            TokenKind::Text | TokenKind::Symbol => {}
        }
    }
}

/// The dialect that a statement shows; `None` if it could be either.
#[must_use]
pub fn detect_dialect(sql: &str) -> Option<Dialect> {
    const MYSQL: [&str; 4] = ["DEFINER", "ENGINE", "AUTO_INCREMENT", "UNSIGNED"];
    const POSTGRESQL: [&str; 5] = ["PLPGSQL", "BTREE", "NEXTVAL", "BYTEA", "JSONB"];
    let mysql = tokenize(sql, Dialect::MySql);
    if mysql.tokens.iter().any(|it| it.kind == TokenKind::Name || MYSQL.contains(&it.word().as_str())) {
        return Some(Dialect::MySql);
    }
    let postgresql = tokenize(sql, Dialect::PostgreSql);
    let casts = postgresql.tokens.windows(2).any(|pair| pair[0].text == ":" && pair[1].text == ":");
    let says = |it: &Token<'_>| {
        matches!(it.kind, TokenKind::Name | TokenKind::Body) || POSTGRESQL.contains(&it.word().as_str())
    };
    (casts || postgresql.tokens.iter().any(says)).then_some(Dialect::PostgreSql)
}
