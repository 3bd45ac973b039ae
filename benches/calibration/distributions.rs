//! Two independent distributions of migrations: one to develop the model on, one held out.

use fastrand::Rng;

use crate::migration::{Bandwidth, Disturbance, Migration, Noise, Recorder, Restart, Table};

/// Which distribution migrations are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Generator {
    /// The constants of the model were chosen on it.
    Development,
    /// Other distributions and other mechanisms.
    HeldOut,
}

/// Uniform between two numbers.
fn uniform(rng: &mut Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * rng.f64()
}

/// Uniform in the logarithm between two positive numbers.
fn log_uniform(rng: &mut Rng, low: f64, high: f64) -> f64 {
    uniform(rng, low.ln(), high.ln()).exp()
}

/// A standard normal number (Box and Muller).
pub(crate) fn normal(rng: &mut Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.f64()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.f64()).cos()
}

fn chance(rng: &mut Rng, probability: f64) -> bool {
    rng.f64() < probability
}

fn count(number: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
    let whole = number.round().max(1.0) as usize;
    whole
}

/// The migration of this seed.
pub(crate) fn migration(generator: Generator, seed: u64) -> Migration {
    let salt = if generator == Generator::Development { 0x5eed } else { 0x0bad_cafe };
    let mut rng = Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ salt);
    let rng = &mut rng;
    let places = match generator {
        Generator::Development => [1, 2, 3, 4, 6, 8, 12, 16][rng.usize(..8)],
        Generator::HeldOut => count(log_uniform(rng, 0.6, 16.4)),
    };
    let mut sizes = match generator {
        Generator::Development => development_sizes(rng),
        Generator::HeldOut => held_out_sizes(rng),
    };
    order(rng, &mut sizes);
    // A job with as many places as tables has no queue: such jobs stay, but are few.
    let places = if chance(rng, 0.8) { places.min(sizes.len().div_ceil(2)) } else { places };
    let total: f64 = sizes.iter().sum();
    let largest = sizes.iter().copied().fold(0.0, f64::max);
    let ideal_s = log_uniform(rng, 1800.0, 160_000.0);
    // One table can take no more than the time of all others many times over: nobody waits for that.
    let ideal_s = if largest * 4.0 > total { ideal_s.min(40_000.0) } else { ideal_s };
    let speed = if chance(rng, 0.3) { 0.0 } else { uniform(rng, 0.0, 0.7) };
    let overhead = if chance(rng, 0.6) { 0.0 } else { uniform(rng, 0.0, 5.0) };
    let estimates = Estimates::draw(rng);
    let tables: Vec<Table> = sizes
        .into_iter()
        .map(|rows| Table {
            rows,
            estimate: estimates.of(rng, rows),
            speed: (speed * normal(rng) - speed * speed / 2.0).exp(),
            overhead_s: overhead * uniform(rng, 0.5, 1.5),
            restarts: Vec::new(),
            freeze: None,
        })
        .collect();
    let mut migration = Migration {
        seed,
        tables,
        places,
        bandwidth: bandwidth(generator, rng),
        rows_per_second: total / ideal_s,
        ideal_s,
        noise: noise(generator, rng, ideal_s),
        own_noise: if chance(rng, 0.5) {
            (0.0, 1.0)
        } else {
            (uniform(rng, 0.0, 0.5), log_uniform(rng, 60.0, 3600.0))
        },
        daily: if chance(rng, 0.6) { (0.0, 0.0) } else { (uniform(rng, 0.1, 0.6), rng.f64()) },
        disturbances: disturbances(generator, rng, ideal_s),
        recorder: recorder(rng, ideal_s),
    };
    accidents(rng, &mut migration, ideal_s);
    migration
}

fn development_sizes(rng: &mut Rng) -> Vec<f64> {
    let tables = count(log_uniform(rng, 4.0, 600.0));
    let (low, high) = (uniform(rng, 1.5, 3.0), uniform(rng, 5.0, 7.0));
    let shape = rng.u8(..4);
    let mut sizes: Vec<f64> = (0..tables)
        .map(|_| match shape {
            0 => 10_f64.powf(uniform(rng, low, high)),
            1 => 10_f64.powf(f64::midpoint(low, high) + normal(rng)),
            2 => 10_f64.powf(high) * uniform(rng, 0.7, 1.3),
            _ => 10_f64.powf(low) / rng.f64().max(1e-4).powf(1.0 / uniform(rng, 0.7, 1.5)),
        })
        .collect();
    // Now and then some giants.
    if chance(rng, 0.15) {
        let total: f64 = sizes.iter().sum();
        for _ in 0..rng.usize(1..4) {
            sizes.push(total * uniform(rng, 0.05, 0.5));
        }
    }
    sizes.iter().map(|rows| rows.round().max(10.0)).collect()
}

