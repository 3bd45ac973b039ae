//! Histories in PostgreSQL: the same as in SQLite, whatever happens to the program, the server or the network.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use dts_history::collect;
use dts_history::model::Sweep;
use dts_history::store::{self, PostgresLocation, Store};

use crate::crash::{kill_after, reported_snapshots};
use crate::prune::four_hours_of_sweeps;
use crate::service::{Service, configuration};
use crate::simulator::Simulator;
use crate::support::postgres::{Cluster, PostgresDatabase};
use crate::support::{
    Engine, Folder, Rng, RunResult, TestDatabase, assert_postgres_intact, at, block_on, job, number_from_env,
    object, record, sweep, table,
};

const JOB: &str = "dtsi76118o3w92abcd";
const CREDENTIALS: [(&str, &str); 2] =
    [("ALIBABA_CLOUD_ACCESS_KEY_ID", "x"), ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "x")];

fn on_both<T>(work: impl Fn(&TestDatabase) -> T) -> [T; 2] {
    [Engine::Sqlite, Engine::Postgres].map(|engine| work(&TestDatabase::new(engine)))
}

#[track_caller]
fn assert_same_views(databases: &[TestDatabase; 2], when: &str) {
    let [sqlite, postgres] = databases.each_ref().map(TestDatabase::views);
    for (ours, theirs) in sqlite.iter().zip(&postgres) {
        assert_eq!(ours, theirs, "{when}");
    }
    assert_eq!(sqlite.len(), postgres.len(), "{when}");
    postgres_of(databases).assert_intact();
}

fn postgres_of(databases: &[TestDatabase; 2]) -> &TestDatabase {
    &databases[1]
}

#[test]
#[ignore = "needs postgresql"]
fn every_command_says_the_same_of_a_history_in_either_engine() {
    let outputs = on_both(|database| {
        let folder = &database.folder;
        folder.write("sample.json", include_str!("../samples/sample.json"));
        folder.write("changed.json", include_str!("../samples/sample.json").replace("Migrating", "Finished"));
        let mut said = Vec::new();
        let mut run = |args: &[&str]| {
            let RunResult { status, stdout, stderr } = database.run(args);
            assert!(!stderr.contains("panicked"), "{args:?}: {stderr}");
            let hide = |text: String| text.replace(&database.argument(), "DATABASE");
            said.push(format!("{args:?} {status}\n{}{}", hide(stdout), hide(stderr)));
        };
        let import = |job: &'static str, at: &'static str, file: &'static str| {
            ["import", "--job", job, "--region", "cn-hangzhou", "--at", at, file]
        };
        run(&import(JOB, "2026-01-02T03:00:00Z", "sample.json"));
        run(&import(JOB, "2026-01-02T03:10:00.123Z", "changed.json"));
        run(&import(JOB, "2026-01-02T03:05:00Z", "sample.json"));
        run(&import("dtsother", "2026-01-02T03:00:00Z", "sample.json"));
        for args in [
            &["status"][..],
            &["status", "--json"],
            &["status", "--job", JOB],
            &["failures"],
            &["failures", "--job", JOB, "--format", "json"],
            &["report", "--job", JOB, "--format", "json"],
            &["report", "--job", JOB, "--format", "md", "--lang", "zh"],
            &["report", "--job", JOB, "--format", "html"],
            &["report", "--job", "unknown", "--format", "json"],
            &["forget", "--job", JOB, "--snapshot", "2", "--dry-run"],
            &["forget", "--job", JOB, "--snapshot", "2", "--yes"],
            &["forget", "--job", "dtsother", "--yes"],
            &["status", "--json"],
        ] {
            run(args);
        }
        run(&import(JOB, "2026-01-02T04:00:00Z", "changed.json"));
        run(&["report", "--job", JOB, "--format", "json"]);
        for view in ["jobs", "table_latest", "table_history", "failures", "job_latest", "pruned"] {
            for format in ["csv", "ndjson"] {
                let args = ["export", "--view", view, "--format", format];
                let RunResult { status, stdout, .. } = database.run(&args);
                // The order of rows is not a part of the interface, nor is the moment of `forget`.
                let mut lines: Vec<_> = stdout.lines().map(|line| without_moment(view, line)).collect();
                lines.sort_unstable();
                said.push(format!("{args:?} {status}\n{}", lines.join("\n")));
            }
        }
        said
    });
    let [ours, theirs] = outputs;
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(without_forgotten_at(ours), without_forgotten_at(theirs));
    }
}

