//! Use case: a sweep is compared with the known state and recorded as a snapshot.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::api::job_status::{self, Detail};
use crate::api::paging::{self, SweepFailure};
use crate::api::transport::call_stats::CallCounter;
use crate::api::transport::client::Client;
use crate::history::diff::diff_changed_pages;
use crate::history::page_digest::{PageDigest, UnchangedPages};
use crate::history::page_folding::{FoldedSweep, KnownPages, page_digests};
use crate::model::{Job, JobStatusOutcome, Sweep, Timestamp};
use crate::store::{self, Recording, Store};

/// How often a recording is repeated that its database interrupted. The store waits for the database by itself.
const MAX_RETRIES: u32 = 5;

/// A recorded snapshot in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedSweep {
    /// Its number in the database.
    pub snapshot_id: i64,
    /// When its first request was sent.
    pub started_at_ms: i64,
    /// When its last reply had arrived.
    pub finished_at_ms: i64,
    /// Pages of the job.
    pub pages: u32,
    /// Distinct objects.
    pub objects: u64,
    /// Change rows written.
    pub changes: u64,
}

/// The reason why no snapshot was recorded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The sweep failed, and is recorded as failed.
    #[error(transparent)]
    Sweep(SweepFailure),
    /// The snapshots of a job are recorded in the order of their times.
    #[error(
        "{at} is not after the last complete snapshot of the job {job_id}, whose time is {last}: {next_step}"
    )]
    NotNewer {
        /// The job.
        job_id: String,
        /// The time of the rejected sweep, as text.
        at: String,
        /// The time of the last complete snapshot, as text.
        last: String,
        /// The next step for the user.
        next_step: &'static str,
    },
    /// Another snapshot was recorded after the one that the sweep was compared with.
    #[error("another process recorded or took back a snapshot of the job {job_id} meanwhile; sweep it again")]
    SnapshotChanged {
        /// The job.
        job_id: String,
    },
    /// The status of the job could not be read without its objects.
    #[error("the status of the job could not be read: {0}")]
    Status(String),
    /// The database could not be read or written.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Takes one snapshot of a job. A failed sweep is recorded as failed and changes nothing else. `counter` counts the
/// calls, also of a failed sweep.
///
/// # Errors
/// If the sweep or the recording failed.
pub async fn once(
    client: &Client,
    store: &Store,
    job: &Job,
    counter: &CallCounter,
) -> Result<RecordedSweep, Error> {
    snapshot(client, store, job, true, counter).await
}

/// The same without the status of the job.
///
/// # Errors
/// As [`once`].
pub async fn once_without_status(
    client: &Client,
    store: &Store,
    job: &Job,
    counter: &CallCounter,
) -> Result<RecordedSweep, Error> {
    snapshot(client, store, job, false, counter).await
}

async fn snapshot(
    client: &Client,
    store: &Store,
    job: &Job,
    with_status: bool,
    counter: &CallCounter,
) -> Result<RecordedSweep, Error> {
    let known = store.known_pages(&job.id).await?;
    match sweep_and_record(client, store, job, &known, with_status, counter).await {
        Err(Error::SnapshotChanged { .. }) => {
            // Without known digests every page keeps its rows.
            let known = KnownPages { count: known.count, ..KnownPages::default() };
            sweep_and_record(client, store, job, &known, with_status, counter).await
        }
        other => other,
    }
}

/// Records the status of a job without its objects: one call. Returns whether it is new, which it is not if another
/// process has recorded a later one.
///
/// # Errors
/// If the status cannot be read or written.
pub async fn status_once(
    client: &Client,
    store: &Store,
    job: &Job,
    counter: &CallCounter,
) -> Result<bool, Error> {
    match job_status::request(client, job, Detail::Job, counter).await {
        JobStatusOutcome::Read(reading) => Ok(store.record_job_status(job, &reading).await?),
        JobStatusOutcome::Failed(error) => Err(Error::Status(error)),
        JobStatusOutcome::NotRequested => Ok(false),
    }
}

async fn sweep_and_record(
    client: &Client,
    store: &Store,
    job: &Job,
    known: &KnownPages,
    with_status: bool,
    counter: &CallCounter,
) -> Result<RecordedSweep, Error> {
    match paging::sweep(client, job, known, counter).await {
        Ok(swept) => {
            let (started_at_ms, finished_at_ms) = (swept.sweep.started_at_ms, swept.sweep.finished_at_ms);
            let page_count = swept.sweep.page_count;
            let status = if with_status {
                job_status::request(client, job, Detail::Phases, counter).await
            } else {
                JobStatusOutcome::NotRequested
            };
            if let JobStatusOutcome::Failed(error) = &status {
                tracing::warn!(job = job.id, error, "the status of the job could not be read");
            }
            let recorded = record_folded(store, job, swept, &status).await;
            if let Err(error @ Error::NotNewer { .. }) = &recorded {
                store
                    .record_failure(job, started_at_ms, finished_at_ms, page_count, &error.to_string())
                    .await?;
            }
            recorded
        }
        Err(failure) => {
            let SweepFailure { started_at_ms, finished_at_ms, pages, .. } = failure;
            store.record_failure(job, started_at_ms, finished_at_ms, pages, &failure.to_string()).await?;
            Err(Error::Sweep(failure))
        }
    }
}

