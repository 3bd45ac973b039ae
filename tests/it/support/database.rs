//! A database of either engine, so that one test runs on both.

use std::path::PathBuf;

use dts_history::model::Sweep;
use dts_history::store::{Location, Store};
use sqlx::postgres::PgRow;
use sqlx::{Row as _, TypeInfo as _, ValueRef as _};

use super::postgres::{Cluster, PostgresDatabase};
use super::{Folder, assert_intact, block_on, job, query, record};

/// What keeps a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// An empty database of an engine, and a folder to run the program in.
pub(crate) struct TestDatabase {
    pub(crate) folder: Folder,
    postgres: Option<PostgresDatabase<'static>>,
}

impl TestDatabase {
    pub(crate) fn new(engine: Engine) -> Self {
        let postgres = (engine == Engine::Postgres).then(|| Cluster::shared().new_database());
        Self { folder: Folder::new(), postgres }
    }

    /// A database of these sweeps.
    pub(crate) fn with_history(engine: Engine, job_id: &str, sweeps: &[Sweep]) -> Self {
        let database = Self::new(engine);
        block_on(async {
            let store = database.open().await;
            record(&store, &job(job_id), sweeps).await;
            store.close().await;
        });
        database
    }

    /// As `--db` takes it.
    pub(crate) fn argument(&self) -> String {
        match &self.postgres {
            Some(postgres) => postgres.url(),
            None => self.file().display().to_string(),
        }
    }

    pub(crate) fn location(&self) -> Location {
        match &self.postgres {
            Some(postgres) => postgres.location(),
            None => self.file().into(),
        }
    }

    /// Fails if a snapshot is incomplete, or a row refers to a missing one.
    #[track_caller]
    pub(crate) fn assert_intact(&self) {
        match &self.postgres {
            Some(postgres) => assert_postgres_intact(postgres),
            None => assert_intact(&self.file()),
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path("h.db")
    }

    /// The server's database; panics for a file.
    #[track_caller]
    pub(crate) fn postgres(&self) -> &PostgresDatabase<'static> {
        self.postgres.as_ref().expect("a database of PostgreSQL")
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(self.location()).await.unwrap()
    }

    /// Runs the program on this database.
    pub(crate) fn run(&self, args: &[&str]) -> super::RunResult {
        self.folder.run(&[&["--db", &self.argument()], args].concat())
    }

    /// Every row of a query as text, columns joined by `|`, NULL as `-`.
    pub(crate) fn query(&self, sql: &str) -> Vec<String> {
        match &self.postgres {
            Some(postgres) => query_postgres(postgres, sql),
            None => query(&self.file(), sql),
        }
    }

    /// Every row of every documented view, ordered, under the names of the view and its columns.
    pub(crate) fn views(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let names = block_on(async {
            let store = Store::open_existing(self.location()).await.unwrap();
            let names = store.view_names().await.unwrap();
            let mut views = Vec::new();
            for name in names {
                views.push(store.view(&name).await.unwrap().unwrap());
            }
            store.close().await;
            views
        });
        for view in names {
            let columns: Vec<_> = view.columns.iter().map(|it| it.name.clone()).collect();
            lines.push(format!("{}: {}", view.name, columns.join("|")));
            let mut rows = self.query(&format!("select * from {}", view.name));
            if view.name == "job_throughput" {
                // Sums of floating-point numbers depend on the order in which the rows are met.
                let rounded = |field: &str| match field.parse::<f64>() {
                    Ok(number) => format!("{number:.3}"),
                    Err(_) => field.to_owned(),
                };
                rows = rows
                    .iter()
                    .map(|row| row.split('|').map(rounded).collect::<Vec<_>>().join("|"))
                    .collect();
            }
            rows.sort();
            lines.extend(rows);
        }
        lines
    }
}

fn query_postgres(database: &PostgresDatabase<'_>, sql: &str) -> Vec<String> {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    block_on(async {
        let mut connection = database.connect().await;
        let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
        rows.iter().map(row_text).collect()
    })
}

fn row_text(row: &PgRow) -> String {
    let text = |index: usize| {
        let value = row.try_get_raw(index).unwrap();
        match value.type_info().name() {
            _ if value.is_null() => "-".to_owned(),
            "FLOAT8" => row.get::<f64, _>(index).to_string(),
            "INT8" => row.get::<i64, _>(index).to_string(),
            "BOOL" => i64::from(row.get::<bool, _>(index)).to_string(),
            "NUMERIC" | "INT4" => panic!("column {index} is not of an interface type"),
            _ => row.get::<String, _>(index),
        }
    };
    (0..row.len()).map(text).collect::<Vec<_>>().join("|")
}

/// As `assert_intact`, for PostgreSQL.
#[track_caller]
pub(crate) fn assert_postgres_intact(database: &PostgresDatabase<'_>) {
    for (what, broken) in [
        (
            "snapshots without all of their changes",
            "select count(*) from snapshots as it where it.outcome = 'complete' and it.changes <>
                 (select count(*) from reading where reading.snapshot_id = it.snapshot_id)
                 and it.job_id not in (select job_id from pruned where thinned_rows > 0)",
        ),
        (
            "changes of snapshots that failed or are not there",
            "select count(*) from reading left join snapshot using (job_no, snapshot_id)
             where outcome is distinct from 'complete' and job_no in (select job_no from job)",
        ),
        (
            "rows of no job",
            "select count(*) from (select job_no from snapshot union select job_no from object
                 union select job_no from reading union select job_no from page union select job_no from stored_text)
                 as rows where job_no not in (select job_no from job union select job_no from dropped_job)",
        ),
        (
            "objects without their newest change",
            "select count(*) from object left join reading on reading.job_no = object.job_no
                 and reading.object_no = object.object_no and reading.snapshot_id = changed_snapshot_id
             where reading.object_no is null and object.job_no in (select job_no from job)",
        ),
        (
            "texts that are not there",
            "select count(*) from reading where error_digest is not null and not exists (
                 select 1 from stored_text where stored_text.job_no = reading.job_no and digest = error_digest)",
        ),
        (
            "snapshots out of the order of their times",
            "select count(*) from (select started_at, lag(finished_at) over (
                 partition by job_id order by snapshot_id) as before from snapshots where outcome = 'complete') as it
             where started_at < before",
        ),
        ("rates that cannot be", "select count(*) from table_throughput where rows <= 0 or seconds <= 0"),
    ] {
        assert_eq!(query_postgres(database, broken), ["0"], "{what}");
    }
}

/// Makes a test on each engine of each of these functions, which take the engine.
macro_rules! test_on_each_engine {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() {
                super::$name($crate::support::Engine::Sqlite);
            })+
        }
        mod postgres {
            $(#[test]
            #[ignore = "needs postgresql"]
            fn $name() {
                super::$name($crate::support::Engine::Postgres);
            })+
        }
    };
}
pub(crate) use test_on_each_engine;
