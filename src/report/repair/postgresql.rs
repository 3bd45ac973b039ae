//! Statements for psql that can be run again.

use super::statement::{AddedDefinition, SkipReason, Statement, added_definition, created_names};
use crate::history::ddl::{self, CreatedObject, StatementStart, Token};

/// PostgreSQL's condition names for "already exists".
const ALREADY_EXISTS: &str =
    "duplicate_table OR duplicate_object OR duplicate_function OR duplicate_schema OR duplicate_column";

/// Lets the server read the text before it is executed. A cursor cannot be opened for DDL: the error names the command,
/// untranslated, if the text is a single statement, and no command if it is several. Nothing of the text is executed.
const SINGLE_STATEMENT_CHECK: &str = "  dts_history_check refcursor;
BEGIN
  BEGIN
    OPEN dts_history_check FOR EXECUTE ddl;
    RAISE EXCEPTION 'not a DDL statement';
  EXCEPTION WHEN invalid_cursor_definition THEN
    IF SQLERRM !~ '(CREATE|ALTER) [A-Z]' THEN
      RAISE EXCEPTION 'not a single DDL statement: %', SQLERRM;
    END IF;
  END;
";

/// The statement inside a block that takes "already exists" for done.
///
/// The block also holds the statement in dollar quotes of a tag that it does not contain: psql looks for no
/// command and replaces no variable there, and nothing in it can end the quote.
pub(super) fn make_rerunnable(sql: &str, tokens: &[Token<'_>]) -> Statement {
    let mut and_also = "";
    match ddl::statement_start(tokens) {
        StatementStart::Create { what: CreatedObject::Constraint, at }
            if created_names(tokens, at).object.is_none() =>
        {
            return Statement::Skipped(SkipReason::Unnamed);
        }
        StatementStart::AlterTable => match added_definition(tokens).1 {
            AddedDefinition::Nameless => return Statement::Skipped(SkipReason::Unnamed),
            // A second primary key is "an invalid table definition" to PostgreSQL.
            AddedDefinition::PrimaryKey => {
                and_also = "\n  WHEN invalid_table_definition THEN\n    RAISE WARNING '%', SQLERRM;";
            }
            AddedDefinition::Constraint(_) | AddedDefinition::Index(_) | AddedDefinition::Other => {}
        },
        _ => {}
    }
    // It cannot run in a block. Without a semicolon it is one statement, without a colon it has no variable of psql.
    if tokens.iter().any(|it| it.word() == "CONCURRENTLY") {
        if sql.contains([';', ':', '\\']) {
            return Statement::Skipped(SkipReason::Uncertain);
        }
        return Statement::Run(format!("{};\n", sql.trim()));
    }
    let (run, ddl) = dollar_quotes(sql);
    Statement::Run(format!(
        "DO {run}\nDECLARE\n  ddl CONSTANT text := {ddl}\n{}\n{ddl};\n{SINGLE_STATEMENT_CHECK}  EXECUTE ddl;\nEXCEPTION\n  \
         WHEN {ALREADY_EXISTS} THEN\n    RAISE NOTICE '%', SQLERRM;{and_also}\nEND\n{run};\n",
        sql.trim()
    ))
}

/// Two dollar quotes that do not occur in the statement.
fn dollar_quotes(sql: &str) -> (String, String) {
    let mut number = String::new();
    for next in 1_u32.. {
        if !sql.contains(&format!("$run{number}$")) && !sql.contains(&format!("$ddl{number}$")) {
            break;
        }
        number = next.to_string();
    }
    (format!("$run{number}$"), format!("$ddl{number}$"))
}
