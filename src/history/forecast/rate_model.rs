//! The rate of the whole job from now on: a process that returns to its mean, learnt from the job's own past.
//!
//! The past is cut into blocks of equal length. The logarithm of the rate of a block, for one table alone, is taken for an autoregressive process of the first order. Each pair of a way to share the bandwidth and a
//! correlation is a hypothesis, and its probability is how well it explains the past (the marginal likelihood under
//! a weak prior). Blocks in which nearly nothing was copied are left out of that, and come back as disturbances that
//! begin and end at random, as often as they were seen to.

use super::interval_series::Interval;
use super::sampling::Sampler;
use super::sharing::Sharing;

/// The past is cut into at most this many blocks, of at least two intervals each.
const MAX_BLOCKS: usize = 24;
const MIN_BLOCKS: usize = 3;
/// A block below this share of the usual rate is a disturbance.
const DISTURBED_SHARE: f64 = 0.25;
/// Shares of the usual rate that a disturbance may have beside those that were seen.
const PRIOR_DISTURBED_SHARES: [f64; 2] = [0.0, 0.15];
/// Disturbances that are taken for seen before any is, and the blocks without one that go with them.
const PRIOR_DISTURBANCES: (f64, f64) = (0.03, 4.0);
/// Ends of disturbances that are taken for seen, and the disturbed blocks that go with them.
const PRIOR_RECOVERIES: (f64, f64) = (1.0, 3.0);
/// Ways to share the bandwidth with their prior probabilities.
const SHARINGS: [(Sharing, f64); 8] = [
    (Sharing::Power(0.0), 0.37),
    (Sharing::Power(0.25), 0.1),
    (Sharing::Power(0.5), 0.1),
    (Sharing::Power(0.75), 0.08),
    (Sharing::Power(1.0), 0.15),
    (Sharing::Capped(2.0), 0.07),
    (Sharing::Capped(4.0), 0.07),
    (Sharing::Capped(8.0), 0.06),
];
/// Blocks are compared as if tables shared the bandwidth like this, where the hypothesis does not matter.
const COMPARISON_SHARING: Sharing = Sharing::Power(0.5);
/// Correlations of neighbouring blocks, equally likely before anything is seen.
const CORRELATIONS: [f64; 7] = [0.0, 0.25, 0.5, 0.7, 0.85, 0.94, 0.98];
/// Expected deviation of the logarithm of the rate, and the number of blocks that this counts as.
const PRIOR_DEVIATION: (f64, f64) = (0.15, 3.0);
/// A future is drawn for this many blocks, and goes on at its mean rate after them.
const MAX_FUTURE_BLOCKS: usize = 240;

/// One hypothesis about the process.
#[derive(Debug, Clone, Copy)]
struct Hypothesis {
    sharing: Sharing,
    correlation: f64,
    /// The logarithm of the rate in the latest undisturbed block.
    latest: f64,
    mean: f64,
    mean_deviation: f64,
    deviation: f64,
    /// The probability of this hypothesis and of all before it.
    cumulated_probability: f64,
}

/// A probabilistic model of the job's rate.
#[derive(Debug, Clone)]
pub(super) struct RateModel {
    block_s: f64,
    hypotheses: Vec<Hypothesis>,
    disturbance_probability: f64,
    recovery_probability: f64,
    disturbed_now: bool,
    disturbed_shares: Vec<f64>,
}

impl RateModel {
    /// Learnt from these intervals; `None` if nothing was copied in them or there are too few.
    pub(super) fn new(intervals: &[Interval]) -> Option<Self> {
        let blocks = split_into_blocks(intervals)?;
        let disturbed = find_disturbed_blocks(&blocks)?;
        let of_kind = |kind: bool| {
            blocks.iter().zip(&disturbed).filter(move |it| *it.1 == kind).map(|(block, _)| *block)
        };
        let undisturbed: Vec<Block> = of_kind(false).collect();
        let usual =
            undisturbed.iter().map(|it| it.rate(COMPARISON_SHARING)).sum::<f64>() / undisturbed.len() as f64;
        let seen_shares = of_kind(true).map(|it| (it.rate(COMPARISON_SHARING) / usual).min(0.5));
        let disturbed_shares: Vec<f64> = seen_shares.chain(PRIOR_DISTURBED_SHARES).collect();
        let turns =
            |from: bool| disturbed.windows(2).filter(|it| it[0] == from && it[1] != from).count() as f64;
        let posterior = |events: f64, blocks: usize, (prior_events, prior_blocks): (f64, f64)| {
            (events + prior_events) / (blocks as f64 + prior_blocks)
        };
        Some(Self {
            block_s: blocks[0].seconds,
            hypotheses: weigh_hypotheses(&undisturbed),
            disturbance_probability: posterior(turns(false), undisturbed.len(), PRIOR_DISTURBANCES),
            recovery_probability: posterior(turns(true), blocks.len() - undisturbed.len(), PRIOR_RECOVERIES),
            disturbed_now: disturbed.last() == Some(&true),
            disturbed_shares,
        })
    }

