//! Cost of recording 100,000 objects: for the first time, with no changes, and with 50 changed tables.
//!
//! `cargo bench --bench recording [-- OBJECTS]`. For the comparison with raw inserts, first
//! `cargo build --release --manifest-path benches/peers/inserts/Cargo.toml --target-dir target/peers`.

mod support;

use std::path::Path;
use std::process::Command;

use dts_history::api::calls::initialization_status;
use dts_history::collect;
use dts_history::store::Store;
use support::{
    BEGINS_AT_MS, Cost, World, block_on, job, median, megabytes, memory_bytes, milliseconds, print_result,
};

const ROUNDS: i64 = 5;
const MINUTE_MS: i64 = 60_000;
const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/peers/release/inserts");

fn main() {
    let objects = std::env::args().find_map(|it| it.parse().ok()).unwrap_or(100_000);
    let mut world = World::new(objects);
    let bodies = world.bodies();
    println!("{objects} objects, {} pages, {:.1} MB of JSON", bodies.len(), megabytes(bytes(&bodies)));

    let parsing = median((0..ROUNDS).map(|_| Cost::of(|| parse(&bodies)).1).collect());
    print_result("parsing the JSON", &figures(parsing));

    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("h.db");
    let store = block_on(Store::open(&database)).expect("a database");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut minute = 0;
    let mut record = |world: &World| {
        minute += 1;
        let sweep = world.sweep(BEGINS_AT_MS + minute * MINUTE_MS);
        Cost::of(|| runtime.block_on(collect::import(&store, &job(), &sweep)).expect("recorded").changes)
    };

    let (changes, first) = record(&world);
    assert_eq!(changes, objects as u64);
    print_result("first sight", &figures(first));
    compare_with_raw_inserts(&database, first);

    let unchanged = median(
        (0..ROUNDS).map(|_| record(&world)).map(|(changes, cost)| assert_no_changes(changes, cost)).collect(),
    );
    let total = (parsing.processor + unchanged.processor).as_secs_f64() / parsing.processor.as_secs_f64();
    print_result("nothing changed", &format!("{}; with parsing {total:.2} x parsing", figures(unchanged)));

    let mut costs = Vec::new();
    for round in 0..5 {
        world.copy(round * 997, 50);
        let (changes, cost) = record(&world);
        assert_eq!(changes, 50);
        costs.push(cost);
    }
    print_result("50 tables changed", &figures(median(costs)));
    print_result("resident at most", &format!("{:.1} MB", megabytes(memory_bytes("VmHWM"))));
}

/// The same rows by the same SQLite, through prepared statements and nothing else.
fn compare_with_raw_inserts(database: &Path, first: Cost) {
    let Ok(output) = Command::new(PEER).arg(database).output() else {
        println!("raw inserts are not built: see the head of benches/recording.rs");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = said.split_whitespace().map(|it| it.parse().expect("a number")).collect();
    let [seconds, rows] = numbers[..] else { panic!("{said}") };
    let mine = rows / first.processor.as_secs_f64();
    let figures = format!("processor {:7.1} ms; first sight takes {rows} rows at", seconds * 1000.0);
    print_result("raw prepared inserts", &format!("{figures} {:.2} of their speed", mine / (rows / seconds)));
}

fn assert_no_changes(changes: u64, cost: Cost) -> Cost {
    assert_eq!(changes, 0);
    cost
}

fn parse(bodies: &[String]) -> usize {
    bodies
        .iter()
        .map(|body| initialization_status::read(body.as_bytes()).expect("a reply").readings.len())
        .sum()
}

fn bytes(bodies: &[String]) -> u64 {
    bodies.iter().map(|body| body.len() as u64).sum()
}

fn figures(cost: Cost) -> String {
    format!("processor {:7.1} ms, wall {:7.1} ms", milliseconds(cost.processor), milliseconds(cost.wall))
}
