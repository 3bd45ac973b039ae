//! A server that answers anything it likes cannot forge a log, learn a secret's echo, exhaust memory or lock a job.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::support::{Folder, RunResult};

const JOB: &str = "dtsi76118o3w92abcd";
const TOKEN: &str = "CAIS+SecurityToken/0123456789abcdef==";
const SECRET: &str = "AccessKeySecret/0123456789";

/// A reply: the HTTP status, more header lines, the body.
pub(crate) struct Reply {
    status: u16,
    headers: String,
    body: String,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: String::new(), body: body.into() }
    }
}

/// Serves until the process ends. The handler gets the query of each request. Returns the endpoint.
pub(crate) fn serve(handler: impl Fn(&str) -> Reply + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let handler = Arc::new(handler);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let handler = Arc::clone(&handler);
            // A client that has read enough closes the connection.
            std::thread::spawn(move || drop(answer(stream, &*handler)));
        }
    });
    format!("http://{address}")
}

fn answer(stream: TcpStream, handler: &dyn Fn(&str) -> Reply) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let query = request.split(['?', ' ']).nth(2).unwrap_or_default();
    let Reply { status, headers, body } = handler(query);
    let stream = reader.get_mut();
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}"
    )?;
    stream.flush()?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.read_to_end(&mut Vec::new()).map(drop)
}

/// `collect` of the job at this endpoint with temporary credentials.
fn collect(folder: &Folder, endpoint: &str) -> RunResult {
    let mut command =
        folder.command(&["collect", "--job", JOB, "--region", "cn-hangzhou", "--endpoint", endpoint]);
    command.env("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI5tTestKey000000000001");
    command.env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET);
    command.env("ALIBABA_CLOUD_SECURITY_TOKEN", TOKEN);
    RunResult::from_output(command.output().unwrap())
}

fn page_number(query: &str) -> u32 {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("PageNum="));
    value.unwrap().parse().unwrap()
}

