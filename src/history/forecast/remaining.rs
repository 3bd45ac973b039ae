//! The tables that are left at one moment: what is estimated of each, and how fast it is for its place.

use super::eta::Eta;
use super::interval_series::IntervalSeries;
use super::sampling::{Sampler, logistic_above, quantile};
use super::start_order::{Start, StartOrder, start_order};
use super::table_history::TableHistory;
use crate::history::figures::throughput::recent_rates;
use crate::history::quality::coverage::Gap;
use crate::model::Status;

/// Expected deviation of the logarithm of speeds before any is seen, and the number of tables that this counts as.
const PRIOR_SPEED: (f64, f64) = (0.3, 3.0);
/// The same for true rows over estimated rows.
const PRIOR_RATIO: (f64, f64) = (0.08, 2.0);
/// Deviation of the logarithm of a single rate around the speed of its table.
const RATE_DEVIATION: f64 = 0.3;
/// Tables without an estimate are expected to have the sizes of the others if these are at least so many, and …
const MIN_SIZES: usize = 10;
/// … at least so many times as many.
const MIN_SIZES_PER_UNKNOWN: usize = 4;
/// Less than this share of the estimate is never left of a table that is not finished.
const MIN_SHARE_LEFT: f64 = 0.002;

/// A table that is being copied.
#[derive(Debug, Clone)]
pub(super) struct RunningTable {
    /// Its position in the list.
    pub(super) index: usize,
    done: f64,
    /// `None` if nobody knows.
    estimate: Option<f64>,
    /// Logarithm of its speed relative to the mean table, and the deviation of that figure.
    log_speed: (f64, f64),
    /// Seconds since the last change, if much longer than usual; else 0.
    pub(super) frozen_s: f64,
    /// From its first rate in this attempt until now.
    pub(super) watched_s: f64,
}

/// Mean and deviation of logarithms over many tables.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LogDistribution {
    mean: f64,
    mean_deviation: f64,
    deviation: f64,
}

impl LogDistribution {
    /// Of these values and of a prior: a deviation around 0 that counts as so many values.
    fn new(values: &[f64], (prior_deviation, prior_count): (f64, f64)) -> Self {
        let count = values.len() as f64 + prior_count;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|it| (it - mean).powi(2)).sum();
        let variance = (squares + prior_count * prior_deviation * prior_deviation) / count;
        Self { mean, mean_deviation: (variance / count).sqrt(), deviation: variance.sqrt() }
    }
}

/// Waiting tables that are scheduled as one.
#[derive(Debug, Clone, Copy)]
pub(super) struct WaitingGroup {
    estimate: f64,
    tables: f64,
}

/// Everything that is left of a job at one moment.
#[derive(Debug, Clone)]
pub(super) struct Remaining {
    /// Tables that are being copied.
    pub(super) running: Vec<RunningTable>,
    /// Estimates of the tables that wait, in the order of the list; `None` if nobody knows.
    waiting: Vec<Option<f64>>,
    /// The order in which they will begin.
    pub(super) order: StartOrder,
    /// Logarithm of true rows over estimated ones.
    ratio: LogDistribution,
    /// Logarithm of a table's speed relative to the mean.
    speed: LogDistribution,
    /// Estimates of all tables that have one; sorted if any table has none.
    sizes: Vec<f64>,
    /// Estimates of the finished tables that have one; sorted if any table has none.
    finished_sizes: Vec<f64>,
    /// Of each table: why it has no range, or `None` if it can have one.
    pub(super) no_range: Vec<Option<Eta>>,
}

/// The total of a future: the common part of the errors of all estimates.
#[derive(Debug, Clone, Copy)]
pub(super) struct CommonRatio(f64);

/// Statistics collected in one pass over the tables.
#[derive(Default)]
struct TableStatistics {
    starts: Vec<Start>,
    ratios: Vec<f64>,
    log_speeds: Vec<f64>,
    first_waiting: Option<usize>,
}

