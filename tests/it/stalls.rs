//! The views `stalls` and `job_throughput` say what the reports say, for random tables.

use dts_history::history::analysis::{Window, analyse};
use dts_history::model::{Reading, Sweep, Timestamp};
use dts_history::store::Store;

use crate::support::{Folder, Rng, block_on, job, number_from_env, record, sweep, table};

const JOB: &str = "dtsi76118o3w92abcd";
const SWEEPS: i64 = 70;

fn below(rng: &mut Rng, bound: u64) -> i64 {
    i64::try_from(rng.below(bound)).unwrap()
}

/// A table that waits, copies, stands still, falls a little or back to nothing, gives no count, and may finish.
struct RandomTable {
    name: String,
    starts: i64,
    rows: i64,
    total: i64,
    still_for: i64,
    /// Its count changes each so many minutes.
    batch: i64,
}

impl RandomTable {
    fn new(rng: &mut Rng, name: String) -> Self {
        let batch = if rng.below(4) == 0 { 4 } else { 1 };
        Self { name, starts: below(rng, 25), rows: 0, total: 500 + below(rng, 6000), still_for: 0, batch }
    }

    fn advance(&mut self, rng: &mut Rng, minute: i64, all_still: bool) -> Reading {
        if minute < self.starts {
            return table(&self.name, "NotStarted", 0, self.total);
        }
        if self.still_for > 0 {
            self.still_for -= 1;
        } else if !all_still && minute % self.batch == 0 {
            match rng.below(60) {
                0 => self.rows = 0,
                1 | 2 => self.rows -= self.rows / 30,
                3 | 4 => self.still_for = below(rng, 25),
                _ => self.rows += below(rng, 200),
            }
        }
        let ended = self.rows > self.total + 100;
        let mut reading =
            table(&self.name, if ended { "Finished" } else { "Migrating" }, self.rows, self.total);
        match rng.below(80) {
            0 => reading.state.finished_rows = None,
            1 => reading.state.total_rows = None,
            _ => {}
        }
        reading
    }
}

fn random_sweeps(rng: &mut Rng) -> Vec<Sweep> {
    let mut tables: Vec<_> = (0..=rng.below(7)).map(|nth| RandomTable::new(rng, format!("t{nth}"))).collect();
    let still_from = 20 + below(rng, 40);
    let still_to = still_from + below(rng, 20);
    let mut sweeps = Vec::new();
    let mut second = 0;
    for minute in 0..SWEEPS {
        second += if rng.below(40) == 0 { 60 * (3 + below(rng, 15)) } else { 60 };
        let all_still = (still_from..still_to).contains(&minute);
        let readings: Vec<_> = tables.iter_mut().map(|it| it.advance(rng, minute, all_still)).collect();
        let (first, rest) = readings.split_at(readings.len() / 2);
        sweeps.push(sweep(second, vec![first.to_vec(), rest.to_vec()]));
    }
    sweeps
}

#[test]
fn stalls_of_random_tables_are_the_same_in_the_view_and_in_the_report() {
    let first = number_from_env("DTS_HISTORY_SEED", 1);
    let mut causes = std::collections::BTreeMap::<String, usize>::new();
    for seed in first..first + number_from_env("DTS_HISTORY_STALL_SEEDS", 12) {
        let folder = Folder::new();
        let mut rng = Rng::new(seed);
        let history = block_on(async {
            let store = Store::open(&folder.path("h.db")).await.unwrap();
            record(&store, &job(JOB), &random_sweeps(&mut rng)).await;
            let history = store.history(JOB).await.unwrap().unwrap();
            store.close().await;
            history
        });
        let analysis = analyse(&history, Window::default());
        let text = |ms: i64| Timestamp::from_millis(ms).to_string();
        let mut expected: Vec<String> = Vec::new();
        for stall in &analysis.stall_intervals {
            let cause = stall.cause.as_str();
            *causes.entry(cause.to_owned()).or_default() += 1;
            let name = stall.table.map_or("-", |index| &analysis.tables[index].key.object_name);
            let (from, to) = (text(stall.from_ms), stall.to_ms.map_or("-".to_owned(), text));
            expected.push(format!("{from}|{to}|{cause}|{name}|{}", stall.duration_ms));
        }
        expected.sort();
        let mut told = folder.query(
            "h.db",
            "select from_at, to_at, cause, table_name, cast(round(seconds * 1000) as integer) from stalls",
        );
        told.sort();
        assert_eq!(told, expected, "seed {seed}");

        let sums = "select cast(round(sum(rows)) as integer) from";
        assert_eq!(
            folder.query("h.db", &format!("{sums} job_throughput")),
            folder.query("h.db", &format!("{sums} table_throughput")),
            "seed {seed}: no row is lost or counted twice"
        );
    }
    println!("{causes:?}");
    assert!(causes.len() >= 4, "the causes occurred: {causes:?}");
}

#[test]
fn a_rate_across_a_gap_is_spread_over_its_minutes() {
    let folder = Folder::new();
    block_on(async {
        let store = Store::open(&folder.path("h.db")).await.unwrap();
        let counts = [(0, 0), (30, 100), (630, 1300), (640, 1400)];
        let sweeps =
            counts.map(|(second, rows)| sweep(second, vec![vec![table("t", "Migrating", rows, 9999)]]));
        record(&store, &job(JOB), &sweeps).await;
        store.close().await;
    });
    let minutes = folder.query("h.db", "select from_at, rows, tables from job_throughput order by 1");
    assert_eq!(minutes.len(), 11);
    assert_eq!(minutes[0], "2026-01-02T00:00:00.000Z|160|1");
    assert_eq!(minutes[5], "2026-01-02T00:05:00.000Z|120|1");
    assert_eq!(minutes[10], "2026-01-02T00:10:00.000Z|160|1");
}