/// Ranks by Zipf's law, or two groups of alike tables, or thousands of small ones beside a few large ones.
fn held_out_sizes(rng: &mut Rng) -> Vec<f64> {
    let largest = log_uniform(rng, 1e5, 1e8);
    let mut sizes: Vec<f64> = match rng.u8(..4) {
        0 | 1 => {
            let exponent = uniform(rng, 0.3, 1.6);
            let tables = rng.usize(3..300);
            (1..=tables)
                .map(|rank| largest / (rank as f64).powf(exponent) * uniform(rng, 0.8, 1.25))
                .collect()
        }
        2 => {
            let (small, large) = (rng.usize(5..200), rng.usize(1..12));
            let ratio = log_uniform(rng, 0.001, 0.3);
            let small = (0..small).map(|_| ratio);
            small.chain((0..large).map(|_| 1.0)).map(|it| largest * it * (0.3 * normal(rng)).exp()).collect()
        }
        _ => {
            let small = rng.usize(500..2500);
            let few = (0..rng.usize(0..4)).map(|_| largest * uniform(rng, 0.05, 1.0)).collect::<Vec<_>>();
            let share = largest * uniform(rng, 0.5, 3.0) / small as f64;
            (0..small).map(|_| share * (0.8 * normal(rng)).exp()).chain(few).collect()
        }
    };
    rng.shuffle(&mut sizes);
    sizes.iter().map(|rows| rows.round().max(10.0)).collect()
}

/// The order in which tables take a place: by name (which says nothing of the size), or by size.
fn order(rng: &mut Rng, sizes: &mut [f64]) {
    match rng.u8(..6) {
        0 => sizes.sort_by(|a, b| b.total_cmp(a)),
        1 => sizes.sort_by(f64::total_cmp),
        _ => rng.shuffle(sizes),
    }
}

fn bandwidth(generator: Generator, rng: &mut Rng) -> Bandwidth {
    match (generator, rng.u8(..10)) {
        (_, 0..=3) => Bandwidth::Shared,
        (_, 4..=6) => Bandwidth::Separate,
        (Generator::Development, _) => Bandwidth::Power(uniform(rng, 0.2, 0.9)),
        (Generator::HeldOut, _) => Bandwidth::Capped(uniform(rng, 1.5, 8.0)),
    }
}

fn noise(generator: Generator, rng: &mut Rng, ideal_s: f64) -> Noise {
    let deviation = uniform(rng, 0.02, 0.4);
    match generator {
        Generator::Development if chance(rng, 0.15) => Noise::Walk { deviation: uniform(rng, 0.1, 0.6) },
        Generator::Development => {
            Noise::Reverting { deviation, seconds: log_uniform(rng, 60.0, ideal_s / 3.0) }
        }
        Generator::HeldOut if chance(rng, 0.5) => {
            Noise::Regimes { deviation, seconds: log_uniform(rng, 300.0, ideal_s / 3.0) }
        }
        Generator::HeldOut if chance(rng, 0.3) => Noise::Walk { deviation: uniform(rng, 0.1, 0.8) },
        Generator::HeldOut => Noise::Reverting { deviation, seconds: log_uniform(rng, 30.0, ideal_s / 2.0) },
    }
}

fn disturbances(generator: Generator, rng: &mut Rng, ideal_s: f64) -> Vec<Disturbance> {
    let mut all = Vec::new();
    let (throttled, stalled) = match generator {
        Generator::Development => (0.35, 0.25),
        Generator::HeldOut => (0.3, 0.3),
    };
    for (probability, longest, full) in [(throttled, 0.2, false), (stalled, 0.1, true)] {
        if chance(rng, probability) {
            for _ in 0..rng.usize(1..3) {
                let from_s = ideal_s * uniform(rng, 0.02, 1.2);
                let long_s = ideal_s * log_uniform(rng, 0.01, longest);
                let factor = if full { 0.0 } else { log_uniform(rng, 0.05, 0.5) };
                all.push(Disturbance { from_s, to_s: from_s + long_s, factor });
            }
        }
    }
    all
}

