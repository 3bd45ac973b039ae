//! Whether costs stay flat: of an object and of a change with 1x, 10x and 100x as many objects and snapshots. And how
//! much memory a sweep and the idle service hold.
//!
//! `cargo bench --bench growth`

mod support;
#[path = "support/server.rs"]
mod server;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use dts_history::collect;
use dts_history::store::Store;
use server::Server;
use support::{BEGINS_AT_MS, Cost, JOB, World, job, median, megabytes, memory_bytes_of, print_result};

const MINUTE_MS: i64 = 60_000;
const ROUNDS: i64 = 5;

fn main() {
    server::serve_if_asked();
    println!("processor time; the last column is against the first line of its kind");
    by_objects();
    by_snapshots();
    memory();
}

/// Records sweeps of one job, and measures each.
struct Recorder {
    runtime: tokio::runtime::Runtime,
    store: Store,
    minute: i64,
    _folder: tempfile::TempDir,
}

impl Recorder {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let store = runtime.block_on(Store::open(&folder.path().join("h.db"))).expect("a database");
        Self { runtime, store, minute: 0, _folder: folder }
    }

    fn record(&mut self, world: &World, changes: usize) -> Cost {
        self.minute += 1;
        let sweep = world.sweep(BEGINS_AT_MS + self.minute * MINUTE_MS);
        let (recorded, cost) = Cost::of(|| {
            self.runtime.block_on(collect::import(&self.store, &job(), &sweep)).expect("recorded")
        });
        assert_eq!(recorded.changes, changes as u64);
        cost
    }
}

fn by_objects() {
    let mut first: Option<[f64; 3]> = None;
    for objects in [1_000, 10_000, 100_000] {
        let mut world = World::new(objects);
        let mut recorder = Recorder::new();
        let sighted = recorder.record(&world, objects);
        let unchanged = median((0..ROUNDS).map(|_| recorder.record(&world, 0)).collect());
        let mut costs = Vec::new();
        for _ in 0..ROUNDS {
            world.copy(0, objects / 2);
            costs.push(recorder.record(&world, objects / 2));
        }
        let each = |cost: Cost, count: usize| cost.processor.as_secs_f64() * 1e6 / count as f64;
        let now = [each(sighted, objects), each(unchanged, objects), each(median(costs), objects / 2)];
        let before = *first.get_or_insert(now);
        let kinds =
            ["first sight, of an object", "nothing changed, of an object", "all tables changed, of a change"];
        for ((kind, now), before) in kinds.iter().zip(now).zip(before) {
            print_result(
                &format!("{objects} objects: {kind}"),
                &format!("{now:8.2} us, {:.2} x", now / before),
            );
        }
    }
}

fn by_snapshots() {
    let (objects, moving) = (10_000, 50);
    let mut world = World::new(objects);
    let mut recorder = Recorder::new();
    recorder.record(&world, objects);
    let mut first = None;
    let mut snapshots = 0;
    for until in [10, 100, 1_000] {
        let mut costs = Vec::new();
        while snapshots < until {
            world.copy(snapshots * moving, moving);
            costs.push(recorder.record(&world, moving));
            snapshots += 1;
        }
        costs.drain(..costs.len() - 10.min(costs.len()));
        let now = median(costs).processor.as_secs_f64() * 1e6 / moving as f64;
        let before = *first.get_or_insert(now);
        print_result(
            &format!("{objects} objects, {moving} changed, after {until} snapshots: of a change"),
            &format!("{now:8.2} us, {:.2} x", now / before),
        );
    }
}

fn memory() {
    println!();
    let folder = tempfile::tempdir().expect("a folder");
    for objects in [1_000, 10_000, 100_000] {
        let server = Server::start(objects, Duration::ZERO);
        let json: usize = World::new(objects).bodies().iter().map(String::len).sum();
        for what in ["first sweep", "next sweep"] {
            let most = collect_memory(folder.path(), &server, &format!("{objects}.db"));
            print_result(
                &format!("collect, {objects} objects, {what}: resident at most"),
                &format!("{:8.1} MB for {:.1} MB of JSON", megabytes(most), megabytes(json as u64)),
            );
        }
    }
    print_result(
        "serve, idle for five seconds: resident",
        &format!("{:8.1} MB", megabytes(idle_memory(folder.path()))),
    );
}

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dts-history"));
    command.current_dir(folder).stdout(Stdio::null());
    command.env("ALIBABA_CLOUD_ACCESS_KEY_ID", "id").env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "secret");
    command
}

/// Looks every few milliseconds, as long as the process runs.
fn collect_memory(folder: &Path, server: &Server, database: &str) -> u64 {
    std::fs::write(folder.join("dts-history.toml"), "[api]\nmax_calls_per_second = 1000\n").expect("a file");
    let endpoint = format!("http://{}", server.address);
    let mut command = program(folder);
    let mut child = command
        .args(["--db", database, "collect", "--job", JOB, "--endpoint", &endpoint])
        .spawn()
        .expect("a program");
    let mut most = 0;
    loop {
        // The high-water mark of a process that has just ended is gone with it.
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        if status.contains("VmHWM") {
            most = most.max(memory_bytes_of(&child.id().to_string(), "VmHWM"));
        }
        if let Some(status) = child.try_wait().expect("a child") {
            assert!(status.success());
            return most;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn idle_memory(folder: &Path) -> u64 {
    let config =
        format!("[schedule]\ncron = \"0 0 0 1 1 *\"\n[[job]]\nid = \"{JOB}\"\nregion = \"cn-hangzhou\"\n");
    std::fs::write(folder.join("dts-history.toml"), config).expect("a file");
    let mut child = program(folder)
        .args(["--db", "10000.db", "serve", "--listen", "127.0.0.1:0"])
        .spawn()
        .expect("a program");
    std::thread::sleep(Duration::from_secs(5));
    let resident = memory_bytes_of(&child.id().to_string(), "VmRSS");
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
    resident
}
