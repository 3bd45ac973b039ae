//! HTTP clients, network faults and the file system cannot stop the recorder.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::http::request as send;
use crate::service::{Service, configuration};
use crate::simulator::Simulator;
use crate::support::{Folder, assert_intact};

/// `/healthz` in a build without optimization on a busy machine. `benches/readers.py` holds a release build to 100 ms.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(2);

fn host(service: &Service) -> String {
    service.address.trim_start_matches("http://").to_owned()
}

/// A raw request; the status and the rest of the response. `None` if the connection was closed.
fn request(service: &Service, path: &str, headers: &str) -> Option<(u16, String)> {
    let host = host(service);
    let mut stream = TcpStream::connect(&host).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n").ok()?;
    let mut response = Vec::new();
    // The service may close the connection in the middle.
    let _ = stream.read_to_end(&mut response);
    let response = String::from_utf8_lossy(&response).into_owned();
    let status = response.get(9..12)?.parse().ok()?;
    Some((status, response))
}

fn assert_healthy(service: &Service) {
    for path in ["/healthz", "/readyz", "/metrics"] {
        let start = Instant::now();
        let status = request(service, path, "").map(|(status, _)| status);
        assert_eq!(status, Some(200), "{path}: {:#?}", service.log_lines());
        assert!(start.elapsed() < HEALTH_TIMEOUT, "{path}: {:?}", start.elapsed());
    }
}

/// A service that sweeps a job of many tables every second, and has recorded it three times.
fn serving(descriptors: Option<u32>) -> (Folder, Simulator, Service) {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, "speed = 20\ntables = 400\n");
    folder.write("dts-history.toml", configuration(&simulator, "", &[&simulator.job]));
    let service = match descriptors {
        Some(descriptors) => Service::start_with_descriptors(&folder, &simulator, descriptors),
        None => Service::start(&folder, &simulator),
    };
    service.wait_for_log(&["recorded"], 3);
    (folder, simulator, service)
}

#[cfg(target_os = "linux")]
fn resident_mb(service: &Service) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", service.process_id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[cfg(target_os = "linux")]
#[test]
fn five_hundred_clients_of_the_heaviest_pages_cost_no_snapshot() {
    let (folder, simulator, service) = serving(None);
    let service = Arc::new(service);
    let stop = Arc::new(AtomicBool::new(false));
    let [complete, rejected] = [0; 2].map(|_| Arc::new(AtomicUsize::new(0)));
    let paths = [
        format!("/jobs/{}", simulator.job),
        format!("/api/v1/jobs/{}/tables?limit=10000", simulator.job),
        format!("/api/v1/jobs/{}/transitions?limit=1", simulator.job),
        format!("/jobs/{}/report.json", simulator.job),
    ];
    let clients: Vec<_> = (0..500)
        .map(|number| {
            let (service, stop, path) = (Arc::clone(&service), Arc::clone(&stop), paths[number % 4].clone());
            let (complete, rejected) = (Arc::clone(&complete), Arc::clone(&rejected));
            std::thread::Builder::new()
                .stack_size(256 * 1024)
                .spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        match request(&service, &path, "") {
                            Some((200, _)) => complete.fetch_add(1, Ordering::Relaxed),
                            Some((503, response)) => {
                                assert!(response.contains("retry-after: "), "{response}");
                                // A client that keeps to it.
                                std::thread::sleep(Duration::from_millis(500));
                                rejected.fetch_add(1, Ordering::Relaxed)
                            }
                            Some((status, response)) => panic!("{path}: {status} {response}"),
                            None => 0,
                        };
                    }
                })
                .unwrap()
        })
        .collect();
    let before = service.count_log_lines(&["recorded"]);
    let mut most_mb = 0;
    for _ in 0..8 {
        assert_healthy(&service);
        most_mb = most_mb.max(resident_mb(&service));
        std::thread::sleep(Duration::from_millis(500));
    }
    service.wait_for_log(&["recorded"], before + 2);
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.join().unwrap();
    }
    let [complete, rejected] = [complete, rejected].map(|count| count.load(Ordering::Relaxed));
    assert!(complete > 0 && rejected > 0, "{complete} {rejected}");
    assert_eq!(service.count_log_lines(&["not recorded"]), 0, "{:#?}", service.log_lines());
    assert!(most_mb < 256, "{most_mb} MB resident");
    assert_intact(&folder.path("dts-history.db"));
}

