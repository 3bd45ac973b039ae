//! Instruction counts of signing, parsing, comparing and storing, which do not depend on the load of the machine.
//!
//! `cargo bench --bench instructions` runs itself under valgrind, prints the figures, and fails if one is more than
//! a tenth above `benches/instructions.txt`. `-- --save` updates that file.
//!
//! Each case is run twice, once with more repetitions; the difference is what the repetitions take, without the
//! start of the process and the making of the input.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::process::{Command, ExitCode};

use dts_history::api::auth::rpc::{Method, Params, signature, string_to_sign};
use dts_history::api::calls::initialization_status;
use dts_history::collect;
use dts_history::history::diff::{BaselineObject, apply_diff, diff, diff_changed_pages};
use dts_history::history::page_digest::UnchangedPages;
use dts_history::history::page_folding::page_digests;
use dts_history::store::Store;
use support::{BEGINS_AT_MS, PAGE_SIZE, World, block_on, body, job};

const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.txt");
/// Maximum ratio to the baseline.
const MAX_RATIO: f64 = 1.10;
const OBJECTS: usize = 2_000;
const MINUTE_MS: i64 = 60_000;

/// A case: its name, what repeats it so many times, and the repetitions of the two runs.
type Case = (&'static str, fn(usize), [usize; 2]);

const CASES: [Case; 6] = [
    ("sign: a call", sign, [50, 150]),
    ("parse: a page of 100 tables", parse_tables, [20, 60]),
    ("parse: a page of 100 statements", parse_statements, [20, 60]),
    ("diff: 2,000 objects, nothing changed", diff_unchanged, [5, 15]),
    ("diff: 2,000 objects, all compared, 50 changed", diff_changed, [5, 15]),
    ("store: 2,000 objects, 50 changed", store, [10, 40]),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [case, repetitions] = &arguments[..]
        && let (Ok(case), Ok(repetitions)) = (case.parse::<usize>(), repetitions.parse())
    {
        CASES[case].1(repetitions);
        return ExitCode::SUCCESS;
    }
    let save = arguments.iter().any(|it| it == "--save");
    let baseline = baseline();
    let mut saved = String::new();
    let mut slower = false;
    for (index, (name, _, [few, many])) in CASES.into_iter().enumerate() {
        let difference = instructions(index, many) - instructions(index, few);
        let each = difference / (many - few) as u64;
        let ratio = baseline.get(name).map(|before| each as f64 / *before as f64);
        let against = ratio.map_or("new".to_owned(), |ratio| format!("{ratio:.3} x the baseline"));
        println!("{name:<50} {each:>12} instructions, {against}");
        slower |= ratio.is_none_or(|ratio| MAX_RATIO < ratio);
        let _ = writeln!(saved, "{each:>12}  {name}");
    }
    if save {
        std::fs::write(BASELINE, saved).expect("the baseline can be written");
        return ExitCode::SUCCESS;
    }
    if slower {
        eprintln!(
            "error: more than {:.0} % above {BASELINE}, or not in it: look for the reason, or write it anew with \
             `cargo bench --bench instructions -- --save`",
            (MAX_RATIO - 1.0) * 100.0
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn baseline() -> BTreeMap<String, u64> {
    let text = std::fs::read_to_string(BASELINE).unwrap_or_default();
    let line = |line: &str| {
        let (count, name) = line.trim().split_once("  ")?;
        Some((name.to_owned(), count.parse().ok()?))
    };
    text.lines().filter_map(line).collect()
}

/// Those of one run of this program under valgrind.
fn instructions(case: usize, repetitions: usize) -> u64 {
    let program = std::env::current_exe().expect("this program");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args([case.to_string(), repetitions.to_string()])
        .output()
        .expect("valgrind runs: apt-get install valgrind");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let count = said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    count.expect("callgrind counts")
}

fn sign(repetitions: usize) {
    let params: Params = [
        ("AccessKeyId", "LTAI5tTestKey000000000001"),
        ("Action", "DescribeInitializationStatus"),
        ("Format", "JSON"),
        ("PageNum", "17"),
        ("PageSize", "100"),
        ("RegionId", "cn-hangzhou"),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureNonce", "9d1f1f0e-55b9-4b06-a3c7-39ad84a3c0d5"),
        ("SignatureVersion", "1.0"),
        ("SynchronizationJobId", "dtsi76118o3w92abcd"),
        ("Timestamp", "2026-01-02T03:04:05Z"),
        ("Version", "2020-01-01"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    for _ in 0..repetitions {
        black_box(signature("secret", &string_to_sign(Method::Post, black_box(&params))));
    }
}

fn parse_tables(repetitions: usize) {
    parse(&World::of_tables(PAGE_SIZE), repetitions);
}

fn parse_statements(repetitions: usize) {
    let mut world = World::new(2 * PAGE_SIZE);
    world.rows.truncate(PAGE_SIZE);
    parse(&world, repetitions);
}

fn parse(world: &World, repetitions: usize) {
    let body = body(world.rows.clone());
    for _ in 0..repetitions {
        black_box(initialization_status::read(black_box(body.as_bytes())).expect("a reply"));
    }
}

fn known(world: &World) -> Vec<BaselineObject> {
    let sweep = world.sweep(BEGINS_AT_MS);
    apply_diff(Vec::new(), &sweep, &diff(&[], &sweep))
}

/// The cost of a sweep without changes: the digests and an empty comparison.
fn diff_unchanged(repetitions: usize) {
    let sweep = World::new(OBJECTS).sweep(BEGINS_AT_MS);
    let kept =
        page_digests(&sweep).into_iter().map(|(number, page)| (number, page.digest.to_vec())).collect();
    for _ in 0..repetitions {
        let still = UnchangedPages::new(&page_digests(black_box(&sweep)), &kept);
        black_box(diff_changed_pages(&still, &[], &sweep));
    }
}

fn diff_changed(repetitions: usize) {
    let mut world = World::new(OBJECTS);
    let known = known(&world);
    world.copy(0, 50);
    let sweep = world.sweep(BEGINS_AT_MS + MINUTE_MS);
    for _ in 0..repetitions {
        black_box(diff(black_box(&known), black_box(&sweep)));
    }
}

/// Digests and comparison are a part of it, as they are of every sweep.
fn store(repetitions: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut world = World::new(OBJECTS);
    block_on(async {
        let store = Store::open(&folder.path().join("h.db")).await.expect("a database");
        for minute in 0..=i64::try_from(repetitions).expect("few") {
            let sweep = world.sweep(BEGINS_AT_MS + minute * MINUTE_MS);
            collect::import(&store, &job(), &sweep).await.expect("recorded");
            world.copy(0, 50);
        }
        store.close().await;
    });
}
