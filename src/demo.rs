//! Records the simulated migration with the real client, store and report, in accelerated time.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono_tz::Tz;
use tokio::net::TcpListener;

use crate::api::auth::credentials::Credentials;
use crate::api::options::Options;
use crate::api::transport::call_stats::CallCounter;
use crate::api::transport::client::Client;
use crate::clock::Clock;
use crate::history::analysis::Window;
use crate::history::figures::cutover::CutoverLimits;
use crate::model::Job;
use crate::publish::{self, FileFormat};
use crate::report::{self, Language};
use crate::sim::clock::WorldClock;
use crate::sim::scenario::Scenario;
use crate::sim::server::{Clocks, Server};
use crate::sim::{self};
use crate::store::{self, Location, Store};
use crate::{api, collect};

/// Start of the simulated migration: 2026-01-16T20:00:00+08:00.
const BEGINS_AT_MS: i64 = 1_768_564_800_000;
/// World time between two snapshots.
const INTERVAL_MS: i64 = 30_000;
/// Small enough for a sweep to have several pages.
const PAGE_SIZE: u32 = 50;
/// World time during which the recorder is stopped, so that the history has a gap.
const OUTAGE_MS: std::ops::Range<i64> = 4_500_000..5_160_000;
/// The sweep at this time uses a deleted access key and fails.
const REJECTED_SWEEP_AT_MS: i64 = 7_200_000;
/// World time recorded after the migration's end: a missing object is reported in its second absence.
const AFTER_END_MS: i64 = 4 * INTERVAL_MS;
/// File name of the database in the folder.
const DATABASE: &str = "history.db";
/// Rows of an earlier demo that one transaction removes.
const MAX_ROWS_PER_STEP: u32 = 2000;

