//! Two jobs, or two periods of one, compared: A against B. With a rehearsal as B this says what became slower, which
//! failures are new, and when A would end at B's rates.

mod definitions;
mod failures;
mod forecast;
mod names;
mod tables;
#[cfg(test)]
mod tests;

pub use definitions::DefinitionDifference;
pub use failures::{FailureChange, FailureComparison};
pub use forecast::ForecastByRates;
pub use names::{NameMap, UnknownDatabase};
pub use tables::{DurationChange, TableComparison};

use super::analysis::Analysis;

/// A and B, and how they differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison<'a> {
    /// The job that is looked at.
    pub a: &'a Analysis,
    /// The job that it is compared with.
    pub b: &'a Analysis,
    /// The databases of B that have another name in A.
    pub names: &'a NameMap,
    /// Tables of both: first those that are slower in A, by how much, then those whose durations cannot be told
    /// apart, then the faster ones; then those that only one has, or whose duration is not known.
    pub tables: Vec<TableComparison<'a>>,
    /// Objects that failed in A or in B: the new failures, those of both, those that are gone; each by name.
    pub failures: Vec<FailureComparison<'a>>,
    /// Structure objects and constraints whose statements differ, or that only one has, by name.
    pub definitions: Vec<DefinitionDifference<'a>>,
    /// The end of A at the rates of B; `None` if A does not run, or no rate applies to what is left.
    pub forecast: Option<ForecastByRates>,
}

/// Compares A with B, whose databases `names` renames.
#[must_use]
pub fn compare<'a>(a: &'a Analysis, b: &'a Analysis, names: &'a NameMap) -> Comparison<'a> {
    let tables = tables::compare(&a.tables, &b.tables, names);
    Comparison {
        forecast: forecast::forecast(a, b, &tables),
        failures: failures::compare(&a.failures, &b.failures, names),
        definitions: definitions::compare(&a.objects, &b.objects, names),
        tables,
        a,
        b,
        names,
    }
}