fn page(rows: impl Iterator<Item = String>) -> Reply {
    let rows: Vec<_> = rows.map(|name| format!(r#"{{"TableName":"{name}","Status":"Migrating"}}"#)).collect();
    Reply::new(
        200,
        format!(r#"{{"RequestId":"r","Success":true,"DataInitializationDetails":[{}]}}"#, rows.join(",")),
    )
}

#[test]
fn texts_of_a_reply_are_bounded_printable_and_without_secrets() {
    let long = "x".repeat(2 << 20);
    let replies: [(&str, String); 6] = [
        ("code", format!(r#"{{"Code":"Bad.{TOKEN}.{long}","Message":"m","RequestId":"r"}}"#)),
        (
            "request id",
            format!(r#"{{"Code":"Bad","Message":"m","RequestId":"r\nerror: forged {TOKEN}{long}"}}"#),
        ),
        (
            "message",
            format!(
                r#"{{"Code":"Bad","Message":"m\u001b[2J\nerror: forged {SECRET} {long}","RequestId":"r"}}"#
            ),
        ),
        ("list", format!(r#"{{"RequestId":"r","DataInitializationDetails":"{TOKEN} {long}"}}"#)),
        ("text", format!("{TOKEN} {long}")),
        (
            "escaped line",
            r#"{"Code":"Bad\u001b]0;title\u0007\u202egnissim","Message":"m","RequestId":"r"}"#.to_owned(),
        ),
    ];
    for (name, body) in replies {
        let folder = Folder::new();
        let endpoint = serve(move |_| Reply::new(403, body.clone()));
        let ended = collect(&folder, &endpoint);
        assert_eq!(ended.status, 1, "{name}: {}", ended.stderr.len());
        let stored = folder.query("dts-history.db", "select error from snapshots").remove(0);
        for text in [&ended.stderr, &stored] {
            assert!(text.len() < 4096, "{name}: {} bytes", text.len());
            for part in [TOKEN, &TOKEN[..16], SECRET] {
                assert!(!text.contains(part), "{name}: {text}");
            }
            let forbidden = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!text.contains(forbidden), "{name}: {text:?}");
        }
        assert!(!stored.contains('\n'), "{name}: {stored}");
        assert!(!ended.stderr.contains("\nerror: forged"), "{name}: {}", ended.stderr);
    }
}

#[test]
fn a_server_time_in_the_year_9999_is_not_taken_over() {
    let folder = Folder::new();
    let endpoint = serve(|query| {
        if query.contains("Timestamp=9999") {
            return if page_number(query) == 1 {
                page(["orders".to_owned()].into_iter())
            } else {
                page([].into_iter())
            };
        }
        let body = r#"{"Code":"InvalidTimeStamp.Expired","Message":"expired","RequestId":"r"}"#;
        Reply { headers: "Date: Fri, 31 Dec 9999 12:00:00 GMT\r\n".to_owned(), ..Reply::new(400, body) }
    });
    let ended = collect(&folder, &endpoint);
    assert_eq!(ended.status, 1, "{ended:?}");
    assert!(
        ended.stderr.contains("9999-12-31T12:00:00Z, more than a day from this machine's"),
        "{}",
        ended.stderr
    );
    let times = folder
        .query("dts-history.db", "select outcome, started_at < '2100', finished_at < '2100' from snapshots");
    assert_eq!(times, ["failed|1|1"]);
}

#[test]
fn a_sweep_is_bounded_in_objects_and_in_bytes() {
    for (limit, setting) in
        [("max_sweep_objects = 250", "max_sweep_objects"), ("max_sweep_bytes = 3000", "max_sweep_bytes")]
    {
        let folder = Folder::new();
        folder.write("dts-history.toml", format!("[api]\nmax_calls_per_second = 1000\n{limit}\n"));
        let endpoint = serve(|query| {
            let number = page_number(query);
            page((0..100).map(|row| format!("table_{number:03}_{row:03}")))
        });
        let ended = collect(&folder, &endpoint);
        assert_eq!(ended.status, 1, "{ended:?}");
        assert!(ended.stderr.contains(&format!("raise {setting} in [api]")), "{}", ended.stderr);
        let stored = folder.query("dts-history.db", "select outcome, objects, pages from snapshots");
        assert_eq!(stored, ["failed|-|2"]);
    }
}

#[test]
fn a_reply_is_bounded_in_rows() {
    let folder = Folder::new();
    let endpoint = serve(|_| {
        let constraints = r#"{"Status":""},"#.repeat(300_000);
        let constraints = constraints.trim_end_matches(',');
        let row = format!(r#"{{"ObjectName":"t","Constraints":[{constraints}]}}"#);
        Reply::new(200, format!(r#"{{"RequestId":"r","StructureInitializationDetails":[{row}]}}"#))
    });
    folder.write("dts-history.toml", "[api]\nretry_for_seconds = 0\n");
    let ended = collect(&folder, &endpoint);
    assert_eq!(ended.status, 1, "{ended:?}");
    assert!(ended.stderr.contains("more than 200000 rows"), "{}", ended.stderr);
}

#[test]
fn a_mistyped_region_is_refused_at_once_with_the_nearest() {
    let folder = Folder::new();
    for args in [
        &["collect", "--job", JOB, "--region", "cn-hangzou"][..],
        &["jobs", "--region", "cn-hangzou"],
        &["check", "--job", JOB, "--region", "cn-hangzou"],
    ] {
        let mut command = folder.command(args);
        command.env("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI5tTestKey000000000001");
        command.env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET);
        let began = Instant::now();
        let ended = RunResult::from_output(command.output().unwrap());
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
        let said = ended.stdout + &ended.stderr;
        assert!(
            said.contains("\"cn-hangzou\" is not one of the regions of DTS; the nearest is cn-hangzhou"),
            "{said}"
        );
        assert_eq!(ended.status, if args[0] == "check" { 1 } else { 2 }, "{said}");
    }
}

#[test]
fn check_names_what_is_wrong_with_the_endpoint_and_compares_the_clock_only_with_servers_that_answer() {
    let folder = Folder::new();
    let check = |endpoint: &str| {
        let mut command =
            folder.command(&["check", "--job", JOB, "--region", "cn-hangzhou", "--endpoint", endpoint]);
        command.env("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI5tTestKey000000000001");
        command.env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET);
        RunResult::from_output(command.output().unwrap())
    };
    let ended = check("http://dts.example.com");
    assert_eq!(ended.status, 1);
    assert!(
        ended.stdout.contains("FAIL  endpoint: endpoint \"http://dts.example.com\" is plain HTTP"),
        "{}",
        ended.stdout
    );
    assert!(!ended.stdout.contains("FAIL  credentials"), "{}", ended.stdout);

    folder.write("dts-history.toml", "[api]\nretry_for_seconds = 0\n");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ended = check(&format!("http://{closed}"));
    assert!(ended.stdout.contains("skip  clock: not compared"), "{}", ended.stdout);
    assert!(!ended.stdout.contains("ok    clock"), "{}", ended.stdout);
}