/// The demo failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder cannot be created.
    #[error("cannot make the folder {}: {source}; name another with --output", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The database is none that a demo wrote.
    #[error(
        "{database} is not the database of a demo, it was left unchanged: name another folder with --output, or another \
         database with --db"
    )]
    Occupied {
        /// The database.
        database: String,
    },
    /// The simulator cannot listen on the loopback address.
    #[error("cannot listen on 127.0.0.1: {0}")]
    Listen(std::io::Error),
    /// The simulator did not start.
    #[error(transparent)]
    Simulator(#[from] sim::server::Error),
    /// The client could not be created.
    #[error(transparent)]
    Client(#[from] api::error::Error),
    /// A snapshot could not be recorded.
    #[error(transparent)]
    Collect(#[from] collect::Error),
    /// A report could not be written.
    #[error(transparent)]
    Publish(#[from] publish::Error),
    /// The database could not be used.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Progress of the demo.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// World time recorded.
    pub elapsed_ms: i64,
    /// World time to record.
    pub end_ms: i64,
    /// Snapshots taken, including failed ones.
    pub snapshots: u32,
}

/// The files of a finished demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// The job that was migrated.
    pub job_id: String,
    /// The database.
    pub database: Location,
    /// The reports; the first one is the one to open first.
    pub reports: Vec<PathBuf>,
}

/// Records the simulated migration from start to end into `database`, or else into `history.db` in `folder`, and writes
/// its reports to the folder.
///
/// # Errors
/// If the folder is not writable, or the database is not that of a demo.
pub async fn play(
    folder: &Path,
    database: Option<Location>,
    progress: impl FnMut(Progress),
) -> Result<Recording, Error> {
    std::fs::create_dir_all(folder).map_err(|source| Error::Folder { path: folder.to_owned(), source })?;
    let database = database.unwrap_or_else(|| folder.join(DATABASE).into());
    let scenario = Scenario::demo();
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(Error::Listen)?;
    let clock = Arc::new(WorldClock::stepped(BEGINS_AT_MS));
    let server = Server::start(listener, &scenario, Clocks::from_world(Arc::clone(&clock)))?;
    let job_id = server.worlds()[0].job().id.clone();
    remove_earlier_demo(&database, &job_id).await?;
    let store = Store::open(&database).await?;
    record(&store, &server, &clock, progress).await?;
    server.stop().await;
    let reports = write_reports(&store, &job_id, folder).await?;
    store.close().await;
    Ok(Recording { job_id, database, reports })
}

/// Removes the history of an earlier demo; rejects the database of anything else.
async fn remove_earlier_demo(database: &Location, job_id: &str) -> Result<(), Error> {
    if database.file().is_some_and(|path| !path.exists()) {
        return Ok(());
    }
    let occupied = || Error::Occupied { database: database.to_string() };
    let store = match Store::open_existing(database).await {
        Ok(store) => store,
        Err(store::Error::Missing { .. }) => return Ok(()),
        Err(_) if database.file().is_some() => return Err(occupied()),
        Err(error) => return Err(error.into()),
    };
    let jobs = store.jobs().await?;
    let is_demo = jobs.iter().all(|it| it.job.id == job_id);
    if is_demo && database.file().is_none() {
        drop_job(&store, job_id).await?;
    }
    store.close().await;
    if !is_demo {
        return Err(occupied());
    }
    match database.file() {
        Some(path) => remove_files(path),
        None => Ok(()),
    }
}

/// Removes a job with everything that was recorded of it.
async fn drop_job(store: &Store, job_id: &str) -> Result<(), store::Error> {
    let mut pruner = store.pruner().await?;
    pruner.drop_job(job_id, i64::MAX).await?;
    while pruner.delete_rows_of_dropped_jobs(MAX_ROWS_PER_STEP).await? > 0 {}
    pruner.close().await;
    Ok(())
}

fn remove_files(database: &Path) -> Result<(), Error> {
    let named = |ending: &str| {
        let mut name = database.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    for path in ["-wal", "-shm", ""].map(named) {
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::Folder { path, source });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Takes a snapshot each interval of world time, until the objects do not change any more; then the status alone, until
/// the delay does not either.
async fn record(
    store: &Store,
    server: &Server,
    clock: &Arc<WorldClock>,
    mut progress: impl FnMut(Progress),
) -> Result<(), Error> {
    let world = &server.worlds()[0];
    let job = Job {
        id: world.job().id.clone(),
        region: Some(world.job().region.clone()),
        name: Some(world.job().name.clone()),
        kind: crate::model::JobKind::default(),
    };
    let client = client(server, clock, sim::ACCESS_KEY_ID)?;
    let old_key_client = client_with_deleted_key(server, clock)?;
    let copied_ms = world.end_ms() + AFTER_END_MS;
    let end_ms = world.cutover_end_ms().max(copied_ms) + AFTER_END_MS;
    let mut snapshots = 0;
    let mut next_ms = 0;
    while next_ms < copied_ms {
        clock.advance_to_ms(next_ms);
        let rejected = (REJECTED_SWEEP_AT_MS..REJECTED_SWEEP_AT_MS + INTERVAL_MS).contains(&next_ms);
        match collect::once(
            if rejected { &old_key_client } else { &client },
            store,
            &job,
            &CallCounter::default(),
        )
        .await
        {
            Err(collect::Error::Sweep(_)) if rejected => {}
            other => drop(other?),
        }
        snapshots += 1;
        progress(Progress { elapsed_ms: clock.elapsed_ms(), end_ms, snapshots });
        next_ms += INTERVAL_MS;
        if OUTAGE_MS.contains(&next_ms) {
            next_ms = OUTAGE_MS.end;
        }
    }
    while next_ms < end_ms {
        clock.advance_to_ms(next_ms);
        collect::status_once(&client, store, &job, &CallCounter::default()).await?;
        progress(Progress { elapsed_ms: clock.elapsed_ms(), end_ms, snapshots });
        next_ms += INTERVAL_MS;
    }
    Ok(())
}

/// Fetches one page at a time: the world's clock advances with each reply, so that every demo sees the same times.
fn client(server: &Server, clock: &Arc<WorldClock>, access_key_id: &str) -> Result<Client, Error> {
    let options = Options {
        endpoint: Some(server.endpoint()),
        page_size: PAGE_SIZE,
        concurrency: 1,
        // The rate limit is one of real time; the demo runs in world time.
        max_calls_per_second: 1e6,
        retry_for_seconds: 0.0,
        ..Options::default()
    };
    let credentials = Credentials::fixed(access_key_id, sim::ACCESS_KEY_SECRET, None);
    Ok(Client::new(options, credentials, Arc::clone(clock) as Arc<dyn Clock>)?)
}

/// A client whose access key was deleted.
fn client_with_deleted_key(server: &Server, clock: &Arc<WorldClock>) -> Result<Client, Error> {
    client(server, clock, "LTAI5tRotatedYesterday")
}

async fn write_reports(store: &Store, job_id: &str, folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let analysis = publish::load_analysis(store, job_id, Window::default(), CutoverLimits::DEFAULT).await?;
    let mut written = Vec::new();
    for (language, infix) in [(Language::En, ""), (Language::Zh, ".zh")] {
        let options = report::Options { language, zone: Tz::Asia__Shanghai, cutover: CutoverLimits::DEFAULT };
        for (format, ending) in
            [(FileFormat::Html, "html"), (FileFormat::Markdown, "md"), (FileFormat::Json, "json")]
        {
            let path = folder.join(format!("report{infix}.{ending}"));
            // The JSON does not depend on the language.
            if format != FileFormat::Json || language == Language::En {
                publish::write_file(&path, &analysis, format, &options)?;
                written.push(path);
            }
        }
    }
    Ok(written)
}
