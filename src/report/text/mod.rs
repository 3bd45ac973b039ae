//! Every word that people read, once per language. A field without a translation does not compile.
//!
//! Fixed words are texts; sentences with figures in them are functions, so that each language has its own
//! order of words and its own plurals. Counts arrive as numbers where the language needs the plural, and as
//! finished texts where it does not.

pub mod cause;
pub mod cli;
pub mod quality;
mod en;
pub mod insight;
pub mod time_lost;
pub mod plural;
pub mod repair;
pub mod sections;
pub mod service;
pub mod wait;
mod zh;

use crate::history::figures::verdict as figures;

/// The language of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

impl Language {
    /// Its words.
    #[must_use]
    pub fn text(self) -> &'static Text {
        match self {
            Self::En => &en::TEXT,
            Self::Zh => &zh::TEXT,
        }
    }

    /// The language that a configuration or command line names: `en` or `zh`.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "en" => Some(Self::En),
            "zh" => Some(Self::Zh),
            _ => None,
        }
    }
}

/// A sentence around one finished text.
pub type Sentence1 = fn(&str) -> String;
/// A sentence around two finished texts.
pub type Sentence2 = fn(&str, &str) -> String;
/// A sentence about a count.
pub type CountSentence1 = fn(usize) -> String;
/// A sentence about two counts.
pub type CountSentence2 = fn(usize, usize) -> String;
/// A sentence about three counts.
pub type CountSentence3 = fn(usize, usize, usize) -> String;
/// A name in two or more languages: the word as the API writes it to the word shown.
pub type Translate = fn(&str) -> &str;

/// All words of one language.
#[derive(Debug)]
pub struct Text {
    /// BCP 47 tag for the page.
    pub tag: &'static str,
    /// Numbers, durations and moments.
    pub figure: Figure,
    /// Names of statuses and phases.
    pub labels: Labels,
    /// The verdict and what to do next.
    pub verdict: Verdict,
    /// The headline figures.
    pub headline: Headline,
    /// Forecasts.
    pub eta: Eta,
    /// Headings of sections and the sentences that introduce them.
    pub section: sections::Section,
    /// Labels of a failure.
    pub failure: sections::Failure,
    /// Causes of failures.
    pub cause: cause::Cause,
    /// Repeated work, stalls, estimates, the long tail, forecasts.
    pub insight: insight::Insight,
    /// Stalls that are over, and the use of the job's time.
    pub time_lost: time_lost::TimeLost,
    /// The repair scripts.
    pub repair: repair::Repair,
    /// Labels of columns and controls.
    pub table: sections::Table,
    /// Words about figures that rest on less than complete snapshots.
    pub quality: quality::Quality,
    /// Words in the pictures.
    pub chart: sections::Chart,
    /// What the figures rest on.
    pub provenance: sections::Provenance,
    /// What each statement of the SQL section answers.
    pub sql: sections::Sql,
    /// The command line.
    pub cli: cli::Cli,
    /// `wait`.
    pub wait: wait::Wait,
    /// The overview page of the service.
    pub overview: service::Overview,
    /// The messages that webhooks receive.
    pub notification: service::Notification,
}

/// Numbers, durations and moments.
#[derive(Debug)]
pub struct Figure {
    /// A figure that nobody knows, in a sentence.
    pub unknown: &'static str,
    /// Something that had not happened by the moment of the report.
    pub not_yet: &'static str,
    /// A percentage, from its digits.
    pub percent: Sentence1,
    /// Rows per second, from the digits.
    pub rate: Sentence1,
    /// Rows, from the digits.
    pub rows: Sentence1,
    /// Seconds.
    pub seconds: fn(i64) -> String,
    /// Minutes and seconds.
    pub minutes: fn(i64, i64) -> String,
    /// Hours and minutes.
    pub hours: fn(i64, i64) -> String,
    /// Days and hours.
    pub days: fn(i64, i64) -> String,
    /// Between two whole numbers of seconds.
    pub between_seconds: fn(i64, i64) -> String,
    /// Two whole numbers of seconds in a cell.
    pub to_seconds: fn(i64, i64) -> String,
    /// Between two durations, moments or rates.
    pub between: Sentence2,
    /// At least a duration.
    pub at_least: Sentence1,
    /// About a duration.
    pub about: Sentence1,
    /// A moment before the first sight, from the moment of that sight.
    pub before_recording: Sentence1,
    /// Not yet, from the last moment at which that was certain.
    pub not_by: Sentence1,
    /// The time zone and its offset or offsets.
    pub zone: Sentence2,
    /// A label and what stands after it.
    pub labelled: Sentence2,
    /// Separates items of a list inside a sentence.
    pub comma: &'static str,
    /// Separates two sentences.
    pub space: &'static str,
}

