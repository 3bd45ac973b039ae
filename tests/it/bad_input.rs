//! Bad input gets one clear sentence on stderr and the right exit status, and nothing is lost.

use crate::support::{Folder, RunResult, block_on, job, record, sweep, table};
use dts_history::store::Store;

const JOB: &str = "dtsi76118o3w92abcd";
const SAMPLE: &str = include_str!("../samples/sample.json");
const IMPORT_TIME: &str = "2026-01-02T03:04:05Z";

/// A folder with a history of one job in `dts-history.db`.
fn folder_with_history() -> Folder {
    let folder = Folder::new();
    block_on(async {
        let store = Store::open(&folder.path("dts-history.db")).await.unwrap();
        record(&store, &job(JOB), &[sweep(0, vec![vec![table("orders", "Migrating", 1, 9)]])]).await;
        store.close().await;
    });
    folder
}

/// One sentence that holds these words, no panic, nothing on stdout, and the history as it was.
#[track_caller]
fn assert_rejected(folder: &Folder, args: &[&str], status: i32, words: &[&str]) {
    let before = all_rows(folder);
    let ended = folder.run(args);
    assert_failed(&ended, status, words);
    assert_eq!(all_rows(folder), before, "the history stays as it was");
}

#[track_caller]
fn assert_failed(ended: &RunResult, status: i32, words: &[&str]) {
    assert_eq!(ended.status, status, "{ended:?}");
    for word in words {
        assert!(ended.stderr.contains(word), "{word:?} in {}", ended.stderr);
    }
    assert!(ended.stderr.starts_with("error: "), "{}", ended.stderr);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    // Usage errors are clap's: a sentence, then the usage.
    let sentence = ended.stderr.split("\n\n").next().unwrap();
    let lines = sentence.trim_end().lines().filter(|line| !line.starts_with("  [possible values: "));
    assert_eq!(lines.count(), 1, "one line: {}", ended.stderr);
    assert_eq!(ended.stdout, "");
}

fn all_rows(folder: &Folder) -> Vec<Vec<String>> {
    ["jobs", "snapshots", "table_history", "object_latest"]
        .map(|view| folder.query("dts-history.db", &format!("select * from {view}")))
        .into()
}

#[test]
fn invalid_configurations_are_rejected() {
    let folder = folder_with_history();
    for (config, words) in [
        ("databse = \"x\"", &["\"databse\"", "\"database\""][..]),
        ("[api]\nconcurency = 3", &["\"concurency\"", "[api]", "\"concurrency\""]),
        ("[[job]]\nid = \"x\"\nregio = \"y\"", &["\"regio\"", "\"region\""]),
        ("timezone = \"Mars/Base\"", &["\"Mars/Base\"", "IANA"]),
        ("language = \"fr\"", &["\"fr\"", "\"zh\""]),
        ("[api]\npage_size = 500", &["500", "between 1 and 100"]),
        ("[api\npage_size = 5", &["line 1"]),
        ("[api]\nendpoint = 7", &["string"]),
        ("\u{0}\u{1}", &["line 1"]),
    ] {
        folder.write("dts-history.toml", config);
        assert_rejected(&folder, &["status"], 2, &[&["dts-history.toml"], words].concat());
        std::fs::remove_file(folder.path("dts-history.toml")).unwrap();
    }
    assert_rejected(&folder, &["--config", "none.toml", "status"], 2, &["none.toml", "cannot read"]);
    assert_rejected(&folder, &["--config", ".", "status"], 2, &["cannot read"]);
}

