//! Throughput of the whole job over time, in equal buckets for a chart.

use crate::history::figures::throughput::Rate;
use crate::history::quality::coverage::Gap;
use crate::model::Timestamp;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// At most this many buckets: more than this no chart shows.
const MAX_BUCKETS: i64 = 120;

/// One bucket. Rows of a rate that spans several buckets are spread over them by time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThroughputBucket {
    /// Start of the bucket.
    pub from_ms: i64,
    /// End of the bucket.
    pub to_ms: i64,
    /// Rows copied in it by all tables, an estimate where a rate was spread.
    pub rows: f64,
    /// Tables with rows copied in it.
    pub tables: u32,
    /// Whether part of it lies in a gap of recording.
    pub in_gap: bool,
}

impl Serialize for ThroughputBucket {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bucket = serializer.serialize_struct("ThroughputBucket", 6)?;
        bucket.serialize_field("from_at", &Timestamp::from_millis(self.from_ms))?;
        bucket.serialize_field("to_at", &Timestamp::from_millis(self.to_ms))?;
        bucket.serialize_field("rows", &self.rows)?;
        bucket.serialize_field("rows_per_second", &self.rows_per_second())?;
        bucket.serialize_field("tables", &self.tables)?;
        bucket.serialize_field("in_gap", &self.in_gap)?;
        bucket.end()
    }
}

impl ThroughputBucket {
    /// Rows per second over the bucket.
    #[must_use]
    pub fn rows_per_second(&self) -> f64 {
        self.rows * 1000.0 / (self.to_ms - self.from_ms) as f64
    }
}

/// Spreads the rates of all tables over equal buckets, none shorter than `interval_ms` (the typical time
/// between two snapshots, below which there is nothing to see). Empty if there is no rate.
#[must_use]
pub fn throughput_series(
    rates_by_table: &[Vec<Rate>],
    interval_ms: Option<i64>,
    gaps: &[Gap],
) -> Vec<ThroughputBucket> {
    let rates = || rates_by_table.iter().flatten();
    let Some(from_ms) = rates().map(|rate| rate.from_ms).min() else { return Vec::new() };
    let to_ms = rates().map(|rate| rate.to_ms).max().unwrap_or(from_ms);
    let shortest_ms = interval_ms.unwrap_or(1).max(1);
    let width_ms = ((to_ms - from_ms + MAX_BUCKETS - 1) / MAX_BUCKETS).max(shortest_ms);
    let mut buckets = Vec::new();
    let mut start_ms = from_ms;
    while start_ms < to_ms {
        let end_ms = (start_ms + width_ms).min(to_ms);
        let in_gap = gaps.iter().any(|gap| gap.from_ms < end_ms && start_ms < gap.to_ms);
        buckets.push(ThroughputBucket { from_ms: start_ms, to_ms: end_ms, rows: 0.0, tables: 0, in_gap });
        start_ms = end_ms;
    }
    for table in rates_by_table {
        let mut last_counted = None;
        for rate in table {
            add_rate_to_buckets(rate, from_ms, width_ms, &mut buckets, &mut last_counted);
        }
    }
    buckets
}

/// Adds a rate to the buckets that it spans; `last_counted` is the last bucket that counted its table.
fn add_rate_to_buckets(
    rate: &Rate,
    origin_ms: i64,
    width_ms: i64,
    buckets: &mut [ThroughputBucket],
    last_counted: &mut Option<usize>,
) {
    let first = usize::try_from((rate.from_ms - origin_ms) / width_ms).unwrap_or(0);
    for (index, bucket) in buckets.iter_mut().enumerate().skip(first) {
        if rate.to_ms <= bucket.from_ms {
            break;
        }
        let shared_ms = rate.to_ms.min(bucket.to_ms) - rate.from_ms.max(bucket.from_ms);
        bucket.rows += rate.rows as f64 * shared_ms as f64 / (rate.to_ms - rate.from_ms) as f64;
        if *last_counted != Some(index) {
            bucket.tables += 1;
            *last_counted = Some(index);
        }
    }
}
