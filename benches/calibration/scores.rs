//! The figures of the samples, and the goals that they miss.

use crate::samples::{PERCENTS, Sample};

/// The probability that a range states.
const PROBABILITY: f64 = 0.8;
const METHODS: [&str; 2] = ["average", "last ten"];
/// Factors that are tried for each end of the range of a simple method.
const FACTOR_STEPS: i32 = 80;
const FACTOR_STEP: f64 = 1.08;

/// A sample for which every method has a figure.
#[derive(Clone, Copy)]
struct Point {
    truth_s: f64,
    forecast_s: [f64; 3],
    simple_s: [f64; 2],
}

/// Median and 80th percentile of the errors over the time left.
#[derive(Clone, Copy)]
struct Errors(f64, f64);

impl Errors {
    fn new(points: &[Point], middle: impl Fn(&Point) -> f64) -> Self {
        let errors = || points.iter().map(|it| (middle(it) - it.truth_s).abs() / it.truth_s).collect();
        Self(quantile(errors(), 0.5), quantile(errors(), 0.8))
    }
}

impl std::fmt::Display for Errors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:5.1} / {:5.1} %", self.0 * 100.0, self.1 * 100.0)
    }
}

/// Prints the figures of these samples; returns the aims that they miss.
pub(crate) fn print(title: &str, samples: &[Sample]) -> Vec<String> {
    println!("{title}: errors are median / 80th percentile, of the time left");
    println!(
        "   at  with a range  held  width     forecast         average        last ten      error of the better   score: forecast, average, last ten, of the better"
    );
    let mut missed = Vec::new();
    for percent in PERCENTS {
        let here: Vec<&Sample> =
            samples.iter().filter(|it| it.percent == percent && it.truth_s > 0.0).collect();
        let point = |it: &&Sample| {
            Some(Point { truth_s: it.truth_s, forecast_s: it.forecast_s?, simple_s: it.simple_s? })
        };
        let points: Vec<Point> = here.iter().filter_map(point).collect();
        print_row(title, percent, here.len(), &points, &mut missed);
    }
    println!();
    missed
}

fn print_row(title: &str, percent: i64, all: usize, points: &[Point], missed: &mut Vec<String>) {
    let inside = |it: &Point| it.forecast_s[0] <= it.truth_s && it.truth_s <= it.forecast_s[2];
    let held = mean(points.iter().map(|it| f64::from(u8::from(inside(it)))));
    let widths = points.iter().map(|it| (it.forecast_s[2] - it.forecast_s[0]) / it.truth_s).collect();
    let error = Errors::new(points, |it| it.forecast_s[1]);
    let simple = [0, 1].map(|method| Errors::new(points, |it| it.simple_s[method]));
    let better = error.0 / simple[0].0.min(simple[1].0);
    let score = mean(
        points
            .iter()
            .map(|it| lower_score(it.forecast_s[0], it.truth_s) + upper_score(it.forecast_s[2], it.truth_s)),
    );
    let simple_scores = [0, 1].map(|method| best_score(points, method));
    let better_score = score / simple_scores[0].min(simple_scores[1]);
    println!(
        "{percent:3} %   {:5} of {all:5}  {:4.1} %  {:4.2}  {error}  {}  {}  {better:4.2}                 {score:4.2} {:4.2} {:4.2} {better_score:4.2}",
        points.len(),
        held * 100.0,
        quantile(widths, 0.5),
        simple[0],
        simple[1],
        simple_scores[0],
        simple_scores[1],
    );
    let mut aim = |met: bool, says: String| {
        if !met {
            missed.push(format!("{title} at {percent} %: {says}"));
        }
    };
    if (25..=75).contains(&percent) {
        aim((held - PROBABILITY).abs() <= 0.05, format!("{:.1} % of the ranges hold the end", held * 100.0));
        aim(
            better_score <= 0.8,
            format!("the interval score is {better_score:.2} of the better simple method's"),
        );
    }
    let most = if (25..=50).contains(&percent) { 0.9 } else { 1.05 };
    let method = METHODS[usize::from(simple[1].0 < simple[0].0)];
    aim(better <= most, format!("the median error is {better:.2} of that of the {method}, not {most}"));
}

/// The part of the interval score that the lower end gives.
fn lower_score(early_s: f64, truth_s: f64) -> f64 {
    (2.0 / (1.0 - PROBABILITY) * (early_s - truth_s).max(0.0) - early_s) / truth_s
}

/// The part that the upper end gives.
fn upper_score(late_s: f64, truth_s: f64) -> f64 {
    (2.0 / (1.0 - PROBABILITY) * (truth_s - late_s).max(0.0) + late_s) / truth_s
}

/// The best interval score that a simple method can have with constant factors for both ends, which are independent.
fn best_score(points: &[Point], method: usize) -> f64 {
    let best = |part: fn(f64, f64) -> f64| {
        let factors = (-FACTOR_STEPS / 2..=FACTOR_STEPS / 2).map(|step| FACTOR_STEP.powi(step));
        let scores = factors
            .map(|factor| mean(points.iter().map(|it| part(it.simple_s[method] * factor, it.truth_s))));
        scores.fold(f64::INFINITY, f64::min)
    };
    best(lower_score) + best(upper_score)
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), it| (sum + it, count + 1.0));
    sum / count
}

fn quantile(mut values: Vec<f64>, probability: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else { return f64::NAN };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
    let index = (last as f64 * probability).round() as usize;
    values[index]
}