#[test]
fn invalid_times_zones_and_values_are_rejected() {
    let folder = folder_with_history();
    folder.write("sample.json", SAMPLE);
    for time in ["yesterday", "2026-13-02T03:04:05Z", "1969-12-31T23:59:59Z", "2036-01-02", ""] {
        let args = ["import", "--job", JOB, "--at", time, "sample.json"];
        assert_rejected(&folder, &args, 2, &["--at", time]);
    }
    assert_rejected(
        &folder,
        &["report", "--job", JOB, "--tz", "Asia/Peking"],
        2,
        &["--tz", "Asia/Peking", "Asia/Shanghai"],
    );
    assert_rejected(&folder, &["report", "--job", JOB, "--lang", "fr"], 2, &["--lang", "fr"]);
    assert_rejected(&folder, &["report", "--job", JOB, "--format", "pdf"], 2, &["pdf", "html"]);
    assert_rejected(&folder, &["report", "--job", ""], 2, &["--job", "empty"]);
    assert_rejected(&folder, &["--db", "", "status"], 2, &["--db"]);
    let backwards =
        ["report", "--job", JOB, "--from", "2026-01-02T03:04:05Z", "--to", "2026-01-01T00:00:00Z"];
    assert_rejected(&folder, &backwards, 2, &["--from", "--to"]);
}

#[test]
fn import_rejects_files_that_are_not_replies() {
    let folder = folder_with_history();
    let half = &SAMPLE[..SAMPLE.len() / 2];
    for (name, content, words) in [
        ("empty.json", "".as_bytes(), &["empty.json", "no content"][..]),
        ("blank.json", b" \n ", &["blank.json", "no content"]),
        ("truncated.json", half.as_bytes(), &["truncated.json", "incomplete JSON"]),
        ("binary.json", b"\x7fELF\x02\x01\x00\x00", &["binary.json", "binary"]),
        ("page.html", b"<!DOCTYPE html><html><body>502</body></html>", &["page.html", "HTML"]),
        ("text.txt", b"hello", &["text.txt", "neither JSON nor XML"]),
        ("other.json", b"{\"a\": 1}", &["other.json", "something else"]),
        ("array.json", b"[1, 2]", &["array.json", "something else"]),
        ("other.xml", b"<note>hi</note>", &["other.xml", "something else"]),
        (
            "refusal.json",
            b"{\"RequestId\":\"A-1\",\"Code\":\"Throttling.User\",\"Message\":\"slow down\"}",
            &["refusal.json", "Throttling.User", "slow down", "A-1"],
        ),
        (
            "unsuccessful.json",
            b"{\"RequestId\":\"A-2\",\"Success\":false,\"ErrCode\":\"InternalError\",\"ErrMessage\":\"no\"}",
            &["unsuccessful.json", "InternalError", "A-2"],
        ),
    ] {
        folder.write(name, content);
        assert_rejected(&folder, &["import", "--job", JOB, "--at", IMPORT_TIME, name], 1, words);
    }
    assert_rejected(
        &folder,
        &["import", "--job", JOB, "--at", IMPORT_TIME, "none.json"],
        1,
        &["none.json", "cannot be read"],
    );
    assert_rejected(&folder, &["import", "--job", JOB, "--at", IMPORT_TIME, "."], 1, &["cannot be read"]);
    // One bad file of several spoils the import, not the history.
    folder.write("sample.json", SAMPLE);
    assert_rejected(
        &folder,
        &["import", "--job", JOB, "--at", IMPORT_TIME, "sample.json", "empty.json"],
        1,
        &["empty.json"],
    );
}

#[test]
fn import_rejects_times_before_the_last_snapshot() {
    let folder = folder_with_history();
    folder.write("sample.json", SAMPLE);
    for time in ["2026-01-02T00:00:00Z", "2026-01-01T00:00:00+08:00"] {
        let args = ["import", "--job", JOB, "--at", time, "sample.json"];
        assert_rejected(&folder, &args, 1, &[JOB, "2026-01-02T00:00:00.000Z", "--at"]);
    }
}

#[test]
fn commands_reject_unknown_jobs() {
    let folder = folder_with_history();
    assert_rejected(&folder, &["report", "--job", "dtsiother"], 1, &["dtsiother", JOB]);
    assert_rejected(&folder, &["status", "--job", "dtsiother"], 1, &["dtsiother", JOB]);
}

