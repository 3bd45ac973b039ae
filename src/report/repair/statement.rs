//! Whether a definition can be run as one statement, and the statement that can be run again.

use super::single_statement::is_single_program;
use super::{mysql, postgresql};
use crate::history::ddl::{self, CreatedObject, Dialect, StatementStart, Token, TokenKind};

/// What becomes of a definition.
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
    /// The destination says that the object is there.
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
    /// What it adds has no name, so that a second run would add it again.
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

/// Where a statement is to be run.
pub(super) struct Target<'a> {
    /// The dialect of the destination.
    pub(super) dialect: Dialect,
    /// The destination database.
    pub(super) database: &'a str,
    /// What the source calls it.
    pub(super) source: &'a str,
    /// The table of a constraint.
    pub(super) parent: Option<&'a str>,
}

/// What to do with this definition.
pub(super) fn statement(definition: &str, target: &Target<'_>) -> Statement {
    let lexed = ddl::tokenize(definition, target.dialect);
    // One that is not closed would swallow the comment behind it, and run what follows its next quote.
    if !lexed.closed {
        return Statement::Skipped(SkipReason::NotClosed);
    }
    let tokens = without_end(&lexed.tokens);
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
        return Statement::Skipped(SkipReason::NoDefinition);
    };
    if is_several(tokens, target.dialect) {
        return Statement::Skipped(SkipReason::Several);
    }
    if has_command(definition, tokens, target.dialect) {
        return Statement::Skipped(SkipReason::Command);
    }
    if names_the_source(tokens, target) {
        return Statement::Skipped(SkipReason::Elsewhere);
    }
    if target.dialect == Dialect::MySql
        && let Some(keyword) = program_keyword(tokens)
        && !is_certain_program(definition, tokens, keyword)
    {
        return Statement::Skipped(SkipReason::Uncertain);
    }
    // From the first to the last token: a comment at the end would swallow the semicolon.
    let sql = &definition[first.at..last.at + last.text.len()];
    let run = |sql: &str, tokens: &[Token<'_>]| match target.dialect {
        Dialect::MySql => mysql::make_rerunnable(sql, tokens, target),
        Dialect::PostgreSql => postgresql::make_rerunnable(sql, tokens),
    };
    match ddl::statement_start(tokens) {
        StatementStart::Other => Statement::Skipped(SkipReason::NotDdl),
        StatementStart::Create { .. } | StatementStart::AlterTable => {
            run(sql, &ddl::tokenize(sql, target.dialect).tokens)
        }
        StatementStart::Fragment { with_add } => {
            let Some(parent) = target.parent.filter(|it| !it.is_empty()) else {
                return Statement::Skipped(SkipReason::NoParent);
            };
            let add = if with_add { "" } else { "ADD " };
            let sql = format!("ALTER TABLE {} {add}{sql}", quoted(target.dialect, parent));
            run(&sql, &ddl::tokenize(&sql, target.dialect).tokens)
        }
    }
}

/// Whether something is looked for in the source's database, which at the destination may be another's or nobody's.
fn names_the_source(tokens: &[Token<'_>], target: &Target<'_>) -> bool {
    let is_source =
        |token: &Token<'_>| token.name().is_some_and(|name| name.eq_ignore_ascii_case(target.source));
    let renamed = !target.source.is_empty() && target.source != target.database;
    renamed
        && tokens.windows(2).enumerate().any(|(at, pair)| {
            let is_first = at == 0 || tokens[at - 1].text != ".";
            is_first && is_source(&pair[0]) && pair[1].text == "."
        })
}

/// The tokens without the semicolons at their end.
fn without_end<'a, 'b>(tokens: &'b [Token<'a>]) -> &'b [Token<'a>] {
    let kept = tokens.iter().rposition(|it| it.text != ";").map_or(0, |at| at + 1);
    &tokens[..kept]
}

