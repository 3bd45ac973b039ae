//! A temporary folder, the built program, and queries on its databases.

mod database;
mod fixtures;
mod integrity;
pub(crate) mod postgres;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) use dts_history::sim::rng::Rng;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{Column as _, ConnectOptions as _, Row as _, TypeInfo as _, ValueRef as _};

pub(crate) use self::database::{Engine, TestDatabase, assert_postgres_intact, test_on_each_engine};
pub(crate) use self::fixtures::{at, constraint, job, object, record, sweep, table};
pub(crate) use self::integrity::assert_intact;

/// A temporary folder. The program runs in it with an empty environment.
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

    /// The program with these arguments, without credentials and settings of the caller.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dts-history"));
        command.args(args).current_dir(self.0.path()).env_clear().env("HOME", self.0.path());
        // Else the program would ask the network for the role of an ECS instance.
        command.env("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true");
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> RunResult {
        RunResult::from_output(self.command(args).output().unwrap())
    }

    /// Every row of a query as text, columns joined by `|`, NULL as `-`.
    pub(crate) fn query(&self, database: &str, sql: &str) -> Vec<String> {
        query(&self.path(database), sql)
    }
}

/// Exit status and output of the program.
#[derive(Debug)]
pub(crate) struct RunResult {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl RunResult {
    pub(crate) fn from_output(output: Output) -> Self {
        Self {
            status: output.status.code().expect("the program was killed"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Its standard output, if the exit status is 0.
    #[track_caller]
    pub(crate) fn expect_success(self) -> String {
        assert_eq!(self.status, 0, "stderr: {}", self.stderr);
        self.stdout
    }
}

/// Every row of a query as text, columns joined by `|`, NULL as `-`.
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

/// A number from this environment variable, for runs longer than those of CI.
pub(crate) fn number_from_env(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is {text:?}: write a whole number")),
        Err(_) => default,
    }
}

/// The library of `tests/shim/shim.c`, to be preloaded into the program.
#[cfg(target_os = "linux")]
pub(crate) fn preload_library() -> &'static str {
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
