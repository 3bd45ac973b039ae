//! The words of a report's sections: headings, labels, and the sentences that introduce them.

use super::sentence::{CountSentence1, CountSentence2, Sentence1, Sentence2};

/// Headings of sections and the sentences that introduce them.
#[derive(Debug)]
pub struct SectionText {
    /// Over the report's name.
    pub report: &'static str,
    /// For the list of sections.
    pub contents: &'static str,
    /// All failures.
    pub failures: &'static str,
    /// Structure objects that failed.
    pub failed_objects: &'static str,
    /// Constraints that failed.
    pub failed_constraints: &'static str,
    /// Tables whose data failed.
    pub failed_tables: &'static str,
    /// Synchronization rows that failed.
    pub failed_sync: &'static str,
    /// Failures that are over.
    pub resolved: &'static str,
    /// An explanation of the progress chart.
    pub progress_note: &'static str,
    /// Throughput over time.
    pub throughput: &'static str,
    /// An explanation of the throughput chart.
    pub throughput_note: &'static str,
    /// Nothing was seen being copied.
    pub throughput_empty: &'static str,
    /// Timeline of the tables.
    pub timeline: &'static str,
    /// The number of tables shown, of all.
    pub timeline_note: CountSentence2,
    /// No table's time is known.
    pub timeline_empty: &'static str,
    /// Tables.
    pub tables: &'static str,
    /// All tables are shown.
    pub tables_all: CountSentence1,
    /// The longest and largest so many of all.
    pub tables_some: CountSentence2,
    /// The longest so many of all.
    pub tables_longest: CountSentence2,
    /// The one day of all times in a table.
    pub times_on: Sentence1,
    /// There is no table.
    pub tables_empty: &'static str,
    /// Tables with more than one attempt.
    pub attempts: &'static str,
    /// An explanation of attempts.
    pub attempts_note: &'static str,
    /// The log of changes of status.
    pub transitions: &'static str,
    /// The number of changes shown, and of omitted first sightings before the start.
    pub transitions_note: CountSentence2,
    /// There is none.
    pub transitions_empty: &'static str,
    /// The number of further rows.
    pub more: CountSentence1,
    /// A reference to all rows, from the name of a view.
    pub more_in: Sentence1,
    /// Facts about the recorded data.
    pub provenance: &'static str,
    /// The same by SQL.
    pub sql: &'static str,
    /// An introduction of the SQL section.
    pub sql_note: &'static str,
    /// The program's name and version.
    pub made_by: Sentence1,
    /// Above what keeps itself up to date: the time, and how long until the next look.
    pub watching: Sentence2,
}

/// Labels of a failure.
#[derive(Debug)]
pub struct FailureText {
    /// Database at the source and the destination.
    pub databases: &'static str,
    /// The table of a constraint.
    pub parent: &'static str,
    /// When it was first seen failed.
    pub failed: &'static str,
    /// When it was last seen failed.
    pub last_seen: &'static str,
    /// When it was first seen in another status.
    pub resolved: &'static str,
    /// The error message.
    pub error: &'static str,
    /// There is none.
    pub no_error: &'static str,
    /// The statement.
    pub definition: &'static str,
    /// There is none.
    pub no_definition: &'static str,
    /// Copies the statement.
    pub copy: &'static str,
    /// It was copied.
    pub copied: &'static str,
    /// Links to this failure.
    pub link: &'static str,
    /// The job no longer lists the object.
    pub unlisted: &'static str,
    /// An object without a name.
    pub nameless: &'static str,
}

