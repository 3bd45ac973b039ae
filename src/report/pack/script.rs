//! A script, line by line.

use std::fmt::Write as _;

use super::comment::comment;
use super::statement::{Aside, Statement, quoted};
use super::{Item, Script};
use crate::history::analysis::Analysis;
use crate::history::ddl::Dialect;
use crate::report::Options;
use crate::report::format::Format;
use crate::report::text::pack::Pack;
use crate::report::view::kind;
use sha2::{Digest, Sha256};

/// Characters of a file name that are kept of a job's id or a database's name.
const NAME_MOST: usize = 60;

/// The script of one destination database.
pub(super) fn script(
    analysis: &Analysis,
    database: Option<&str>,
    dialect: Dialect,
    items: &[Item<'_>],
    options: Options,
) -> Script {
    let format = Format::new(options.language, options.zone);
    let file_name = file_name(&analysis.job.id, database);
    let (run, aside): (Vec<&Item<'_>>, Vec<_>) =
        items.iter().partition(|it| matches!(it.statement, Statement::Run(_)));
    let mut sql = header(analysis, database, &format);
    let text = &format.text.pack;
    if items.is_empty() {
        sql.push_str(&comment(if database.is_some() { text.nothing_open } else { text.nothing_ever }));
    } else {
        sql.push_str(&comment(&(text.counts)(run.len(), aside.len())));
        sql.push_str(&advice(items, (dialect, database, &file_name), text));
    }
    if !run.is_empty() {
        sql.push_str(&before(dialect, database));
    }
    for (number, item) in (1..).zip(&run) {
        let Statement::Run(statement) = &item.statement else { continue };
        let what = (text.statement)(number, run.len(), &what(item, &format));
        let _infallible = write!(sql, "\n{}{}{statement}", comment(&what), error(item, text));
    }
    if !run.is_empty() {
        sql.push_str(after(dialect));
    }
    if !aside.is_empty() {
        let _infallible = write!(sql, "\n{}", comment(text.aside));
    }
    for item in &aside {
        let Statement::Aside(reason) = item.statement else { continue };
        let definition = item.definition.as_deref().map(|it| comment(it.trim_end())).unwrap_or_default();
        let why = comment(why(reason, text));
        let _infallible =
            write!(sql, "\n{}{why}{}{definition}", comment(&what(item, &format)), error(item, text));
    }
    Script {
        database: database.map(str::to_owned),
        file_name,
        dialect,
        sql,
        runs: run.len(),
        aside: aside.len(),
    }
}

fn header(analysis: &Analysis, database: Option<&str>, format: &Format) -> String {
    let text = &format.text.pack;
    let moment = analysis
        .as_of_ms
        .map_or_else(|| format.text.figure.unknown.to_owned(), |at_ms| format.moment_with_offset(at_ms));
    let title = (text.title)(database.unwrap_or("*"));
    format!(
        "{}{}{}",
        comment(&title),
        comment(&(text.of_job)(&analysis.job.id, &moment)),
        comment(concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"))),
    )
}

/// How to run the script, and what to look at before.
fn advice(
    items: &[Item<'_>],
    (dialect, database, file): (Dialect, Option<&str>, &str),
    text: &Pack,
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
    comment(&lines)
}

/// The settings under which the statements mean what they say.
fn before(dialect: Dialect, database: Option<&str>) -> String {
    let database = database.filter(|it| !it.is_empty()).map(|it| quoted(dialect, it));
    match dialect {
        Dialect::MySql => {
            let used = database.filter(|it| !has_control(it)).map(|it| format!("USE {it};\n"));
            format!(
                "\nSET NAMES utf8mb4;\nSET @dts_history_sql_mode = @@SESSION.sql_mode;\n\
                 SET SESSION sql_mode = REPLACE(REPLACE(REPLACE(@@SESSION.sql_mode, 'ANSI_QUOTES', ''), 'ANSI', ''), \
                 'NO_BACKSLASH_ESCAPES', '');\n{}",
                used.unwrap_or_default()
            )
        }
        Dialect::PostgreSql => {
            let path =
                database.filter(|it| !has_control(it)).map_or_else(String::new, |it| format!("{it}, "));
            format!("\nSET client_encoding TO 'UTF8';\nSET search_path TO {path}public;\n")
        }
    }
}

/// A name with a line break could end a line where a client looks for commands; nobody has such a database.
fn has_control(name: &str) -> bool {
    name.contains(char::is_control)
}

fn after(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::MySql => "\nSET SESSION sql_mode = @dts_history_sql_mode;\n",
        Dialect::PostgreSql => "\nRESET search_path;\n",
    }
}

/// What failed, and when.
fn what(item: &Item<'_>, format: &Format) -> String {
    let (key, text) = (&item.failure.key, &format.text.pack);
    let name = match (&key.parent_name, key.object_name.as_str()) {
        (Some(parent), name) if parent != name => format!("{parent}.{name}"),
        (_, name) => name.to_owned(),
    };
    let mut parts = vec![
        format!("{} {name}", kind(key, format.text)),
        (text.failed)(&format.moment_with_offset(item.failure.first_failed_at_ms)),
    ];
    if let Some(at_ms) = item.failure.resolved_at_ms {
        parts.push((text.resolved)(&format.moment_with_offset(at_ms)));
    }
    parts.join(format.text.figure.comma)
}

fn error(item: &Item<'_>, text: &Pack) -> String {
    comment(item.failure.error_message.as_deref().unwrap_or(text.no_error).trim_end())
}

fn why(reason: Aside, text: &Pack) -> &'static str {
    match reason {
        Aside::Exists => text.exists,
        Aside::NoDefinition => text.no_definition,
        Aside::NotClosed => text.not_closed,
        Aside::Several => text.several,
        Aside::Command => text.command,
        Aside::NotDdl => text.not_ddl,
        Aside::Unnamed => text.unnamed,
        Aside::NoParent => text.no_parent,
        Aside::Elsewhere => text.elsewhere,
        Aside::Unlisted => text.unlisted,
        Aside::Rows => text.rows,
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
        let safe: String = text.chars().take(NAME_MOST).map(|it| if kept(it) { it } else { '_' }).collect();
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
