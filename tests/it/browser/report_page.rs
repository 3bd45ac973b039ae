//! The report opened from disk: on a screen, in the dark, on paper, without script, by keyboard.

use std::collections::BTreeSet;

use dts_history::history::analysis::{Window, analyse};
use dts_history::store::Store;
use serde_json::json;

use super::page::Page;
use super::{accessibility, large_report, world};
use crate::demo::demo_output;
use crate::support::{Folder, block_on, job, record, sweep, table};

/// Whether an element is drawn somewhere and says something.
const IS_VISIBLE: &str = "(it) => it.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    && it.getBoundingClientRect().height > 0";

#[test]
#[ignore = "needs chromium, which .ci/run installs"]
fn report_opens_from_disk_without_network_requests() {
    for name in ["report.html", "report.zh.html"] {
        let mut page = Page::open(&demo_output().join(name));
        page.assert_true("document.querySelectorAll('svg.chart[role=img]').length >= 4");
        page.assert_true("document.querySelectorAll('#table-rows tbody tr').length >= 60");
        page.assert_true("document.querySelector('#table-controls input').checkVisibility()");
        page.assert_true("document.scripts.length === 2");
        // No part of the page is wider than the screen, on a desk or in a hand.
        for width in [1366, 390] {
            page.set_viewport(width, 900);
            page.wait_for_paint();
            page.assert_true("document.documentElement.scrollWidth <= innerWidth");
        }
        page.assert_no_problems();
    }
}

#[test]
#[ignore = "needs chromium, which .ci/run installs"]
fn report_follows_the_color_scheme() {
    let brightness = "(() => { const of = (name) => getComputedStyle(document.body)[name].match(/[0-9.]+/g).slice(0, 3).reduce((sum, it) => sum + Number(it), 0) / 765;
        return [of('backgroundColor'), of('color')]; })()";
    let mut page = Page::open(&demo_output().join("report.html"));
    for (scheme, paper, ink) in [("light", 0.9..=1.0, 0.0..=0.2), ("dark", 0.0..=0.2, 0.8..=1.0)] {
        page.emulate_media("screen", scheme);
        let value = page.value(brightness);
        let of = |at: usize| value[at].as_f64().unwrap();
        assert!(paper.contains(&of(0)) && ink.contains(&of(1)), "{scheme}: {value}");
    }
    page.assert_no_problems();
}

#[test]
#[ignore = "needs chromium, which .ci/run installs"]
fn print_view_hides_nothing_important() {
    let mut page = Page::open(&demo_output().join("report.html"));
    // On paper a dark screen is no reason for dark paper.
    page.emulate_media("print", "dark");
    page.assert_true("getComputedStyle(document.body).backgroundColor === 'rgb(255, 255, 255)'");
    let hidden = page.texts(&format!(
        "[...document.querySelectorAll('main :is(h2, h3, h4, p, dt, dd, li, pre, code, caption, th, td, svg.chart)')]
            .filter((it) => !({IS_VISIBLE})(it) && it.textContent.trim())
            .filter((it) => !it.closest('.controls, .pager, nav, #sql, .screen, .over details > :not(summary), #transitions tr:nth-child(n + 41)'))
            .map((it) => `${{it.tagName}} ${{it.className}} ${{it.textContent.trim().slice(0, 40)}}`)"
    ));
    assert_eq!(hidden, Vec::<String>::new());
    // Scrolled content is cut off on paper. Captions that only repeat a heading are for screen readers.
    let cut = page.texts(
        "[...document.querySelectorAll('main :not(.unseen)')]
            .filter((it) => it.clientHeight && it.scrollHeight > it.clientHeight + 1 && getComputedStyle(it).overflowY !== 'visible')
            .map((it) => `${it.tagName} ${it.className} ${it.id}`)",
    );
    assert_eq!(cut, Vec::<String>::new());
    page.assert_true("!document.querySelector('#table-controls').checkVisibility()");
    // The width of A4 without its margins.
    page.set_viewport(688, 970);
    page.wait_for_paint();
    page.assert_true("document.documentElement.scrollWidth <= 688");
    let paper = page.call("Page.printToPDF", &json!({ "paperWidth": 8.27, "paperHeight": 11.69 }));
    assert!(paper["data"].as_str().unwrap().len() > 100_000);
    page.assert_no_problems();
}

