//! Random numbers from a fixed seed, and quantiles.

/// Every forecast draws from this seed: the same history gives the same forecast.
const SEED: u64 = 0x0d15_ea5e;

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub(super) struct Sampler(fastrand::Rng);

impl Sampler {
    /// The stream from its start.
    pub(super) fn new() -> Self {
        Self(fastrand::Rng::with_seed(SEED))
    }

    /// Uniform from 0 (included) to 1 (not included).
    pub(super) fn uniform(&mut self) -> f64 {
        self.0.f64()
    }

    /// Normal with mean 0 and deviation 1, as the sum of four uniform numbers: bounded by ±3.5.
    pub(super) fn normal(&mut self) -> f64 {
        ((0..4).map(|_| self.0.f64()).sum::<f64>() - 2.0) * 3.0_f64.sqrt()
    }

    /// An index below `length`, which must not be 0.
    pub(super) fn index(&mut self, length: usize) -> usize {
        self.0.usize(..length)
    }

    /// Changes the order at random.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        self.0.shuffle(items);
    }
}

/// The quantile of sorted numbers, interpolated; 0 of none.
pub(super) fn quantile(sorted: &[f64], probability: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let position = probability.clamp(0.0, 1.0) * last as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to the last index")]
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * (position - below as f64)
}

/// A number of the logistic distribution with this mean and standard deviation, on condition that it is above
/// `threshold`. `uniform` chooses which. The result never falls where `mean` rises and `threshold - mean` falls by as
/// much: the distribution is log-concave.
pub(super) fn logistic_above(threshold: f64, mean: f64, deviation: f64, uniform: f64) -> f64 {
    let scale = deviation * 3.0_f64.sqrt() / std::f64::consts::PI;
    let position = (threshold - mean) / scale;
    let remainder = (1.0 - uniform).max(1e-9);
    if position > 40.0 {
        // Where the exponential leaves the range of precision, the tail is exponential.
        return threshold - scale * remainder.ln();
    }
    mean + scale * ((1.0 + position.exp()) / remainder - 1.0).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_interpolated() {
        for (share, expected) in [(0.0, 1.0), (0.25, 1.5), (0.5, 2.0), (1.0, 4.0)] {
            assert!((quantile(&[1.0, 2.0, 4.0], share) - expected).abs() < f64::EPSILON, "{share}");
        }
        assert!((quantile(&[], 0.5)).abs() < f64::EPSILON);
    }

    #[test]
    fn the_conditional_draw_is_above_its_threshold_and_has_the_distribution_of_the_logistic() {
        let mut sampler = Sampler::new();
        let mut draws: Vec<f64> =
            (0..20_000).map(|_| logistic_above(f64::NEG_INFINITY, 0.3, 0.2, sampler.uniform())).collect();
        draws.sort_by(f64::total_cmp);
        assert!((quantile(&draws, 0.5) - 0.3).abs() < 0.01);
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!((variance.sqrt() - 0.2).abs() < 0.01, "{variance}");
        for threshold in [-1.0, 0.3, 1.0, 50.0] {
            assert!(logistic_above(threshold, 0.3, 0.2, 0.0) >= threshold - 1e-9);
        }
    }

    #[test]
    fn normal_numbers_have_mean_0_and_deviation_1() {
        let mut sampler = Sampler::new();
        let draws: Vec<f64> = (0..20_000).map(|_| sampler.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
    }
}
