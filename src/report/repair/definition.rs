//! Whether a definition can be run as one statement, and the statement that can be run again.

use super::single_statement::is_single_program;
use super::statement::{SkipReason, Statement, Target, quote_identifier};
use super::{mysql, postgresql};
use crate::history::ddl::{self, Dialect, StatementStart, Token, TokenKind};

/// The rerunnable form of a definition, or the reason to skip it.
pub(super) fn rerunnable_statement(definition: &str, target: &Target<'_>) -> Statement {
    let lexed = ddl::tokenize(definition, target.dialect);
    // One that is not closed would swallow the comment behind it, and run what follows its next quote.
    if !lexed.closed {
        return Statement::Skipped(SkipReason::NotClosed);
    }
    let tokens = without_final_semicolons(&lexed.tokens);
    let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else {
        return Statement::Skipped(SkipReason::NoDefinition);
    };
    if has_several_statements(tokens, target.dialect) {
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
            let sql = format!("ALTER TABLE {} {add}{sql}", quote_identifier(target.dialect, parent));
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
fn without_final_semicolons<'a, 'b>(tokens: &'b [Token<'a>]) -> &'b [Token<'a>] {
    let kept = tokens.iter().rposition(|it| it.text != ";").map_or(0, |at| at + 1);
    &tokens[..kept]
}

/// Whether a semicolon parts the text into statements. The server has the last word: PostgreSQL names the command of the
/// text before it executes it, MySQL prepares it, and programs that it cannot prepare are read by `single_statement`.
fn has_several_statements(tokens: &[Token<'_>], dialect: Dialect) -> bool {
    let has_atomic_body = dialect == Dialect::PostgreSql
        && tokens.windows(2).any(|pair| pair[0].word() == "BEGIN" && pair[1].word() == "ATOMIC");
    if creates_stored_program(tokens) && dialect == Dialect::MySql || has_atomic_body {
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
fn creates_stored_program(tokens: &[Token<'_>]) -> bool {
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
