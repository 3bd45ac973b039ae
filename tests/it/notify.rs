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
struct WebhookCall {
    path: String,
    headers: BTreeMap<String, String>,
    body: String,
}

impl WebhookCall {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Notes every call. Answers the first ones as told (`None` closes the connection), all later ones with 200.
struct WebhookReceiver {
    address: String,
    calls: Arc<Mutex<Vec<WebhookCall>>>,
}

impl WebhookReceiver {
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

    fn calls(&self) -> Vec<WebhookCall> {
        self.calls.lock().unwrap().clone()
    }

    #[track_caller]
    fn wait_for_calls(&self, times: usize) -> Vec<WebhookCall> {
        let start = Instant::now();
        while self.calls().len() < times {
            assert!(start.elapsed() < Duration::from_secs(30), "not {times} calls: {:#?}", self.calls());
            std::thread::sleep(Duration::from_millis(50));
        }
        self.calls()
    }
}

fn read(connection: &mut impl std::io::BufRead) -> Option<WebhookCall> {
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
    Some(WebhookCall { path, headers, body: String::from_utf8(body).ok()? })
}

fn webhook(name: &str, format: &str, events: &str) -> String {
    format!(
        "[[webhook]]\nname = \"{name}\"\nformat = \"{format}\"\nurl_env = \"HOOK\"\nsecret_env = \"SECRET\"\n{events}\n"
    )
}

fn assert_signed(call: &WebhookCall, secret: &str) {
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
fn notify_test_reaches_every_webhook_format() {
    let folder = Folder::new();
    let listener = WebhookReceiver::start(vec![]);
    let forms = ["json", "dingtalk", "feishu", "wecom", "slack"];
    folder.write("dts-history.toml", forms.map(|form| webhook(form, form, "")).concat());
    let run = |listener: &WebhookReceiver| {
        let url = format!("{}/hook?key=k3y", listener.address);
        let mut command = folder.command(&["notify", "--test"]);
        command.env("HOOK", url).env("SECRET", "s3cret").output().unwrap()
    };
    let output = run(&listener);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        forms.map(|form| format!("{form}: delivered\n")).concat()
    );
    let calls = listener.wait_for_calls(5);
    assert_signed(&calls[0], "s3cret");
    assert_eq!(calls[0].json()["event"], "test");
    assert!(calls[1].path.starts_with("/hook?key=k3y&timestamp=") && calls[1].path.contains("&sign="));
    let text =
        |at: usize, pointer: &str| calls[at].json().pointer(pointer).unwrap().as_str().unwrap().to_owned();
    for (at, pointer) in [(1, "/text/content"), (2, "/content/text"), (3, "/text/content"), (4, "/text")] {
        assert!(text(at, pointer).contains("this webhook works"), "{:?}", calls[at]);
    }
    assert!(!text(2, "/sign").is_empty());

    // Errors are printed without the address, which is a secret.
    let output = run(&WebhookReceiver::start(vec![Some(500), None, Some(200)]));
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("json: status 500") && said.contains("dingtalk: "), "{said}");
    assert!(!said.contains("k3y") && !said.contains("s3cret"), "{said}");
}

