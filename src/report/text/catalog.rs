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
    pub figure: figures::FigureText,
    /// Names of statuses and phases.
    pub labels: figures::LabelText,
    /// The verdict and what to do next.
    pub verdict: verdict::VerdictText,
    /// The headline figures.
    pub headline: headline::HeadlineText,
    /// Forecasts.
    pub eta: figures::EtaText,
    /// The way to the cutover.
    pub cutover: cutover::CutoverText,
    /// Headings of sections and the sentences that introduce them.
    pub section: sections::SectionText,
    /// Labels of a failure.
    pub failure: sections::FailureText,
    /// Causes of failures.
    pub cause: cause::CauseText,
    /// Repeated work, stalls, estimates, the long tail, forecasts.
    pub insight: insight::InsightText,
    /// Stalls that are over, and the use of the job's time.
    pub time_lost: time_lost::TimeLostText,
    /// The repair scripts.
    pub repair: repair::RepairText,
    /// Labels of columns and controls.
    pub table: sections::TableText,
    /// Words about figures that rest on less than complete snapshots.
    pub quality: quality::QualityText,
    /// Words in the pictures.
    pub chart: sections::ChartText,
    /// Facts about the recorded data.
    pub provenance: sections::ProvenanceText,
    /// The question that each statement of the SQL section answers.
    pub sql: sections::SqlText,
    /// The command line.
    pub cli: cli::CliText,
    /// The comparison of two jobs.
    pub comparison: comparison::Comparison,
    /// `wait`.
    pub wait: wait::WaitText,
    /// The overview page of the service.
    pub overview: service::OverviewText,
    /// The messages that webhooks receive.
    pub notification: service::NotificationText,
}