async fn record_folded(
    store: &Store,
    job: &Job,
    mut swept: FoldedSweep,
    status: &JobStatusOutcome,
) -> Result<RecordedSweep, Error> {
    if let Cow::Owned(sweep) = store.storable(&swept.sweep) {
        swept.sweep = sweep;
    }
    let mut retries_left = MAX_RETRIES;
    loop {
        match try_record_folded(store, job, &mut swept, status).await {
            Err(Error::Store(error)) if error.is_transient() && retries_left > 0 => {
                tracing::info!(job_id = %job.id, %error, "the recording is repeated");
                retries_left -= 1;
            }
            other => return other,
        }
    }
}

/// One try. Afterwards the sweep can be tried again: pages that took their rows back keep them.
async fn try_record_folded(
    store: &Store,
    job: &Job,
    swept: &mut FoldedSweep,
    status: &JobStatusOutcome,
) -> Result<RecordedSweep, Error> {
    let recording = store.begin_recording(job, swept.digests()).await?;
    check_order(&recording, job, &swept.sweep, after_a_sweep)?;
    if !swept.unfold(recording.unchanged_pages(), recording.stored_digests(), recording.baseline()) {
        return Err(Error::SnapshotChanged { job_id: job.id.clone() });
    }
    let unchanged = swept.unchanged(recording.unchanged_pages());
    commit(recording, &swept.sweep, &unchanged, status).await
}

/// Records a sweep of saved responses.
///
/// # Errors
/// If it is not newer than the job's last complete snapshot, or cannot be written.
pub async fn import(store: &Store, job: &Job, sweep: &Sweep) -> Result<RecordedSweep, Error> {
    import_with_status(store, job, sweep, &JobStatusOutcome::NotRequested).await
}

/// Like [`import`], with the saved status of the job.
///
/// # Errors
/// As [`import`].
pub async fn import_with_status(
    store: &Store,
    job: &Job,
    sweep: &Sweep,
    status: &JobStatusOutcome,
) -> Result<RecordedSweep, Error> {
    // Before the write transaction begins, so that other writers do not wait for it.
    let digests = page_digests(sweep);
    let sweep = &*store.storable(sweep);
    let mut retries_left = MAX_RETRIES;
    loop {
        match try_import(store, job, sweep, digests.clone(), status).await {
            Err(Error::Store(error)) if error.is_transient() && retries_left > 0 => retries_left -= 1,
            other => return other,
        }
    }
}

async fn try_import(
    store: &Store,
    job: &Job,
    sweep: &Sweep,
    digests: BTreeMap<u32, PageDigest>,
    status: &JobStatusOutcome,
) -> Result<RecordedSweep, Error> {
    let recording = store.begin_recording(job, digests).await?;
    let next_step = |_: &Sweep, _| "give the time at which these responses were saved with --at";
    check_order(&recording, job, sweep, next_step)?;
    let unchanged = recording.unchanged_pages().clone();
    commit(recording, sweep, &unchanged, status).await
}

/// The next step if another snapshot was recorded meanwhile, or lies in the future of this machine.
fn after_a_sweep(sweep: &Sweep, last_ms: i64) -> &'static str {
    if last_ms <= sweep.finished_at_ms {
        "another process recorded this job meanwhile; let one of them do it"
    } else {
        "set this machine's clock, or, if that snapshot was imported with a wrong --at, record into another \
         database"
    }
}

/// The snapshots of a job are recorded in the order of their times.
fn check_order(
    recording: &Recording,
    job: &Job,
    sweep: &Sweep,
    next_step: fn(&Sweep, i64) -> &'static str,
) -> Result<(), Error> {
    let first_ms = sweep.pages.iter().map(|page| page.arrived_at_ms).min().unwrap_or(sweep.finished_at_ms);
    match recording.last_snapshot().filter(|last| first_ms <= last.finished_at_ms) {
        None => Ok(()),
        Some(last) => Err(Error::NotNewer {
            job_id: job.id.clone(),
            at: Timestamp::from_millis(first_ms).to_string(),
            last: Timestamp::from_millis(last.finished_at_ms).to_string(),
            next_step: next_step(sweep, last.finished_at_ms),
        }),
    }
}

async fn commit(
    recording: Recording,
    sweep: &Sweep,
    unchanged: &UnchangedPages,
    status: &JobStatusOutcome,
) -> Result<RecordedSweep, Error> {
    let mut diff = diff_changed_pages(unchanged, recording.baseline(), sweep);
    if recording.clock_was_set_back() {
        diff.clear_previous_sightings();
    }
    let snapshot_id = recording.commit(sweep, &diff, status).await?;
    Ok(RecordedSweep {
        snapshot_id,
        started_at_ms: sweep.started_at_ms,
        finished_at_ms: sweep.finished_at_ms,
        pages: sweep.page_count,
        objects: diff.object_count,
        changes: diff.changes.len() as u64,
    })
}
