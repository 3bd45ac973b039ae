//! Renders each report once for each snapshot, whatever the number of its readers, on a thread of its own.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use super::document::{Document, Format, newest_ms};
use super::limits::{
    CACHE_IDLE, MAX_CACHED_BYTES, MAX_QUEUED_RENDERS, MAX_RENDER_PAUSE, RENDER_PAUSE_FACTOR, RENDER_TIMEOUT,
};
use super::stats::HttpStats;
use crate::history::analysis::{Analysis, Window};
use crate::publish;
use crate::report;
use crate::store::Store;

/// Why there is no report.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum RenderError {
    /// The job is unknown, the database cannot be read, or the report cannot be rendered.
    #[error(transparent)]
    Failed(Arc<publish::Error>),
    /// Too many reports wait to be rendered, or this one took too long.
    #[error("the service is busy: too many reports wait to be rendered")]
    Busy,
}

type Rendering = Shared<BoxFuture<'static, Result<Arc<Document>, RenderError>>>;

/// The cache of rendered reports, with the queue of the render thread. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Renderer {
    store: Store,
    entries: Arc<Mutex<BTreeMap<(String, Format), Entry>>>,
    queue: mpsc::Sender<Task>,
    stats: Arc<HttpStats>,
}

#[derive(Debug)]
struct Entry {
    options: report::Options,
    /// The newest rendered report, with the time of its snapshot.
    ready: Option<(i64, Arc<Document>)>,
    /// The rendering in progress, which all readers wait for.
    rendering: Option<Rendering>,
    /// When the report may be rendered again.
    not_before: Instant,
    last_used: Instant,
}

#[derive(Debug)]
struct Task {
    job_id: String,
    format: Format,
    options: report::Options,
    /// The time of the newest snapshot when the task was queued.
    as_of_ms: i64,
    reply: oneshot::Sender<Result<Arc<Document>, RenderError>>,
}

impl Renderer {
    /// Starts the render thread. It ends with the last clone of the renderer.
    pub(super) fn start(store: Store, stats: Arc<HttpStats>) -> std::io::Result<Self> {
        let (queue, tasks) = mpsc::channel(MAX_QUEUED_RENDERS);
        let renderer = Self { store, entries: Arc::default(), queue, stats };
        // A thread that held a clone would never end: it holds all but the queue.
        let worker = Worker {
            store: renderer.store.clone(),
            entries: Arc::clone(&renderer.entries),
            stats: Arc::clone(&renderer.stats),
            tasks,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("http-render".to_owned()).spawn(move || {
            lower_priority();
            runtime.block_on(worker.run());
        })?;
        Ok(renderer)
    }

    /// The report of a job as of its last snapshot. Shortly after a rendering that took long it is the one before.
    pub(super) async fn get(
        &self,
        job_id: &str,
        format: Format,
        options: report::Options,
    ) -> Result<Arc<Document>, RenderError> {
        let failed = |error: publish::Error| RenderError::Failed(Arc::new(error));
        let last = self.store.last_snapshot(job_id).await.map_err(|error| failed(error.into()))?;
        let status_ms = self.store.job_status_seen_ms(job_id).await.map_err(|error| failed(error.into()))?;
        let as_of_ms = last.map_or(0, |last| last.finished_at_ms).max(status_ms.unwrap_or(0));
        let rendering = match self.ready_or_rendering(job_id, format, options, as_of_ms)? {
            Found::Ready(document) => return Ok(document),
            Found::Rendering(rendering) => rendering,
        };
        wait_for(rendering).await
    }

    fn ready_or_rendering(
        &self,
        job_id: &str,
        format: Format,
        options: report::Options,
        as_of_ms: i64,
    ) -> Result<Found, RenderError> {
        let now = Instant::now();
        let key = (job_id.to_owned(), format);
        let mut entries = lock(&self.entries);
        if let Some(entry) = entries.get_mut(&key).filter(|entry| entry.options == options) {
            entry.last_used = now;
            if let Some((ready_ms, document)) = &entry.ready
                && (*ready_ms >= as_of_ms || (entry.rendering.is_none() && now < entry.not_before))
            {
                return Ok(Found::Ready(Arc::clone(document)));
            }
            if let Some(rendering) = &entry.rendering {
                return Ok(Found::Rendering(rendering.clone()));
            }
        }
        let (reply, result) = oneshot::channel();
        let task = Task { job_id: job_id.to_owned(), format, options, as_of_ms, reply };
        self.queue.try_send(task).map_err(|_| RenderError::Busy)?;
        // The sender is dropped without a reply only when the service stops.
        let rendering = result.map(|it| it.unwrap_or(Err(RenderError::Busy))).boxed().shared();
        let ready =
            entries.remove(&key).filter(|entry| entry.options == options).and_then(|entry| entry.ready);
        let entry =
            Entry { options, ready, rendering: Some(rendering.clone()), not_before: now, last_used: now };
        entries.insert(key, entry);
        Ok(Found::Rendering(rendering))
    }

    /// Drops the reports that nobody asks for.
    pub(super) fn drop_idle(&self) {
        let now = Instant::now();
        let mut entries = lock(&self.entries);
        entries
            .retain(|_, entry| entry.rendering.is_some() || now.duration_since(entry.last_used) < CACHE_IDLE);
        self.stats.cached_bytes.set(cached_bytes(&entries));
    }
}

async fn wait_for(rendering: Rendering) -> Result<Arc<Document>, RenderError> {
    timeout(RENDER_TIMEOUT, rendering).await.unwrap_or(Err(RenderError::Busy))
}

enum Found {
    Ready(Arc<Document>),
    Rendering(Rendering),
}

struct Worker {
    store: Store,
    entries: Arc<Mutex<BTreeMap<(String, Format), Entry>>>,
    stats: Arc<HttpStats>,
    tasks: mpsc::Receiver<Task>,
}

impl Worker {
    async fn run(mut self) {
        // Kept for the other formats of the same snapshot while tasks wait; it is as large as its job.
        let mut analysis: Option<(String, Arc<Analysis>)> = None;
        while let Some(task) = self.tasks.recv().await {
            let started = Instant::now();
            let rendered = AssertUnwindSafe(self.render(&task, &mut analysis)).catch_unwind().await;
            let result = rendered.unwrap_or_else(|_| {
                tracing::error!(job = task.job_id, "a bug in dts-history: rendering the report panicked");
                Err(RenderError::Busy)
            });
            let as_of_ms = analysis.as_ref().map_or(task.as_of_ms, |(_, it)| newest_ms(it));
            if self.tasks.is_empty() {
                analysis = None;
            }
            self.finish(task, as_of_ms, result, started.elapsed());
        }
    }

