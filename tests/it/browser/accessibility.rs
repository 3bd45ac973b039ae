//! Accessibility of the pages, checked by axe-core.

use std::path::Path;

use super::large_report;
use super::page::Page;
use crate::demo::demo_output;

/// The serious and critical violations in the current page, in light and dark colours.
pub(super) fn violations(page: &mut Page) -> Vec<String> {
    let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/browser/node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(&axe)
        .unwrap_or_else(|error| panic!("{}: {error}; .ci/run installs it with npm", axe.display()));
    page.value(&format!("{axe}; true"));
    let mut found = Vec::new();
    for scheme in ["light", "dark"] {
        page.emulate_media("screen", scheme);
        page.value("axe.run(document).then((it) => { window.judged = it; })");
        page.assert_true("judged.passes.some((it) => it.id === 'color-contrast')");
        found.extend(page.texts(
            "judged.violations.filter((it) => ['serious', 'critical'].includes(it.impact))
                .flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target} ${node.failureSummary}`))",
        ));
    }
    found
}

#[test]
#[ignore = "needs chromium and axe-core, which .ci/run installs"]
fn report_has_no_serious_accessibility_violation_in_either_language() {
    for name in ["report.html", "report.zh.html"] {
        let mut page = Page::open(&demo_output().join(name));
        assert_eq!(violations(&mut page), Vec::<String>::new(), "{name}");
        page.assert_no_problems();
    }
}

#[test]
#[ignore = "needs chromium and axe-core, which .ci/run installs"]
fn report_of_a_large_job_has_no_serious_accessibility_violation() {
    let mut page = Page::open(&large_report());
    assert_eq!(violations(&mut page), Vec::<String>::new());
    page.assert_no_problems();
}
