//! `collect`: one snapshot of each job.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt as _;

use super::args::CollectArgs;
use super::clients;
use super::config::Config;
use super::error::{CliError, CommandError, usage_error};
use super::jobs::with_discovered_jobs;
use super::output::{eprint_line, print};
use super::settings::Settings;
use crate::api::transport::call_stats::CallCounter;
use crate::collect::{self, RecordedSweep};
use crate::model::{Job, Timestamp};
use crate::store::Store;

/// Maximum number of concurrent sweeps.
const MAX_CONCURRENT_JOBS: usize = 8;
/// The interval at which a long sweep prints its progress.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(2);

pub(super) async fn run(settings: &Settings, args: CollectArgs) -> Result<(), CommandError> {
    let config = match &args.jobs[..] {
        [] => with_discovered_jobs(&settings.config, args.endpoint.as_ref()).await?,
        _ => settings.config.clone(),
    };
    let jobs = selected_jobs(&config, &args)?;
    let clients = clients::for_jobs(&config, args.endpoint.as_ref(), &jobs)?;
    clients::check_credentials(&clients).await?;
    let store = Store::open(&settings.database).await?;
    let sweep = async |job: &Job| {
        let counter = CallCounter::default();
        let client = &clients[&job.id];
        let result = if config.unfollowed.contains(&job.id) {
            Box::pin(with_progress(job, collect::once_without_status(client, &store, job, &counter))).await
        } else {
            Box::pin(with_progress(job, collect::once(client, &store, job, &counter))).await
        };
        (job.id.clone(), result)
    };
    // Concurrently, so that a job that is throttled or retried does not delay the others.
    let mut sweeps = futures_util::stream::iter(&jobs).map(sweep).buffer_unordered(MAX_CONCURRENT_JOBS);
    let mut failed = 0;
    while let Some((job_id, result)) = sweeps.next().await {
        match result {
            Ok(recorded) => print(&recorded_text(&job_id, &recorded, args.json))?,
            Err(error) => {
                failed += 1;
                if args.json {
                    let object = serde_json::json!({ "job_id": job_id, "error": format!("{error}") });
                    print(&format!("{object}\n"))?;
                }
                eprint_line(&format!("error: {job_id}: {:#}", anyhow::Error::new(error)));
            }
        }
    }
    drop(sweeps);
    store.close().await;
    if failed == 0 { Ok(()) } else { Err(CommandError::AlreadyReported) }
}

fn selected_jobs(config: &Config, args: &CollectArgs) -> Result<Vec<Job>, CommandError> {
    let mut jobs: Vec<Job> = match &args.jobs[..] {
        [] => config.jobs.clone(),
        ids => ids.iter().collect::<BTreeSet<_>>().into_iter().map(|id| config.job(id)).collect(),
    };
    if jobs.is_empty() {
        return Err(usage_error(CliError::NoJob));
    }
    for job in &mut jobs {
        job.region = args.region.clone().or(job.region.take());
        job.kind = args.kind.unwrap_or(job.kind);
    }
    Ok(jobs)
}

/// Prints on stderr at intervals that a long sweep is still running.
async fn with_progress<T>(job: &Job, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    let started = tokio::time::Instant::now();
    loop {
        match tokio::time::timeout(PROGRESS_INTERVAL, &mut work).await {
            Ok(result) => return result,
            Err(_) => eprint_line(&format!("{}: sweeping for {} s", job.id, started.elapsed().as_secs())),
        }
    }
}

/// The recorded snapshot as text or JSON.
pub(super) fn recorded_text(job_id: &str, recorded: &RecordedSweep, json: bool) -> String {
    let RecordedSweep { snapshot_id, started_at_ms, finished_at_ms, pages, objects, changes } = recorded;
    if json {
        let object = serde_json::json!({
            "job_id": job_id,
            "snapshot_id": snapshot_id,
            "started_at": Timestamp::from_millis(*started_at_ms),
            "finished_at": Timestamp::from_millis(*finished_at_ms),
            "pages": pages,
            "objects": objects,
            "changes": changes,
        });
        return format!("{object}\n");
    }
    let (at, seconds) =
        (Timestamp::from_millis(*finished_at_ms), (finished_at_ms - started_at_ms) as f64 / 1000.0);
    format!(
        "{job_id}: snapshot {snapshot_id} of {at}: pages {pages}, objects {objects}, changes {changes}, \
         seconds {seconds:.1}\n"
    )
}