/// `forgotten_at` is the machine's time.
fn without_moment(view: &str, line: &str) -> String {
    if view == "pruned" {
        line.rsplit_once(['"', ',']).map_or(line, |(before, _)| before).chars().take(40).collect()
    } else {
        line.to_owned()
    }
}

fn without_forgotten_at(text: &str) -> String {
    text.lines().filter(|line| !line.contains("forgotten_at")).collect::<Vec<_>>().join("\n")
}

#[test]
#[ignore = "needs postgresql"]
fn pruning_and_forgetting_leave_the_same_views_in_either_engine() {
    let sweeps = four_hours_of_sweeps();
    let databases = [Engine::Sqlite, Engine::Postgres].map(|engine| {
        let database = TestDatabase::new(engine);
        block_on(async {
            let store = database.open().await;
            for id in [JOB, "dtsother"] {
                record(&store, &job(id), &sweeps[..470]).await;
                store.record_failure(&job(id), at(14_100), at(14_101), 1, "no answer").await.unwrap();
                record(&store, &job(id), &sweeps[470..]).await;
                store.record_failure(&job(id), at(14_400), at(14_401), 1, "no answer again").await.unwrap();
            }
            store.close().await;
        });
        database.folder.write(
            "thin.toml",
            "[retention]\nthin_after_days = 1\nbucket_minutes = 15\n\
             drop_failed_after_days = 1\n",
        );
        database.folder.write("drop.toml", "[retention]\ndrop_jobs_after_days = 1\n");
        database
    });
    assert_same_views(&databases, "recorded");
    let prune = |config: &str, more: &[&str]| {
        let said = databases.each_ref().map(|database| {
            let said =
                database.run(&[&["--config", config, "prune", "--json"], more].concat()).expect_success();
            let mut said: serde_json::Value = serde_json::from_str(&said).unwrap();
            // Texts belong to one job in one engine and to all of them in the other.
            for engines_own in ["before", "after", "dropped_rows"] {
                said[engines_own].take();
            }
            said
        });
        assert_eq!(said[0], said[1], "{config} {more:?}");
        said[0].clone()
    };
    assert!(prune("thin.toml", &["--dry-run"])["jobs"][0]["thinned_rows"].as_u64().unwrap() > 100);
    assert_same_views(&databases, "looked at");
    prune("thin.toml", &[]);
    assert_same_views(&databases, "thinned");
    for (until, when) in
        [("2026-01-02T02:00:00Z", "taken back in part"), ("2026-01-02T00:00:40Z", "once more")]
    {
        for database in &databases {
            database.run(&["forget", "--job", JOB, "--after", until, "--yes"]).expect_success();
        }
        let views = databases.each_ref().map(views_but_forgotten);
        assert_eq!(views[0], views[1], "{when}");
        postgres_of(&databases).assert_intact();
    }
    // Recording goes on from there.
    block_on(async {
        for database in &databases {
            let store = database.open().await;
            record(&store, &job(JOB), &sweeps[300..340]).await;
            store.close().await;
        }
    });
    let views = databases.each_ref().map(views_but_forgotten);
    assert_eq!(views[0], views[1], "recorded again");
    prune("drop.toml", &["--compact"]);
    for database in &databases {
        assert_eq!(database.query("select count(*) from jobs"), ["0"]);
        assert_eq!(database.query("select count(*) from reading"), ["0"]);
        assert_eq!(database.query("select count(*) from dropped_job"), ["0"]);
    }
}

/// The views without the moments of `forget`.
fn views_but_forgotten(database: &TestDatabase) -> Vec<String> {
    let is_pruned = |line: &String| line.contains("forgotten_at") || line.matches('|').count() == 6;
    database.views().into_iter().filter(|line| !is_pruned(line)).collect()
}

