//! Webhooks against a real listener that loses connections and says no.

use std::collections::BTreeMap;
use std::io::{BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;

use crate::service::{Service, configuration};
use crate::simulator::Simulator;
use crate::support::Folder;

#[derive(Debug, Clone)]
struct Call {
    path: String,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Call {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Notes every call. Answers the first ones as told (`None` closes the connection), all later ones with 200.
struct Listener {
    address: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Listener {
    fn start(first: Vec<Option<u16>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let calls = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&calls);
        std::thread::spawn(move || {
            let mut first = first.into_iter();
            for mut connection in listener.incoming().flatten() {
                let Some(call) = read(&mut BufReader::new(&connection)) else { continue };
                noted.lock().unwrap().push(call);
                if let Some(status) = first.next().unwrap_or(Some(200)) {
                    let body = r#"{"errcode":0,"errmsg":"ok","code":0,"msg":"success"}"#;
                    let length = body.len();
                    let head =
                        format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}");
                    let _ = connection.write_all(format!("{head}\r\n\r\n{body}").as_bytes());
                }
            }
        });
        Self { address, calls }
    }

    fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    #[track_caller]
    fn hears(&self, times: usize) -> Vec<Call> {
        let start = Instant::now();
        while self.calls().len() < times {
            assert!(start.elapsed() < Duration::from_secs(30), "not {times} calls: {:#?}", self.calls());
            std::thread::sleep(Duration::from_millis(50));
        }
        self.calls()
    }
}

fn read(connection: &mut impl std::io::BufRead) -> Option<Call> {
    let mut line = String::new();
    connection.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        connection.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    connection.read_exact(&mut body).ok()?;
    Some(Call { path, headers, body: String::from_utf8(body).ok()? })
}

fn webhook(name: &str, format: &str, events: &str) -> String {
    format!(
        "[[webhook]]\nname = \"{name}\"\nformat = \"{format}\"\nurl_env = \"HOOK\"\nsecret_env = \"SECRET\"\n{events}\n"
    )
}

fn is_signed(call: &Call, secret: &str) {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{}.{}", call.headers["x-dts-history-timestamp"], call.body).as_bytes());
    let hex: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .flat_map(|it| format!("{it:02x}").into_bytes())
        .map(char::from)
        .collect();
    assert_eq!(call.headers["x-dts-history-signature"], format!("sha256={hex}"));
}

#[test]
fn a_test_event_reaches_every_form_of_webhook() {
    let folder = Folder::new();
    let listener = Listener::start(vec![]);
    let forms = ["json", "dingtalk", "feishu", "wecom", "slack"];
    folder.write("dts-history.toml", forms.map(|form| webhook(form, form, "")).concat());
    let run = |listener: &Listener| {
        let url = format!("{}/hook?key=k3y", listener.address);
        let mut command = folder.command(&["notify", "--test"]);
        command.env("HOOK", url).env("SECRET", "s3cret").output().unwrap()
    };
    let output = run(&listener);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        forms.map(|form| format!("{form}: told\n")).concat()
    );
    let calls = listener.hears(5);
    is_signed(&calls[0], "s3cret");
    assert_eq!(calls[0].json()["event"], "test");
    assert!(calls[1].path.starts_with("/hook?key=k3y&timestamp=") && calls[1].path.contains("&sign="));
    let text =
        |at: usize, pointer: &str| calls[at].json().pointer(pointer).unwrap().as_str().unwrap().to_owned();
    for (at, pointer) in [(1, "/text/content"), (2, "/content/text"), (3, "/text/content"), (4, "/text")] {
        assert!(text(at, pointer).contains("this webhook works"), "{:?}", calls[at]);
    }
    assert!(!text(2, "/sign").is_empty());

    // What goes wrong is said, without the address, which is a secret.
    let output = run(&Listener::start(vec![Some(500), None, Some(200)]));
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("json: status 500") && said.contains("dingtalk: "), "{said}");
    assert!(!said.contains("k3y") && !said.contains("s3cret"), "{said}");
}

#[test]
fn each_event_is_told_once_through_failures_and_restarts() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, "speed = 100000\n[stories]\nsynchronization = false\n");
    let listener = Listener::start(vec![None, Some(500)]);
    let more = format!("ended_pause_share = 0\nended_after_seconds = 2\n{}", webhook("ops", "json", ""));
    folder.write("dts-history.toml", configuration(&simulator, &more, &[&simulator.job]));
    let url = format!("{}/k3y", listener.address);
    let start = || {
        let args = ["serve", "--listen", "127.0.0.1:0"];
        Service::start_with(&folder, &simulator, &args, &[("HOOK", &url), ("SECRET", "s3cret")])
    };
    let mut service = start();
    service.says(&["not told"], 2);
    service.signal("KILL");
    service.ended();
    assert!(service.said().iter().all(|line| !line.contains("k3y") && !line.contains("s3cret")));

    let service = start();
    service.says(&["event="], 1);
    let waiting = "select count(*) from outbox where next_try_at_ms is not null";
    let begun = Instant::now();
    while folder.query("dts-history.db", waiting) != ["0"] {
        assert!(begun.elapsed() < Duration::from_secs(30), "{:#?}", service.said());
        std::thread::sleep(Duration::from_millis(100));
    }
    service.says(&["recorded", "changes=0"], 5);
    let mut told = BTreeMap::new();
    for call in listener.calls().into_iter().skip(2) {
        is_signed(&call, "s3cret");
        assert_eq!(call.headers["x-dts-history-id"], call.json()["id"].as_str().unwrap());
        *told
            .entry((call.json()["event"].as_str().unwrap().to_owned(), call.json()["id"].to_string()))
            .or_insert(0) += 1;
    }
    assert!(told.values().all(|times| *times == 1), "{told:?}");
    let events: Vec<_> = told.keys().map(|(event, _)| event.as_str()).collect();
    assert_eq!(events.iter().filter(|it| **it == "finished").count(), 1, "{told:?}");
    assert!(events.contains(&"failed"), "{told:?}");
}

#[test]
fn an_outage_of_the_recorder_is_told_and_its_end() {
    let folder = Folder::new();
    let faults = "speed = 200\n[[fault]]\nkind = \"forbidden\"\ncalls = [1, 2, 3, 4]\n";
    let simulator = Simulator::start(&folder, faults);
    let listener = Listener::start(vec![]);
    let events = "events = [\"recorder_failing\", \"recovered\"]";
    let more = format!("[notify]\nfailing_sweeps = 2\n{}", webhook("ops", "json", events));
    folder.write("dts-history.toml", configuration(&simulator, &more, &[&simulator.job]));
    let args = ["serve", "--listen", "127.0.0.1:0"];
    let service =
        Service::start_with(&folder, &simulator, &args, &[("HOOK", &listener.address), ("SECRET", "s")]);
    let calls = listener.hears(2);
    service.says(&["recorded"], 2);
    let events: Vec<_> = calls.iter().map(|call| call.json()["event"].as_str().unwrap().to_owned()).collect();
    assert_eq!(events, ["recorder_failing", "recovered"]);
    assert!(calls[0].json()["error"].as_str().unwrap().contains("Forbidden"));
    assert_eq!(listener.calls().len(), 2);
}
