//! The report in a real browser, opened from disk.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use crate::demo::played;
use crate::support::Folder;

/// The page as Chromium has it after its scripts ran, and the requests that went to any network.
fn opened(report: &Path) -> (String, Vec<String>) {
    // Whatever the page asks for goes through this proxy, which notes and refuses.
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = proxy.local_addr().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut connection in proxy.incoming().flatten() {
            let mut request = String::new();
            let _ = BufReader::new(&connection).read_line(&mut request);
            notes.lock().unwrap().push(request.trim().to_owned());
            let _ = connection.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
        }
    });
    let profile = Folder::new();
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--disable-default-apps", "--disable-extensions", "--virtual-time-budget=5000"])
        .arg(format!("--proxy-server=http://{address}"))
        .arg(format!("--user-data-dir={}", profile.path("").display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", report.display()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    // The browser itself calls home, whatever page it shows.
    let mut asked = asked.lock().unwrap().clone();
    asked.retain(|request| !request.is_empty() && !request.contains(".google"));
    (String::from_utf8(output.stdout).unwrap(), asked)
}

#[test]
#[ignore = "needs chromium, which .ci/run installs"]
fn the_report_opens_from_disk_and_asks_the_network_for_nothing() {
    for name in ["report.html", "report.zh.html"] {
        let (page, asked) = opened(&played().join(name));
        assert_eq!(asked, Vec::<String>::new(), "{name} asked the network");
        let page = scraper::Html::parse_document(&page);
        let count = |selector: &str| page.select(&scraper::Selector::parse(selector).unwrap()).count();
        assert!(count("svg") >= 2, "{name}: charts");
        assert!(count("table tbody tr") >= 60, "{name}: tables");
        assert!(count("input") >= 1, "{name}: the script offers a search");
        assert!(count("script:not([type='application/json'])") <= 1, "{name}: only our script");
    }
}