#[test]
#[ignore = "needs postgresql"]
fn the_demo_is_recorded_into_postgresql_and_again() {
    let database = TestDatabase::new(Engine::Postgres);
    for _ in 0..2 {
        let folder = if database.folder.path("out").exists() { "again" } else { "out" };
        let said = database.run(&["demo", "--output", folder]).expect_success();
        assert!(said.contains("postgres://"), "{said}");
        assert_eq!(database.query("select count(*) from jobs"), ["1"]);
    }
    let report = std::fs::read(database.folder.path("out/report.json")).unwrap();
    let in_sqlite = std::fs::read(crate::demo::demo_output().join("report.json")).unwrap();
    assert!(report == in_sqlite, "the report differs from the one that is recorded in SQLite");
    block_on(async {
        let store = database.open().await;
        record(&store, &job(JOB), &[sweep(0, vec![vec![table("a", "Migrating", 1, 9)]])]).await;
        store.close().await;
    });
    let refused = database.run(&["demo", "--output", "out"]);
    assert!(refused.status == 1 && refused.stderr.contains("not the database of a demo"), "{refused:?}");
}

#[test]
#[ignore = "needs postgresql"]
fn a_newer_or_foreign_schema_is_left_unchanged() {
    let postgres = Cluster::shared().new_database();
    let location = postgres.location();
    let missing = block_on(Store::open_existing(&location)).unwrap_err();
    assert!(matches!(missing, store::Error::Missing { .. }), "{missing}");
    block_on(async { Store::open(&location).await.unwrap().close().await });
    postgres.execute("update dts_history_migration set version = 9999");
    let folder = Folder::new();
    folder.write("sample.json", include_str!("../samples/sample.json"));
    for command in [&["status"][..], &["import", "--job", JOB, "--at", "2026-01-02", "sample.json"]] {
        let ended = folder.run(&[&["--db", &postgres.url()], command].concat());
        assert_eq!(ended.status, 1, "{ended:?}");
        assert!(ended.stderr.contains("newer version of dts-history"), "{ended:?}");
    }
    let foreign = Cluster::shared().new_database();
    foreign.execute("create table job (id int); create table reading (id int)");
    let error = block_on(Store::open(foreign.location())).unwrap_err();
    assert!(matches!(error, store::Error::SharedSchema { .. }), "{error}");
    // A schema of its own is made beside it, and its views are replaced when they have changed.
    folder.write("dts-history.toml", "[postgres]\nschema = \"dts history\"\n");
    let import = ["--db", &foreign.url(), "import", "--job", JOB, "--at", "2026-01-02", "sample.json"];
    folder.run(&import).expect_success();
    foreign.execute(
        "create or replace view \"dts history\".pruned as select job_id, 0::bigint as thinned_rows, null::text as
             thinned_to, null::double precision as bucket_minutes, 0::bigint as failed_sweeps,
             0::bigint as forgotten_snapshots, null::text as forgotten_at from \"dts history\".job;
         update \"dts history\".view_digest set digest = ''",
    );
    folder.run(&["--db", &foreign.url(), "status"]).expect_success();
    let [pruned, jobs] = ["pruned", "jobs"].map(|view| {
        let csv = folder.run(&["--db", &foreign.url(), "export", "--view", view]).expect_success();
        csv.lines().count()
    });
    assert_eq!((pruned, jobs), (1, 2));
}

#[test]
#[ignore = "needs postgresql"]
fn processes_that_start_at_once_create_the_schema_once() {
    let postgres = Cluster::shared().new_database();
    let folder = Folder::new();
    folder.write("sample.json", include_str!("../samples/sample.json"));
    std::thread::scope(|scope| {
        let run = |number: usize| {
            let id = format!("dts{}", number % 3);
            let at = format!("2026-01-02T03:{number:02}:00Z");
            let url = postgres.url();
            folder.run(&["--db", &url, "import", "--job", &id, "--at", &at, "sample.json"])
        };
        let programs: Vec<_> = (0..9).map(|number| scope.spawn(move || run(number))).collect();
        let ended: Vec<RunResult> = programs.into_iter().map(|it| it.join().unwrap()).collect();
        // Of one job, an earlier moment may come too late: that is said, and nothing else goes wrong.
        for ended in ended {
            assert!(ended.status == 0 || ended.stderr.contains("is not after"), "{ended:?}");
        }
    });
    assert_postgres_intact(&postgres);
}

