//! The text of a repair script.

use std::fmt::Write as _;

use super::comment::sql_comment;
use super::item::RepairItem;
use super::statement::{SkipReason, Statement, quote_identifier};
use crate::history::analysis::Analysis;
use crate::history::ddl::Dialect;
use crate::report::Options;
use crate::report::format::Formatter;
use crate::report::text::repair::RepairText;
use crate::report::view::object_names::object_kind;
use sha2::{Digest, Sha256};

/// Characters of a file name that are kept of a job's id or a database's name.
const MAX_FILE_NAME_CHARS: usize = 60;

/// The repair script of one destination database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The destination database; `None` if nothing of the job has ever failed.
    pub database: Option<String>,
    /// A file name that is valid on every system and differs from those of the other scripts.
    pub file_name: String,
    /// The dialect of the statements.
    pub dialect: Dialect,
    /// The text of the script.
    pub sql: String,
    /// The number of statements that it runs.
    pub runnable: usize,
    /// The number of statements that it holds as comments only.
    pub skipped: usize,
}

/// The script of one destination database.
pub(super) fn repair_script(
    analysis: &Analysis,
    database: Option<&str>,
    dialect: Dialect,
    items: &[RepairItem<'_>],
    options: Options,
) -> Script {
    let format = Formatter::new(options.language, options.zone);
    let file_name = file_name(&analysis.job.id, database);
    let (run, skipped): (Vec<&RepairItem<'_>>, Vec<_>) =
        items.iter().partition(|it| matches!(it.statement, Statement::Run(_)));
    let mut sql = header(analysis, database, &format);
    let text = &format.text.repair;
    if items.is_empty() {
        sql.push_str(&sql_comment(if database.is_some() { text.nothing_open } else { text.nothing_ever }));
    } else {
        sql.push_str(&sql_comment(&(text.counts)(run.len(), skipped.len())));
        sql.push_str(&how_to_run(items, (dialect, database, &file_name), text));
    }
    if !run.is_empty() {
        sql.push_str(&session_setup(dialect, database));
    }
    for (number, item) in (1..).zip(&run) {
        let Statement::Run(statement) = &item.statement else { continue };
        let what = (text.statement)(number, run.len(), &object_and_times(item, &format));
        let _infallible = write!(sql, "\n{}{}{statement}", sql_comment(&what), error_comment(item, text));
    }
    if !run.is_empty() {
        sql.push_str(session_teardown(dialect));
    }
    if !skipped.is_empty() {
        let _infallible = write!(sql, "\n{}", sql_comment(text.skipped));
    }
    for item in &skipped {
        let Statement::Skipped(reason) = item.statement else { continue };
        let definition = item.definition.as_deref().map(|it| sql_comment(it.trim_end())).unwrap_or_default();
        let why = sql_comment(skip_reason(reason, text));
        let _infallible = write!(
            sql,
            "\n{}{why}{}{definition}",
            sql_comment(&object_and_times(item, &format)),
            error_comment(item, text)
        );
    }
    Script {
        database: database.map(str::to_owned),
        file_name,
        dialect,
        sql,
        runnable: run.len(),
        skipped: skipped.len(),
    }
}

fn header(analysis: &Analysis, database: Option<&str>, format: &Formatter) -> String {
    let text = &format.text.repair;
    let moment = analysis
        .as_of_ms
        .map_or_else(|| format.text.figure.unknown.to_owned(), |at_ms| format.moment_with_offset(at_ms));
    let title = (text.title)(database.unwrap_or("*"));
    format!(
        "{}{}{}",
        sql_comment(&title),
        sql_comment(&(text.of_job)(&analysis.job.id, &moment)),
        sql_comment(concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"))),
    )
}

/// Instructions to run the script, as comments.
fn how_to_run(
    items: &[RepairItem<'_>],
    (dialect, database, file): (Dialect, Option<&str>, &str),
    text: &RepairText,
) -> String {
    let mut lines = match dialect {
        Dialect::MySql => {
            let command = format!("mysql --default-character-set=utf8mb4 < {file}");
            [(text.run)(&command), text.again.to_owned(), text.again_mysql.to_owned()].join("\n")
        }
        Dialect::PostgreSql => {
            let command = format!("psql --set=ON_ERROR_STOP=1 --file={file}");
            [(text.run)(&command), text.again.to_owned()].join("\n")
        }
    };
    let destination = database.unwrap_or_default();
    let source = items.iter().map(|it| it.failure.key.source_db.as_str()).find(|it| *it != destination);
    if let Some(source) = source.filter(|it| !it.is_empty()) {
        lines.push('\n');
        lines.push_str(&(text.renamed)(source, destination));
    }
    sql_comment(&lines)
}

/// The settings under which the statements mean what they say.
fn session_setup(dialect: Dialect, database: Option<&str>) -> String {
    let database = database.filter(|it| !it.is_empty()).map(|it| quote_identifier(dialect, it));
    match dialect {
        Dialect::MySql => {
            let used = database.filter(|it| !has_control(it)).map(|it| format!("USE {it};\n"));
            format!(
                "\nSET NAMES utf8mb4;\nSET @dts_history_sql_mode = @@SESSION.sql_mode;\nSET SESSION sql_mode = {};\n{}",
                sql_mode_without(&QUOTING_MODES),
                used.unwrap_or_default()
            )
        }
        Dialect::PostgreSql => {
            let path =
                database.filter(|it| !has_control(it)).map_or_else(String::new, |it| format!("{it}, "));
            format!(
                "\nSET client_encoding TO 'UTF8';\nSET standard_conforming_strings TO on;\nSET search_path TO {path}public;\n"
            )
        }
    }
}

/// Modes of MySQL and MariaDB, and combinations that contain one, that change what quotes, backslashes or `BEGIN` mean.
const QUOTING_MODES: [&str; 8] =
    ["ANSI_QUOTES", "ANSI", "NO_BACKSLASH_ESCAPES", "ORACLE", "POSTGRESQL", "MSSQL", "DB2", "MAXDB"];

/// An expression: the mode of the session without these.
fn sql_mode_without(modes: &[&str]) -> String {
    modes
        .iter()
        .fold("@@SESSION.sql_mode".to_owned(), |mode, without| format!("REPLACE({mode}, '{without}', '')"))
}

/// A name with a line break could end a line where a client looks for commands.
fn has_control(name: &str) -> bool {
    name.contains(char::is_control)
}

fn session_teardown(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::MySql => "\nSET SESSION sql_mode = @dts_history_sql_mode;\n",
        Dialect::PostgreSql => "\nRESET search_path;\n",
    }
}

/// The failed object and the times of its failure.
fn object_and_times(item: &RepairItem<'_>, format: &Formatter) -> String {
    let (key, text) = (&item.failure.key, &format.text.repair);
    let name = match (&key.parent_name, key.object_name.as_str()) {
        (Some(parent), name) if parent != name => format!("{parent}.{name}"),
        (_, name) => name.to_owned(),
    };
    let mut parts = vec![
        format!("{} {name}", object_kind(key, format.text)),
        (text.failed)(&format.moment_with_offset(item.failure.first_failed_at_ms)),
    ];
    if let Some(at_ms) = item.failure.resolved_at_ms {
        parts.push((text.resolved)(&format.moment_with_offset(at_ms)));
    }
    parts.join(format.text.figure.comma)
}

fn error_comment(item: &RepairItem<'_>, text: &RepairText) -> String {
    sql_comment(item.failure.error_message.as_deref().unwrap_or(text.no_error).trim_end())
}

fn skip_reason(reason: SkipReason, text: &RepairText) -> &'static str {
    match reason {
        SkipReason::Exists => text.exists,
        SkipReason::NoDefinition => text.no_definition,
        SkipReason::NotClosed => text.not_closed,
        SkipReason::Several => text.several,
        SkipReason::Uncertain => text.uncertain,
        SkipReason::Command => text.command,
        SkipReason::NotDdl => text.not_ddl,
        SkipReason::Unnamed => text.unnamed,
        SkipReason::NoParent => text.no_parent,
        SkipReason::Elsewhere => text.elsewhere,
        SkipReason::Unlisted => text.unlisted,
        SkipReason::Rows => text.rows,
    }
}

/// The job's id and the database's name, as a file name: where a character had to go, a hash keeps two
/// names apart.
fn file_name(job_id: &str, database: Option<&str>) -> String {
    let whole = match database {
        Some(database) => format!("{job_id}.{database}"),
        None => job_id.to_owned(),
    };
    let safe = |text: &str| -> String {
        let kept = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-');
        let safe: String =
            text.chars().take(MAX_FILE_NAME_CHARS).map(|it| if kept(it) { it } else { '_' }).collect();
        if safe.is_empty() { "_".to_owned() } else { safe }
    };
    let name = match database {
        Some(database) => format!("{}.{}", safe(job_id), safe(database)),
        None => safe(job_id),
    };
    if name == whole {
        return format!("{name}.sql");
    }
    let digest = Sha256::digest(whole.as_bytes());
    format!("{name}.{:02x}{:02x}{:02x}.sql", digest[0], digest[1], digest[2])
}