#[test]
fn commands_reject_foreign_databases() {
    let folder = folder_with_history();
    folder.write(
        "text.db",
        "this is not a database at all, only some text that is long enough to look at".repeat(9),
    );
    assert_rejected(&folder, &["--db", "none.db", "status"], 1, &["none.db", "no history", "collect"]);
    assert_rejected(&folder, &["--db", "text.db", "status"], 1, &["text.db", "not an SQLite database"]);
    assert_rejected(&folder, &["--db", ".", "status"], 1, &["folder"]);
    block_on(async {
        use sqlx::ConnectOptions as _;
        let path = folder.path("foreign.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
        let mut connection = options.connect().await.unwrap();
        sqlx::raw_sql("create table invoice (id integer)").execute(&mut connection).await.unwrap();
    });
    let before = std::fs::read(folder.path("foreign.db")).unwrap();
    folder.write("sample.json", SAMPLE);
    for args in [
        &["--db", "foreign.db", "status"][..],
        &["--db", "foreign.db", "report", "--job", JOB],
        &["--db", "foreign.db", "import", "--job", JOB, "--at", IMPORT_TIME, "sample.json"],
    ] {
        assert_rejected(&folder, args, 1, &["foreign.db", "another application"]);
    }
    assert_eq!(std::fs::read(folder.path("foreign.db")).unwrap(), before);
    let newer = folder.path("newer.db");
    std::fs::copy(folder.path("dts-history.db"), &newer).unwrap();
    block_on(async {
        use sqlx::ConnectOptions as _;
        let mut connection =
            sqlx::sqlite::SqliteConnectOptions::new().filename(&newer).connect().await.unwrap();
        sqlx::raw_sql(
            "insert into _sqlx_migrations select 9999, 'later', installed_on, success, checksum, 1
                       from _sqlx_migrations limit 1",
        )
        .execute(&mut connection)
        .await
        .unwrap();
    });
    assert_rejected(&folder, &["--db", "newer.db", "status"], 1, &["newer.db", "newer version"]);
}

#[test]
fn commands_report_unwritable_folders() {
    let folder = folder_with_history();
    folder.write("sample.json", SAMPLE);
    folder.write("file", "");
    // Not even the administrator can make a file inside a file, or in a folder that is not there.
    for place in ["file/h.db", "nowhere/h.db"] {
        let args = ["--db", place, "import", "--job", JOB, "--at", IMPORT_TIME, "sample.json"];
        assert_rejected(&folder, &args, 1, &[place, "writable"]);
    }
    for place in ["file/r.html", "nowhere/r.html"] {
        assert_rejected(&folder, &["report", "--job", JOB, "--output", place], 1, &[place, "cannot write"]);
    }
    if cfg!(target_os = "linux") {
        let args = ["--db", "/proc/h.db", "import", "--job", JOB, "--at", IMPORT_TIME, "sample.json"];
        assert_rejected(&folder, &args, 1, &["/proc/h.db", "writable"]);
    }
}

#[test]
fn collect_rejects_missing_credentials_and_jobs() {
    let folder = folder_with_history();
    assert_rejected(&folder, &["collect"], 2, &["--job", "[[job]]"]);
    assert_rejected(&folder, &["collect", "--job", JOB], 2, &[JOB, "--region"]);
    let named = ["collect", "--job", JOB, "--region", "cn-hangzhou"];
    assert_rejected(&folder, &named, 2, &["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"]);
    let before = all_rows(&folder);
    let half = folder.command(&named).env("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI5tonly").output().unwrap();
    assert_failed(&RunResult::from_output(half), 2, &["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]);
    for endpoint in ["http://dts.example.com", "ftp://127.0.0.1", "not a url", ""] {
        let args = ["collect", "--job", JOB, "--endpoint", endpoint];
        let mut command = folder.command(&args);
        command
            .env("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI5t")
            .env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s3cr3t-key");
        let ended = RunResult::from_output(command.output().unwrap());
        assert_failed(&ended, 2, &[endpoint]);
        assert!(!ended.stderr.contains("s3cr3t-key"));
    }
    assert_eq!(all_rows(&folder), before);
}
