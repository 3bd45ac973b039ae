//! The service's pages, open while it records.

use super::accessibility::violations;
use super::page::Page;
use crate::service::{Service, configuration};
use crate::simulator::Simulator;
use crate::support::Folder;

/// A world in which much goes on for a minute or so.
const RUNNING_SCENARIO: &str = "speed = 200\n";

fn start_serving() -> (Folder, Simulator, Service) {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, RUNNING_SCENARIO);
    folder.write("dts-history.toml", configuration(&simulator, "", &[&simulator.job]));
    let service = Service::start(&folder, &simulator);
    service.wait_for_log(&["recorded"], 3);
    (folder, simulator, service)
}

#[test]
#[ignore = "needs chromium, which .ci/run installs"]
fn live_report_updates_and_keeps_its_position() {
    let (_folder, simulator, service) = start_serving();
    let mut page = Page::new();
    page.go(&format!("{}/jobs/{}", service.address, simulator.job));
    page.value("window.mine = true");
    page.click("#table-rows th[data-key=rows] button");
    page.value(
        "document.querySelector('#table-rows th[data-key=rows] button').focus({ preventScroll: true })",
    );
    let rows = "document.querySelector('#table-rows tbody').innerText";
    let (before, loads) = (page.text(rows), page.count("Page.frameNavigated"));
    // Twice, so that the report's script takes hold of content that it was not there for.
    for _ in 0..2 {
        let now = page.text(&format!("[document.querySelector('header.page').innerText, {rows}].join('|')"));
        page.wait_until(&format!(
            "[document.querySelector('header.page').innerText, {rows}].join('|') !== {now:?}"
        ));
    }
    assert_ne!(page.text(rows), before);
    page.assert_true("window.mine === true");
    assert_eq!(page.count("Page.frameNavigated"), loads, "it was never loaded again");
    // The search and sort order are kept, and can still be changed.
    page.assert_true("document.querySelector('#table-rows th[data-key=rows]').ariaSort === 'descending'");
    page.assert_true("document.activeElement.closest('th')?.dataset.key === 'rows'");
    page.click("#table-rows th[data-key=rows] button");
    page.assert_true("document.querySelector('#table-rows th[data-key=rows]').ariaSort === 'ascending'");
    page.assert_no_problems();
}

#[test]
#[ignore = "needs chromium, which .ci/run installs"]
fn overview_updates_and_reports_a_lost_connection() {
    let (_folder, _simulator, service) = start_serving();
    let mut page = Page::new();
    page.go(&service.address);
    page.value("window.mine = true");
    let row = page.text("document.querySelector('main tbody').innerText");
    page.wait_until(&format!("document.querySelector('main tbody').innerText !== {row:?}"));
    page.assert_true("window.mine === true && !document.getElementById('live-lost')");
    page.assert_no_problems();
    drop(service);
    page.wait_until("document.getElementById('live-lost')?.innerText.includes('does not answer')");
}

#[test]
#[ignore = "needs chromium and axe-core, which .ci/run installs"]
fn service_pages_have_no_serious_accessibility_violation() {
    let (_folder, simulator, service) = start_serving();
    for path in ["/".to_owned(), format!("/jobs/{}", simulator.job)] {
        let mut page = Page::new();
        page.go(&format!("{}{path}", service.address));
        assert_eq!(violations(&mut page), Vec::<String>::new(), "{path}");
        page.assert_no_problems();
    }
}
