//! `import`: saved responses become a snapshot.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};

use super::args::Import;
use super::{Failure, Settings, collect::line, eprint_line, print};
use crate::api::calls::initialization_status;
use crate::api::wire::head::Head;
use crate::clock::{Clock as _, SystemClock};
use crate::collect;
use crate::model::{Page, Source, Sweep};
use crate::sanitize::single_line;
use crate::store::Store;

/// A reply holds at most 100 rows of each array; even with long DDL it is far below this.
const BYTES_MOST: u64 = 256 << 20;
/// Clocks of two machines may differ by so much before it is worth a word.
const AHEAD_MOST_MS: i64 = 60_000;

pub(super) async fn run(settings: &Settings, args: Import) -> Result<(), Failure> {
    let mut pages = Vec::with_capacity(args.files.len());
    for (number, file) in (1..).zip(&args.files) {
        let readings = read(file).with_context(|| name(file))?;
        pages.push(Page { number, arrived_at_ms: args.at, readings });
    }
    let sweep = Sweep {
        source: Source::Import,
        started_at_ms: args.at,
        finished_at_ms: args.at,
        page_count: u32::try_from(pages.len()).unwrap_or(u32::MAX),
        torn: false,
        pages,
    };
    let mut job = settings.config.job(&args.job);
    job.region = args.region.or(job.region);
    let store = Store::open(&settings.database).await?;
    let recorded = collect::import(&store, &job, &sweep).await;
    store.close().await;
    print(&line(&job.id, &recorded?, args.json))?;
    if args.at > SystemClock.now_ms().saturating_add(AHEAD_MOST_MS) {
        eprint_line(
            "warning: that time lies in the future; no other snapshot of this job is recorded until it has come",
        );
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Vec<crate::model::Reading>> {
    let mut body = Vec::new();
    let size = if file == Path::new("-") {
        std::io::stdin().lock().take(BYTES_MOST + 1).read_to_end(&mut body)
    } else {
        std::fs::File::open(file).and_then(|open| open.take(BYTES_MOST + 1).read_to_end(&mut body))
    };
    let size = size.map_err(|error| {
        anyhow!("cannot be read ({error}): name a file with a saved response, or - for standard input")
    })?;
    if BYTES_MOST < size as u64 {
        bail!("is larger than {} MiB, which no reply is", BYTES_MOST >> 20);
    }
    let reply = initialization_status::read(&body).map_err(|error| error.sanitized(str::to_owned))?;
    if !reply.head.success {
        bail!("holds an error in place of a status: {}", refusal(&reply.head));
    }
    Ok(reply.readings)
}

/// Limit of a text of the file in an error, in characters.
const MAX_QUOTED_CHARS: usize = 600;

/// What the API said instead, with the id that its support asks for.
fn refusal(head: &Head) -> String {
    let text = |text: &Option<String>, default: &str| {
        text.as_deref().map_or_else(|| default.to_owned(), |text| single_line(text, MAX_QUOTED_CHARS))
    };
    let code = text(&head.err_code, "no error code");
    let message = text(&head.err_message, "no message");
    let request_id = text(&head.request_id, "unknown");
    format!("{code}: {message} (RequestId {request_id})")
}

fn name(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() }
}
