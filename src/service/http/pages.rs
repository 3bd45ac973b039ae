//! HTML: the overview of all jobs, the live page of a job, and its report in every format.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono_tz::Tz;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::api::revision;
use super::context::HttpContext;
use super::document::Format;
use super::response::{error_response, not_found, render_error, tagged_response};
use crate::history::figures::verdict::JobVerdict;
use crate::report;
use crate::report::html::{LIVE_SCRIPT, STYLE, content_security_policy};
use crate::report::text::service::OverviewText;
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
    let policy = format!("{}; frame-ancestors 'none'", content_security_policy(&[LIVE_SCRIPT], "'self'"));
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
        Some(JobVerdict::Finished) => ("finished", "✓", text.verdict.finished),
        Some(JobVerdict::FinishedWithFailures) => ("mixed", "!", text.verdict.finished_with_failures),
        Some(JobVerdict::Failed) => ("failed", "✕", text.verdict.failed),
        Some(JobVerdict::InProgress) => ("migrating", "▸", text.verdict.in_progress),
        Some(JobVerdict::Empty) => ("waiting", "–", text.verdict.empty),
        None => ("waiting", "–", words.never),
    };
    let phase = |phase: usize| match summary.map(|it| it.counts[phase]) {
        Some(counts) if counts.listed_objects() > 0 => {
            format!("{} / {}", counts.finished, counts.listed_objects())
        }
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
pub(super) async fn job(
    State(context): State<HttpContext>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    // A job that is recorded but not configured does not change.
    let is_configured = context.state().job(&id).is_some();
    let format = if is_configured { Format::LiveHtml } else { Format::Html };
    report_response(&context, &id, format, &headers).await
}

/// The report of a job as a file.
pub(super) async fn report(
    State(context): State<HttpContext>,
    Path((id, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let format = match file.as_str() {
        "report.html" => Format::Html,
        "report.md" => Format::Markdown,
        "report.json" => Format::Json,
        _ => return not_found().await,
    };
    report_response(&context, &id, format, &headers).await
}

async fn report_response(context: &HttpContext, id: &str, format: Format, headers: &HeaderMap) -> Response {
    let document = match context.renderer.get(id, format, context.state().report).await {
        Ok(document) => document,
        Err(error) => return render_error(&error),
    };
    let content_type = match format {
        Format::LiveHtml | Format::Html => HTML,
        Format::Markdown => "text/markdown; charset=utf-8",
        Format::Json => "application/json",
    };
    let etag = format!("\"{:016x}\"", document.digest);
    let mut response = tagged_response(headers, &etag, content_type, [document.text.clone()]);
    if content_type == HTML {
        // The page has a policy of its own in its head that allows its script and style; this one forbids frames.
        let policy = HeaderValue::from_static("frame-ancestors 'none'");
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