#[cfg(unix)]
#[test]
fn half_open_connections_leave_descriptors_to_the_recorder() {
    let (folder, _simulator, service) = serving(Some(256));
    let mut held = Vec::new();
    for _ in 0..300 {
        if let Ok(mut stream) = TcpStream::connect(host(&service)) {
            let _ = stream.write_all(b"GET /jobs HTTP/1.1\r\nHos");
            held.push(stream);
        }
    }
    let before = service.count_log_lines(&["recorded"]);
    service.wait_for_log(&["recorded"], before + 3);
    assert_eq!(service.count_log_lines(&["not recorded"]), 0, "{:#?}", service.log_lines());
    assert_healthy(&service);
    let (_, metrics) = request(&service, "/metrics", "").unwrap();
    let value = |name: &str| {
        let line = metrics.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}"));
        line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    assert!(value("dts_history_http_connections ") <= 64, "{metrics}");
    assert!(value("dts_history_http_connections_evicted_total ") > 200, "{metrics}");
    assert_intact(&folder.path("dts-history.db"));
}

#[test]
fn a_header_that_never_ends_is_not_waited_for() {
    let (_folder, _simulator, service) = serving(None);
    let mut stream = TcpStream::connect(host(&service)).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHos").unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let start = Instant::now();
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
    let elapsed = start.elapsed();
    assert!((Duration::from_secs(8)..Duration::from_secs(25)).contains(&elapsed), "{elapsed:?}");
}

#[test]
fn a_header_beyond_its_limit_is_refused() {
    let (_folder, _simulator, service) = serving(None);
    let headers = format!("X-Long: {}\r\n", "x".repeat(100_000));
    // The service may close the connection before it has read all of the header.
    let status = request(&service, "/healthz", &headers).map(|(status, _)| status);
    assert!(matches!(status, None | Some(431)), "{status:?}");
    assert_healthy(&service);
}

#[test]
fn connections_that_are_opened_and_dropped_leave_nothing() {
    let (_folder, _simulator, service) = serving(None);
    for _ in 0..10_000 {
        drop(TcpStream::connect(host(&service)).unwrap());
    }
    let before = service.count_log_lines(&["recorded"]);
    service.wait_for_log(&["recorded"], before + 2);
    assert_healthy(&service);
    let (_, metrics) = request(&service, "/metrics", "").unwrap();
    let line = metrics.lines().find(|line| line.starts_with("dts_history_http_connections ")).unwrap();
    let open: u64 = line.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(open < 50, "{line}");
}

#[test]
fn slow_readers_do_not_keep_others_from_health_checks() {
    let (folder, simulator, service) = serving(None);
    let host = host(&service);
    let path = format!("/jobs/{}/report.json", simulator.job);
    let mut slow = Vec::new();
    for _ in 0..40 {
        let mut stream = TcpStream::connect(&host).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
        slow.push(stream);
    }
    let before = service.count_log_lines(&["recorded"]);
    for _ in 0..5 {
        // A byte at a time.
        for stream in &mut slow {
            stream.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
            let _ = stream.read(&mut [0; 1]);
        }
        assert_healthy(&service);
    }
    service.wait_for_log(&["recorded"], before + 2);
    assert_intact(&folder.path("dts-history.db"));
}

#[test]
fn a_report_that_the_client_has_is_not_sent_again() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, "speed = 100000\n[events]\nsynchronization = false\n");
    folder.write("dts-history.toml", configuration(&simulator, "", &[&simulator.job]));
    let service = Service::start(&folder, &simulator);
    service.wait_for_log(&["recorded"], 3);
    // An ended job rests, so that its report stays the same.
    for path in [
        format!("/jobs/{}/report.md", simulator.job),
        format!("/api/v1/jobs/{}/tables?limit=2", simulator.job),
    ] {
        let url = format!("{}{path}", service.address);
        let mut is_not_modified = false;
        for _ in 0..20 {
            let first = send("GET", &url, &[]);
            assert_eq!(first.status, 200, "{path}");
            let again = send("GET", &url, &[("If-None-Match", &format!("W/{}", first.headers["etag"]))]);
            is_not_modified |= again.status == 304 && again.body.is_empty();
            if is_not_modified {
                break;
            }
            std::thread::sleep(Duration::from_millis(300));
        }
        assert!(is_not_modified, "{path}");
        assert_eq!(send("GET", &url, &[("If-None-Match", "\"other\"")]).status, 200);
    }
}

