//! The number of tables copied at once over time, and the long tail.

use crate::history::figures::table::TableFigures;
use crate::history::figures::times::StatusSpan;
use crate::model::Status;
use crate::model::serialize_millis;
use serde::Serialize;

/// At most this many steps of the picture.
const MAX_BUCKETS: i64 = 120;
/// Tables of the tail that are named.
const MAX_TAIL_TABLES: usize = 10;

/// The number of tables copied at once, over time.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Concurrency {
    /// The most tables that one snapshot saw migrating.
    #[serde(rename = "sampled_most")]
    pub sampled_peak_tables: usize,
    /// Tables that a snapshot saw migrating, the mean of all snapshots that saw any.
    #[serde(rename = "sampled_mean")]
    pub sampled_mean_tables: f64,
    /// The most tables that may have been migrating at one moment: from the last snapshot before each was seen to begin
    /// to the first that saw it ended.
    #[serde(rename = "possible_most")]
    pub possible_peak_tables: usize,
    /// The most tables that were certainly migrating at one moment: from the first snapshot that saw each to the last.
    #[serde(rename = "most")]
    pub peak_tables: usize,
    /// Mean of the tables that were certainly migrating, over the time in which any was.
    #[serde(rename = "mean")]
    pub mean_tables: f64,
    /// The mean of each of equal parts of the time from the first to the last.
    pub buckets: Vec<ConcurrencyBucket>,
    /// The long tail; `None` if there was none.
    #[serde(rename = "tail")]
    pub long_tail: Option<LongTail>,
}

/// One part of the time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ConcurrencyBucket {
    /// Its start.
    #[serde(rename = "from_at", serialize_with = "serialize_millis")]
    pub from_ms: i64,
    /// Its end.
    #[serde(rename = "to_at", serialize_with = "serialize_millis")]
    pub to_ms: i64,
    /// Tables that were certainly migrating at once, the mean over it.
    #[serde(rename = "tables")]
    pub mean_tables: f64,
}

/// The end of a copy, when fewer than half as many tables were being copied as there had been.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LongTail {
    /// When it began.
    #[serde(rename = "from_at", serialize_with = "serialize_millis")]
    pub from_ms: i64,
    /// When the last of them ended, or was last seen.
    #[serde(rename = "to_at", serialize_with = "serialize_millis")]
    pub to_ms: i64,
    /// Indices of the tables that were copied in it, the last to end first.
    pub tables: Vec<usize>,
}

/// A time in which a table was certainly migrating: from the first sample that saw it to the last.
#[derive(Debug, Clone, Copy)]
struct MigratingInterval {
    from_ms: i64,
    to_ms: i64,
    table: usize,
}

/// Tables at once, from the times in which they were seen migrating. `snapshot_ends_ms` are the ends of the complete
/// snapshots, sorted.
#[must_use]
pub fn table_concurrency(tables: &[TableFigures], snapshot_ends_ms: &[i64]) -> Concurrency {
    let seen = tables_in_snapshots(tables, snapshot_ends_ms);
    let busy = seen.iter().filter(|count| **count > 0).count();
    let sampled = Concurrency {
        sampled_peak_tables: seen.iter().copied().max().unwrap_or(0),
        sampled_mean_tables: seen.iter().sum::<usize>() as f64 / busy.max(1) as f64,
        possible_peak_tables: possible_peak(tables),
        ..Concurrency::default()
    };
    let runs: Vec<MigratingInterval> =
        tables.iter().enumerate().flat_map(|(at, table)| migrating_intervals(at, table)).collect();
    let steps = concurrency_steps(&runs);
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return sampled };
    let (from_ms, to_ms) = (first.from_ms, last.to_ms);
    let weighted = |steps: &[ConcurrencyStep]| {
        steps.iter().map(|it| it.tables as f64 * it.duration_ms() as f64).sum::<f64>()
    };
    let busy_ms: i64 = steps.iter().filter(|it| it.tables > 0).map(ConcurrencyStep::duration_ms).sum();
    let most = steps.iter().map(|it| it.tables).max().unwrap_or(0);
    Concurrency {
        peak_tables: most,
        mean_tables: weighted(&steps) / busy_ms.max(1) as f64,
        buckets: average_by_bucket(&steps, from_ms, to_ms),
        long_tail: find_long_tail(&steps, &runs, most, to_ms),
        ..sampled
    }
}

/// How many tables each snapshot saw migrating.
fn tables_in_snapshots(tables: &[TableFigures], snapshot_ends_ms: &[i64]) -> Vec<usize> {
    // A sighting belongs to the first snapshot that ended at or after it.
    let index = |at_ms: i64| snapshot_ends_ms.partition_point(|end_ms| *end_ms < at_ms);
    let mut changes = vec![(0_usize, 0_usize); snapshot_ends_ms.len() + 1];
    for (from_ms, to_ms) in
        migrating_spans(tables).filter_map(|it| Some((it.began.by_ms?, it.last_seen_at_ms)))
    {
        let (first, last) = (index(from_ms), index(to_ms));
        if first <= last && last < snapshot_ends_ms.len() {
            changes[first].0 += 1;
            changes[last + 1].1 += 1;
        }
    }
    let mut running = 0;
    changes.pop();
    let counts = changes.into_iter().map(|(begin, end)| {
        running = running + begin - end;
        running
    });
    counts.collect()
}

