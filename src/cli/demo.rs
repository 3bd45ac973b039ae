//! `demo`: records a simulated migration from start to end.

use std::io::Write as _;
use std::time::{Duration, Instant};

use super::args::{DemoArgs, GlobalArgs};
use super::error::CommandError;
use super::output::print;
use super::settings::Settings;
use crate::demo::{self, Progress, Recording};

/// The interval at which progress is printed.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(1);

/// Only the flag `--db` names another database: a variable or a configuration would be that of a real history.
pub(super) async fn run(global: GlobalArgs, args: DemoArgs, has_db_flag: bool) -> Result<(), CommandError> {
    let database = if has_db_flag { Some(Settings::load(global)?.database) } else { None };
    let mut last_printed = None::<Instant>;
    let recording = demo::play(&args.output, database, |progress| {
        if last_printed.is_none_or(|at| PROGRESS_INTERVAL <= at.elapsed()) {
            last_printed = Some(Instant::now());
            print_progress(progress);
        }
    })
    .await?;
    print(&summary_text(&recording))?;
    Ok(())
}

fn print_progress(progress: Progress) {
    let clock = |ms: i64| format!("{}:{:02}", ms / 3_600_000, ms / 60_000 % 60);
    let Progress { elapsed_ms, end_ms, snapshots } = progress;
    let (elapsed, end) = (clock(elapsed_ms), clock(end_ms));
    // The demo continues if stderr is closed.
    let _ = writeln!(std::io::stderr(), "simulated {elapsed} of {end} hours, snapshots: {snapshots}");
}

fn summary_text(recording: &Recording) -> String {
    let database = &recording.database;
    let wrote: Vec<_> =
        recording.reports.iter().map(|report| format!("wrote {}\n", report.display())).collect();
    let reports = wrote.concat();
    let open = recording.reports.first().map(|report| report.display().to_string()).unwrap_or_default();
    format!(
        "recorded {database}\n{reports}\nOpen {open} in a browser. Then try:\n  \
         dts-history --db {database} status\n  \
         dts-history --db {database} report --job {} --format md --lang zh\n",
        recording.job_id
    )
}
