//! HTML: the overview of all jobs, the live page of a job, and its report in every format.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono_tz::Tz;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::api::{job_revision, revision};
use super::context::HttpContext;
use super::response::{error_response, not_found, report_error};
use crate::history::analysis::Analysis;
use crate::history::figures::verdict::Verdict;
use crate::publish::{self, Format};
use crate::report::html::{LIVE_SCRIPT, STYLE, policy};
use crate::report::text::service::Overview as OverviewText;
use crate::report::{self, Live};
use crate::service::job_states::JobState;

const HTML: &str = "text/html; charset=utf-8";

#[derive(Template)]
#[template(path = "service/overview.html")]
struct Overview<'a> {
    tag: &'static str,
    revision: String,
    zone: &'static str,
    words: &'static OverviewText,
    phases: [&'static str; 4],
    rows: Vec<Row<'a>>,
    style: &'static str,
    script: &'static str,
}

struct Row<'a> {
    link: String,
    title: &'a str,
    id: &'a str,
    class: &'static str,
    sign: &'static str,
    verdict: &'static str,
    phases: [String; 4],
    failures: usize,
    last: String,
    recording: String,
}

/// The overview of all jobs, those that need attention first.
pub(super) async fn overview(State(context): State<HttpContext>) -> Response {
    let state = context.state();
    let mut jobs: Vec<&JobState> = state.jobs.iter().collect();
    jobs.sort_by_key(|it| std::cmp::Reverse((it.failed_in_a_row > 0, open_failures(it))));
    let text = state.report.language.text();
    let page = Overview {
        tag: text.tag,
        revision: revision(&state),
        zone: state.report.zone.name(),
        words: &text.overview,
        phases: text.labels.phases,
        rows: jobs.into_iter().map(|job| row(job, state.report)).collect(),
        style: STYLE,
        script: LIVE_SCRIPT,
    };
    let policy = format!("{}; frame-ancestors 'none'", policy(&[LIVE_SCRIPT], "'self'"));
    match page.render() {
        Ok(html) => {
            let headers =
                [(header::CONTENT_TYPE, HTML.to_owned()), (header::CONTENT_SECURITY_POLICY, policy)];
            (headers, html).into_response()
        }
        Err(error) => {
            let message = format!("cannot render the page: {error}");
            error_response(StatusCode::INTERNAL_SERVER_ERROR, &message)
        }
    }
}

fn row(state: &JobState, options: report::Options) -> Row<'_> {
    let JobState { job, summary, .. } = state;
    let text = options.language.text();
    let words = &text.overview;
    let (class, sign, verdict) = match summary.map(|it| it.verdict()) {
        Some(Verdict::Finished) => ("finished", "✓", text.verdict.finished),
        Some(Verdict::FinishedWithFailures) => ("failed", "!", text.verdict.finished_with_failures),
        Some(Verdict::Failed) => ("failed", "✕", text.verdict.failed),
        Some(Verdict::InProgress) => ("migrating", "▸", text.verdict.in_progress),
        Some(Verdict::Empty) => ("waiting", "–", text.verdict.empty),
        None => ("waiting", "–", words.never),
    };
    let phase = |phase: usize| match summary.map(|it| it.counts[phase]) {
        Some(counts) if counts.listed() > 0 => format!("{} / {}", counts.finished, counts.listed()),
        _ => "–".to_owned(),
    };
    let last = summary.map(|it| local_time(it.last.finished_at_ms, options.zone));
    Row {
        link: format!("/jobs/{}", utf8_percent_encode(&job.id, NON_ALPHANUMERIC)),
        title: job.name.as_deref().unwrap_or(&job.id),
        id: &job.id,
        class,
        sign,
        verdict,
        phases: [0, 1, 2, 3].map(phase),
        failures: open_failures(state),
        last: last.unwrap_or_else(|| words.never.to_owned()),
        recording: match &state.error {
            Some(error) => (words.failing)(state.failed_in_a_row, error),
            None if state.sweeping => words.sweeping.to_owned(),
            None => words.waiting.to_owned(),
        },
    }
}

fn open_failures(state: &JobState) -> usize {
    state.summary.map_or(0, |it| it.counts.iter().map(|counts| counts.failed).sum())
}

fn local_time(at_ms: i64, zone: Tz) -> String {
    match chrono::DateTime::from_timestamp_millis(at_ms) {
        Some(at) => at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string(),
        None => at_ms.to_string(),
    }
}

/// The live page of a job: its report, which updates itself.
pub(super) async fn job(State(context): State<HttpContext>, Path(id): Path<String>) -> Response {
    let state = context.state();
    // Read before the figures: if they are newer than this revision, the page updates itself once too often.
    let revision = state.job(&id).map(job_revision);
    let language = state.report.language;
    let rendered = render(&context, &id, move |analysis, options| match &revision {
        // A job that is recorded but not configured does not change.
        None => Ok(report::html(analysis, options)?.into_bytes()),
        Some(revision) => {
            let live = Live { revision, lost: language.text().overview.lost };
            Ok(report::live_html(analysis, options, &live)?.into_bytes())
        }
    });
    match rendered.await {
        Ok(html) => html_response(html),
        Err(error) => report_error(&error),
    }
}

/// The report of a job as a file.
pub(super) async fn report(
    State(context): State<HttpContext>,
    Path((id, file)): Path<(String, String)>,
) -> Response {
    let (format, content_type) = match file.as_str() {
        "report.html" => (Format::Html, HTML),
        "report.md" => (Format::Markdown, "text/markdown; charset=utf-8"),
        "report.json" => (Format::Json, "application/json"),
        _ => return not_found().await,
    };
    let rendered = render(&context, &id, move |analysis, options| publish::render(analysis, format, options));
    match rendered.await {
        Ok(html) if format == Format::Html => html_response(html),
        Ok(text) => ([(header::CONTENT_TYPE, content_type)], text).into_response(),
        Err(error) => report_error(&error),
    }
}

/// Renders on a blocking thread: a large report takes long.
async fn render(
    context: &HttpContext,
    id: &str,
    print: impl FnOnce(&Analysis, &report::Options) -> Result<Vec<u8>, publish::Error> + Send + 'static,
) -> Result<Vec<u8>, publish::Error> {
    let analysis = context.analysis(id).await?;
    let options = context.state().report;
    match tokio::task::spawn_blocking(move || print(&analysis, &options)).await {
        Ok(printed) => printed,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// A report page has a content security policy of its own that allows its script and style; this one forbids frames.
fn html_response(html: Vec<u8>) -> Response {
    let policy = "frame-ancestors 'none'";
    ([(header::CONTENT_TYPE, HTML), (header::CONTENT_SECURITY_POLICY, policy)], html).into_response()
}