    async fn render(
        &self,
        task: &Task,
        analysis: &mut Option<(String, Arc<Analysis>)>,
    ) -> Result<Arc<Document>, RenderError> {
        let failed = |error: publish::Error| RenderError::Failed(Arc::new(error));
        let known = analysis
            .take()
            .filter(|(job_id, it)| *job_id == task.job_id && it.as_of_ms.unwrap_or(0) >= task.as_of_ms);
        let (job_id, found) = if let Some(known) = known {
            known
        } else {
            let job = &task.job_id;
            let loaded =
                publish::load_analysis(&self.store, job, Window::default(), task.options.cutover).await;
            (job.clone(), Arc::new(loaded.map_err(failed)?))
        };
        let document = Document::render(&found, task.format, task.options);
        *analysis = Some((job_id, found));
        self.stats.rendered_reports.increment();
        Ok(Arc::new(document.map_err(failed)?))
    }

    fn finish(
        &self,
        task: Task,
        as_of_ms: i64,
        result: Result<Arc<Document>, RenderError>,
        duration: Duration,
    ) {
        let key = (task.job_id, task.format);
        let mut entries = lock(&self.entries);
        let is_current = entries.get(&key).is_some_and(|entry| entry.options == task.options);
        match &result {
            Ok(document) if is_current => {
                if let Some(entry) = entries.get_mut(&key) {
                    let now = Instant::now();
                    entry.ready = Some((as_of_ms, Arc::clone(document)));
                    entry.rendering = None;
                    entry.not_before = now + (duration * RENDER_PAUSE_FACTOR).min(MAX_RENDER_PAUSE);
                }
                drop_least_recently_used(&mut entries, &key);
            }
            Err(_) if is_current => {
                entries.remove(&key);
            }
            _ => {}
        }
        self.stats.cached_bytes.set(cached_bytes(&entries));
        drop(entries);
        // The readers may have gone.
        let _ = task.reply.send(result);
    }
}

/// Drops reports until the rest is within the limit; the newest stays in any case.
fn drop_least_recently_used(entries: &mut BTreeMap<(String, Format), Entry>, newest: &(String, Format)) {
    while cached_bytes(entries) > MAX_CACHED_BYTES {
        let others = entries.iter().filter(|(key, entry)| *key != newest && entry.rendering.is_none());
        let Some(key) = others.min_by_key(|(_, entry)| entry.last_used).map(|(key, _)| key.clone()) else {
            break;
        };
        entries.remove(&key);
    }
}

fn cached_bytes(entries: &BTreeMap<(String, Format), Entry>) -> usize {
    entries.values().filter_map(|entry| entry.ready.as_ref()).map(|(_, document)| document.bytes()).sum()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Consistent even after a panic: each entry is inserted or changed by one statement.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets the threads that record go first. On Linux a thread has a niceness of its own; elsewhere it is the process's.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(10) {
        tracing::debug!(%error, "the render thread keeps its priority");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Job, JobKind, Page, Source, Sweep};
    use crate::report::Language;