#[test]
fn events_are_delivered_once_across_failures_and_restarts() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, "speed = 100000\n[events]\nsynchronization = false\n");
    let listener = WebhookReceiver::start(vec![None, Some(500)]);
    let more = format!("ended_pause_share = 0\nended_after_seconds = 2\n{}", webhook("ops", "json", ""));
    folder.write("dts-history.toml", configuration(&simulator, &more, &[&simulator.job]));
    let url = format!("{}/k3y", listener.address);
    let start = || {
        let args = ["serve", "--listen", "127.0.0.1:0"];
        Service::start_with(&folder, &simulator, &args, &[("HOOK", &url), ("SECRET", "s3cret")])
    };
    let mut service = start();
    service.wait_for_log(&["notification not delivered"], 2);
    service.send_signal("KILL");
    service.wait_for_exit();
    assert!(service.log_lines().iter().all(|line| !line.contains("k3y") && !line.contains("s3cret")));

    let service = start();
    service.wait_for_log(&["event="], 1);
    let waiting = "select count(*) from outbox where next_try_at_ms is not null";
    let begun = Instant::now();
    while folder.query("dts-history.db", waiting) != ["0"] {
        assert!(begun.elapsed() < Duration::from_secs(30), "{:#?}", service.log_lines());
        std::thread::sleep(Duration::from_millis(100));
    }
    service.wait_for_log(&["recorded", "changes=0"], 5);
    let mut told = BTreeMap::new();
    for call in listener.calls().into_iter().skip(2) {
        assert_signed(&call, "s3cret");
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
fn recorder_outage_and_recovery_are_notified() {
    let folder = Folder::new();
    let faults = "speed = 200\n[[fault]]\nkind = \"forbidden\"\ncalls = [1, 2, 3, 4]\n";
    let simulator = Simulator::start(&folder, faults);
    let listener = WebhookReceiver::start(vec![]);
    let events = "events = [\"recorder_failing\", \"recovered\"]";
    // One in words, in the configured language, and one as JSON.
    let people = webhook("people", "slack", events);
    let more = format!(
        "[http]\npublic_url = \"https://dts.example.com/\"\n[notify]\nfailing_sweeps = 2\n{}{people}",
        webhook("ops", "json", events)
    );
    let settings = configuration(&simulator, &more, &[&simulator.job]);
    folder.write("dts-history.toml", format!("language = \"zh\"\n{settings}"));
    let args = ["serve", "--listen", "127.0.0.1:0"];
    let service =
        Service::start_with(&folder, &simulator, &args, &[("HOOK", &listener.address), ("SECRET", "s")]);
    let calls = listener.wait_for_calls(4);
    service.wait_for_log(&["recorded"], 2);
    let (calls, messages): (Vec<_>, Vec<_>) =
        calls.into_iter().partition(|call| call.json()["event"].is_string());
    let page = format!("https://dts.example.com/jobs/{}", simulator.job);
    for call in &calls {
        assert_eq!(call.json()["page_url"], page);
        assert_eq!(call.json()["report_url"], format!("{page}/report.html"));
    }
    for (message, said) in messages.iter().zip(["无法采集", "已恢复采集"]) {
        let text = message.json()["text"].as_str().unwrap().to_owned();
        assert!(text.contains(said) && text.ends_with(&format!("\n{page}")), "{text}");
    }
    let events: Vec<_> = calls.iter().map(|call| call.json()["event"].as_str().unwrap().to_owned()).collect();
    assert_eq!(events, ["recorder_failing", "recovered"]);
    assert!(calls[0].json()["error"].as_str().unwrap().contains("Forbidden"));
    assert_eq!((messages.len(), listener.calls().len()), (2, 4));
}

#[cfg(unix)]
#[test]
fn a_database_that_was_deleted_or_replaced_is_notified_at_once() {
    for is_replaced in [false, true] {
        let folder = Folder::new();
        let simulator = Simulator::start(&folder, "speed = 200\n");
        let listener = WebhookReceiver::start(vec![]);
        let more = format!(
            "[notify]\nfailing_sweeps = 1000\n{}",
            webhook("ops", "json", "events = [\"recorder_failing\"]")
        );
        folder.write("dts-history.toml", configuration(&simulator, &more, &[&simulator.job]));
        let args = ["serve", "--listen", "127.0.0.1:0"];
        let service =
            Service::start_with(&folder, &simulator, &args, &[("HOOK", &listener.address), ("SECRET", "s")]);
        service.wait_for_log(&["recorded"], 2);
        std::fs::rename(folder.path("dts-history.db"), folder.path("kept.db")).unwrap();
        if is_replaced {
            folder.write("dts-history.db", "");
        }
        let event = listener.wait_for_calls(1)[0].json();
        assert_eq!(event["event"], "recorder_failing");
        let verb = if is_replaced { "was replaced" } else { "was deleted" };
        assert!(event["error"].as_str().unwrap().contains(verb), "{event}");
        service.wait_for_log(&["not recorded", verb], 4);
        assert_eq!(listener.calls().len(), 1, "one event for the outage");
    }
}

/// The events of one kind that were told, by their ids; each id once.
#[track_caller]
fn events_received(listener: &WebhookReceiver, event: &str) -> Vec<String> {
    let calls = listener.calls();
    let of_kind = calls.iter().map(WebhookCall::json).filter(|it| it["event"] == event);
    let ids: Vec<_> = of_kind.map(|it| it["id"].as_str().unwrap().to_owned()).collect();
    let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "told twice: {ids:?}");
    ids
}