/// Whether a semicolon parts the text into statements. The server has the last word: PostgreSQL names the command of the
/// text before it executes it, MySQL prepares it, and programs that it cannot prepare are read by `single_statement`.
fn is_several(tokens: &[Token<'_>], dialect: Dialect) -> bool {
    let has_atomic_body = dialect == Dialect::PostgreSql
        && tokens.windows(2).any(|pair| pair[0].word() == "BEGIN" && pair[1].word() == "ATOMIC");
    if is_program(tokens) && dialect == Dialect::MySql || has_atomic_body {
        return false;
    }
    let mut brackets = 0_i32;
    tokens.iter().any(|token| {
        match token.text {
            "(" => brackets += 1,
            ")" => brackets -= 1,
            _ => {}
        }
        token.text == ";" && (brackets <= 0 || dialect == Dialect::MySql)
    })
}

/// Whether a statement creates a stored program of MySQL: its body may contain semicolons.
fn is_program(tokens: &[Token<'_>]) -> bool {
    program_keyword(tokens).is_some()
}

fn program_keyword(tokens: &[Token<'_>]) -> Option<usize> {
    let StatementStart::Create { at, .. } = ddl::statement_start(tokens) else { return None };
    matches!(tokens[at].word().as_str(), "PROCEDURE" | "FUNCTION" | "PACKAGE" | "TRIGGER" | "EVENT")
        .then_some(at)
}

/// Whether both the client and the server certainly read a program as we do, and as a single statement. Executable
/// comments are read by some versions only, and a line that begins with a client command is one with `--named-commands`.
fn is_certain_program(definition: &str, tokens: &[Token<'_>], keyword: usize) -> bool {
    let has_executable_comment =
        tokens.iter().any(|it| it.kind == TokenKind::Symbol && it.text.starts_with("/*"));
    !mysql::has_client_command(definition) && !has_executable_comment && is_single_program(tokens, keyword)
}

/// Whether the client would see a command: a backslash outside of quotes, or the word `delimiter` in MySQL's. Clients
/// and servers disagree about control characters; neither client passes on NUL.
fn has_command(definition: &str, tokens: &[Token<'_>], dialect: Dialect) -> bool {
    tokens.iter().any(|it| {
        (it.kind == TokenKind::Symbol && it.text == "\\")
            || (dialect == Dialect::MySql && it.word() == "DELIMITER")
    }) || definition.contains(|it: char| it.is_ascii_control() && !matches!(it, '\t' | '\n' | '\r'))
}

/// The names that a `CREATE` gives.
pub(super) struct Names {
    /// The name of what is created or altered.
    pub(super) object: Option<Vec<String>>,
    /// The table that an index or trigger is on.
    pub(super) on: Option<Vec<String>>,
}

/// The names of a `CREATE` whose word for what it creates stands at this place.
pub(super) fn created(tokens: &[Token<'_>], at: usize) -> Names {
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
    Names {
        object: if nameless { None } else { ddl::qualified_name(tokens, name_at).map(|(name, _)| name) },
        on: on_at.and_then(|at| ddl::qualified_name(tokens, at)).map(|(name, _)| name),
    }
}

/// What an `ALTER TABLE … ADD` adds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Added {
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
pub(super) fn added(tokens: &[Token<'_>]) -> (Option<Vec<String>>, Added) {
    let mut at = 2;
    while tokens.get(at).is_some_and(|it| matches!(it.word().as_str(), "ONLY" | "IF" | "EXISTS")) {
        at += 1;
    }
    let Some((table, after)) = ddl::qualified_name(tokens, at) else { return (None, Added::Other) };
    let word = |at: usize| tokens.get(at).map(Token::word).unwrap_or_default();
    let name = |at: usize| tokens.get(at).and_then(Token::name);
    if word(after) != "ADD" {
        return (Some(table), Added::Other);
    }
    let index = |at: usize| name(at).map_or(Added::Nameless, Added::Index);
    let is_key = |at: usize| matches!(word(at).as_str(), "KEY" | "INDEX");
    let at = after + 1;
    let added = match word(at).as_str() {
        "PRIMARY" => Added::PrimaryKey,
        "CONSTRAINT" if word(at + 1) == "PRIMARY" || word(at + 2) == "PRIMARY" => Added::PrimaryKey,
        "CONSTRAINT" if matches!(word(at + 1).as_str(), "FOREIGN" | "CHECK" | "UNIQUE") => Added::Nameless,
        "CONSTRAINT" => name(at + 1).map_or(Added::Nameless, Added::Constraint),
        "UNIQUE" | "FULLTEXT" | "SPATIAL" if is_key(at + 1) => index(at + 2),
        "UNIQUE" | "FULLTEXT" | "SPATIAL" | "KEY" | "INDEX" => index(at + 1),
        "FOREIGN" | "CHECK" | "EXCLUDE" => Added::Nameless,
        _ => Added::Other,
    };
    (Some(table), added)
}

/// A name in the quotes of the dialect.
pub(super) fn quoted(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::MySql => format!("`{}`", name.replace('`', "``")),
        Dialect::PostgreSql => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

/// What a definition creates, for its place in the order; by its object type where it does not say.
pub(super) fn creates(
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