impl Remaining {
    pub(super) fn at(tables: &[TableHistory<'_>], series: &IntervalSeries, gaps: &[Gap], at_ms: i64) -> Self {
        let mut left = Self {
            running: Vec::new(),
            waiting: Vec::new(),
            order: StartOrder::Unknown,
            ratio: LogDistribution::default(),
            speed: LogDistribution::default(),
            sizes: Vec::new(),
            finished_sizes: Vec::new(),
            no_range: Vec::with_capacity(tables.len()),
        };
        let mut collected = TableStatistics::default();
        for (index, table) in tables.iter().enumerate() {
            left.add_table(index, table, series, gaps, at_ms, &mut collected);
        }
        if left.unknown() > 0 {
            left.sizes.sort_unstable_by(f64::total_cmp);
            left.finished_sizes.sort_unstable_by(f64::total_cmp);
        }
        left.ratio = LogDistribution::new(&collected.ratios, PRIOR_RATIO);
        left.speed = LogDistribution::new(&collected.log_speeds, PRIOR_SPEED);
        for table in &mut left.running {
            // The rates of the table and what is known of all tables, each weighted by its precision.
            let (own, rates) = table.log_speed;
            let (known, seen) = (left.speed.deviation.powi(-2), rates / RATE_DEVIATION.powi(2));
            let mean = (known * left.speed.mean + seen * own) / (known + seen);
            table.log_speed = (mean, (known + seen).sqrt().recip());
        }
        let first_waiting = collected.first_waiting.unwrap_or(usize::MAX);
        left.order = start_order(collected.starts, first_waiting, left.waiting.len());
        left
    }

    /// Adds one table; the speed of a running one is its own alone, with the number of rates in place of its deviation.
    fn add_table(
        &mut self,
        index: usize,
        table: &TableHistory<'_>,
        series: &IntervalSeries,
        gaps: &[Gap],
        at_ms: i64,
        collected: &mut TableStatistics,
    ) {
        let Some(seen) = table.observation_at(at_ms) else {
            self.no_range.push(Some(Eta::NotYet));
            return;
        };
        let no_range = table.no_range(seen, at_ms, gaps);
        self.no_range.push(no_range);
        let estimate = seen.state.total_rows.filter(|it| *it > 0).map(|it| it as f64);
        let done = seen.state.finished_rows.unwrap_or(0) as f64;
        self.sizes.extend(estimate);
        let rates = table.rates_at(at_ms);
        // The copy began somewhere in the first rate, and ended somewhere in the last.
        let begun = if rates.len() > 2 { &rates[1..] } else { rates };
        match seen.state.status {
            Some(Status::Finished) => {
                self.finished_sizes.extend(estimate);
                collected.ratios.extend(estimate.filter(|_| done > 0.0).map(|it| (done / it).ln()));
                let whole = if rates.len() > 3 { &rates[1..rates.len() - 1] } else { &[][..] };
                collected.log_speeds.extend(series.log_relative_speed(whole));
                collected.starts.push(Start { index, at_ms: table.begun_ms(), rows: Some(done) });
            }
            Some(Status::Migrating) => {
                let latest = recent_rates(begun);
                let [all, recent] = [begun, latest].map(|it| series.log_relative_speed(it).unwrap_or(0.0));
                if begun.len() > 2 {
                    collected.log_speeds.push(all);
                }
                collected.starts.push(Start { index, at_ms: table.begun_ms(), rows: None });
                let seconds_since = |since_ms: i64| (table.last_seen_ms(at_ms) - since_ms) as f64 / 1000.0;
                self.running.push(RunningTable {
                    index,
                    done,
                    estimate: estimate.filter(|_| seen.state.finished_rows.is_some()),
                    log_speed: (f64::midpoint(all, recent), begun.len() as f64),
                    frozen_s: match no_range {
                        Some(Eta::StalledSince(since_ms)) => seconds_since(since_ms),
                        _ => 0.0,
                    },
                    watched_s: rates.first().map_or(0.0, |it| seconds_since(it.from_ms)),
                });
            }
            Some(Status::Failed) => {}
            _ => {
                // An estimate of no rows is one.
                self.waiting.push(seen.state.total_rows.map(|it| it as f64));
                collected.first_waiting.get_or_insert(index);
            }
        }
    }

    /// Whether no table is left that has not failed.
    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty() && self.waiting.is_empty()
    }

    /// Whether tables are left of which some number of rows is known to be.
    pub(super) fn has_known(&self) -> bool {
        self.waiting.iter().any(Option::is_some) || self.running.iter().any(|it| it.estimate.is_some())
    }

    /// Tables of which nobody knows how many rows are left.
    fn unknown(&self) -> usize {
        self.running.iter().filter(|it| it.estimate.is_none()).count()
            + self.waiting.iter().filter(|it| it.is_none()).count()
    }

    /// Takes out the tables of which nobody knows what is left, unless there are few of them and many others tell
    /// which sizes tables of this job have. Returns how many were taken out.
    pub(super) fn take_out_unknown(&mut self) -> usize {
        let before = self.running.len() + self.waiting.len();
        let unknown = self.unknown();
        let known = self.sizes.len();
        if MIN_SIZES <= known && unknown * MIN_SIZES_PER_UNKNOWN <= known {
            return 0;
        }
        self.running.retain(|it| it.estimate.is_some());
        self.waiting.retain(Option::is_some);
        before - self.running.len() - self.waiting.len()
    }

