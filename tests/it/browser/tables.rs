//! The table of tables: searched, sorted, filtered, paged, linked to.

use super::large_report;
use super::page::Page;
use crate::demo::demo_output;

const ROWS: &str = "[...document.querySelectorAll('#table-rows tbody tr')]";

/// The cells of a column as they are shown.
fn column(page: &mut Page, key: &str) -> Vec<String> {
    page.texts(&format!(
        "(() => {{ const at = [...document.querySelectorAll('#table-rows thead th')].findIndex((it) => it.dataset.key === '{key}');
            return {ROWS}.map((row) => row.cells[at].innerText.trim()); }})()"
    ))
}

/// The sort key of a cell: its first number or first letters; `None` for an unknown value.
fn number(cell: &str) -> Option<f64> {
    let digits: String = cell.chars().filter(|it| it.is_ascii_digit() || *it == '.').collect();
    digits.parse().ok()
}

#[test]
#[ignore = "needs chromium, which .ci/run installs"]
fn search_matches_names_and_databases_and_escape_clears_it() {
    let mut page = Page::open(&large_report());
    let rows = format!("{ROWS}.length");
    assert_eq!(page.number(&rows), 100);
    page.click("#table-controls input[name=q]");
    page.type_text("SHOP_3 events_0042");
    // Of 004200 to 004299 every seventh is in this database.
    assert_eq!(page.number(&rows), 14);
    let names = column(&mut page, "name");
    assert!(
        names.iter().all(|name| name.contains("customer_events_0042") && name.contains("shop_3")),
        "{names:?}"
    );
    page.assert_true(
        "document.querySelector('#table-pager span').textContent === '1–14 of 14 (5,000 in all)'",
    );
    page.type_text(" nothing has this name");
    assert_eq!(column(&mut page, "name"), ["No table matches."]);
    page.press("Escape");
    assert_eq!(page.number(&rows), 100);
    page.assert_true("document.querySelector('#table-controls input[name=q]').value === '' && !location.hash.includes('q=')");
    page.assert_no_problems();
}

#[test]
#[ignore = "needs chromium, which .ci/run installs"]
fn every_column_sorts_in_both_directions_with_unknown_values_last() {
    let mut page = Page::open(&demo_output().join("report.html"));
    let keys =
        page.texts("[...document.querySelectorAll('#table-rows thead th')].map((it) => it.dataset.key)");
    assert!(keys.len() >= 10, "{keys:?}");
    for key in &keys {
        for _ in 0..2 {
            page.click(&format!("#table-rows th[data-key={key}] button"));
            let direction =
                page.text(&format!("document.querySelector('#table-rows th[data-key={key}]').ariaSort"));
            page.assert_true("document.querySelectorAll('#table-rows th[aria-sort]').length === 1");
            let cells = column(&mut page, key);
            assert!(cells.len() >= 60, "{}", cells.len());
            let up = direction == "ascending";
            if ["rows", "total", "percent", "rate", "peak"].contains(&&key[..]) {
                let known: Vec<f64> = cells.iter().map_while(|cell| number(cell)).collect();
                let is_sorted = known.is_sorted_by(|a, b| if up { a <= b } else { b <= a });
                assert!(is_sorted, "{key} {direction}: {cells:?}");
                assert!(
                    cells[known.len()..].iter().all(|cell| number(cell).is_none()),
                    "{key} {direction}: {cells:?}"
                );
            } else if key == "name" || key == "status" {
                let shown: Vec<String> = cells.iter().map(|cell| cell.to_lowercase()).collect();
                if key == "status" {
                    assert!(
                        shown.is_sorted_by(|a, b| a == b || up == (a[3..] < b[3..])),
                        "{direction}: {shown:?}"
                    );
                } else {
                    // By database, then by name; in the cell the name comes first.
                    let of = |row: &String| {
                        let (name, database) = row.split_once('\n').unwrap();
                        format!("{} {name}", database.split(" · ").next().unwrap())
                    };
                    let names: Vec<String> = shown.iter().map(of).collect();
                    assert!(
                        names.is_sorted_by(|a, b| if up { a <= b } else { b <= a }),
                        "{direction}: {names:?}"
                    );
                }
            } else {
                let unknown = |cell: &String| !cell.contains(|it: char| it.is_ascii_digit());
                let first = cells.iter().position(unknown).unwrap_or(cells.len());
                assert!(cells[first..].iter().all(unknown), "{key} {direction}: {cells:?}");
            }
        }
    }
    page.assert_no_problems();
}

