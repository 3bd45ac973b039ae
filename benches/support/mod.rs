//! Shared by the benchmarks: a synthetic job of any size, and measurements.
//!
//! Half of a job's objects are tables with their DDL, half are the rows of these tables. Its pages have 100 rows,
//! first the structure's, then the data's, as an API would send them that fills pages array by array.
#![allow(dead_code, reason = "each benchmark is a binary of its own and needs a part of it")]

use std::time::{Duration, Instant};

use dts_history::api::calls::initialization_status::{Reply, Shape, write_json};
use dts_history::api::wire::head::Head;
use dts_history::model::{Job, JobKind, ObjectKey, ObjectState, Page, Phase, Reading, Source, Status, Sweep};

pub(crate) const JOB: &str = "dtsbench0a1b2c3d4e";
pub(crate) const PAGE_SIZE: usize = 100;
/// 2026-01-02T00:00:00Z
pub(crate) const BEGINS_AT_MS: i64 = 1_767_312_000_000;

/// The rows of a job at one time.
pub(crate) struct World {
    pub(crate) rows: Vec<Reading>,
    tables: usize,
}

impl World {
    /// A job with this number of objects, half of them tables that are being copied.
    pub(crate) fn new(objects: usize) -> Self {
        let tables = objects / 2;
        Self { rows: (0..tables).map(structure).chain((0..tables).map(data)).collect(), tables }
    }

    /// A job of tables alone, without their DDL.
    pub(crate) fn of_tables(tables: usize) -> Self {
        Self { rows: (0..tables).map(data).collect(), tables }
    }

    /// Adds copied rows to `tables` tables, beginning with `first`.
    pub(crate) fn copy(&mut self, first: usize, tables: usize) {
        let data = self.rows.len() - self.tables;
        for number in first..first + tables {
            let state = &mut self.rows[data + number % self.tables].state;
            state.finished_rows = state.finished_rows.map(|rows| rows + 4711);
        }
    }

    /// A sweep at this time; each page arrives a millisecond after the one before.
    pub(crate) fn sweep(&self, at_ms: i64) -> Sweep {
        let pages: Vec<Page> = (1..)
            .zip(self.rows.chunks(PAGE_SIZE))
            .map(|(number, rows)| Page {
                number,
                arrived_at_ms: at_ms + i64::from(number),
                readings: rows.to_vec(),
            })
            .collect();
        Sweep {
            source: Source::Api,
            started_at_ms: at_ms,
            finished_at_ms: pages.last().map_or(at_ms, |page| page.arrived_at_ms),
            page_count: u32::try_from(pages.len()).expect("few pages"),
            torn: false,
            pages,
        }
    }

    /// The replies, page by page.
    pub(crate) fn bodies(&self) -> Vec<String> {
        self.rows.chunks(PAGE_SIZE).map(|rows| body(rows.to_vec())).collect()
    }
}

pub(crate) fn body(readings: Vec<Reading>) -> String {
    let request_id = Some("6063B0F8-1B29-4D60-9E2E-4E5C3C8B9A21".to_owned());
    let head = Head { success: true, request_id, ..Head::default() };
    write_json(&Reply { head, readings }, Shape::Flat)
}

pub(crate) fn job() -> Job {
    Job { id: JOB.to_owned(), region: Some("cn-hangzhou".to_owned()), name: None, kind: JobKind::default() }
}

fn structure(number: usize) -> Reading {
    let name = format!("order_item_{number:06}");
    let ddl = format!(
        "CREATE TABLE `{name}` (\n  `id` bigint NOT NULL AUTO_INCREMENT,\n  `order_id` bigint NOT NULL,\n  \
         `sku` varchar(64) COLLATE utf8mb4_bin NOT NULL,\n  `quantity` int NOT NULL DEFAULT '1',\n  \
         `price` decimal(18,2) NOT NULL,\n  `created_at` datetime(3) NOT NULL,\n  PRIMARY KEY (`id`),\n  \
         KEY `by_order` (`order_id`,`sku`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
    );
    Reading {
        key: ObjectKey { object_type: Some("Table".to_owned()), ..key(Phase::Structure, name) },
        state: ObjectState {
            status: Some(Status::Finished),
            definition: Some(ddl),
            ..ObjectState::default()
        },
    }
}

fn data(number: usize) -> Reading {
    Reading {
        key: key(Phase::Data, format!("order_item_{number:06}")),
        state: ObjectState {
            status: Some(Status::Migrating),
            finished_rows: Some(1_000_000 + i64::try_from(number).expect("few tables")),
            total_rows: Some(987_654_321),
            used_time: Some("0.0".to_owned()),
            ..ObjectState::default()
        },
    }
}

fn key(phase: Phase, object_name: String) -> ObjectKey {
    ObjectKey {
        phase,
        source_db: "shop_production".to_owned(),
        destination_db: "shop_polardb".to_owned(),
        object_type: None,
        parent_name: None,
        object_name,
    }
}

/// Wall time and CPU time of a piece of work.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    pub(crate) processor: Duration,
}

impl Cost {
    pub(crate) fn of<T>(work: impl FnOnce() -> T) -> (T, Self) {
        let (began, before) = (Instant::now(), processor_time());
        let done = work();
        (done, Self { wall: began.elapsed(), processor: processor_time().saturating_sub(before) })
    }
}

/// The median by CPU time.
pub(crate) fn median(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by_key(|cost| cost.processor);
    costs[costs.len() / 2]
}

/// CPU time of the running threads of this process. Linux only.
pub(crate) fn processor_time() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").expect("a Linux system");
    let time = |task: std::io::Result<std::fs::DirEntry>| {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    };
    tasks.filter_map(time).sum()
}

/// CPU time of the child processes that have ended, in steps of 10 ms.
pub(crate) fn processor_time_of_children() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("a Linux system");
    // The name of the program, in parentheses, may contain spaces.
    let fields: Vec<&str> = stat.rsplit(')').next().expect("one part").split_whitespace().collect();
    let ticks: u64 = fields[13..15].iter().map(|ticks| ticks.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(ticks * 10)
}

/// A line of `/proc/self/status`, such as `VmHWM`, in bytes.
pub(crate) fn memory_bytes(line: &str) -> u64 {
    memory_bytes_of("self", line)
}

pub(crate) fn memory_bytes_of(process: &str, line: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a Linux system");
    let found = status.lines().find_map(|it| it.strip_prefix(line)?.strip_prefix(':'));
    let kilobytes = found.and_then(|it| it.trim().strip_suffix(" kB")).expect("a size in kB");
    kilobytes.trim().parse::<u64>().expect("a number") * 1024
}

pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Prints one result.
pub(crate) fn print_result(name: &str, figures: &str) {
    println!("{name:<58} {figures}");
}

/// The file and its write-ahead log.
pub(crate) fn size_bytes(database: &std::path::Path) -> u64 {
    let size = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |file| file.len());
    size(database) + size(&database.with_extension("db-wal"))
}