    const JOB: &str = "dtsone";

    use crate::history::figures::cutover::CutoverLimits;

    fn options() -> report::Options {
        report::Options { language: Language::En, zone: chrono_tz::Tz::UTC, cutover: CutoverLimits::DEFAULT }
    }

    async fn record(store: &Store, at_ms: i64) {
        let job = Job { id: JOB.to_owned(), region: None, name: None, kind: JobKind::default() };
        let page = Page { number: 1, arrived_at_ms: at_ms, readings: Vec::new() };
        let sweep = Sweep {
            source: Source::Import,
            started_at_ms: at_ms,
            finished_at_ms: at_ms,
            page_count: 1,
            torn: false,
            pages: vec![page],
        };
        crate::collect::import(store, &job, &sweep).await.unwrap();
    }

    #[tokio::test]
    async fn a_report_is_rendered_once_for_all_its_readers() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("h.db")).await.unwrap();
        record(&store, 1_000_000).await;
        let stats = Arc::<HttpStats>::default();
        let renderer = Renderer::start(store.with_own_readers(1), Arc::clone(&stats)).unwrap();
        let get = || renderer.get(JOB, Format::Html, options());
        let documents = futures_util::future::join_all((0..50).map(|_| get())).await;
        let first = documents[0].clone().unwrap();
        assert!(documents.into_iter().all(|document| Arc::ptr_eq(&document.unwrap(), &first)));
        assert_eq!(stats.rendered_reports.get(), 1);
        assert_eq!(stats.cached_bytes.get(), first.bytes() as u64);
        // A new snapshot is shown once the pause after the last rendering is over.
        record(&store, 2_000_000).await;
        for entry in lock(&renderer.entries).values_mut() {
            entry.not_before = Instant::now() + Duration::from_mins(1);
        }
        assert!(Arc::ptr_eq(&get().await.unwrap(), &first));
        for entry in lock(&renderer.entries).values_mut() {
            entry.not_before = Instant::now();
        }
        assert!(!Arc::ptr_eq(&get().await.unwrap(), &first));
        let unknown = renderer.get("dtsunknown", Format::Html, options()).await.unwrap_err();
        assert!(unknown.to_string().contains("dtsunknown"), "{unknown}");
        assert_eq!(lock(&renderer.entries).len(), 1, "an error is not kept");
    }

    /// A renderer whose tasks nobody takes.
    async fn stuck(folder: &std::path::Path) -> (Renderer, mpsc::Receiver<Task>) {
        let store = Store::open(&folder.join("h.db")).await.unwrap();
        let (queue, tasks) = mpsc::channel(1);
        (Renderer { store, entries: Arc::default(), queue, stats: Arc::default() }, tasks)
    }

    #[tokio::test]
    async fn a_full_queue_is_an_error_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let (renderer, _tasks) = stuck(folder.path()).await;
        let find = |format| renderer.ready_or_rendering(JOB, format, options(), 1);
        assert!(matches!(find(Format::Html), Ok(Found::Rendering(_))));
        assert!(matches!(find(Format::Html), Ok(Found::Rendering(_))), "it waits for the same rendering");
        assert!(matches!(find(Format::Json), Err(RenderError::Busy)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_report_that_takes_too_long_is_an_error() {
        let rendering = std::future::pending().boxed().shared();
        let started = Instant::now();
        assert!(matches!(wait_for(rendering).await, Err(RenderError::Busy)));
        assert_eq!(started.elapsed(), RENDER_TIMEOUT);
    }

    #[tokio::test]
    async fn cached_reports_are_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let (renderer, _tasks) = stuck(folder.path()).await;
        let now = Instant::now();
        fill_and_trim(&renderer, now);
        tokio::time::pause();
        tokio::time::advance(CACHE_IDLE + Duration::from_secs(1)).await;
        renderer.drop_idle();
        assert!(lock(&renderer.entries).is_empty() && renderer.stats.cached_bytes.get() == 0);
    }

    /// Five reports of a quarter of the limit each, of which the newest three stay.
    fn fill_and_trim(renderer: &Renderer, now: Instant) {
        let mut entries = lock(&renderer.entries);
        for number in 0..5_u32 {
            let document = Arc::new(Document::from_text("x".repeat(MAX_CACHED_BYTES / 4 + 1)));
            let last_used = now + Duration::from_secs(number.into());
            let entry = Entry {
                options: options(),
                ready: Some((1, document)),
                rendering: None,
                not_before: now,
                last_used,
            };
            entries.insert((format!("dts{number}"), Format::Html), entry);
        }
        drop_least_recently_used(&mut entries, &("dts4".to_owned(), Format::Html));
        let ids: Vec<_> = entries.keys().map(|(id, _)| id.clone()).collect();
        assert_eq!(ids, ["dts2", "dts3", "dts4"]);
        for entry in entries.values_mut() {
            entry.last_used = now;
        }
    }
}
