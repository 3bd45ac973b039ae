//! Reads a history and computes figures from it.
//!
//! `cargo run --example figures -- history.db`, with a database that `dts-history` or the example `record` wrote.

use std::path::PathBuf;

use anyhow::Context as _;
use dts_history::history::analysis::{Window, analyse};
use dts_history::store::Store;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let database = std::env::args_os().nth(1).map(PathBuf::from).context("usage: figures DATABASE")?;
    let store = Store::open_existing(&database).await?;
    for recorded in store.jobs().await? {
        let history = store.history(&recorded.job.id).await?.context("a recorded job has a history")?;
        // Pure: the same history gives the same figures, on any machine and at any time.
        let analysis = analyse(&history, Window::default());
        let totals = &analysis.totals;
        println!(
            "{}: {} snapshots, {} tables, {} failures",
            recorded.job.id,
            history.snapshots.len(),
            analysis.tables.len(),
            analysis.failures.len()
        );
        println!("rows: {} of an estimated {}", totals.finished_rows, totals.total_rows);
        if let Some(rows_per_second) = totals.active_rows_per_second() {
            println!("throughput: {rows_per_second:.0} rows/s while copying");
        }
        // The fastest tables first. A rate comes from two observations of a rising row count.
        let mut tables: Vec<_> = analysis
            .tables
            .iter()
            .filter_map(|table| Some((table.active_rows_per_second()?, table)))
            .collect();
        tables.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        for (rows_per_second, table) in tables.into_iter().take(3) {
            println!("  {}.{}: {rows_per_second:.0} rows/s", table.key.source_db, table.key.object_name);
        }
    }
    store.close().await;
    Ok(())
}