#[test]
#[ignore = "needs chromium, which .ci/run installs"]
fn report_without_script_shows_failures_and_slowest_and_largest_tables() {
    let mut page = Page::new();
    page.call("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
    page.go(&format!("file://{}", large_report().display()));
    let document = page.call("DOM.getDocument", &json!({ "depth": 0 }))["root"]["nodeId"].clone();
    let root = page.call("DOM.getOuterHTML", &json!({ "nodeId": document }))["outerHTML"]
        .as_str()
        .unwrap()
        .to_owned();
    let tree = scraper::Html::parse_document(&root);
    let count = |selector: &str| tree.select(&scraper::Selector::parse(selector).unwrap()).count();
    // Nothing ran: no head sorts, no control that would do nothing is offered.
    assert_eq!(count("#table-rows thead button"), 0);
    assert_eq!(
        count(".controls:not([hidden]), .pager:not([hidden]), button:not([hidden]):not(.pager button)"),
        0
    );
    assert_eq!(count("#table-rows tbody tr"), 100);
    assert!(count(".failure pre.error") >= 5 && count(".failure pre.ddl") >= 1);
    let lines = page.call("Page.getLayoutMetrics", &json!({}))["cssContentSize"]["height"].as_f64().unwrap();
    assert!(lines > 4_000.0, "it is laid out: {lines}");

    let shown = root.split("id=\"table-rows\"").nth(1).unwrap().split("</tbody>").next().unwrap();
    let analysis = analyse(&world::world(5_000, 400), Window::default());
    let largest = analysis.tables.iter().max_by_key(|it| it.state.finished_rows).unwrap();
    let longest = analysis.tables.iter().max_by_key(|it| it.duration.map(|it| it.min_ms)).unwrap();
    for table in [largest, longest] {
        assert!(shown.contains(&table.key.object_name), "{:?}", table.key);
    }
    let open = analysis.failures.iter().filter(|it| it.resolved_at_ms.is_none());
    for failure in open {
        assert!(root.contains(&failure.key.object_name), "{:?}", failure.key);
    }
}

#[test]
#[ignore = "needs chromium and axe-core, which .ci/run installs"]
fn a_link_to_one_of_hundreds_of_failures_opens_it() {
    let folder = Folder::new();
    let failed = (0..250).map(|n| {
        let mut row = table(&format!("events_{n:04}"), "Failed", 0, 10);
        row.state.error_message = Some(format!("access denied to events_{n:04}"));
        row
    });
    let failed = vec![failed.collect()];
    block_on(async {
        let store = Store::open(&folder.path("h.db")).await.unwrap();
        record(&store, &job("dtsfailed"), &[sweep(0, failed.clone()), sweep(60, failed)]).await;
        store.close().await;
    });
    folder.run(&["--db", "h.db", "report", "--job", "dtsfailed", "--output", "r.html"]).expect_success();
    let mut page = Page::open(&folder.path("r.html"));
    page.assert_true("document.querySelectorAll('.failure').length === 50");
    let last = "document.querySelector('.cause > details:last-of-type')";
    page.assert_true(&format!("!{last}.open && {last}.textContent.includes('access denied to events_0249')"));
    page.value(&format!("location.hash = {last}.id"));
    page.wait_until(&format!(
        "{last}.open && {last}.querySelector('pre').getBoundingClientRect().height > 0"
    ));
    page.wait_for_paint();
    page.assert_true(&format!("{last}.getBoundingClientRect().top < innerHeight"));
    assert_eq!(accessibility::violations(&mut page), Vec::<String>::new());
    page.value(&format!("{last}.open = false"));
    page.emulate_media("print", "light");
    page.assert_true(&format!("{last}.querySelector('pre').checkVisibility()"));
    page.assert_no_problems();
}

#[test]
#[ignore = "needs chromium, which .ci/run installs"]
fn every_control_works_by_keyboard() {
    let mut page = Page::open(&demo_output().join("report.html"));
    // Every control and every head that sorts has a number here, and is to be met on the way of the Tab key.
    let all = page.number(
        "[...document.querySelectorAll('a[href], button:enabled, input, select')].filter((it) => it.checkVisibility())
            .map((it, at) => { it.dataset.nth = at; return it; }).length",
    );
    let mut met = BTreeSet::new();
    let focus = "(() => { const it = document.activeElement; const style = getComputedStyle(it);
        return { nth: it.dataset.nth ?? null, outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
            body: it === document.body }; })()";
    page.value("document.body.focus()");
    for _ in 0..all + 200 {
        page.press("Tab");
        let now = page.value(focus);
        if now["body"] == true {
            break;
        }
        assert_eq!(now["outlined"], true, "{}", page.text("document.activeElement.outerHTML"));
        met.extend(now["nth"].as_str().and_then(|nth| nth.parse::<i64>().ok()));
    }
    let missed: Vec<i64> = (0..all).filter(|nth| !met.contains(nth)).collect();
    let missed = missed
        .iter()
        .map(|nth| page.text(&format!("document.querySelector(\"[data-nth='{nth}']\").outerHTML")));
    assert_eq!(missed.collect::<Vec<_>>(), Vec::<String>::new());

    let sorted =
        |page: &mut Page| page.value("document.querySelector('#table-rows th[data-key=rows]').ariaSort");
    page.value("document.querySelector('#table-rows th[data-key=rows] button').focus()");
    page.press("Enter");
    assert_eq!(sorted(&mut page), "descending");
    page.assert_true("document.activeElement.closest('th')?.dataset.key === 'rows'");
    page.press(" ");
    assert_eq!(sorted(&mut page), "ascending");
    page.assert_no_problems();
}