/// Waits until so many events of a kind were told.
#[track_caller]
fn wait_for_events(listener: &WebhookReceiver, event: &str, times: usize) {
    let start = Instant::now();
    while events_received(listener, event).len() < times {
        assert!(start.elapsed() < Duration::from_secs(30), "not {times} {event}: {:#?}", listener.calls());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Waits until two more sweeps have found no change and the outbox is empty.
#[track_caller]
fn wait_until_delivered(folder: &Folder, service: &Service) {
    let unchanged = || service.log_lines().iter().filter(|line| line.contains("changes=0")).count();
    service.wait_for_log(&["recorded", "changes=0"], unchanged() + 2);
    let waiting = "select count(*) from outbox where next_try_at_ms is not null";
    let begun = Instant::now();
    while folder.query("dts-history.db", waiting) != ["0"] {
        assert!(begun.elapsed() < Duration::from_secs(30), "{:#?}", service.log_lines());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Two moments of one migration, at each of which the world stands still.
fn two_events(folder: &Folder) -> [Simulator; 2] {
    [45, 60].map(|minutes| {
        let scenario = format!("speed = 0\nelapsed_minutes = {minutes}\n[reply]\nlatency_ms = 0\n");
        Simulator::start(folder, &scenario)
    })
}

#[test]
fn stall_and_resumption_are_notified_once_across_restarts() {
    let folder = Folder::new();
    let listener = WebhookReceiver::start(vec![]);
    let worlds = two_events(&folder);
    let configured = |world: &Simulator| {
        let more = format!("[notify]\nstalled_minutes = 0.02\n{}", webhook("ops", "json", ""));
        folder.write("dts-history.toml", configuration(world, &more, &[&world.job]));
    };
    let start = |world: &Simulator| {
        let args = ["serve", "--listen", "127.0.0.1:0"];
        Service::start_with(&folder, world, &args, &[("HOOK", &listener.address), ("SECRET", "s")])
    };
    let restarted = |mut service: Service, world: &Simulator| {
        service.send_signal("KILL");
        service.wait_for_exit();
        let service = start(world);
        wait_until_delivered(&folder, &service);
        service
    };
    configured(&worlds[0]);
    let service = start(&worlds[0]);
    wait_for_events(&listener, "stalled", 1);
    wait_until_delivered(&folder, &service);
    let service = restarted(service, &worlds[0]);
    assert_eq!(
        (events_received(&listener, "stalled").len(), events_received(&listener, "resumed").len()),
        (1, 0)
    );
    let stall = listener.calls().iter().map(WebhookCall::json).find(|it| it["event"] == "stalled").unwrap();
    let changed = folder.query("dts-history.db", "select max(finished_at) from snapshots where changes > 0");
    assert_eq!(stall["unchanged_since"], changed[0]);

    // It moves again, and then stands still again.
    configured(&worlds[1]);
    service.send_signal("HUP");
    wait_for_events(&listener, "resumed", 1);
    let resumed = listener.calls().iter().map(WebhookCall::json).find(|it| it["event"] == "resumed").unwrap();
    assert_eq!(resumed["unchanged_since"], stall["unchanged_since"], "the stall that is over");
    assert!(stall["unchanged_since"].as_str() < resumed["unchanged_until"].as_str(), "{resumed}");
    wait_for_events(&listener, "stalled", 2);
    let _service = restarted(service, &worlds[1]);
    assert_eq!(
        (events_received(&listener, "stalled").len(), events_received(&listener, "resumed").len()),
        (2, 1)
    );
}

#[test]
fn time_without_recording_is_not_a_stall() {
    let folder = Folder::new();
    let listener = WebhookReceiver::start(vec![]);
    let worlds = two_events(&folder);
    // One snapshot, then none for longer than a stall takes, then one of another moment.
    worlds[0].collect(&folder, &["--region", "cn-hangzhou"]).expect_success();
    std::thread::sleep(Duration::from_millis(700));
    let more = format!("[notify]\nstalled_minutes = 0.01\n{}", webhook("ops", "json", ""));
    folder.write("dts-history.toml", configuration(&worlds[1], &more, &[&worlds[1].job]));
    let args = ["serve", "--listen", "127.0.0.1:0"];
    let service =
        Service::start_with(&folder, &worlds[1], &args, &[("HOOK", &listener.address), ("SECRET", "s")]);
    // A stall of its own begins after that.
    wait_for_events(&listener, "stalled", 1);
    wait_until_delivered(&folder, &service);
    assert_eq!(
        (events_received(&listener, "stalled").len(), events_received(&listener, "resumed").len()),
        (1, 0)
    );
}

#[test]
fn row_changes_after_the_end_do_not_notify_again() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, "speed = 100000\n[events]\nsynchronization = false\n");
    let listener = WebhookReceiver::start(vec![]);
    let more = format!("ended_pause_share = 0\nended_after_seconds = 0.5\n{}", webhook("ops", "json", ""));
    folder.write("dts-history.toml", configuration(&simulator, &more, &[&simulator.job]));
    let start = || {
        let args = ["serve", "--listen", "127.0.0.1:0"];
        Service::start_with(&folder, &simulator, &args, &[("HOOK", &listener.address), ("SECRET", "s")])
    };
    let mut service = start();
    wait_for_events(&listener, "finished", 1);
    wait_until_delivered(&folder, &service);
    service.send_signal("KILL");
    service.wait_for_exit();

    // While no service runs, a finished table is said to have other rows than before: twice, so that this lasts.
    let pages: Vec<_> = (1..=3).map(|number| simulator.page(number, "JSON")).collect();
    let rows =
        serde_json::from_str::<Value>(&pages[0]).unwrap()["DataInitializationDetails"][0]["FinishRowNum"]
            .as_str()
            .unwrap()
            .to_owned();
    let names = ["1.json", "2.json", "3.json"];
    for (name, page) in names.iter().zip(&pages) {
        folder
            .write(name, page.replacen(&format!("\"FinishRowNum\":\"{rows}\""), "\"FinishRowNum\":\"7\"", 1));
    }
    let last = &folder.query("dts-history.db", "select max(finished_at) from snapshots")[0];
    let later = |seconds: f64| {
        let at = format!("select strftime('%Y-%m-%dT%H:%M:%fZ', '{last}', '+{seconds} seconds')");
        folder.query("dts-history.db", &at).remove(0)
    };
    std::thread::sleep(Duration::from_millis(1600));
    for (seconds, changes) in [(0.5, "1"), (1.5, "0")] {
        let at = later(seconds);
        let args = ["import", "--job", &simulator.job, "--at", &at];
        let said = folder.run(&[&args[..], &names].concat()).expect_success();
        assert!(said.contains(&format!("changes {changes},")), "{said}");
    }
    let service = start();
    wait_until_delivered(&folder, &service);
    assert_eq!(events_received(&listener, "finished").len(), 1, "{:#?}", listener.calls());
}

#[test]
fn an_unresponsive_receiver_delays_no_other() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, "speed = 100000\n[events]\nsynchronization = false\n");
    let listener = WebhookReceiver::start(vec![]);
    // Takes every call, and answers none for as long as the test goes on.
    let dead = TcpListener::bind("127.0.0.1:0").unwrap();
    let dead_address = format!("http://{}", dead.local_addr().unwrap());
    let held = Arc::new(Mutex::new(Vec::new()));
    let holds = Arc::clone(&held);
    std::thread::spawn(move || dead.incoming().flatten().for_each(|call| holds.lock().unwrap().push(call)));
    let more = format!(
        "ended_after_seconds = 1\n{}{}",
        webhook("a_dead_one", "json", "").replace("\"HOOK\"", "\"DEAD\""),
        webhook("ops", "json", "")
    );
    folder.write("dts-history.toml", configuration(&simulator, &more, &[&simulator.job]));
    let args = ["serve", "--listen", "127.0.0.1:0"];
    let variables = [("DEAD", &dead_address[..]), ("HOOK", &listener.address), ("SECRET", "s")];
    let service = Service::start_with(&folder, &simulator, &args, &variables);
    listener.wait_for_calls(1);
    // The dead one was called first, and is waited for still.
    let about_dead = service.log_lines().iter().filter(|line| line.contains("a_dead_one")).count();
    assert_eq!((held.lock().unwrap().len(), about_dead), (1, 0), "{:#?}", service.log_lines());
    wait_for_events(&listener, "finished", 1);
}