#[test]
#[ignore = "needs postgresql"]
fn wrong_places_and_rights_are_named_without_secrets() {
    let postgres = Cluster::shared().new_database();
    let folder = Folder::new();
    let run = |url: &str| folder.run(&["--db", url, "collect", "--job", JOB, "--region", "cn-hangzhou"]);
    for (url, status, words) in [
        ("postgres://dts:hunter2@localhost/h".to_owned(), 2, "PGPASSWORD"),
        ("postgres://dts@localhost/h?password=hunter2".to_owned(), 2, "PGPASSWORD"),
        ("postgres://dts@localhost/h?sslmode=perhaps".to_owned(), 2, "sslmode"),
    ] {
        let refused = run(&url);
        assert_eq!(refused.status, status, "{refused:?}");
        assert!(refused.stderr.contains(words) && !refused.stderr.contains("hunter2"), "{refused:?}");
    }
    folder.write("url.toml", "database = \"postgres://dts:hunter2@localhost/h\"\n");
    let refused = folder.run(&["--config", "url.toml", "status"]);
    assert!(refused.status == 2 && !refused.stderr.contains("hunter2"), "{refused:?}");
    let mut command = folder.command(&["--db", "postgres://dts@127.0.0.1:1/h", "status"]);
    let refused = RunResult::from_output(command.env("PGPASSWORD", "hunter2").output().unwrap());
    assert!(refused.status == 1 && refused.stderr.contains("cannot connect"), "{refused:?}");
    assert!(!refused.stderr.contains("hunter2"), "{refused:?}");
    let unknown = folder.run(&["--db", &postgres.url().replace(&postgres.name, "nowhere"), "status"]);
    assert!(unknown.status == 1 && unknown.stderr.contains("nowhere"), "{unknown:?}");

    // A user without any right to create tables.
    postgres.execute("create role nobody_special login; revoke all on schema public from public");
    let url = postgres.url_of_user("nobody_special");
    folder.write("sample.json", include_str!("../samples/sample.json"));
    let refused = folder.run(&["--db", &url, "import", "--job", JOB, "--at", "2026-01-02", "sample.json"]);
    assert!(refused.status == 1 && refused.stderr.contains("[postgres]"), "{refused:?}");
}

#[test]
#[ignore = "needs postgresql"]
fn a_reader_of_the_views_sees_nothing_else() {
    let database = TestDatabase::with_history(
        Engine::Postgres,
        JOB,
        &[sweep(0, vec![vec![object("View", "v", "Failed", "create view v", Some("no"))]])],
    );
    // As docs/postgresql.md gives it.
    let guide = include_str!("../../docs/postgresql.md");
    let (_, grants) = guide.split_once("```sql\n").unwrap();
    let (grants, _) = grants.split_once("```").unwrap();
    let postgres = database.postgres();
    postgres.execute(grants);
    let as_reader = |sql: &str| {
        block_on(async {
            let url = postgres.url_of_user("dts_reader");
            let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(&url).await.unwrap();
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.is_ok()
        })
    };
    assert!(as_reader("select * from failures") && as_reader("select * from job_latest"));
    assert!(!as_reader("select * from reading") && !as_reader("create table own (id int)"));
    // The grants stay when the views are applied again.
    postgres.execute("update view_digest set digest = ''");
    database.run(&["status"]).expect_success();
    assert!(as_reader("select * from failures"));
}

#[test]
#[ignore = "needs postgresql"]
fn a_character_that_postgresql_cannot_hold_is_replaced_and_is_no_change() {
    let database = TestDatabase::new(Engine::Postgres);
    let rows = |rows| {
        vec![vec![
            object("View", "v\0w", "Failed", "create\0", Some("a\0b")),
            table("t", "Migrating", rows, 9),
        ]]
    };
    block_on(async {
        let store = database.open().await;
        record(&store, &job(JOB), &[sweep(0, rows(1)), sweep(60, rows(2)), sweep(120, rows(3))]).await;
        store.record_failure(&job(JOB), at(180), at(181), 1, "no\0answer").await.unwrap();
        store.close().await;
    });
    assert_eq!(
        database.query("select object_name, definition, error_message from object_latest"),
        ["v\u{2400}w|create\u{2400}|a\u{2400}b"]
    );
    assert_eq!(database.query("select changes from snapshots order by snapshot_id"), ["2", "1", "1", "0"]);
    database.assert_intact();
}

