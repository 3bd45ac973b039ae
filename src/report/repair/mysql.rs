//! Statements for the mysql and mariadb clients that can be run again.

use std::fmt::Write as _;

use super::statement::{
    AddedDefinition, CreatedNames, SkipReason, Statement, Target, added_definition, created_names,
};
use crate::history::ddl::{self, CreatedObject, StatementStart, Token};

/// `IF NOT EXISTS` for routines and triggers, to each server that knows it. To others both are comments.
const IF_NOT_EXISTS_WHERE_KNOWN: &str = " /*!80029 IF NOT EXISTS */ /*M!100103 IF NOT EXISTS */";

/// The statement with a guard of its kind against what exists already.
pub(super) fn make_rerunnable(sql: &str, tokens: &[Token<'_>], target: &Target<'_>) -> Statement {
    match ddl::statement_start(tokens) {
        StatementStart::Create { what, at } => make_create_rerunnable(sql, tokens, (what, at), target),
        _ => make_alter_rerunnable(sql, tokens, target),
    }
}

fn make_create_rerunnable(
    sql: &str,
    tokens: &[Token<'_>],
    (what, at): (CreatedObject, usize),
    target: &Target<'_>,
) -> Statement {
    let word = |at: usize| tokens.get(at).map(Token::word).unwrap_or_default();
    let has_body = matches!(what, CreatedObject::Routine | CreatedObject::Trigger) || word(at) == "EVENT";
    let guarded = word(at + 1) == "IF" || tokens[..at].iter().any(|it| it.word() == "REPLACE");
    let with_guard = |guard: &str| {
        let end = tokens[at].at + tokens[at].text.len();
        format!("{}{guard}{}", &sql[..end], &sql[end..])
    };
    let CreatedNames { object, on } = created_names(tokens, at);
    let object = object.unwrap_or_default();
    Statement::Run(match (what, word(at).as_str()) {
        _ if guarded && has_body => with_delimiter(sql),
        _ if guarded => with_semicolon(sql),
        (CreatedObject::Routine, "FUNCTION" | "PROCEDURE") | (CreatedObject::Trigger, _) => {
            with_delimiter(&with_guard(IF_NOT_EXISTS_WHERE_KNOWN))
        }
        (CreatedObject::Routine, _) => with_delimiter(sql),
        (_, "EVENT") => with_delimiter(&with_guard(" IF NOT EXISTS")),
        (CreatedObject::Table | CreatedObject::Sequence, _) | (_, "DATABASE" | "SCHEMA") => {
            with_semicolon(&with_guard(" IF NOT EXISTS"))
        }
        (CreatedObject::View, _) => {
            run_unless_exists("tables", &object, target, &[("table_name", last_name_part(&object))], sql)
        }
        (CreatedObject::Constraint, _) => match on {
            Some(table) if !object.is_empty() => {
                let names = [("table_name", last_name_part(&table)), ("index_name", last_name_part(&object))];
                run_unless_exists("statistics", &table, target, &names, sql)
            }
            _ => return Statement::Skipped(SkipReason::Unnamed),
        },
        _ => with_semicolon(sql),
    })
}

fn make_alter_rerunnable(sql: &str, tokens: &[Token<'_>], target: &Target<'_>) -> Statement {
    let (table, added) = added_definition(tokens);
    let table = table.unwrap_or_default();
    let guarded = |view: &str, column, name: &str| {
        run_unless_exists(
            view,
            &table,
            target,
            &[("table_name", last_name_part(&table)), (column, name)],
            sql,
        )
    };
    Statement::Run(match &added {
        AddedDefinition::PrimaryKey => guarded("table_constraints", "constraint_name", "PRIMARY"),
        AddedDefinition::Constraint(name) => guarded("table_constraints", "constraint_name", name),
        AddedDefinition::Index(name) => guarded("statistics", "index_name", name),
        AddedDefinition::Nameless => return Statement::Skipped(SkipReason::Unnamed),
        AddedDefinition::Other => with_semicolon(sql),
    })
}

fn last_name_part(name: &[String]) -> &str {
    name.last().map_or("", String::as_str)
}

/// A statement as it is, if neither a client nor a server can read more than one in it; else as a text to prepare, which
/// servers accept for a single statement only.
fn with_semicolon(sql: &str) -> String {
    let sql = sql.trim();
    if is_plain(sql) { format!("{sql};\n") } else { prepare_and_execute(&string_literal(sql)) }
}

/// Commands of the mysql and mariadb clients. With `--named-commands` they are commands on every line.
const CLIENT_COMMANDS: [&str; 28] = [
    "?",
    "binarymode",
    "charset",
    "clear",
    "connect",
    "costs",
    "delimiter",
    "edit",
    "ego",
    "exit",
    "go",
    "help",
    "nopager",
    "notee",
    "nowarning",
    "pager",
    "print",
    "prompt",
    "query_attributes",
    "quit",
    "rehash",
    "resetconnection",
    "sandbox",
    "source",
    "status",
    "system",
    "tee",
    "use",
];

/// Whether a line behind the first begins like a command of the client.
pub(super) fn has_client_command(sql: &str) -> bool {
    let ends_word = |it: char| !(it.is_ascii_alphanumeric() || it == '_' || it == '?');
    let first_word =
        |line: &str| line.trim_start().split(ends_word).next().unwrap_or_default().to_ascii_lowercase();
    sql.lines().skip(1).any(|line| CLIENT_COMMANDS.contains(&&first_word(line)[..]))
}

/// Whether a text has nothing that could end a statement, escape a quote, or begin a comment or a client command.
fn is_plain(sql: &str) -> bool {
    let has_comment = ["--", "#", "/*"].iter().any(|it| sql.contains(it));
    !has_comment && !sql.contains([';', '\\', '"']) && !has_client_command(sql)
}

/// Executes the text that an expression gives.
fn prepare_and_execute(expression: &str) -> String {
    format!(
        "SET @dts_history_ddl = {expression};\nPREPARE dts_history_ddl FROM @dts_history_ddl;\n\
         EXECUTE dts_history_ddl;\nDEALLOCATE PREPARE dts_history_ddl;\n"
    )
}

/// A statement with semicolons inside, between delimiters that do not occur in it.
fn with_delimiter(sql: &str) -> String {
    let mut delimiter = "//".to_owned();
    while sql.contains(&delimiter) {
        delimiter.push('/');
        delimiter.insert(1, '=');
    }
    format!("DELIMITER {delimiter}\n{}\n{delimiter}\nDELIMITER ;\n", sql.trim())
}

/// The statement as a text that is executed unless `information_schema` has these names. Neither MySQL's
/// `CREATE INDEX`, `CREATE VIEW` nor `ADD CONSTRAINT` knows `IF NOT EXISTS`.
fn run_unless_exists(
    view: &str,
    object: &[String],
    target: &Target<'_>,
    names: &[(&str, &str)],
    sql: &str,
) -> String {
    let schema = match object {
        [schema, _] => schema.as_str(),
        _ => target.database,
    };
    let mut conditions = format!("table_schema = {}", string_literal(schema));
    for (column, name) in names {
        let _infallible = write!(conditions, " AND {column} = {}", string_literal(name));
    }
    prepare_and_execute(&format!(
        "IF(EXISTS (SELECT 1 FROM information_schema.{view} WHERE {conditions}), 'DO 0',\n{}\n)",
        string_literal(sql.trim())
    ))
}

/// A string literal. The script sets a mode in which a backslash escapes.
fn string_literal(content: &str) -> String {
    format!("'{}'", content.replace('\\', "\\\\").replace('\'', "''"))
}
