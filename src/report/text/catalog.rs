//! All words of one language, by the part of the program that prints them.

use super::{
    cause, cli, comparison, cutover, figures, headline, insight, quality, repair, sections, service,
    time_lost, verdict, wait,
};

/// All words of one language.
#[derive(Debug)]
pub struct Text {
    /// BCP 47 tag for the page.
    pub tag: &'static str,
    /// Numbers, durations and moments.
    pub figure: figures::Figure,
    /// Names of statuses and phases.
    pub labels: figures::Labels,
    /// The verdict and what to do next.
    pub verdict: verdict::Verdict,
    /// The headline figures.
    pub headline: headline::Headline,
    /// Forecasts.
    pub eta: figures::Eta,
    /// The way to the cutover.
    pub cutover: cutover::Cutover,
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
    /// The comparison of two jobs.
    pub comparison: comparison::Comparison,
    /// `wait`.
    pub wait: wait::Wait,
    /// The overview page of the service.
    pub overview: service::Overview,
    /// The messages that webhooks receive.
    pub notification: service::Notification,
}
