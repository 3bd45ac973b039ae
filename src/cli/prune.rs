//! `prune`: removes old rows as configured under `[retention]`.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::args::PruneArgs;
use super::error::{CliError, CommandError, usage_error};
use super::output::{eprint_line, print};
use super::settings::Settings;
use crate::clock::{Clock as _, SystemClock};
use crate::prune::{self, PruneOptions, Pruned, PrunedJob};
use crate::sanitize::printable;
use crate::store::{DiskUsage, Store};

/// The interval at which progress is printed.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(2);

pub(super) async fn run(settings: &Settings, args: PruneArgs) -> Result<(), CommandError> {
    let cutoffs = settings.config.retention.rules.cutoffs(SystemClock.now_ms());
    if !cutoffs.is_any_set() && !args.compact {
        return Err(usage_error(CliError::NoRetention));
    }
    let store = Store::open_existing(&settings.database).await?;
    let keep_jobs: Vec<String> = settings.config.jobs.iter().map(|job| job.id.clone()).collect();
    if let Some(id) = &args.job
        && !store.jobs().await?.iter().any(|it| it.job.id == *id)
    {
        return Err(CliError::UnknownJob { job_id: id.clone() }.into());
    }
    let options =
        PruneOptions { cutoffs, job_id: args.job.as_deref(), keep_jobs: &keep_jobs, dry_run: args.dry_run };
    let mut told = Instant::now();
    let progress = |rows: u64| {
        if PROGRESS_INTERVAL <= told.elapsed() {
            told = Instant::now();
            eprint_line(&format!("{rows} rows removed"));
        }
    };
    let mut pruned = prune::prune(&store, options, progress).await?;
    if args.compact {
        let mut connection = store.pruner().await?;
        connection.compact().await?;
        connection.truncate_wal().await?;
        connection.close().await;
        pruned.after = store.disk_usage().await?;
    }
    store.close().await;
    print(&if args.json { as_json(&pruned, args.dry_run) } else { as_text(&pruned, args.dry_run) })?;
    Ok(())
}

fn as_json(pruned: &Pruned, dry_run: bool) -> String {
    let job = |it: &PrunedJob| {
        json!({ "job_id": it.job_id, "dropped": it.dropped, "thinned_tables": it.downsampled_tables,
            "thinned_rows": it.downsampled_rows, "failed_sweeps": it.failed_sweeps })
    };
    let size = |it: DiskUsage| json!({ "file_bytes": it.file_bytes, "free_bytes": it.free_bytes, "log_bytes": it.log_bytes });
    let object = json!({
        "dry_run": dry_run,
        "jobs": pruned.jobs.iter().map(job).collect::<Vec<_>>(),
        "messages": pruned.messages,
        "dropped_rows": pruned.dropped_rows,
        "before": size(pruned.before),
        "after": size(pruned.after),
    });
    format!("{object}\n")
}

fn as_text(pruned: &Pruned, dry_run: bool) -> String {
    let mut text = String::new();
    for job in &pruned.jobs {
        let PrunedJob {
            job_id,
            downsampled_tables: thinned_tables,
            downsampled_rows: thinned_rows,
            failed_sweeps,
            dropped,
        } = job;
        let what = if *dropped {
            "the whole job".to_owned()
        } else {
            format!(
                "change rows thinned {thinned_rows}, of tables {thinned_tables}, failed sweeps {failed_sweeps}"
            )
        };
        // Writing to a text does not fail.
        let _ = writeln!(text, "{}: {what}", printable(job_id));
    }
    let Pruned { messages, dropped_rows, before, after, .. } = pruned;
    let verb = if dry_run { "to be removed" } else { "removed" };
    let _ = writeln!(text, "{verb}: messages {messages}, rows of dropped jobs {dropped_rows}");
    if !dry_run {
        let (from, to, free) = (
            mebibytes(before.file_bytes + before.log_bytes),
            mebibytes(after.file_bytes + after.log_bytes),
            mebibytes(after.free_bytes),
        );
        let _ = writeln!(
            text,
            "on the disk: {from} MiB before, {to} MiB after, of which {free} MiB are free inside"
        );
    }
    text
}

fn mebibytes(bytes: i64) -> String {
    format!("{:.1}", bytes as f64 / f64::from(1 << 20))
}