#[test]
#[ignore = "needs chromium, which .ci/run installs"]
fn filters_select_one_status_and_one_database() {
    let mut page = Page::open(&large_report());
    page.choose("#table-controls select[name=status]", "Failed");
    let statuses = column(&mut page, "status");
    assert!(statuses.len() == 5 && statuses.iter().all(|it| it.contains("Failed")), "{statuses:?}");
    page.choose("#table-controls select[name=status]", "");
    page.choose("#table-controls select[name=database]", "shop_5");
    assert!(column(&mut page, "name").iter().all(|it| it.contains("shop_5")));
    page.assert_true(
        "document.querySelector('#table-pager span').textContent.includes(' of 714 (5,000 in all)')",
    );
    page.assert_no_problems();
}

#[test]
#[ignore = "needs chromium, which .ci/run installs"]
fn url_fragment_keeps_the_state_across_reload_and_back() {
    let mut page = Page::open(&large_report());
    page.choose("#table-controls select[name=database]", "shop_5");
    page.click("#table-rows th[data-key=rows] button");
    page.click("#table-pager [data-step='1']");
    let hash = page.text("location.hash");
    assert_eq!(hash, "#database=shop_5&sort=rows&down=1&page=2");
    let shown = column(&mut page, "name");
    page.reload();
    assert_eq!(page.text("location.hash"), hash);
    assert_eq!(column(&mut page, "name"), shown);
    page.assert_true("document.querySelector('#table-rows th[data-key=rows]').ariaSort === 'descending'");
    page.assert_true("document.querySelector('#table-controls select[name=database]').value === 'shop_5'");

    // A link inside the page and back again.
    page.click("nav a[href='#failures']");
    page.wait_until("location.hash === '#failures'");
    page.value("history.back()");
    page.wait_until(&format!("location.hash === {hash:?}"));
    assert_eq!(column(&mut page, "name"), shown);
    // And further back, one step after the other, to the table as it was before anything was asked of it.
    page.value("history.back()");
    page.wait_until("location.hash === '#database=shop_5&sort=rows&down=1'");
    page.assert_true("document.querySelector('#table-pager span').textContent.startsWith('1–100 of 714')");
    page.value("history.back()");
    page.wait_until("location.hash === '#database=shop_5'");
    page.value("history.back()");
    page.wait_until("location.hash === ''");
    page.assert_true("document.querySelector('#table-pager span').textContent.includes(' of 5,000 ')");
    page.assert_true("document.querySelector('#table-controls select[name=database]').value === ''");
    page.assert_no_problems();
}

#[test]
#[ignore = "needs chromium, which .ci/run installs"]
fn large_table_renders_few_rows_and_reaches_all_of_them() {
    let mut page = Page::open(&large_report());
    page.assert_true("document.querySelectorAll('#table-rows tr').length <= 201");
    page.click("#table-rows th[data-key=name] button");
    let mut seen = std::collections::BTreeSet::new();
    loop {
        page.assert_true("document.querySelectorAll('#table-rows tr').length <= 201");
        seen.extend(column(&mut page, "name"));
        if page.value("document.querySelector(\"#table-pager [data-step='1']\").disabled") == true {
            break;
        }
        page.click("#table-pager [data-step='1']");
    }
    assert_eq!(seen.len(), 5_000);
    page.assert_no_problems();
}

#[test]
#[ignore = "needs chromium, which .ci/run installs"]
fn figures_across_a_gap_have_a_mark_that_links_to_its_explanation() {
    let mut page = Page::new();
    let signs = "[...document.querySelectorAll('#table-rows .doubt')].map((it) => `${it.closest('tr').cells[0].innerText} ${it.closest('td').cellIndex} ${it.title}`).sort()";
    page.call("Emulation.setScriptExecutionDisabled", &serde_json::json!({ "value": true }));
    let report = demo_output().join("report.html");
    page.go(&format!("file://{}", report.display()));
    let printed = page.texts(signs);
    assert!(printed.len() > 10 && printed.iter().any(|it| it.contains("a gap in recording")), "{printed:?}");
    // The script that shows the rows anew says the same.
    let mut page = Page::open(&report);
    assert_eq!(page.texts(signs), printed);
    page.click("#table-rows .doubt");
    page.wait_until("location.hash === '#doubts'");
    page.wait_until("document.getElementById('doubts').getBoundingClientRect().top < innerHeight");
    page.assert_no_problems();
}
