//! `forget`: removes the newest snapshots of a job, or the whole job, after a preview and a confirmation.

use std::io::{IsTerminal as _, Write as _};

use anyhow::Context as _;

use super::args::ForgetArgs;
use super::error::{CliError, CommandError, usage_error};
use super::job_selection::select_job_id;
use super::output::print;
use super::settings::Settings;
use super::times::parse_option;
use crate::clock::{Clock as _, SystemClock};
use crate::forget::{forget, preview};
use crate::model::Timestamp;
use crate::report::text::plural::counted;
use crate::sanitize::printable;
use crate::store::{ForgetPreview, ForgetScope, Store};

pub(super) async fn run(settings: &Settings, args: ForgetArgs) -> Result<(), CommandError> {
    let now_ms = SystemClock.now_ms();
    let scope = match (args.snapshot, &args.after) {
        (Some(id), _) => ForgetScope::FromSnapshot(id),
        (None, Some(text)) => {
            ForgetScope::After(parse_option("--after", text, settings.config.timezone, now_ms)?)
        }
        (None, None) => ForgetScope::WholeJob,
    };
    let store = Store::open_existing(&settings.database).await?;
    let job_id = select_job_id(&store, args.job).await?;
    let unknown = || CliError::UnknownJob { job_id: job_id.clone() };
    if let ForgetScope::FromSnapshot(id) = scope
        && !store.has_snapshot(&job_id, id).await?
    {
        return Err(CliError::UnknownSnapshot { job_id, snapshot_id: id }.into());
    }
    let found = preview(&store, &job_id, scope).await?.ok_or_else(unknown)?;
    if found.snapshots == 0 {
        return Err(CliError::NothingToForget { job_id }.into());
    }
    print(&preview_text(&job_id, &found))?;
    if args.dry_run {
        return Ok(());
    }
    if !args.yes && !ask_confirmation()? {
        print("nothing was removed\n")?;
        return Err(CommandError::AlreadyReported);
    }
    let done = forget(&store, &job_id, scope, now_ms).await?.ok_or_else(unknown)?;
    store.close().await;
    let nouns = (
        counted(to_usize(done.snapshots), "snapshot", "snapshots"),
        counted(to_usize(done.change_rows), "change row", "change rows"),
    );
    print(&format!("removed: {}, {}\n", nouns.0, nouns.1))?;
    Ok(())
}

fn preview_text(job_id: &str, found: &ForgetPreview) -> String {
    let time = |at_ms: Option<i64>| {
        at_ms.map_or_else(|| "never".to_owned(), |at_ms| Timestamp::from_millis(at_ms).to_string())
    };
    let kept = match found.remaining_snapshots {
        0 => "nothing of the job is kept".to_owned(),
        count => format!(
            "kept: {}, the last complete one of {}",
            counted(to_usize(count), "snapshot", "snapshots"),
            time(found.new_last_at_ms)
        ),
    };
    format!(
        "{}: to be removed: {} ({} complete, {} failed) from {} to {}, {}; {kept}\n",
        printable(job_id),
        counted(to_usize(found.snapshots), "snapshot", "snapshots"),
        found.complete_snapshots,
        found.snapshots - found.complete_snapshots,
        time(found.first_at_ms),
        time(found.last_at_ms),
        counted(to_usize(found.change_rows), "change row", "change rows"),
    )
}

fn to_usize(count: i64) -> usize {
    usize::try_from(count).unwrap_or(0)
}

/// Asks for confirmation on the terminal. Without a terminal `--yes` is required.
fn ask_confirmation() -> Result<bool, CommandError> {
    if !std::io::stdin().is_terminal() {
        return Err(usage_error(CliError::Unconfirmed));
    }
    let mut err = std::io::stderr();
    write!(err, "Remove them? This cannot be undone. [y/N] ")
        .and_then(|()| err.flush())
        .context("cannot ask")?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).context("cannot read the answer")?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
