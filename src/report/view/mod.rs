//! The view: every figure of a report as a finished text, every picture as geometry, in the order in which
//! it is read. HTML and Markdown are two prints of it, so they cannot disagree.

pub mod causes;
pub mod cutover;
pub mod failures;
pub mod insight;
pub mod log;
pub mod object_names;
pub mod provenance;
pub mod quality;
pub mod row_limit;
pub mod status_mark;
pub mod summary;
pub mod tables;
pub mod time_lost;
pub mod visible_text;

use super::Options;
use super::chart::concurrency::concurrency_chart;
use super::chart::delay::delay_chart;
use super::chart::picture::{Frame, Picture};
use super::chart::progress::progress_chart;
use super::chart::throughput::throughput_chart;
use super::chart::timeline::{Timeline, timeline_chart};
use super::format::Formatter;
use super::text::Text;
use crate::history::analysis::Analysis;
use crate::history::forecast::eta::Eta;
use crate::model::Job;
use visible_text::sanitize;

/// A report before it is printed.
#[derive(Debug)]
pub struct View {
    /// The words of its language, for headings and labels.
    pub text: &'static Text,
    /// The job as the user calls it: its name, or its id.
    pub title: String,
    /// Its id, and its region if known.
    pub job: String,
    /// The same under the title: without the id if that is the title already; `None` if nothing is left.
    pub subtitle: Option<String>,
    /// The moment that everything is true of.
    pub as_of: String,
    /// The time zone of every moment, with its offset.
    pub zone: String,
    /// The part of the history that was asked for, if not all of it.
    pub window: Option<String>,
    /// The verdict.
    pub verdict: summary::VerdictBanner,
    /// The headline figures.
    pub headlines: Vec<summary::Headline>,
    /// The progress bars of rows, tables and objects.
    pub progress: Vec<summary::Progress>,
    /// The causes of the open failures.
    pub causes: causes::Causes,
    /// The legend of the quality mark, if any figure has one.
    pub quality_legend: Option<&'static str>,
    /// Failures, open ones by kind, then resolved ones.
    pub failures: failures::Failures,
    /// The way to the cutover; `None` if the status of the job was never read.
    pub cutover: Option<cutover::Cutover>,
    /// Delay over time; `None` if no delay was read.
    pub delay: Option<Picture>,
    /// Progress over time; `None` if there was nothing that could progress.
    pub progress_over_time: Option<Picture>,
    /// Throughput over time; `None` if nothing was seen to rise.
    pub throughput: Option<Picture>,
    /// Tables at once over time; `None` if none was seen being copied.
    pub concurrency: Option<Picture>,
    /// Timeline of the longest tables; `None` if no time is known.
    pub timeline: Option<Timeline>,
    /// A sentence with the number of tables in the timeline.
    pub timeline_note: String,
    /// Tables.
    pub tables: tables::Tables,
    /// The long tail, wrong estimates, forecasts.
    pub insight: insight::Insight,
    /// Stalls, and the use of the job's time.
    pub time_lost: time_lost::TimeLost,
    /// Attempts of tables that were restarted.
    pub attempts: log::Attempts,
    /// Changes of status.
    pub transitions: log::Transitions,
    /// Facts about the recorded data.
    pub provenance: provenance::Provenance,
    /// Statements that give the same figures.
    pub sql: Vec<provenance::Recipe>,
    /// The program and its version.
    pub made_by: String,
}

