//! `import`: records saved responses as one snapshot.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};

use super::args::ImportArgs;
use super::collect::recorded_text;
use super::error::{CliError, CommandError, usage_error};
use super::job_selection::select_job_id;
use super::output::print;
use super::settings::Settings;
use super::times::parse_option;
use crate::api::job_status::add_phases;
use crate::api::saved_reply::{self, SavedReply};
use crate::api::wire::head::Head;
use crate::clock::{Clock as _, SystemClock};
use crate::collect;
use crate::model::{
    Identity, JobKind, JobStatusOutcome, JobStatusReading, ObjectState, Page, Source, Sweep, Timestamp,
};
use crate::sanitize::single_line;
use crate::store::Store;

/// Limit of the size of a file. A reply has at most 100 rows of each array; even with long DDL it is far below this.
const MAX_FILE_BYTES: u64 = 256 << 20;
/// Minimum number of shared objects for two pages to look like the same page of two sweeps.
const MIN_SHARED_OBJECTS: usize = 2;
/// Limit of the difference between the clocks of two machines that is accepted without `--force`.
const MAX_CLOCK_DIFFERENCE_MS: i64 = 60_000;

pub(super) async fn run(settings: &Settings, args: ImportArgs) -> Result<(), CommandError> {
    let now_ms = SystemClock.now_ms();
    let at_ms = parse_option("--at", &args.at, settings.config.timezone, now_ms)?;
    if at_ms > now_ms.saturating_add(MAX_CLOCK_DIFFERENCE_MS) && !args.force {
        return Err(usage_error(CliError::FutureImport {
            at: Timestamp::from_millis(at_ms),
            now: Timestamp::from_millis(now_ms),
        }));
    }
    let (store, job_id) = if let Some(job_id) = &args.job {
        // A new database is created only once the files are known to be sound.
        (None, job_id.clone())
    } else {
        // Without `--job`, the job is the only one of an existing database.
        let store = Store::open_existing(&settings.database).await?;
        let job_id = select_job_id(&store, None).await?;
        (Some(store), job_id)
    };
    let mut job = settings.config.job(&job_id);
    job.region = args.region.clone().or(job.region);
    let SavedReplies { kind, pages, status } = read_saved_replies(&args, &job.id, at_ms)?;
    job.kind = kind;
    if let Some((first, second)) = pages_of_two_sweeps(&pages).filter(|_| !args.force) {
        return Err(CliError::PagesOfTwoSweeps {
            first: file_label(&args.files[first]),
            second: file_label(&args.files[second]),
        }
        .into());
    }
    let store = match store {
        Some(store) => store,
        None => Store::open(&settings.database).await?,
    };
    let sweep = Sweep {
        source: Source::Import,
        started_at_ms: at_ms,
        finished_at_ms: at_ms,
        page_count: u32::try_from(pages.len()).unwrap_or(u32::MAX),
        torn: false,
        pages,
    };
    if let (true, JobStatusOutcome::Read(reading)) = (sweep.pages.is_empty(), &status) {
        let is_new = store.record_job_status(&job, reading).await;
        store.close().await;
        if !is_new? {
            let at = Timestamp::from_millis(at_ms);
            return Err(CommandError::Failed(anyhow!(
                "{at} is not after the last recorded status of the job {}: give the time at which this response was \
                 saved with --at",
                job.id
            )));
        }
        return Ok(print(&format!("{}: status recorded as of {}\n", job.id, Timestamp::from_millis(at_ms)))?);
    }
    let recorded = collect::import_with_status(&store, &job, &sweep, &status).await;
    store.close().await;
    print(&recorded_text(&job.id, &recorded?, args.json))?;
    Ok(())
}

/// The replies of all files.
struct SavedReplies {
    kind: JobKind,
    pages: Vec<Page>,
    status: JobStatusOutcome,
}

