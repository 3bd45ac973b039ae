//! The comparison of two jobs in a browser.

use super::accessibility::violations;
use super::page::Page;
use crate::compare::record_production_and_rehearsal;
use crate::support::Folder;

#[test]
#[ignore = "needs chromium and axe-core, which .ci/run installs"]
fn comparison_shows_at_a_glance_what_became_slower() {
    let folder = Folder::new();
    record_production_and_rehearsal(&folder.path("dts-history.db"));
    let compare = ["compare", "--job", "dtsproduction", "--with", "dtsrehearsal"];
    for language in ["en", "zh"] {
        folder.run(&[&compare[..], &["--lang", language, "--output", "c.html"]].concat()).expect_success();
        let mut page = Page::open(&folder.path("c.html"));
        // What became slower points to the right, in the picture as in the figures.
        page.assert_true(
            "[...document.querySelectorAll('.dumbbells g.slower')].filter((it) => it.querySelector('.link')).every((it) =>
                it.querySelector('.link').x1.baseVal.value < it.querySelector('.link').x2.baseVal.value)",
        );
        page.assert_true("document.querySelectorAll('.dumbbells g.faster .link').length >= 2");
        let colour =
            "(name) => getComputedStyle(document.querySelector(`.dumbbells .${name} .dot:not(.of-b)`)).fill";
        page.assert_true(&format!("({colour})('slower') !== ({colour})('faster')"));
        for width in [1280, 800, 390] {
            page.set_viewport(width, 900);
            page.wait_for_paint();
            page.assert_true("document.documentElement.scrollWidth <= innerWidth");
        }
        page.set_viewport(1280, 900);
        assert_eq!(violations(&mut page), Vec::<String>::new());
        page.assert_no_problems();
    }
}