/// The most tables that may have been migrating at one moment.
fn possible_peak(tables: &[TableFigures]) -> usize {
    let mut changes: Vec<(i64, bool)> = migrating_spans(tables)
        .filter_map(|span| {
            let from_ms = span.began.after_ms.or(span.began.by_ms)?;
            Some([
                (from_ms, true),
                (span.ended_by_ms.unwrap_or(span.last_seen_at_ms).max(from_ms + 1), false),
            ])
        })
        .flatten()
        .collect();
    changes.sort_unstable();
    let mut running = 0_usize;
    let counts = changes.into_iter().map(|(_, begins)| {
        running = if begins { running + 1 } else { running - 1 };
        running
    });
    counts.max().unwrap_or(0)
}

fn migrating_spans(tables: &[TableFigures]) -> impl Iterator<Item = &StatusSpan> {
    tables.iter().flat_map(|it| &it.spans).filter(|it| it.status == Some(Status::Migrating))
}

fn migrating_intervals(table: usize, figures: &TableFigures) -> impl Iterator<Item = MigratingInterval> + '_ {
    figures.spans.iter().filter(|it| it.status == Some(Status::Migrating)).filter_map(move |span| {
        let from_ms = span.began.by_ms?;
        (from_ms < span.last_seen_at_ms).then_some(MigratingInterval {
            from_ms,
            to_ms: span.last_seen_at_ms,
            table,
        })
    })
}

/// A time in which the number of tables did not change.
#[derive(Debug, Clone, Copy)]
struct ConcurrencyStep {
    from_ms: i64,
    to_ms: i64,
    tables: usize,
}

impl ConcurrencyStep {
    fn duration_ms(&self) -> i64 {
        self.to_ms - self.from_ms
    }
}

fn concurrency_steps(runs: &[MigratingInterval]) -> Vec<ConcurrencyStep> {
    let mut changes: Vec<(i64, bool)> =
        runs.iter().flat_map(|run| [(run.from_ms, true), (run.to_ms, false)]).collect();
    changes.sort_unstable();
    let (mut steps, mut tables) = (Vec::new(), 0_usize);
    let mut since_ms = None;
    for (at_ms, begins) in changes {
        if let Some(from_ms) = since_ms.filter(|from_ms| *from_ms < at_ms) {
            steps.push(ConcurrencyStep { from_ms, to_ms: at_ms, tables });
        }
        tables = if begins { tables + 1 } else { tables - 1 };
        since_ms = Some(at_ms);
    }
    steps
}

fn average_by_bucket(steps: &[ConcurrencyStep], from_ms: i64, to_ms: i64) -> Vec<ConcurrencyBucket> {
    let width_ms = ((to_ms - from_ms + MAX_BUCKETS - 1) / MAX_BUCKETS).max(1);
    let mut buckets = Vec::new();
    let mut first = 0;
    let mut start_ms = from_ms;
    while start_ms < to_ms {
        let end_ms = (start_ms + width_ms).min(to_ms);
        while steps[first].to_ms <= start_ms {
            first += 1;
        }
        let inside = steps[first..].iter().take_while(|it| it.from_ms < end_ms);
        let shared = |it: &ConcurrencyStep| it.to_ms.min(end_ms) - it.from_ms.max(start_ms);
        let tables: f64 = inside.map(|it| it.tables as f64 * shared(it) as f64).sum();
        buckets.push(ConcurrencyBucket {
            from_ms: start_ms,
            to_ms: end_ms,
            mean_tables: tables / (end_ms - start_ms) as f64,
        });
        start_ms = end_ms;
    }
    buckets
}

/// The steps at the end with fewer than half of the most tables; a single table has no tail.
fn find_long_tail(
    steps: &[ConcurrencyStep],
    runs: &[MigratingInterval],
    most: usize,
    to_ms: i64,
) -> Option<LongTail> {
    let full = steps.iter().rposition(|it| most <= it.tables * 2)?;
    let from_ms = steps[full].to_ms;
    if most < 2 || to_ms <= from_ms {
        return None;
    }
    let mut still: Vec<&MigratingInterval> = runs.iter().filter(|run| from_ms < run.to_ms).collect();
    still.sort_by_key(|run| (std::cmp::Reverse(run.to_ms), run.table));
    let mut tables: Vec<usize> = still.into_iter().map(|run| run.table).collect();
    let mut seen = std::collections::BTreeSet::new();
    tables.retain(|table| seen.insert(*table));
    tables.truncate(MAX_TAIL_TABLES);
    Some(LongTail { from_ms, to_ms, tables })
}
