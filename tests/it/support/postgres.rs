//! A PostgreSQL server of the tests' own, in a temporary folder, from the programs of Debian's package `postgresql`.
//!
//! `DTS_HISTORY_POSTGRES_BIN` names the folder of another version's programs.

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use dts_history::store::{Location, PostgresLocation};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};

use super::block_on;

/// A server. It stops when this is dropped, and also when the tests are killed.
pub(crate) struct Cluster {
    folder: tempfile::TempDir,
    server: Mutex<Option<Child>>,
}

/// The user that owns everything in the server.
const SUPERUSER: &str = "dts";

impl Cluster {
    /// The server that tests share. Each of them has a database of its own.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// A new server.
    pub(crate) fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("dts-pg-").tempdir().unwrap();
        let cluster = Self { folder, server: Mutex::new(None) };
        let output = cluster
            .program("initdb")
            .args(["--username", SUPERUSER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8"])
            .args(["--no-sync", "--pgdata"])
            .arg(cluster.data())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        cluster.start_server();
        cluster
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// One of PostgreSQL's programs, run by a user that it accepts.
    fn program(&self, name: &str) -> Command {
        Self::command(programs().join(name), self.folder.path())
    }

    /// A program that runs as the server does, in this folder, which becomes its user's.
    pub(crate) fn command(program: impl AsRef<OsStr>, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8");
        if let Some((user, group)) = server_user() {
            std::os::unix::fs::chown(folder, Some(user), Some(group)).unwrap();
            command.uid(user).gid(group);
        }
        command
    }

    /// Starts the server, and waits until it lets clients in.
    pub(crate) fn start_server(&self) {
        // The shell ends the server and removes its folder once its own standard input is closed: that is, with this
        // process at the latest.
        let script = "folder=$1; shift; \"$@\" & server=$!; read -r answer; [ \"$answer\" = stopped ] || {
            kill -INT $server; wait $server; rm -rf \"$folder\"; }";
        let mut shell = Self::command("/bin/sh", self.folder.path());
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log()).unwrap();
        let server = shell
            .args(["-c", script, "sh"])
            .arg(self.folder.path())
            .arg(programs().join("postgres"))
            .arg("-D")
            .arg(self.data())
            .arg("-k")
            .arg(self.folder.path())
            // The tests kill the server's processes, never the machine.
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=60"])
            .args(["-c", "shared_buffers=32MB", "-c", "timezone=Asia/Kathmandu", "-c", "datestyle=SQL,DMY"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(log)
            .process_group(0)
            .spawn()
            .unwrap();
        *self.server.lock().unwrap() = Some(server);
        let started = Instant::now();
        while block_on(self.options("postgres").connect()).is_err() {
            assert!(
                started.elapsed() < Duration::from_mins(1),
                "the server does not start: {}",
                self.log_text()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// What the server has logged.
    pub(crate) fn log_text(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap()
    }

    /// The folder of the server's socket.
    pub(crate) fn socket_folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends the server as a crash would: nothing is finished, and the log is replayed at the next start.
    pub(crate) fn stop_immediately(&self) {
        let output =
            self.program("pg_ctl").args(["stop", "-m", "immediate", "-D"]).arg(self.data()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.wait_for_end("stopped\n");
    }

    fn wait_for_end(&self, answer: &str) {
        if let Some(mut server) = self.server.lock().unwrap().take() {
            server.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
            server.wait().unwrap();
        }
    }

    /// A new, empty database.
    pub(crate) fn new_database(&self) -> PostgresDatabase<'_> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.execute("postgres", &format!("create database {name}"));
        PostgresDatabase { cluster: self, name }
    }

    fn options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(self.folder.path())
            .username(SUPERUSER)
            .database(database)
            .disable_statement_logging()
    }

    /// Runs statements as the superuser.
    pub(crate) fn execute(&self, database: &str, sql: &str) {
        block_on(async {
            let mut connection = self.options(database).connect().await.unwrap();
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
        });
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.wait_for_end("");
    }
}

/// A database of a server.
pub(crate) struct PostgresDatabase<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) name: String,
}

impl PostgresDatabase<'_> {
    /// As `--db` takes it.
    pub(crate) fn url(&self) -> String {
        self.url_of_user(SUPERUSER)
    }

    /// As `--db` takes it, of another user.
    pub(crate) fn url_of_user(&self, user: &str) -> String {
        format!("postgres:///{}?host={}&user={user}", self.name, self.cluster.folder.path().display())
    }

    /// As `Store::open` takes it.
    pub(crate) fn location(&self) -> Location {
        PostgresLocation::new(&self.url(), None, None).unwrap().into()
    }

    pub(crate) async fn connect(&self) -> PgConnection {
        self.cluster.options(&self.name).connect().await.unwrap()
    }

    /// Runs statements as the superuser.
    pub(crate) fn execute(&self, sql: &str) {
        self.cluster.execute(&self.name, sql);
    }
}

/// The user and group that run the server: PostgreSQL refuses to run as root.
fn server_user() -> Option<(u32, u32)> {
    static USER: OnceLock<Option<(u32, u32)>> = OnceLock::new();
    *USER.get_or_init(|| {
        if !rustix::process::getuid().is_root() {
            return None;
        }
        let id = |flag: &str| {
            let output = Command::new("id").args([flag, "postgres"]).output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim().parse().expect("a user postgres")
        };
        Some((id("-u"), id("-g")))
    })
}

/// The folder of the server's programs: of the newest version that is installed.
fn programs() -> &'static Path {
    static PROGRAMS: OnceLock<PathBuf> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        if let Some(folder) = std::env::var_os("DTS_HISTORY_POSTGRES_BIN") {
            return folder.into();
        }
        let entries = std::fs::read_dir("/usr/lib/postgresql").expect("Debian's package postgresql");
        let version = |path: &PathBuf| path.file_name().and_then(|it| it.to_str()?.parse::<u32>().ok());
        let newest = entries.map(|entry| entry.unwrap().path()).max_by_key(version);
        newest.expect("a version of PostgreSQL").join("bin")
    })
}
