//! How right the forecasts are: simulated migrations with a known end, recorded as the store would record them, and
//! forecast by the library beside two simple methods. `cargo bench --bench calibration` prints the held-out migrations;
//! `-- --development` those that the constants of the model were chosen on; `-- --migrations N` sets their number,
//! and `-- --first-seed N` where their seeds begin.
//!
//! The figures: the share of ranges that hold the true end; the median width of a range over the time left; the
//! median and the 80th percentile of the error of the middle over the time left, beside the same of the simple
//! methods; the interval score (width plus 2/0.2 of each miss, over the time left), beside that of the better simple method
//! with the best pair of constant factors that there is, chosen on these very samples.

mod distributions;
mod migration;
mod recording;
mod samples;
mod scores;
mod simulation;

use std::time::{Duration, Instant};

use distributions::{Generator, migration};
use samples::{Sample, job_samples, table_samples};

/// Migrations unless asked otherwise.
const MIGRATIONS: usize = 400;
/// Held-out migrations begin at this seed. Results of this generator at seeds from 1 and from 100,000 were seen before the
/// model was final: they led to the capped way of sharing and to a wider range. Results from here on were not.
const HELD_OUT_FIRST_SEED: u64 = 200_000;

struct Arguments {
    generator: Generator,
    migrations: usize,
    first_seed: u64,
}

impl Arguments {
    fn read() -> Self {
        let arguments: Vec<String> = std::env::args().collect();
        let number = |name: &str| -> Option<u64> {
            let index = arguments.iter().position(|it| it == name)?;
            Some(arguments.get(index + 1)?.parse().expect("a whole number"))
        };
        let development = arguments.iter().any(|it| it == "--development");
        Self {
            generator: if development { Generator::Development } else { Generator::HeldOut },
            migrations: number("--migrations")
                .map_or(MIGRATIONS, |it| usize::try_from(it).expect("a small number")),
            first_seed: number("--first-seed").unwrap_or(if development { 1 } else { HELD_OUT_FIRST_SEED }),
        }
    }
}

fn main() {
    let arguments = Arguments::read();
    let (mut jobs, mut tables): (Vec<Sample>, Vec<Sample>) = (Vec::new(), Vec::new());
    let (mut ran, mut seed) = (0, arguments.first_seed);
    while ran < arguments.migrations {
        let migration = migration(arguments.generator, seed);
        seed += 1;
        let Some(run) = simulation::run(&migration) else { continue };
        ran += 1;
        jobs.extend(job_samples(&run));
        tables.extend(table_samples(&run));
    }
    let drawn = seed - arguments.first_seed;
    println!(
        "{ran} migrations of {drawn} drawn, generator: {:?}, first seed: {}",
        arguments.generator, arguments.first_seed
    );
    println!("(a migration is left out if it never ends, or is over within 15 sweeps)\n");
    let mut missed = scores::print("Jobs", &jobs);
    missed.extend(scores::print("Tables", &tables));
    println!(
        "Aims at 25, 50 and 75 %: 75 to 85 % held, score at most 0.80; error at most 0.90 at 25 and 50 %, 1.05 anywhere"
    );
    if missed.is_empty() {
        println!("every aim is met");
    }
    for aim in missed {
        println!("missed: {aim}");
    }
    let (tables, took) = many_tables();
    println!("\none forecast for a job of {tables} tables: {} ms", took.as_millis());
}

/// How long one forecast takes for a large job.
fn many_tables() -> (usize, Duration) {
    let run = simulation::run(&distributions::many_small_tables(100_000)).expect("a run");
    let attempts = samples::attempts_of(&run.history);
    let tables = samples::tables_of(&run.history, &attempts);
    let forecaster = samples::forecaster(&run.history, &tables);
    let halfway_ms = i64::midpoint(run.started_ms, run.ended_ms);
    let started = Instant::now();
    let forecasts = forecaster.forecast(halfway_ms);
    assert!(forecasts.job.range().is_some(), "{:?}", forecasts.job);
    (run.history.objects.len(), started.elapsed())
}
