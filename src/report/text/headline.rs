//! Words of the headline figures.

use super::sentence::{CountSentence1, CountSentence2, Sentence1, Sentence2};

/// The headline figures.
#[derive(Debug)]
pub struct HeadlineText {
    /// Tables with data.
    pub tables: &'static str,
    /// The finished tables, of all.
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
    /// The number of failures by phase, in the order of `Phase::ALL`.
    pub failures_of: [CountSentence1; 4],
    /// There was none.
    pub failures_none: &'static str,
    /// None is open, as a sentence.
    pub failures_none_open: &'static str,
    /// The number of resolved failures.
    pub failures_resolved: CountSentence1,
    /// The forecast.
    pub forecast: &'static str,
    /// A note about the probability of the range.
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
