//! Names, statements and errors that try to be more than text.

use super::page::Page;
use super::{render_html, world};
use crate::support::Folder;

/// Each tries to run something, to leave the page, or to break out of where it stands.
const UNTRUSTED_NAMES: [&str; 9] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "\"><svg onload=alert(3)>",
    "' onmouseover='alert(4)",
    "</script><script>alert(5)</script>",
    "</style><style>body{display:none}</style>",
    "<a href=\"javascript:alert(6)\">x</a>",
    "<!--<script>",
    "<meta http-equiv=refresh content=\"0;url=https://example.com/\"><base href=//example.com/>",
];

#[test]
#[ignore = "needs chromium, which .ci/run installs"]
fn untrusted_names_statements_and_errors_are_only_text() {
    let mut history = world::world(2_000, 60);
    for (nth, object) in history.objects.iter_mut().enumerate() {
        let text = format!("{} {nth}", UNTRUSTED_NAMES[nth % UNTRUSTED_NAMES.len()]);
        object.key.object_name.clone_from(&text);
        object.key.source_db = UNTRUSTED_NAMES[nth % UNTRUSTED_NAMES.len()].to_owned();
        object.key.destination_db.clone_from(&object.key.source_db);
        for seen in &mut object.observations {
            seen.state.definition = Some(text.clone());
            seen.state.error_message = seen.state.error_message.as_ref().map(|_| text.clone());
        }
    }
    history.job.name = Some(UNTRUSTED_NAMES[0].to_owned());
    let folder = Folder::new();
    let mut page = Page::open(&folder.write("report.html", render_html(&history)));
    let elements = "[document.scripts.length, document.querySelectorAll('style').length,
        document.querySelectorAll('main :is(img, meta, base, iframe, [onload], [onerror], [onmouseover])').length,
        document.querySelectorAll('a[href^=javascript]').length]";
    let before = page.value(elements);
    assert_eq!(before, serde_json::json!([2, 1, 0, 0]));
    // Through all that the script builds: rows, options, hints, pages.
    for key in ["name", "status", "rows"] {
        page.click(&format!("#table-rows th[data-key={key}] button"));
        page.click("#table-pager [data-step='1']");
    }
    page.click("#table-controls input[name=q]");
    page.type_text("<script>alert(1)</script>");
    page.wait_until(
        "document.querySelector('#table-rows tbody').innerText.includes('<script>alert(1)</script>')",
    );
    page.assert_true("document.querySelector('h1').innerText === '<script>alert(1)</script>'");
    let databases = page.texts(
        "[...document.querySelectorAll('#table-controls select[name=database] option')].map((it) => it.value)",
    );
    assert_eq!(databases.len(), 1 + UNTRUSTED_NAMES.len());
    page.choose("#table-controls select[name=database]", &databases[4]);
    page.reload();
    assert_eq!(page.value(elements), before);
    page.assert_no_problems();
}