/// Labels of columns and controls.
#[derive(Debug)]
pub struct TableText {
    /// Table.
    pub table: &'static str,
    /// Database.
    pub database: &'static str,
    /// Object.
    pub object: &'static str,
    /// Phase.
    pub phase: &'static str,
    /// Status.
    pub status: &'static str,
    /// From status.
    pub from: &'static str,
    /// To status.
    pub to: &'static str,
    /// When, as a bracket.
    pub when: &'static str,
    /// Error message.
    pub error: &'static str,
    /// Finished rows.
    pub rows: &'static str,
    /// Estimated total.
    pub total: &'static str,
    /// Percentage.
    pub percent: &'static str,
    /// Mean rate over active time, rows per second.
    pub rate: &'static str,
    /// Peak rate, rows per second.
    pub peak: &'static str,
    /// Started.
    pub started: &'static str,
    /// Ended.
    pub ended: &'static str,
    /// Duration.
    pub duration: &'static str,
    /// Forecast of the end.
    pub eta: &'static str,
    /// Number of an attempt.
    pub attempt: &'static str,
    /// Rows at the start of an attempt.
    pub first_rows: &'static str,
    /// Rows at its end.
    pub last_rows: &'static str,
    /// Search by name.
    pub search: &'static str,
    /// Every status or database.
    pub all: &'static str,
    /// Previous page.
    pub previous: &'static str,
    /// Next page.
    pub next: &'static str,
    /// Rows shown of all: `{from}`, `{to}`, `{of}` and `{all}` are filled in by the page.
    pub showing: &'static str,
    /// Nothing matches the search.
    pub nothing: &'static str,
    /// Says that a heading sorts.
    pub sort: &'static str,
}

/// Words in the pictures.
#[derive(Debug)]
pub struct ChartText {
    /// Rows per second, the axis.
    pub rows_per_second: &'static str,
    /// Tables at once, the axis.
    pub tables_at_once: &'static str,
    /// A description of the throughput chart: peak, from, to.
    pub throughput_desc: fn(&str, &str, &str) -> String,
    /// Title of the picture of tables at once.
    pub concurrency: &'static str,
    /// A description of the concurrency chart: maximum, from, to.
    pub concurrency_desc: fn(usize, &str, &str) -> String,
    /// A level: time, tables.
    pub level: Sentence2,
    /// A description of the progress chart: from, to.
    pub progress_desc: Sentence2,
    /// A bucket: time, rate, tables that rose.
    pub bucket: fn(&str, &str, usize) -> String,
    /// A time without snapshots.
    pub gap: Sentence1,
    /// A description of the timeline: tables, from, to.
    pub timeline_desc: fn(usize, &str, &str) -> String,
    /// A certain part: table, status, time.
    pub span: fn(&str, &str, &str) -> String,
    /// An uncertain part: table, time.
    pub uncertain: Sentence2,
    /// Legend: a sampled part.
    pub legend_certain: &'static str,
    /// Legend: between two samples.
    pub legend_uncertain: &'static str,
    /// Legend: failed.
    pub legend_failed: &'static str,
    /// Legend: finished.
    pub legend_finished: &'static str,
    /// Legend: still running.
    pub legend_running: &'static str,
    /// Legend: without snapshots.
    pub legend_gap: &'static str,
}

/// Facts about the recorded data.
#[derive(Debug)]
pub struct ProvenanceText {
    /// Complete snapshots.
    pub snapshots: &'static str,
    /// The number of snapshots, from a moment to a moment.
    pub snapshots_value: fn(usize, &str, &str) -> String,
    /// None.
    pub snapshots_none: &'static str,
    /// Change rows.
    pub changes: &'static str,
    /// Typical interval.
    pub interval: &'static str,
    /// Fewer than two snapshots.
    pub interval_none: &'static str,
    /// Longest sweep.
    pub sweep: &'static str,
    /// Failed sweeps.
    pub failed_sweeps: &'static str,
    /// Gaps.
    pub gaps: &'static str,
    /// None.
    pub none: &'static str,
    /// When and why.
    pub failed_sweep: Sentence2,
    /// From, to and how long.
    pub gap: fn(&str, &str, &str) -> String,
    /// The moments at which the clock was set back.
    pub set_back: &'static str,
    /// From and to.
    pub set_back_value: Sentence2,
    /// The rows that were removed from the history.
    pub pruned: &'static str,
    /// Thinned: so many rows, until when, to one in so much time.
    pub thinned: fn(&str, &str, &str) -> String,
    /// The number of removed failed sweeps.
    pub failed_gone: CountSentence1,
    /// Heading of the rules below.
    pub rules: &'static str,
    /// Rules for reading the figures: times, rates, totals, statuses, durations.
    pub reading: [&'static str; 5],
}

/// The question that each statement of the SQL section answers.
#[derive(Debug)]
pub struct SqlText {
    /// Failures.
    pub failures: &'static str,
    /// Tables.
    pub tables: &'static str,
    /// Throughput.
    pub throughput: &'static str,
    /// Transitions.
    pub transitions: &'static str,
    /// Snapshots.
    pub snapshots: &'static str,
}
