//! Reports and the service's pages in a real browser, used as readers use them.

mod accessibility;
mod chromium;
mod comparison;
mod live;
mod page;
mod report_page;
mod tables;
mod untrusted_text;
#[path = "../../../benches/render/world.rs"]
mod world;

use std::path::PathBuf;
use std::sync::OnceLock;

use dts_history::history::History;
use dts_history::history::analysis::{Window, analyse};
use dts_history::history::figures::cutover::CutoverLimits;
use dts_history::report::{self, Language, Options};

use crate::support::Folder;

const OPTIONS: Options =
    Options { language: Language::En, zone: chrono_tz::Asia::Shanghai, cutover: CutoverLimits::DEFAULT };

/// The HTML report of a history.
fn render_html(history: &History) -> String {
    report::html(&analyse(history, Window::default()), &OPTIONS).unwrap()
}

/// The report of a job of 5,000 tables, written once for all tests.
fn large_report() -> PathBuf {
    static WRITTEN: OnceLock<(Folder, PathBuf)> = OnceLock::new();
    let (_, path) = WRITTEN.get_or_init(|| {
        let folder = Folder::new();
        let path = folder.write("big.html", render_html(&world::world(5_000, 400)));
        (folder, path)
    });
    path.clone()
}