    /// Draws a possible future.
    pub(super) fn draw(&self, sampler: &mut Sampler) -> FutureCapacity {
        let chosen = sampler.uniform();
        let below = self.hypotheses.partition_point(|it| it.cumulated_probability < chosen);
        let hypothesis = &self.hypotheses[below.min(self.hypotheses.len() - 1)];
        let correlation = hypothesis.correlation;
        let mean = hypothesis.mean + hypothesis.mean_deviation * sampler.normal();
        let shock = hypothesis.deviation * (1.0 - correlation * correlation).sqrt();
        let mut level = hypothesis.latest;
        let mut disturbed = self.disturbed_now;
        let mut share = self.disturbed_shares[sampler.index(self.disturbed_shares.len())];
        let mut total = 0.0;
        let mut by_block = Vec::with_capacity(MAX_FUTURE_BLOCKS);
        for _ in 0..MAX_FUTURE_BLOCKS {
            level = mean + correlation * (level - mean) + shock * sampler.normal();
            let turn = sampler.uniform();
            if disturbed {
                disturbed = turn >= self.recovery_probability;
            } else if turn < self.disturbance_probability {
                disturbed = true;
                share = self.disturbed_shares[sampler.index(self.disturbed_shares.len())];
            }
            total += level.exp() * self.block_s * if disturbed { share } else { 1.0 };
            by_block.push(total);
        }
        FutureCapacity { block_s: self.block_s, by_block, sharing: hypothesis.sharing }
    }
}

/// A possible future of the job.
#[derive(Debug, Clone)]
pub(super) struct FutureCapacity {
    block_s: f64,
    /// Rows that one table alone would have copied by the end of each block.
    by_block: Vec<f64>,
    /// The way in which tables share the capacity.
    pub(super) sharing: Sharing,
}

impl FutureCapacity {
    /// Seconds until this much is copied. More never takes less time.
    pub(super) fn seconds_until(&self, capacity: f64) -> f64 {
        let index = self.by_block.partition_point(|it| *it < capacity);
        let before = if index == 0 { 0.0 } else { self.by_block[index - 1] };
        match self.by_block.get(index) {
            Some(after) => {
                (index as f64 + (capacity - before) / (after - before).max(f64::MIN_POSITIVE)) * self.block_s
            }
            None => self.by_block.len() as f64 * self.block_s * (capacity / before.max(f64::MIN_POSITIVE)),
        }
    }
}

/// A part of the past.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    rows: f64,
    seconds: f64,
    table_seconds: f64,
}

impl Block {
    fn tables(&self) -> f64 {
        (self.table_seconds / self.seconds).max(1.0)
    }

    /// Rows per second of one table alone.
    fn rate(&self, sharing: Sharing) -> f64 {
        self.rows / self.seconds / sharing.speedup(self.tables())
    }
}

/// The time in which tables ran, in blocks of equal length; `None` if it is too short.
fn split_into_blocks(intervals: &[Interval]) -> Option<Vec<Block>> {
    let active: Vec<&Interval> = intervals.iter().filter(|it| it.running > 0.0).collect();
    if active.len() < MIN_BLOCKS {
        return None;
    }
    let total_s: f64 = active.iter().map(|it| it.seconds()).sum();
    let count = (active.len() / 2).clamp(MIN_BLOCKS, MAX_BLOCKS);
    let block_s = total_s / count as f64;
    let mut blocks = vec![Block { seconds: block_s, ..Block::default() }; count];
    let mut from_s = 0.0;
    for interval in active {
        let to_s = from_s + interval.seconds();
        let mut begin_s: f64 = from_s;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index of a block")]
        let first = ((from_s / block_s) as usize).min(count - 1);
        for (index, block) in blocks.iter_mut().enumerate().skip(first) {
            let end_s = if index + 1 == count { to_s } else { ((index + 1) as f64 * block_s).min(to_s) };
            let part_s = (end_s - begin_s).max(0.0);
            block.rows += interval.rows * part_s / interval.seconds();
            block.table_seconds += interval.running.max(1.0) * part_s;
            begin_s = end_s.max(begin_s);
            if to_s <= begin_s {
                break;
            }
        }
        from_s = to_s;
    }
    Some(blocks)
}

/// Which blocks copied much less than usual, however tables share the bandwidth; `None` if nothing was copied.
fn find_disturbed_blocks(blocks: &[Block]) -> Option<Vec<bool>> {
    let mut disturbed = vec![true; blocks.len()];
    for sharing in [Sharing::Power(0.0), Sharing::Power(1.0)] {
        let rates: Vec<f64> = blocks.iter().map(|it| it.rate(sharing)).collect();
        let mut sorted = rates.clone();
        sorted.sort_by(f64::total_cmp);
        let usual = sorted[sorted.len() / 2..].iter().copied().find(|it| *it > 0.0)?;
        for (disturbed, rate) in disturbed.iter_mut().zip(rates) {
            *disturbed &= rate < usual * DISTURBED_SHARE;
        }
    }
    Some(disturbed)
}

