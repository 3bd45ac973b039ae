//! How large a day of history is: 10,000 tables, a sweep in 30 seconds, of which 50 tables move at a time. Against
//! the same day as full snapshot rows, and as raw replies under zstd.
//!
//! `cargo bench --bench size`; needs the program `zstd` for its last line.

mod support;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use dts_history::collect;
use dts_history::model::Status;
use dts_history::store::Store;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, QueryBuilder, Sqlite, SqliteConnection};
use support::{BEGINS_AT_MS, Cost, World, block_on, job, megabytes, milliseconds, print_result, size_bytes};

const TABLES: usize = 10_000;
const MOVING: usize = 50;
const SWEEPS: usize = 24 * 60 * 2;
const INTERVAL_MS: i64 = 30_000;
/// Full rows and raw replies are of one sweep in so many, and counted so many times: each is like the next.
const SAMPLED: usize = 48;

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ours, full) = (folder.path().join("h.db"), folder.path().join("full.db"));
    let mut world = World::of_tables(TABLES);
    let mut zstd = Zstd::start();
    let (changes, cost) = Cost::of(|| block_on(record_day(&mut world, &ours, &full, &mut zstd)));
    println!(
        "24 hours, {SWEEPS} sweeps of {TABLES} tables, {MOVING} moving at a time: {changes} changes, recorded in {:.0} s",
        milliseconds(cost.wall) / 1000.0
    );
    let history = size_bytes(&ours);
    print_result(
        "the history",
        &format!("{:10.1} MB, {:.0} bytes a change", megabytes(history), history as f64 / changes as f64),
    );
    let rows = size_bytes(&full) * SAMPLED as u64;
    print_result(
        "full snapshot rows",
        &format!("{:10.1} MB, {:.0} x", megabytes(rows), rows as f64 / history as f64),
    );
    let Some(zstd) = zstd else {
        println!("zstd is not installed: apt-get install zstd");
        return;
    };
    let (raw, packed) = zstd.finish();
    let (raw, packed) = (raw * SAMPLED as u64, packed * SAMPLED as u64);
    print_result("raw replies", &format!("{:10.1} MB, {:.0} x", megabytes(raw), raw as f64 / history as f64));
    print_result(
        "raw replies, each sweep under zstd -3",
        &format!("{:10.1} MB, {:.1} x", megabytes(packed), packed as f64 / history as f64),
    );
}

/// Records the day; gives the number of changes after the first sight.
async fn record_day(world: &mut World, ours: &Path, full: &Path, zstd: &mut Option<Zstd>) -> u64 {
    let store = Store::open(ours).await.expect("a database");
    let mut full =
        SqliteConnectOptions::new().filename(full).create_if_missing(true).connect().await.expect("a file");
    sqlx::raw_sql(
        "create table reading (snapshot_id integer, observed_at_ms integer, source_db text, destination_db text,
             table_name text, status text, finished_rows integer, total_rows integer, used_time text);",
    )
    .execute(&mut full)
    .await
    .expect("a table");
    let mut changes = 0;
    for sweep in 0..SWEEPS {
        let first = first_moving_table(sweep);
        world.copy(first, MOVING);
        if first_moving_table(sweep + 1) != first {
            for row in &mut world.rows[first..first + MOVING] {
                row.state.status = Some(Status::Finished);
            }
        }
        let at_ms = BEGINS_AT_MS + i64::try_from(sweep).expect("small") * INTERVAL_MS;
        let read = world.sweep(at_ms);
        let recorded = collect::import(&store, &job(), &read).await.expect("recorded");
        changes += recorded.changes;
        if sweep % SAMPLED == 0 {
            insert(&mut full, recorded.snapshot_id, at_ms, world).await;
            if let Some(zstd) = zstd {
                zstd.compress(&world.bodies().concat());
            }
        }
    }
    store.close().await;
    changes
}

/// The first of the tables that move: batch after batch, so that the day is enough for all of them.
fn first_moving_table(sweep: usize) -> usize {
    sweep * (TABLES / MOVING) / SWEEPS * MOVING
}

async fn insert(connection: &mut SqliteConnection, snapshot_id: i64, at_ms: i64, world: &World) {
    for rows in world.rows.chunks(1000) {
        let mut insert = QueryBuilder::<Sqlite>::new("insert into reading ");
        insert.push_values(rows, |mut values, row| {
            values
                .push_bind(snapshot_id)
                .push_bind(at_ms)
                .push_bind(&row.key.source_db)
                .push_bind(&row.key.destination_db)
                .push_bind(&row.key.object_name)
                .push_bind(row.state.status.as_ref().map(Status::as_str))
                .push_bind(row.state.finished_rows)
                .push_bind(row.state.total_rows)
                .push_bind(&row.state.used_time);
        });
        insert.build().execute(&mut *connection).await.expect("rows");
    }
}

/// The program `zstd`, once for each sweep, as one would keep replies in files.
struct Zstd {
    raw: u64,
    packed: u64,
}

impl Zstd {
    fn start() -> Option<Self> {
        let found = Command::new("zstd").arg("--version").stdout(Stdio::null()).status();
        found.is_ok().then_some(Self { raw: 0, packed: 0 })
    }

    fn compress(&mut self, text: &str) {
        let mut command = Command::new("zstd");
        command.args(["-3", "--stdout", "--quiet"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("zstd");
        let mut input = child.stdin.take().expect("a pipe");
        let output = std::thread::scope(|scope| {
            scope.spawn(move || input.write_all(text.as_bytes()).expect("a reader"));
            child.wait_with_output().expect("zstd")
        });
        self.raw += text.len() as u64;
        self.packed += output.stdout.len() as u64;
    }

    fn finish(self) -> (u64, u64) {
        (self.raw, self.packed)
    }
}