#[test]
#[ignore = "needs postgresql"]
fn a_killed_collector_loses_no_reported_snapshot() {
    let database = TestDatabase::new(Engine::Postgres);
    let folder = &database.folder;
    let simulator = Simulator::start(
        folder,
        "speed = 300\ntables = 150\n[[job]]\nid = \"dtsone\"\n[[job]]\nid = \"dtstwo\"\n",
    );
    folder.write("dts-history.toml", configuration(&simulator, "", &["dtsone", "dtstwo"]));
    let url = database.argument();
    let command = |args: &[&str]| {
        let mut command = folder.command(&[&["--db", &url], args].concat());
        command
            .env("ALIBABA_CLOUD_ACCESS_KEY_ID", &simulator.access_key_id)
            .env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", &simulator.access_key_secret);
        command
    };
    let collect = || {
        let output = RunResult::from_output(command(&["collect", "--json"]).output().unwrap());
        reported_snapshots(&output.expect_success())
    };
    let started = std::time::Instant::now();
    let mut known = collect();
    let usual = started.elapsed();
    let mut rng = Rng::new(number_from_env("DTS_HISTORY_SEED", 7));
    let kills = number_from_env("DTS_HISTORY_KILLS", 8);
    for kill in 0..kills {
        let (args, most) = match kill % 3 {
            0 => (&["serve", "--listen", "127.0.0.1:0"][..], usual * 2 + Duration::from_millis(1500)),
            _ => (&["collect", "--json"][..], usual * 5 / 4),
        };
        let time = Duration::from_micros(rng.below(u64::try_from(most.as_micros()).unwrap()));
        known.extend(reported_snapshots(&kill_after(command(args), time)));
        known.extend(collect());
        assert_postgres_intact(database.postgres());
    }
    assert_all_there(&database, &known);
    assert!(known.len() > 2 * usize::try_from(kills).unwrap(), "each sweep after a kill is recorded");
}

#[track_caller]
fn assert_all_there(database: &TestDatabase, reported: &[i64]) {
    let there = database.query("select snapshot_id from snapshots where outcome = 'complete'");
    for id in reported {
        assert!(there.contains(&id.to_string()), "snapshot {id} was recorded and is lost");
    }
}

#[test]
#[ignore = "needs postgresql"]
fn a_service_goes_on_when_the_server_has_crashed_and_restarted() {
    let cluster = Cluster::start();
    let postgres = cluster.new_database();
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, "speed = 300\ntables = 60\n[[job]]\nid = \"dtsone\"\n");
    let database = format!("database = \"{}\"\n", postgres.url());
    folder.write("dts-history.toml", database + &configuration(&simulator, "", &["dtsone"]));
    let service = Service::start(&folder, &simulator);
    for crash in 1..=3 {
        service.wait_for_log(&["snapshot_id="], crash * 2);
        cluster.stop_immediately();
        std::thread::sleep(Duration::from_millis(700));
        let before = service.count_log_lines(&["snapshot_id="]);
        cluster.start_server();
        service.wait_for_log(&["snapshot_id="], before + 2);
    }
    // Another service is refused, also after the first one had to take its lock again.
    std::thread::sleep(Duration::from_secs(6));
    let mut second = folder.command(&["serve", "--listen", "127.0.0.1:0"]);
    let second = RunResult::from_output(second.envs(CREDENTIALS).output().unwrap());
    assert!(second.status == 1 && second.stderr.contains("another service"), "{second:?}");
    let reported = reported_snapshots(&service.log_lines().join("\n"));
    drop(service);
    let there = block_on(async {
        let mut connection = postgres.connect().await;
        sqlx::query_scalar::<_, i64>("select snapshot_id from snapshots where outcome = 'complete'")
            .fetch_all(&mut connection)
            .await
            .unwrap()
    });
    assert!(reported.len() >= 8, "{reported:?}");
    assert!(reported.iter().all(|id| there.contains(id)), "{reported:?} {there:?}");
    assert_postgres_intact(&postgres);
}