fn recorder(rng: &mut Rng, ideal_s: f64) -> Recorder {
    let interval_s = log_uniform(rng, 20.0, 300.0).min(ideal_s / 40.0).max(20.0);
    let mut down = Vec::new();
    if chance(rng, 0.2) {
        for _ in 0..rng.usize(1..3) {
            let from_s = ideal_s * rng.f64();
            down.push((from_s, from_s + ideal_s * uniform(rng, 0.03, 0.2)));
        }
    }
    Recorder {
        interval_s,
        jitter: uniform(rng, 0.0, 0.3),
        losses: if chance(rng, 0.5) { 0.0 } else { uniform(rng, 0.0, 0.1) },
        first_s: if chance(rng, 0.8) { 0.0 } else { ideal_s * uniform(rng, 0.0, 0.06) },
        down,
        counts_every: if chance(rng, 0.05) { rng.usize(2..9) } else { 1 },
    }
}

/// Restarts, retries and one frozen table.
fn accidents(rng: &mut Rng, migration: &mut Migration, ideal_s: f64) {
    if chance(rng, 0.25) {
        let probability = log_uniform(rng, 0.005, 0.15);
        let retried = chance(rng, 0.5);
        for table in &mut migration.tables {
            while table.restarts.len() < 2 && chance(rng, probability) {
                let failed_s = if retried { ideal_s * log_uniform(rng, 0.002, 0.05) } else { 0.0 };
                table.restarts.push(Restart { share: rng.f64(), failed_s });
            }
        }
    }
    if chance(rng, 0.12) {
        let mut largest: Vec<usize> = (0..migration.tables.len()).collect();
        largest.sort_by(|a, b| migration.tables[*b].rows.total_cmp(&migration.tables[*a].rows));
        let frozen = largest[rng.usize(..largest.len().min(migration.places + 2))];
        migration.tables[frozen].freeze = Some((rng.f64(), ideal_s * uniform(rng, 0.03, 0.3)));
    }
}

/// How the vendor's estimates deviate from the truth.
struct Estimates {
    bias: f64,
    deviation: f64,
    missing: f64,
}

impl Estimates {
    fn draw(rng: &mut Rng) -> Self {
        match rng.u8(..4) {
            0 => Self { bias: 1.0, deviation: 0.0, missing: 0.0 },
            1 => Self { bias: 1.0, deviation: uniform(rng, 0.0, 0.3), missing: 0.0 },
            2 => Self { bias: uniform(rng, 0.7, 1.3), deviation: uniform(rng, 0.0, 0.2), missing: 0.0 },
            _ => Self { bias: 1.0, deviation: uniform(rng, 0.0, 0.2), missing: uniform(rng, 0.0, 0.15) },
        }
    }

    fn of(&self, rng: &mut Rng, rows: f64) -> Option<i64> {
        if chance(rng, self.missing) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "sizes end at 10^9")]
        let estimate = (rows * self.bias * (self.deviation * normal(rng)).exp()).round().max(1.0) as i64;
        Some(estimate)
    }
}

/// A job of so many small tables, without any disturbance.
pub(crate) fn many_small_tables(tables: usize) -> Migration {
    let table = |index: usize| Table {
        rows: 500.0 + (index * 7919 % 1000) as f64,
        estimate: Some(1000),
        speed: 1.0,
        overhead_s: 0.0,
        restarts: Vec::new(),
        freeze: None,
    };
    let (rows, ideal_s) = (1000.0 * tables as f64, 3600.0);
    Migration {
        seed: 1,
        tables: (0..tables).map(table).collect(),
        places: 8,
        bandwidth: Bandwidth::Shared,
        rows_per_second: rows / ideal_s,
        ideal_s,
        noise: Noise::Reverting { deviation: 0.1, seconds: 300.0 },
        own_noise: (0.0, 1.0),
        daily: (0.0, 0.0),
        disturbances: Vec::new(),
        recorder: Recorder {
            interval_s: 60.0,
            jitter: 0.0,
            losses: 0.0,
            first_s: 0.0,
            down: Vec::new(),
            counts_every: 1,
        },
    }
}