#[test]
fn odd_requests_get_json_errors() {
    let (_folder, simulator, service) = serving(None);
    for (path, status) in [
        ("/jobs/%ff%fe", 400),
        ("/api/v1/jobs/%ff/tables", 400),
        ("/jobs/dtsunknown", 404),
        ("/api/v1/jobs/dtsunknown/tables", 404),
    ] {
        let answer = send("GET", &format!("{}{path}", service.address), &[]);
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        assert_eq!(answer.headers["content-type"], "application/json", "{path}");
        assert!(answer.json()["error"].is_string(), "{path}");
    }
    // Nobody reads the body of a request: a compressed one is as good as any.
    let url = format!("{}/jobs/{}", service.address, simulator.job);
    let compressed = [("Content-Encoding", "gzip"), ("Accept-Encoding", "gzip, br")];
    let answer = send("GET", &url, &compressed);
    assert_eq!(answer.status, 200);
    assert!(answer.body.starts_with("<!doctype html>"));
}

#[cfg(unix)]
#[test]
fn a_database_that_is_deleted_or_replaced_is_noticed_and_not_recorded_into() {
    for replaced in [false, true] {
        let (folder, _simulator, service) = serving(None);
        let [database, kept] = ["dts-history.db", "kept.db"].map(|name| folder.path(name));
        std::fs::rename(&database, &kept).unwrap();
        if replaced {
            folder.write("dts-history.db", b"");
        }
        let verb = if replaced { "was replaced" } else { "was deleted" };
        service.wait_for_log(&["not recorded", verb, "restart the service"], 1);
        let recorded = service.count_log_lines(&["sweep_task: recorded"]);
        service.wait_for_log(&["not recorded", verb], 3);
        assert_eq!(
            service.count_log_lines(&["sweep_task: recorded"]),
            recorded,
            "{:#?}",
            service.log_lines()
        );
        let (status, body) = request(&service, "/readyz", "").unwrap();
        assert!(status == 503 && body.contains(verb), "{status} {body}");
        assert_eq!(request(&service, "/healthz", "").unwrap().0, 200);
        // The file that it opened is the one to record into again.
        std::fs::rename(&kept, &database).unwrap();
        service.wait_for_log(&["sweep_task: recorded"], recorded + 2);
        assert_eq!(request(&service, "/readyz", "").unwrap().0, 200);
        assert_intact(&folder.path("dts-history.db"));
    }
}

#[test]
fn reports_that_cannot_be_published_are_noticed_at_the_start() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, "speed = 100000\n[events]\nsynchronization = false\n");
    // A file where the folder should be: nobody can write into it, not even root.
    folder.write("reports", "");
    let schedule = "ended_after_seconds = 0";
    folder.write("dts-history.toml", configuration(&simulator, schedule, &[&simulator.job]));
    let service = Service::start(&folder, &simulator);
    service.wait_for_log(&["reports cannot be published", "reports"], 1);
    let (status, body) = request(&service, "/readyz", "").unwrap();
    assert!(status == 503 && body.contains("reports cannot be published"), "{status} {body}");
    service.wait_for_log(&["the report could not be published"], 1);
    let is_counted = || {
        let (_, metrics) = request(&service, "/metrics", "").unwrap();
        let failed = "dts_history_publications_total{outcome=\"failed\"} ";
        metrics.lines().any(|line| line.starts_with(failed) && !line.ends_with(" 0"))
    };
    let start = Instant::now();
    while !is_counted() {
        assert!(start.elapsed() < Duration::from_secs(50));
        std::thread::sleep(Duration::from_millis(100));
    }
    std::fs::remove_file(folder.path("reports")).unwrap();
    let start = Instant::now();
    while request(&service, "/readyz", "").unwrap().0 != 200 {
        assert!(start.elapsed() < Duration::from_secs(50), "{:?}", request(&service, "/readyz", ""));
        std::thread::sleep(Duration::from_millis(100));
    }
}