    /// The waiting tables in the order in which they will begin, where it is known, in at most this many groups: a job
    /// may have 100,000.
    pub(super) fn waiting_groups(&self, max_groups: usize, sampler: &mut Sampler) -> Vec<WaitingGroup> {
        // Those without an estimate have the sizes of the others, evenly.
        let unknown = self.waiting.iter().filter(|it| it.is_none()).count() as f64;
        let mut position = -0.5;
        let mut sizes: Vec<f64> = self
            .waiting
            .iter()
            .map(|it| {
                it.unwrap_or_else(|| {
                    position += 1.0;
                    quantile(&self.sizes, position / unknown)
                })
            })
            .collect();
        match self.order {
            StartOrder::AsListed => {}
            StartOrder::LargestFirst => sizes.sort_unstable_by(|a, b| b.total_cmp(a)),
            StartOrder::SmallestFirst => sizes.sort_unstable_by(f64::total_cmp),
            StartOrder::Unknown => {
                // Shuffled by rank, so that a larger estimate delays no more than its own table.
                sizes.sort_unstable_by(f64::total_cmp);
                sampler.shuffle(&mut sizes);
            }
        }
        let tables_per_group = sizes.len().div_ceil(max_groups).max(1);
        let group = |it: &[f64]| WaitingGroup { estimate: it.iter().sum(), tables: it.len() as f64 };
        sizes.chunks(tables_per_group).map(group).collect()
    }

    /// Draws the part of the errors of all estimates that they have in common.
    pub(super) fn draw_common_ratio(&self, sampler: &mut Sampler) -> CommonRatio {
        CommonRatio(self.ratio.mean + self.ratio.mean_deviation * sampler.normal())
    }

    /// Draws the work that is left of a running table.
    pub(super) fn draw_running(
        &self,
        table: &RunningTable,
        common: CommonRatio,
        sampler: &mut Sampler,
    ) -> f64 {
        let (uniform, normal) = (sampler.uniform(), sampler.normal());
        let rows = match table.estimate {
            Some(estimate) => rows_left(estimate, table.done, common.0, self.ratio.deviation, uniform),
            None => self.rows_left_of_unknown(table.done, uniform),
        };
        rows / (table.log_speed.0 + table.log_speed.1 * normal).exp()
    }

    /// Rows left of a table without an estimate: its size is that of one of the tables with one, but of none that is
    /// finished with fewer rows than are done here. Unfinished tables are not left out by their estimates: a larger
    /// estimate would bring a table into the choice that is smaller than the others in it.
    fn rows_left_of_unknown(&self, done: f64, uniform: f64) -> f64 {
        let smaller = self.finished_sizes.partition_point(|it| *it <= done) as f64;
        let share_below = smaller / self.sizes.len().max(1) as f64;
        let size = quantile(&self.sizes, share_below + (1.0 - share_below) * uniform);
        (size - done).max(done * 0.5 * uniform + 1.0)
    }

    /// Draws the work of a group of waiting tables; errors of many partly cancel.
    pub(super) fn draw_waiting(
        &self,
        group: &WaitingGroup,
        common: CommonRatio,
        sampler: &mut Sampler,
    ) -> f64 {
        let deviation = self.ratio.deviation.hypot(self.speed.deviation) / group.tables.sqrt();
        group.estimate * (common.0 + deviation * sampler.normal()).exp()
    }
}

/// Rows left of a table that is not finished, so that its true size is above what is done. A larger estimate never
/// leaves less.
fn rows_left(estimate: f64, done: f64, log_ratio: f64, deviation: f64, uniform: f64) -> f64 {
    let log_done = (done.max(0.5) / estimate).ln();
    let total = estimate * logistic_above(log_done, log_ratio, deviation, uniform).exp();
    (total - done).max(MIN_SHARE_LEFT * estimate)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left, with these finished and unfinished sizes of other tables.
    fn left(finished: &[f64], unfinished: &[f64], done: f64, uniform: f64) -> f64 {
        let mut sizes = [finished, unfinished].concat();
        sizes.sort_by(f64::total_cmp);
        let remaining = Remaining {
            running: Vec::new(),
            waiting: Vec::new(),
            order: StartOrder::Unknown,
            ratio: LogDistribution::default(),
            speed: LogDistribution::default(),
            sizes,
            finished_sizes: finished.to_vec(),
            no_range: Vec::new(),
        };
        remaining.rows_left_of_unknown(done, uniform)
    }

    #[test]
    fn a_table_without_an_estimate_is_not_smaller_because_another_grows() {
        let grown = |size| left(&[], &[size, 130_000.0, 150_000.0], 4077.0, 0.4);
        assert!(grown(4000.0) <= grown(4100.0) && grown(4100.0) <= grown(9000.0));
    }

    #[test]
    fn a_table_without_an_estimate_is_larger_than_those_that_finished_with_less() {
        let sizes: &[f64] = &[10.0, 20.0, 2000.0, 3000.0];
        assert!(
            (left(&sizes[..2], &sizes[2..], 500.0, 0.75) - 2125.0).abs() < 1e-9,
            "the upper half of all sizes"
        );
        assert!((left(&[10.0, 20.0], &[], 500.0, 0.5) - 126.0).abs() < 1e-9, "larger than all others");
    }
}
