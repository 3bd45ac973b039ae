//! The data behind the figures, and SQL statements with the same results.

use super::object_names::qualified_name;
use super::visible_text::sanitize;
use crate::history::Pruned;
use crate::history::analysis::Analysis;
use crate::report::format::Formatter;
use crate::report::number::integer;
use crate::report::text::Text;

/// Rows of a list that a report shows.
const MAX_ITEMS: usize = 20;

/// Facts about the recorded data.
#[derive(Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Figures about the recording.
    pub facts: Vec<Fact>,
    /// Rules for reading the figures.
    pub reading: &'static [&'static str],
}

/// One figure about the recording, or a list.
#[derive(Debug, PartialEq, Eq)]
pub struct Fact {
    /// The label.
    pub label: &'static str,
    /// The figure.
    pub value: String,
    /// The items, if the fact is a list.
    pub items: Vec<String>,
}

/// A statement and what it answers.
#[derive(Debug, PartialEq, Eq)]
pub struct Recipe {
    /// The question that the statement answers.
    pub title: &'static str,
    /// The statement.
    pub sql: String,
}

/// The facts about the data of an analysis.
#[must_use]
pub fn provenance(analysis: &Analysis, format: &Formatter) -> Provenance {
    let coverage = &analysis.coverage;
    let text = &format.text.provenance;
    let snapshots = match (coverage.first_at_ms, coverage.last_at_ms) {
        (Some(first), Some(last)) => {
            (text.snapshots_value)(coverage.complete_snapshots, &format.moment(first), &format.moment(last))
        }
        _ => text.snapshots_none.to_owned(),
    };
    let interval = match coverage.typical_interval_ms {
        Some(interval_ms) => format.duration(interval_ms),
        None => text.interval_none.to_owned(),
    };
    let sweep = match coverage.longest_sweep_ms {
        Some(sweep_ms) => format.duration(sweep_ms),
        None => format.text.figure.unknown.to_owned(),
    };
    let gaps = coverage.gaps.iter().map(|gap| {
        let long = format.duration(gap.to_ms - gap.from_ms);
        (text.gap)(&format.moment(gap.from_ms), &format.moment(gap.to_ms), &long)
    });
    let failed = coverage.failed_sweeps.iter().map(|sweep| {
        let at = format.moment(sweep.started_at_ms);
        (text.failed_sweep)(&at, &sanitize(&sweep.error))
    });
    let set_back = coverage
        .clock_setbacks
        .iter()
        .map(|it| (text.set_back_value)(&format.moment(it.from_ms), &format.moment(it.to_ms)));
    let insight = &format.text.insight;
    let torn = coverage.torn_sweeps.iter().map(|sweep| format.moment(sweep.finished_at_ms));
    let doubtful = analysis.tables.iter().filter(|table| !table.quality.is_unimpaired());
    let count = doubtful.clone().count();
    let names = doubtful.map(|table| qualified_name(&table.key, format.text));
    let mut facts = vec![
        Fact { label: text.snapshots, value: snapshots, items: Vec::new() },
        Fact { label: text.changes, value: integer(coverage.change_rows), items: Vec::new() },
        Fact { label: text.interval, value: interval, items: Vec::new() },
        Fact { label: text.sweep, value: sweep, items: Vec::new() },
        item_list_fact(text.failed_sweeps, failed, coverage.failed_sweeps.len(), format.text),
        item_list_fact(insight.torn, torn, coverage.torn_sweeps.len(), format.text),
        item_list_fact(text.gaps, gaps, coverage.gaps.len(), format.text),
        item_list_fact(insight.doubtful, names, count, format.text),
    ];
    // What hardly ever happens has no line while it has not.
    if !coverage.clock_setbacks.is_empty() {
        facts.push(item_list_fact(text.set_back, set_back, coverage.clock_setbacks.len(), format.text));
    }
    facts.extend(pruned_fact(coverage.pruned, format));
    Provenance { facts, reading: &text.reading }
}

/// The rows that were removed from the history; `None` if there are none.
fn pruned_fact(pruned: Pruned, format: &Formatter) -> Option<Fact> {
    let text = &format.text.provenance;
    let thinned = pruned.thinned_to_ms.zip(pruned.bucket_ms).map(|(to_ms, bucket_ms)| {
        (text.thinned)(&integer(pruned.thinned_rows), &format.moment(to_ms), &format.duration(bucket_ms))
    });
    let failed = (pruned.failed_sweeps > 0)
        .then(|| (text.failed_gone)(usize::try_from(pruned.failed_sweeps).unwrap_or(usize::MAX)));
    let mut items: Vec<_> = thinned.into_iter().chain(failed).collect();
    let value = if items.is_empty() { None } else { Some(items.remove(0)) };
    value.map(|value| Fact { label: text.pruned, value, items })
}

fn item_list_fact(
    label: &'static str,
    items: impl Iterator<Item = String>,
    count: usize,
    text: &Text,
) -> Fact {
    let more = (count > MAX_ITEMS).then(|| (text.section.more)(count - MAX_ITEMS));
    Fact {
        label,
        value: match count {
            0 => text.provenance.none.to_owned(),
            _ => integer(count),
        },
        items: items.take(MAX_ITEMS).chain(more).collect(),
    }
}

/// Statements that give this job's figures from the views of the database.
#[must_use]
pub fn recipes(job_id: &str, text: &'static Text) -> Vec<Recipe> {
    let job = format!("'{}'", sanitize(job_id).replace('\'', "''"));
    let recipe = |title, from: &str, order: &str| Recipe {
        title,
        sql: format!("SELECT * FROM {from}\nWHERE job_id = {job}\nORDER BY {order};"),
    };
    let text = &text.sql;
    vec![
        recipe(text.failures, "failures", "resolved_at IS NOT NULL, first_failed_at"),
        recipe(text.tables, "table_latest", "source_db, table_name"),
        recipe(text.throughput, "table_throughput", "from_at, source_db, table_name"),
        recipe(text.transitions, "status_transitions", "observed_at DESC"),
        recipe(text.snapshots, "snapshots", "started_at"),
    ]
}