impl View {
    /// The view of an analysis, in this language and time zone.
    #[must_use]
    pub fn new(analysis: &Analysis, options: &Options) -> Self {
        let (first_ms, last_ms) = time_extent(analysis);
        let format = Formatter::new(options.language, options.zone).for_period(first_ms, last_ms);
        let text = format.text;
        let timeline = timeline_chart(&analysis.tables, &analysis.coverage.gaps, &format);
        let frame = chart_frame(analysis);
        let shown = timeline.as_ref().map_or(0, |timeline| timeline.rows.len());
        Self {
            text,
            title: sanitize(analysis.job.name.as_ref().unwrap_or(&analysis.job.id)),
            job: job_line(&analysis.job, true).unwrap_or_default(),
            subtitle: job_line(&analysis.job, analysis.job.name.is_some()),
            as_of: match analysis.as_of_ms {
                Some(at_ms) => (text.verdict.as_of)(&format.moment_with_offset(at_ms)),
                None => text.verdict.as_of_never.to_owned(),
            },
            zone: format.zone(first_ms, last_ms),
            window: window_sentence(analysis, &format),
            verdict: summary::verdict_banner(analysis, &format),
            headlines: summary::headlines(analysis, &format),
            progress: summary::progress_bars(analysis, &format),
            causes: causes::causes(analysis, &format),
            quality_legend: quality::legend(analysis, text),
            failures: failures::failures(analysis, &format),
            cutover: analysis.cutover.as_ref().filter(|it| !it.points.is_empty()).map(|it| {
                cutover::cutover(it, analysis.status_counts.iter().any(|counts| counts.failed > 0), &format)
            }),
            delay: analysis.cutover.as_ref().and_then(|it| delay_chart(it, &format)),
            progress_over_time: progress_chart(&analysis.progress, frame, &format),
            throughput: throughput_chart(&analysis.throughput, frame, &format),
            concurrency: concurrency_chart(&analysis.concurrency, frame, &format),
            timeline,
            timeline_note: (text.section.timeline_note)(shown, analysis.tables.len()),
            tables: tables::tables(&analysis.tables, &format),
            insight: insight::insight(analysis, &format),
            time_lost: time_lost::time_lost(analysis, &format),
            attempts: log::attempt_log(&analysis.tables, &format),
            transitions: log::transition_log(&analysis.transitions, &format),
            provenance: provenance::provenance(analysis, &format),
            sql: provenance::recipes(&analysis.job.id, text),
            made_by: (text.section.made_by)(concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"))),
        }
    }
}

/// The common time range of all charts.
fn chart_frame(analysis: &Analysis) -> Frame<'_> {
    let series = analysis.throughput.iter().map(|it| (it.from_ms, it.to_ms));
    let levels = analysis.concurrency.buckets.iter().map(|it| (it.from_ms, it.to_ms));
    let standings = analysis.progress.iter().map(|it| (it.at_ms, it.at_ms));
    let times: Vec<_> = series.chain(levels).chain(standings).collect();
    Frame {
        from_ms: times.iter().map(|(from_ms, _)| *from_ms).min().unwrap_or(0),
        to_ms: times.iter().map(|(_, to_ms)| *to_ms).max().unwrap_or(0),
        gaps: &analysis.coverage.gaps,
    }
}

pub(super) fn job_line(job: &Job, with_id: bool) -> Option<String> {
    let parts = [Some(&job.id).filter(|_| with_id), job.region.as_ref()];
    let parts: Vec<_> = parts.into_iter().flatten().map(|part| sanitize(part)).collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

pub(super) fn window_sentence(analysis: &Analysis, format: &Formatter) -> Option<String> {
    let text = &format.text.verdict;
    let moment =
        |at_ms: Option<i64>, open: &str| at_ms.map_or_else(|| open.to_owned(), |ms| format.moment(ms));
    let window = analysis.window;
    (window.from_ms.is_some() || window.to_ms.is_some()).then(|| {
        (text.window)(
            &moment(window.from_ms, text.recording_start),
            &moment(window.to_ms, text.recording_end),
        )
    })
}

/// The first and last moment that the report can speak of, forecasts among them.
pub(super) fn time_extent(analysis: &Analysis) -> (i64, i64) {
    let late = |eta: &Eta| eta.range().map(|it| it.late_ms);
    let window = [analysis.window.from_ms, analysis.window.to_ms];
    let ends = [analysis.as_of_ms, analysis.coverage.first_at_ms, analysis.coverage.last_at_ms];
    let tables = analysis.tables.iter().flat_map(|table| {
        [Some(table.first_seen_at_ms), Some(table.last_seen_at_ms), table.started.after_ms, late(&table.eta)]
    });
    let failures = analysis.failures.iter().flat_map(|failure| {
        [Some(failure.first_failed_at_ms), failure.previous_observed_at_ms, failure.resolved_at_ms]
    });
    let sweeps = analysis.coverage.failed_sweeps.iter().map(|sweep| Some(sweep.started_at_ms));
    let transitions = analysis
        .transitions
        .iter()
        .flat_map(|change| [change.previous_observed_at_ms, Some(change.observed_at_ms)]);
    let job = [analysis.totals.started.after_ms, analysis.totals.eta.as_ref().and_then(late)];
    let moments = window.into_iter().chain(ends).chain(tables).chain(failures).chain(sweeps);
    let moments = moments.chain(transitions).chain(job).flatten();
    moments
        .fold(None, |range: Option<(i64, i64)>, at_ms| {
            Some(range.map_or((at_ms, at_ms), |(first, last)| (first.min(at_ms), last.max(at_ms))))
        })
        // Without any moment there is no offset to get wrong.
        .unwrap_or((0, 0))
}
