//! `demo`: a simulated migration from start to end.

use std::io::Write as _;
use std::time::{Duration, Instant};

use super::args::Demo;
use super::command_error::CommandError;
use super::output::print;
use crate::demo::{self, Progress, Recording};

/// How often to say how far it is.
const STEP: Duration = Duration::from_secs(1);

pub(super) async fn run(args: Demo) -> Result<(), CommandError> {
    let mut last_said = None::<Instant>;
    let recording = demo::play(&args.output, |progress| {
        if last_said.is_none_or(|at| STEP <= at.elapsed()) {
            last_said = Some(Instant::now());
            say(progress);
        }
    })
    .await?;
    print(&summary(&recording))?;
    Ok(())
}

fn say(progress: Progress) {
    let clock = |ms: i64| format!("{}:{:02}", ms / 3_600_000, ms / 60_000 % 60);
    let Progress { elapsed_ms, end_ms, snapshots } = progress;
    let (elapsed, end) = (clock(elapsed_ms), clock(end_ms));
    // Progress that cannot be written is no reason to stop.
    let _ = writeln!(std::io::stderr(), "simulated {elapsed} of {end} hours, snapshots: {snapshots}");
}

fn summary(recording: &Recording) -> String {
    let database = recording.database.display();
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
