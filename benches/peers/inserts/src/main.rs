//! Copies the rows of a history into an empty one of the same schema, by one prepared statement a table, in one
//! transaction: as fast as this SQLite takes rows one by one. Prints how many it took a second.
//!
//! Usage: inserts HISTORY.db

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};

/// Those that a first sight fills.
const TABLES: [&str; 6] = ["job", "snapshot", "page", "object", "text", "reading"];
const ROUNDS: usize = 3;

fn main() -> rusqlite::Result<()> {
    let path = std::env::args().nth(1).expect("usage: inserts HISTORY.db");
    let history = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let tables: Vec<_> = TABLES.iter().map(|table| (*table, rows(&history, table))).collect();
    let schema = schema(&history)?;
    let mut best = f64::MAX;
    for round in 0..ROUNDS {
        let copy = format!("{path}.copy{round}");
        best = best.min(fill(&copy, &schema, &tables)?);
        for file in [copy.clone(), format!("{copy}-wal"), format!("{copy}-shm")] {
            // There may be no log.
            let _ = std::fs::remove_file(file);
        }
    }
    let count: usize = tables.iter().map(|(_, rows)| rows.len()).sum();
    println!("{:.6} {count}", best);
    Ok(())
}

fn schema(history: &Connection) -> rusqlite::Result<String> {
    let mut select = history.prepare("select sql from sqlite_schema where type in ('table', 'index') and sql is not null")?;
    let parts: rusqlite::Result<Vec<String>> = select.query_map([], |row| row.get(0))?.collect();
    Ok(parts?.into_iter().filter(|sql| !sql.contains("sqlite_")).collect::<Vec<_>>().join(";\n"))
}

fn rows(history: &Connection, table: &str) -> Vec<Vec<Value>> {
    let mut select = history.prepare(&format!("select * from {table}")).expect("a table");
    let columns = select.column_count();
    let row = |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect();
    select.query_map([], row).expect("rows").collect::<rusqlite::Result<_>>().expect("values")
}

/// The processor seconds of this thread.
fn fill(path: &str, schema: &str, tables: &[(&str, Vec<Vec<Value>>)]) -> rusqlite::Result<f64> {
    let mut copy = Connection::open(path)?;
    copy.execute_batch("pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -8192;")?;
    copy.execute_batch(schema)?;
    let before = processor_seconds();
    let transaction = copy.transaction()?;
    for (table, rows) in tables {
        let Some(first) = rows.first() else { continue };
        let places = vec!["?"; first.len()].join(", ");
        let mut insert = transaction.prepare(&format!("insert into {table} values ({places})"))?;
        for row in rows {
            insert.execute(params_from_iter(row))?;
        }
    }
    transaction.commit()?;
    Ok(processor_seconds() - before)
}

fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").expect("a Linux system");
    text.split(' ').next().and_then(|it| it.parse::<f64>().ok()).expect("nanoseconds") / 1e9
}