#[test]
#[ignore = "needs chromium, which .ci/run installs"]
fn copy_button_copies_the_exact_statement() {
    let mut page = Page::open(&demo_output().join("report.html"));
    page.call(
        "Browser.grantPermissions",
        &json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] }),
    );
    page.click("details.cause > summary");
    page.wait_until("document.querySelector('details.cause').open");
    let statement = page.text("document.querySelector('.failure pre.ddl code').textContent");
    assert!(statement.contains("CREATE") && statement.contains('\n'), "{statement}");
    page.click(".failure button.copy");
    page.wait_until("document.querySelector('.failure button.copy').textContent === 'Copied'");
    assert_eq!(page.text("navigator.clipboard.readText()"), statement);
    page.assert_no_problems();
}

#[test]
#[ignore = "needs chromium, which .ci/run installs"]
fn first_picture_is_within_four_screens_and_causes_open_on_demand() {
    let mut page = Page::open(&demo_output().join("report.html"));
    page.set_viewport(1280, 720);
    page.wait_for_paint();
    let top = page.number("Math.round(document.querySelector('main .picture').getBoundingClientRect().top)");
    assert!(top < 4 * 720, "the first picture begins at {top} px");
    page.assert_true("[...document.querySelectorAll('details.cause')].every((it) => !it.open)");
    let first = "document.querySelector('.failure')";
    page.assert_true(&format!("!{first}.checkVisibility()"));
    page.value(&format!("location.hash = {first}.id"));
    page.wait_until(&format!("{first}.checkVisibility()"));
    page.assert_no_problems();
}

#[test]
#[ignore = "needs chromium, which .ci/run installs"]
fn printed_demo_fits_ten_pages_and_keeps_headings_with_pictures() {
    use base64::Engine as _;
    for (name, width, height) in
        [("report.html", 8.27, 11.69), ("report.zh.html", 8.27, 11.69), ("report.html", 8.5, 11.0)]
    {
        let mut page = Page::open(&demo_output().join(name));
        let printed = page.call(
            "Page.printToPDF",
            &json!({ "printBackground": true, "paperWidth": width, "paperHeight": height, "preferCSSPageSize": false }),
        );
        let pdf =
            base64::engine::general_purpose::STANDARD.decode(printed["data"].as_str().unwrap()).unwrap();
        let pages = pdf.windows(12).filter(|it| *it == b"/Type /Page\n" || *it == b"/Type /Page ").count();
        assert!((1..=10).contains(&pages), "{name} takes {pages} pages of {width} x {height} inches");
        // The browser may not part a heading from its picture, nor the error of a failure from its statement.
        page.emulate_media("print", "light");
        for kept in ["#progress", "#throughput", "#concurrency", "#timeline", ".failure", ".cause"] {
            page.assert_true(&format!(
                "[...document.querySelectorAll('{kept}')].every((it) => getComputedStyle(it).breakInside === 'avoid')"
            ));
        }
        page.assert_true("[...document.querySelectorAll('#transitions tbody tr')].filter((it) => it.checkVisibility()).length === 40");
        page.assert_no_problems();
    }
}