/// All hypotheses with their probabilities, given these blocks.
fn weigh_hypotheses(blocks: &[Block]) -> Vec<Hypothesis> {
    let mut fits = Vec::with_capacity(SHARINGS.len() * CORRELATIONS.len());
    for (sharing, prior) in SHARINGS {
        let levels: Vec<f64> = blocks.iter().map(|it| it.rate(sharing).max(1e-9).ln()).collect();
        for correlation in CORRELATIONS {
            let (hypothesis, log_likelihood) = fit_process(&levels, sharing, correlation);
            fits.push((hypothesis, log_likelihood + prior.ln()));
        }
    }
    let best = fits.iter().map(|it| it.1).fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = fits.iter().map(|it| (it.1 - best).exp()).sum();
    let mut cumulated_probability = 0.0;
    let weigh = |(hypothesis, log_weight): (Hypothesis, f64)| {
        cumulated_probability += (log_weight - best).exp() / total;
        Hypothesis { cumulated_probability, ..hypothesis }
    };
    fits.into_iter().map(weigh).collect()
}

/// The autoregressive process with this correlation that explains the levels best, and the logarithm of its marginal
/// likelihood but for a constant.
fn fit_process(levels: &[f64], sharing: Sharing, correlation: f64) -> (Hypothesis, f64) {
    let (prior_deviation, prior_count) = PRIOR_DEVIATION;
    let count = levels.len() as f64;
    let innovation = 1.0 - correlation * correlation;
    let fade = 1.0 - correlation;
    let steps = || levels.windows(2).map(|it| it[1] - correlation * it[0]);
    let weight = innovation + (count - 1.0) * fade * fade;
    let mean = (innovation * levels[0] + fade * steps().sum::<f64>()) / weight;
    let squares =
        innovation * (levels[0] - mean).powi(2) + steps().map(|it| (it - fade * mean).powi(2)).sum::<f64>();
    let scatter = squares / innovation + prior_count * prior_deviation * prior_deviation;
    let freedom = count + prior_count - 1.0;
    let variance = scatter / freedom;
    let log_likelihood = -freedom / 2.0 * scatter.ln()
        - (count - 1.0) / 2.0 * innovation.ln()
        - (weight / innovation).ln() / 2.0;
    let hypothesis = Hypothesis {
        sharing,
        correlation,
        latest: levels[levels.len() - 1],
        mean,
        mean_deviation: (variance * innovation / weight).sqrt(),
        deviation: variance.sqrt(),
        cumulated_probability: 0.0,
    };
    (hypothesis, log_likelihood)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intervals(rows: &[f64], running: &[f64]) -> Vec<Interval> {
        let interval = |(nth, (rows, running)): (usize, (&f64, &f64))| {
            let from_ms = i64::try_from(nth).unwrap() * 60_000;
            Interval {
                from_ms,
                to_ms: from_ms + 60_000,
                rows: *rows,
                running: *running,
                running_at_end: 1,
                waiting_at_end: 0,
            }
        };
        rows.iter().zip(running).enumerate().map(interval).collect()
    }

    /// Mean seconds until this many rows are copied by one table.
    fn seconds(model: &RateModel, rows: f64) -> f64 {
        let mut sampler = Sampler::new();
        (0..400).map(|_| model.draw(&mut sampler).seconds_until(rows)).sum::<f64>() / 400.0
    }

    #[test]
    fn a_steady_job_goes_on_as_it_did() {
        let model = RateModel::new(&intervals(&[600.0; 40], &[1.0; 40])).expect("a model");
        let seconds = seconds(&model, 6000.0);
        assert!((540.0..720.0).contains(&seconds), "{seconds}");
    }

    #[test]
    fn a_stall_that_is_over_costs_something_but_not_everything() {
        let mut rows = [600.0; 48];
        rows[20..26].fill(0.0);
        let model = RateModel::new(&intervals(&rows, &[1.0; 48])).expect("a model");
        assert!(!model.disturbed_now);
        let seconds = seconds(&model, 60_000.0);
        assert!((6000.0..9000.0).contains(&seconds), "{seconds}");
    }

    #[test]
    fn the_way_to_share_is_learnt_where_the_number_of_tables_changes() {
        let running: Vec<f64> = (0..48).map(|nth| if nth % 16 < 8 { 8.0 } else { 2.0 }).collect();
        let mean_speedup = |rows: Vec<f64>| {
            let model = RateModel::new(&intervals(&rows, &running)).expect("a model");
            let mut sampler = Sampler::new();
            (0..200).map(|_| model.draw(&mut sampler).sharing.speedup(8.0)).sum::<f64>() / 200.0
        };
        assert!(mean_speedup(running.iter().map(|_| 600.0).collect()) < 2.1);
        assert!(mean_speedup(running.iter().map(|it| it * 100.0).collect()) > 7.0);
    }

    #[test]
    fn nothing_copied_and_too_little_seen_give_no_model() {
        assert!(RateModel::new(&intervals(&[0.0; 9], &[1.0; 9])).is_none());
        assert!(RateModel::new(&intervals(&[5.0; 2], &[1.0; 2])).is_none());
        assert!(RateModel::new(&[]).is_none());
    }
}
