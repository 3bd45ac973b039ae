//! How many tables were copied at once, and which ones were still being copied at the end.

use crate::history::figures::table::TableFigures;
use crate::model::Status;
use crate::model::serialize_millis;
use serde::Serialize;

/// At most this many steps of the picture.
const MAX_BUCKETS: i64 = 120;
/// Tables of the tail that are named.
const MAX_TAIL_TABLES: usize = 10;

/// Tables at once, over time.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Concurrency {
    /// The most tables that were certainly migrating at one moment.
    #[serde(rename = "most")]
    pub peak_tables: usize,
    /// Mean over the time in which any was.
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
    /// Tables at once, the mean over it.
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
    /// Places of the tables that were still being copied in it, the last to end first.
    pub tables: Vec<usize>,
}

/// A time in which a table was certainly migrating: from the first sample that saw it to the last.
#[derive(Debug, Clone, Copy)]
struct MigratingInterval {
    from_ms: i64,
    to_ms: i64,
    table: usize,
}

/// Tables at once, from the times in which they were seen migrating.
#[must_use]
pub fn table_concurrency(tables: &[TableFigures]) -> Concurrency {
    let runs: Vec<MigratingInterval> =
        tables.iter().enumerate().flat_map(|(at, table)| migrating_intervals(at, table)).collect();
    let steps = concurrency_steps(&runs);
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return Concurrency::default() };
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
    }
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