/// What happens to the next `COMMIT`s of clients.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// It does not reach the server.
    Before,
    /// Its reply does not reach the client.
    After,
}

/// Stands between clients and a server, and cuts connections at a commit.
struct Proxy {
    address: String,
    /// How many commits still pass before one is cut; `u32::MAX`: all.
    passing: Arc<AtomicU32>,
    cuts: Arc<AtomicU32>,
}

impl Proxy {
    fn start(postgres: &PostgresDatabase<'_>, cut: Cut) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (passing, cuts) = (Arc::new(AtomicU32::new(u32::MAX)), Arc::new(AtomicU32::new(0)));
        let socket = postgres.cluster.socket_folder().join(".s.PGSQL.5432");
        let (left, done) = (Arc::clone(&passing), Arc::clone(&cuts));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), UnixStream::connect(&socket).unwrap());
                let (left, done) = (Arc::clone(&left), Arc::clone(&done));
                std::thread::spawn(move || relay(client, server, cut, &left, &done));
            }
        });
        Self { address, passing, cuts }
    }
}

fn relay(mut client: TcpStream, mut server: UnixStream, cut: Cut, passing: &AtomicU32, cuts: &AtomicU32) {
    let (mut from_server, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(std::net::Shutdown::Both);
    });
    let mut buffer = vec![0; 65_536];
    while let Ok(length @ 1..) = client.read(&mut buffer) {
        let is_commit = buffer[..length].windows(7).any(|bytes| bytes == b"COMMIT\0");
        let count = |left: u32| (left != u32::MAX).then(|| left.wrapping_sub(1));
        if is_commit && passing.fetch_update(Ordering::SeqCst, Ordering::SeqCst, count) == Ok(0) {
            cuts.fetch_add(1, Ordering::SeqCst);
            let _ = client.shutdown(std::net::Shutdown::Both);
            if cut == Cut::After {
                let _ = server.write_all(&buffer[..length]);
                // The server is done before the connection ends.
                std::thread::sleep(Duration::from_millis(200));
            }
            let _ = server.shutdown(std::net::Shutdown::Both);
            return;
        }
        if server.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
    let _ = server.shutdown(std::net::Shutdown::Both);
}

#[test]
#[ignore = "needs postgresql"]
fn a_commit_whose_connection_is_cut_is_recorded_exactly_once() {
    for cut in [Cut::Before, Cut::After] {
        let database = TestDatabase::new(Engine::Postgres);
        let postgres = database.postgres();
        let proxy = Proxy::start(postgres, cut);
        let url = format!("postgres://dts@{}/{}?sslmode=disable", proxy.address, postgres.name);
        let sweeps: Vec<Sweep> =
            (0..6).map(|n| sweep(n * 60, vec![vec![table("t", "Migrating", n, 99)]])).collect();
        let ids = block_on(async {
            let store = Store::open(PostgresLocation::new(&url, None, None).unwrap()).await.unwrap();
            let mut ids = Vec::new();
            for (n, sweep) in sweeps.iter().enumerate() {
                if n % 2 == 0 {
                    proxy.passing.store(0, Ordering::SeqCst);
                }
                ids.push(collect::import(&store, &job(JOB), sweep).await.unwrap().snapshot_id);
            }
            proxy.passing.store(0, Ordering::SeqCst);
            ids.push(store.record_failure(&job(JOB), at(400), at(401), 1, "no answer").await.unwrap());
            proxy.passing.store(0, Ordering::SeqCst);
            assert!(store.enqueue_event("key", &["a".to_owned()], "{}", 0).await.is_ok());
            store.close().await;
            ids
        });
        assert_eq!(proxy.cuts.load(Ordering::SeqCst), 5);
        let there = database.query("select snapshot_id from snapshots order by snapshot_id");
        assert_eq!(there, ids.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 7);
        assert_eq!(database.query("select count(*) from table_history"), ["6"]);
        assert_eq!(database.query("select count(*) from outbox"), ["1"]);
        database.assert_intact();
    }
}