/// Reads the files. All of them must be of a job of the same kind.
fn read_saved_replies(args: &ImportArgs, job_id: &str, at_ms: i64) -> anyhow::Result<SavedReplies> {
    let mut first: Option<(JobKind, &Path)> = None;
    let mut pages = Vec::with_capacity(args.files.len());
    let mut status: Option<JobStatusReading> = None;
    for file in &args.files {
        let reply = read_reply(file, job_id, at_ms).with_context(|| file_label(file))?;
        let kind = match reply {
            SavedReply::Objects { kind, readings } => {
                let number = u32::try_from(pages.len() + 1).unwrap_or(u32::MAX);
                pages.push(Page { number, arrived_at_ms: at_ms, readings });
                kind
            }
            SavedReply::Status { kind, reading } => {
                match &mut status {
                    Some(status) => add_phases(status, reading),
                    None => status = Some(reading),
                }
                kind
            }
        };
        match first {
            Some((other, other_file)) if other != kind => bail!(
                "{} is of a {}, and {} of a {}: import the replies of one job at a time",
                file_label(other_file),
                other.as_str(),
                file_label(file),
                kind.as_str()
            ),
            _ => first = Some((kind, file)),
        }
    }
    let kind = first.map_or_else(JobKind::default, |(kind, _)| kind);
    Ok(SavedReplies {
        kind,
        pages,
        status: status.map_or_else(JobStatusOutcome::default, JobStatusOutcome::Read),
    })
}

/// The indexes of the first two pages that share most of their objects, some of them in different states. In one sweep,
/// a page may repeat a few rows of another one that moved, and the page past the last one may repeat it unchanged.
fn pages_of_two_sweeps(pages: &[Page]) -> Option<(usize, usize)> {
    let mut seen: HashMap<Identity<'_>, (usize, &ObjectState)> = HashMap::new();
    for (index, page) in pages.iter().enumerate() {
        let earlier: Vec<_> = page
            .readings
            .iter()
            .filter_map(|reading| seen.get(&reading.identity()).map(|before| (*before, &reading.state)))
            .collect();
        let changed = earlier.iter().find(|((_, before), state)| *before != *state);
        if let Some(((first, _), _)) = changed
            && earlier.len() >= MIN_SHARED_OBJECTS
            && earlier.len() * 2 > page.readings.len()
        {
            return Some((*first, index));
        }
        seen.extend(page.readings.iter().map(|reading| (reading.identity(), (index, &reading.state))));
    }
    None
}

fn read_reply(file: &Path, job_id: &str, at_ms: i64) -> anyhow::Result<SavedReply> {
    let mut body = Vec::new();
    let size = if file == Path::new("-") {
        std::io::stdin().lock().take(MAX_FILE_BYTES + 1).read_to_end(&mut body)
    } else {
        std::fs::File::open(file).and_then(|open| open.take(MAX_FILE_BYTES + 1).read_to_end(&mut body))
    };
    let size = size.map_err(|error| {
        anyhow!("cannot be read ({error}): name a file with a saved response, or - for standard input")
    })?;
    if MAX_FILE_BYTES < size as u64 {
        bail!("is larger than {} MiB, which no reply is", MAX_FILE_BYTES >> 20);
    }
    let (head, reply) =
        saved_reply::read(&body, job_id, at_ms).map_err(|error| error.sanitized(str::to_owned))?;
    if !head.success {
        bail!("holds an error in place of a status: {}", reply_error_text(&head));
    }
    Ok(reply)
}

/// Limit of a text of the file in an error, in characters.
const MAX_QUOTED_CHARS: usize = 600;

/// The error of the reply, with the request id for the vendor's support.
fn reply_error_text(head: &Head) -> String {
    let text = |text: &Option<String>, default: &str| {
        text.as_deref().map_or_else(|| default.to_owned(), |text| single_line(text, MAX_QUOTED_CHARS))
    };
    let code = text(&head.err_code, "no error code");
    let message = text(&head.err_message, "no message");
    let request_id = text(&head.request_id, "unknown");
    format!("{code}: {message} (RequestId {request_id})")
}

fn file_label(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() }
}