/// Names of statuses and phases.
#[derive(Debug)]
pub struct Labels {
    /// `NotStarted`.
    pub not_started: &'static str,
    /// `Migrating`.
    pub migrating: &'static str,
    /// `Failed`.
    pub failed: &'static str,
    /// `Finished`.
    pub finished: &'static str,
    /// An object without a status.
    pub no_status: &'static str,
    /// Objects without a status, or with one that is not known here.
    pub other: &'static str,
    /// First sight, in place of a status before.
    pub first_seen: &'static str,
    /// No longer listed by the job.
    pub unlisted: &'static str,
    /// The phases, in the order of `Phase::ALL`.
    pub phases: [&'static str; 4],
    /// An object type; the API's own word where there is no other.
    pub object_type: Translate,
}

/// The verdict and what to do next.
#[derive(Debug)]
pub struct Verdict {
    /// Every object is finished.
    pub finished: &'static str,
    /// Some failed, the others finished.
    pub finished_with_failures: &'static str,
    /// Nothing moves and something failed.
    pub failed: &'static str,
    /// Something moves.
    pub in_progress: &'static str,
    /// There is nothing.
    pub empty: &'static str,
    /// All of this many objects (of which tables with data) are finished.
    pub means_finished: CountSentence2,
    /// So many of all failed, the others are finished.
    pub means_finished_with_failures: CountSentence2,
    /// So many failed, so many wait, of all.
    pub means_failed: CountSentence3,
    /// So many finished, so many move, of all.
    pub means_in_progress: CountSentence3,
    /// So many failed until now.
    pub failed_so_far: CountSentence1,
    /// Complete snapshots exist, but list nothing.
    pub means_empty: &'static str,
    /// What there was is no longer listed, and had not come to its end when last seen.
    pub means_gone: &'static str,
    /// No complete snapshot exists.
    pub means_unrecorded: &'static str,
    /// The same, and so many failed; why the last did.
    pub means_failing: fn(usize, &str) -> String,
    /// Heading of the next steps.
    pub next: &'static str,
    /// After a finish: compare before the cutover.
    pub next_compare: &'static str,
    /// Failures: repair each.
    pub next_repair: &'static str,
    /// Failures: record again to see them resolved.
    pub next_record: &'static str,
    /// Others wait behind the failures.
    pub next_waiting: CountSentence1,
    /// Nothing to do while it runs.
    pub next_watch: &'static str,
    /// So many objects have another status, and nothing else moves.
    pub next_other: CountSentence1,
    /// Nothing listed: what to check.
    pub next_empty: &'static str,
    /// Snapshots failed: what to check.
    pub next_failing: &'static str,
    /// Nothing in the time that was asked for.
    pub next_window: &'static str,
    /// The moment that everything is true of.
    pub as_of: Sentence1,
    /// There is no such moment.
    pub as_of_never: &'static str,
    /// The part of the history that was asked for.
    pub window: Sentence2,
    /// An open end of it.
    pub window_open: &'static str,
}

impl Verdict {
    /// The word of a verdict.
    #[must_use]
    pub fn word(&self, verdict: figures::JobVerdict) -> &'static str {
        match verdict {
            figures::JobVerdict::Finished => self.finished,
            figures::JobVerdict::FinishedWithFailures => self.finished_with_failures,
            figures::JobVerdict::Failed => self.failed,
            figures::JobVerdict::InProgress => self.in_progress,
            figures::JobVerdict::Empty => self.empty,
        }
    }
}

/// The headline figures.
#[derive(Debug)]
pub struct Headline {
    /// Tables with data.
    pub tables: &'static str,
    /// So many of all are finished.
    pub tables_finished: CountSentence2,
    /// Rows copied.
    pub rows: &'static str,
    /// Of an estimated total, with the percentage.
    pub rows_estimated: Sentence2,
    /// No table gives an estimated total.
    pub rows_no_estimate: &'static str,
    /// Tables without numbers.
    pub rows_left_out: CountSentence1,
    /// Duration.
    pub duration: &'static str,
    /// From a start to an end.
    pub from_to: Sentence2,
    /// Throughput.
    pub throughput: &'static str,
    /// Over this much time in which rows were seen to rise.
    pub throughput_active: Sentence1,
    /// No rise was seen.
    pub throughput_none: &'static str,
    /// Unresolved failures.
    pub failures: &'static str,
    /// So many of each phase, in the order of `Phase::ALL`.
    pub failures_of: [CountSentence1; 4],
    /// There was none.
    pub failures_none: &'static str,
    /// None is open, as a sentence.
    pub failures_none_open: &'static str,
    /// So many were resolved.
    pub failures_resolved: CountSentence1,
    /// The forecast.
    pub forecast: &'static str,
    /// What it is.
    pub forecast_note: Sentence1,
    /// Rows, of the progress bars.
    pub progress_rows: &'static str,
    /// Tables, of the progress bars.
    pub progress_tables: &'static str,
    /// Structure objects and constraints, of the progress bars.
    pub progress_objects: &'static str,
    /// Heading of the progress bars.
    pub progress: &'static str,
    /// Done of all.
    pub of: Sentence2,
}

/// Forecasts.
#[derive(Debug)]
pub struct Eta {
    /// The middle of a range, and the range as a bracket.
    pub likely: Sentence2,
    /// The same in a cell, where the range has no words.
    pub likely_cell: Sentence2,
    /// Not before a range of moments.
    pub not_before: Sentence1,
    /// So many tables without an estimate are not in it.
    pub left_out: CountSentence1,
    /// Finished.
    pub done: &'static str,
    /// Too little seen.
    pub not_yet: &'static str,
    /// As many rows as estimated.
    pub due: &'static str,
    /// No rise since a moment.
    pub stalled: Sentence1,
    /// Failed.
    pub failed: &'static str,
    /// There is no estimated total.
    pub unknown: &'static str,
}
