//! HTML for people: all jobs at a glance, a job's live page, and its report in every form.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono_tz::Tz;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::api::{failure, job_revision, refusal, revision};
use super::guard::not_found;
use super::web::{Seen, Web};
use crate::history::analysis::Analysis;
use crate::history::verdict::Verdict;
use crate::publish::{self, Format};
use crate::report::html::{LIVE_SCRIPT, STYLE, policy};
use crate::report::{self, Language, Live};
use crate::service::board::Track;

const HTML: &str = "text/html; charset=utf-8";

#[derive(Template)]
#[template(path = "service/overview.html")]
struct Overview<'a> {
    tag: &'static str,
    revision: String,
    zone: &'static str,
    words: &'static Words,
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

/// The words of the overview that a report does not have.
struct Words {
    title: &'static str,
    job: &'static str,
    verdict: &'static str,
    failures: &'static str,
    last: &'static str,
    recording: &'static str,
    sweeping: &'static str,
    waiting: &'static str,
    failing: fn(u32, &str) -> String,
    never: &'static str,
    lost: &'static str,
}

const EN: Words = Words {
    title: "Migrations",
    job: "Job",
    verdict: "Verdict",
    failures: "Failures",
    last: "Last snapshot",
    recording: "Recording",
    sweeping: "a sweep is in flight",
    waiting: "on schedule",
    failing: |times, error| format!("failed {times} times in a row: {error}"),
    never: "none yet",
    lost: "The service does not answer; what is shown here is the last that it said.",
};

const ZH: Words = Words {
    title: "迁移任务",
    job: "任务",
    verdict: "结论",
    failures: "失败",
    last: "最近一次快照",
    recording: "采集",
    sweeping: "正在采集",
    waiting: "按计划",
    failing: |times, error| format!("连续失败 {times} 次:{error}"),
    never: "尚无",
    lost: "服务没有响应;这里显示的是它最后一次给出的内容。",
};

fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &EN,
        Language::Zh => &ZH,
    }
}

/// All jobs at a glance: those that need somebody first.
pub(super) async fn overview(State(web): State<Web>) -> Response {
    let seen = web.seen();
    let mut tracks: Vec<&Track> = seen.tracks.iter().collect();
    tracks.sort_by_key(|it| std::cmp::Reverse((it.failed_in_a_row > 0, open_failures(it))));
    let text = seen.report.language.text();
    let page = Overview {
        tag: text.tag,
        revision: revision(&seen),
        zone: seen.report.zone.name(),
        words: words(seen.report.language),
        phases: text.name.phases,
        rows: tracks.into_iter().map(|track| row(track, &seen)).collect(),
        style: STYLE,
        script: LIVE_SCRIPT,
    };
    let policy = format!("{}; frame-ancestors 'none'", policy(&[LIVE_SCRIPT], "'self'"));
    match page.render() {
        Ok(html) => {
            ([(header::CONTENT_TYPE, HTML.to_owned()), (header::CONTENT_SECURITY_POLICY, policy)], html)
                .into_response()
        }
        Err(error) => {
            refusal(StatusCode::INTERNAL_SERVER_ERROR, &format!("cannot lay out the page: {error}"))
        }
    }
}

fn row<'a>(track: &'a Track, seen: &Seen) -> Row<'a> {
    let (words, text) = (words(seen.report.language), seen.report.language.text());
    let verdict = track.standing.map(|it| it.verdict());
    let (class, sign, word) = match verdict {
        Some(Verdict::Finished) => ("finished", "✓", text.verdict.finished),
        Some(Verdict::FinishedWithFailures) => ("failed", "!", text.verdict.finished_with_failures),
        Some(Verdict::Failed) => ("failed", "✕", text.verdict.failed),
        Some(Verdict::InProgress) => ("migrating", "▸", text.verdict.in_progress),
        Some(Verdict::Empty) => ("waiting", "–", text.verdict.empty),
        None => ("waiting", "–", words.never),
    };
    let phase = |phase: usize| match track.standing.map(|it| it.counts[phase]) {
        Some(counts) if counts.listed() > 0 => format!("{} / {}", counts.finished, counts.listed()),
        _ => "–".to_owned(),
    };
    Row {
        link: format!("/jobs/{}", utf8_percent_encode(&track.job.id, NON_ALPHANUMERIC)),
        title: track.job.name.as_deref().unwrap_or(&track.job.id),
        id: &track.job.id,
        class,
        sign,
        verdict: word,
        phases: [0, 1, 2, 3].map(phase),
        failures: open_failures(track),
        last: track
            .standing
            .map_or_else(|| words.never.to_owned(), |it| moment(it.last.finished_at_ms, seen.report.zone)),
        recording: match &track.error {
            Some(error) => (words.failing)(track.failed_in_a_row, error),
            None if track.sweeping => words.sweeping.to_owned(),
            None => words.waiting.to_owned(),
        },
    }
}

fn open_failures(track: &Track) -> usize {
    track.standing.map_or(0, |it| it.counts.iter().map(|counts| counts.failed).sum())
}

fn moment(at_ms: i64, zone: Tz) -> String {
    match chrono::DateTime::from_timestamp_millis(at_ms) {
        Some(at) => at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string(),
        None => at_ms.to_string(),
    }
}

/// The report of a job, as it stands, and kept up to date.
pub(super) async fn job(State(web): State<Web>, Path(id): Path<String>) -> Response {
    let seen = web.seen();
    // Before the figures are read: should they be newer than it, the page only renews itself once more.
    let revision = seen.track(&id).map(job_revision);
    let language = seen.report.language;
    let rendered = render(&web, &id, move |analysis, options| match &revision {
        // A job that is recorded but not configured any more does not move.
        None => report::html(analysis, options),
        Some(revision) => {
            report::live_html(analysis, options, &Live { revision, lost: words(language).lost })
        }
    });
    match rendered.await {
        Ok(html) => page(html),
        Err(error) => failure(&error),
    }
}

/// The report of a job as a file.
pub(super) async fn report(State(web): State<Web>, Path((id, file)): Path<(String, String)>) -> Response {
    let (format, kind) = match file.as_str() {
        "report.html" => (Format::Html, HTML),
        "report.md" => (Format::Markdown, "text/markdown; charset=utf-8"),
        "report.json" => (Format::Json, "application/json"),
        _ => return not_found().await,
    };
    let rendered = render(&web, &id, move |analysis, options| match format {
        Format::Html => report::html(analysis, options),
        Format::Markdown => report::markdown(analysis, options),
        Format::Json => report::json(analysis),
    });
    match rendered.await {
        Ok(html) if format == Format::Html => page(html),
        Ok(text) => ([(header::CONTENT_TYPE, kind)], text).into_response(),
        Err(error) => failure(&error),
    }
}

/// A report is laid out on a thread that nobody else waits for.
async fn render(
    web: &Web,
    id: &str,
    print: impl FnOnce(&Analysis, &report::Options) -> Result<String, report::Error> + Send + 'static,
) -> Result<String, publish::Error> {
    let analysis = web.analysis(id).await?;
    let options = web.seen().report;
    match tokio::task::spawn_blocking(move || print(&analysis, &options)).await {
        Ok(printed) => Ok(printed?),
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// A report brings a policy of its own, which names its script and style; nobody may frame it.
fn page(html: String) -> Response {
    let policy = "frame-ancestors 'none'";
    ([(header::CONTENT_TYPE, HTML), (header::CONTENT_SECURITY_POLICY, policy)], html).into_response()
}
