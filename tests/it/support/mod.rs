//! A folder of one's own, the program, and a database to look into.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use dts_history::collect;
use dts_history::model::{Job, ObjectKey, ObjectState, Page, Phase, Reading, Source, Status, Sweep};
pub(crate) use dts_history::sim::rng::Rng;
use dts_history::store::Store;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{Column as _, ConnectOptions as _, Row as _, TypeInfo as _, ValueRef as _};

/// A temporary folder in which the program runs with an environment of its own.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), content).unwrap();
        self.path(name)
    }

    /// The program, in this folder, with no credentials and no settings from outside.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dts-history"));
        command.args(args).current_dir(self.0.path()).env_clear().env("HOME", self.0.path());
        // No test asks the network whether this machine has a role.
        command.env("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true");
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        Ended::of(self.command(args).output().unwrap())
    }

    /// Every row of a query as text, columns joined by `|`, NULL as `-`.
    pub(crate) fn query(&self, database: &str, sql: &str) -> Vec<String> {
        query(&self.path(database), sql)
    }
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            status: output.status.code().expect("the program ends by itself"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn succeeded(self) -> String {
        assert_eq!(self.status, 0, "stderr: {}", self.stderr);
        self.stdout
    }
}

pub(crate) fn query(database: &Path, sql: &str) -> Vec<String> {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    block_on(async {
        let options = SqliteConnectOptions::new().filename(database).read_only(true);
        let mut connection = options.connect().await.unwrap();
        let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
        rows.iter().map(row_text).collect()
    })
}

fn row_text(row: &SqliteRow) -> String {
    let text = |index: usize| {
        let value = row.try_get_raw(index).unwrap();
        match value.type_info().name() {
            _ if value.is_null() => "-".to_owned(),
            "REAL" => row.get::<f64, _>(index).to_string(),
            "INTEGER" => row.get::<i64, _>(index).to_string(),
            "BLOB" => panic!("column {} is a blob", row.column(index).name()),
            _ => row.get::<String, _>(index),
        }
    };
    (0..row.len()).map(text).collect::<Vec<_>>().join("|")
}

pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

pub(crate) fn job(id: &str) -> Job {
    Job { id: id.to_owned(), region: Some("cn-hangzhou".to_owned()), name: None }
}

/// 2026-01-02T00:00:00Z and this many seconds.
pub(crate) fn at(seconds: i64) -> i64 {
    1_767_312_000_000 + seconds * 1000
}

pub(crate) fn table(name: &str, status: &str, finished_rows: i64, total_rows: i64) -> Reading {
    Reading {
        key: key(Phase::Data, None, None, name),
        state: ObjectState {
            status: Some(Status::from(status)),
            finished_rows: Some(finished_rows),
            total_rows: Some(total_rows),
            used_time: Some("0.0".to_owned()),
            ..ObjectState::default()
        },
    }
}

pub(crate) fn object(object_type: &str, name: &str, status: &str, ddl: &str, error: Option<&str>) -> Reading {
    Reading {
        key: key(Phase::Structure, Some(object_type), None, name),
        state: ObjectState {
            status: Some(Status::from(status)),
            definition: Some(ddl.to_owned()),
            error_message: error.map(str::to_owned),
            ..ObjectState::default()
        },
    }
}

pub(crate) fn constraint(parent: &str, status: &str, ddl: &str, error: Option<&str>) -> Reading {
    let mut constraint = object("Table", parent, status, ddl, error);
    constraint.key = key(Phase::Constraint, Some("Table"), Some(parent), parent);
    constraint
}

fn key(phase: Phase, object_type: Option<&str>, parent_name: Option<&str>, name: &str) -> ObjectKey {
    ObjectKey {
        phase,
        source_db: "shop".to_owned(),
        destination_db: "shop_new".to_owned(),
        object_type: object_type.map(str::to_owned),
        parent_name: parent_name.map(str::to_owned),
        object_name: name.to_owned(),
    }
}

/// A sweep whose pages arrive a quarter of a second apart, the first at this second.
pub(crate) fn sweep(second: i64, pages: Vec<Vec<Reading>>) -> Sweep {
    let pages: Vec<Page> = (1_u32..)
        .zip(pages)
        .map(|(number, readings)| Page {
            number,
            arrived_at_ms: at(second) + i64::from(number - 1) * 250,
            readings,
        })
        .collect();
    Sweep {
        source: Source::Api,
        started_at_ms: at(second) - 100,
        finished_at_ms: pages.last().map_or(at(second), |page| page.arrived_at_ms),
        page_count: u32::try_from(pages.len()).unwrap(),
        torn: false,
        pages,
    }
}

/// Records sweeps of one job, one after the other.
pub(crate) async fn record(store: &Store, job: &Job, sweeps: &[Sweep]) {
    for sweep in sweeps {
        collect::import(store, job, sweep).await.unwrap();
    }
}

/// A number from the environment, for runs longer than CI's.
pub(crate) fn long_run(variable: &str, usual: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is {text:?}: write a whole number")),
        Err(_) => usual,
    }
}

/// The library of `tests/shim/shim.c`, to be preloaded into the program.
#[cfg(target_os = "linux")]
pub(crate) fn shim() -> &'static str {
    static SHIM: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    SHIM.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shim/shim.c");
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shim-{}.so", std::process::id()));
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl");
        assert!(cc.status().unwrap().success());
        library.into_os_string().into_string().unwrap()
    })
}

/// Fails if a snapshot is there in part, or anything refers to what is not there.
#[track_caller]
pub(crate) fn is_whole(database: &Path) {
    assert_eq!(query(database, "pragma integrity_check"), ["ok"]);
    for (what, broken) in [
        ("references to nothing", "select count(*) from pragma_foreign_key_check"),
        (
            "snapshots without all of their changes",
            "select count(*) from snapshots as of where of.outcome = 'complete' and of.changes <>
                 (select count(*) from reading where reading.snapshot_id = of.snapshot_id)
                 and of.job_id not in (select job_id from pruned where thinned_rows > 0)",
        ),
        (
            "changes of snapshots that failed",
            "select count(*) from reading join snapshot using (snapshot_id) where outcome <> 'complete'",
        ),
        (
            "objects without their newest change",
            "select count(*) from object left join reading on reading.object_no = object.object_no
                 and reading.snapshot_id = changed_snapshot_id where reading.object_no is null",
        ),
        (
            "snapshots out of the order of their times",
            "select count(*) from (select started_at, lag(finished_at) over (
                 partition by job_id order by snapshot_id) as before from snapshots where outcome = 'complete')
             where started_at < before",
        ),
        ("rates that cannot be", "select count(*) from table_throughput where rows <= 0 or seconds <= 0"),
    ] {
        assert_eq!(query(database, broken), ["0"], "{what} in {}", database.display());
    }
}
