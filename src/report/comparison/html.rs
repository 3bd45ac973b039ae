//! A comparison as one HTML file, which runs no script.

use askama::Template;

use super::view::ComparisonView;
use crate::report::html::{STYLE, content_security_policy};

#[derive(Template)]
#[template(path = "compare.html")]
struct Page<'a> {
    view: &'a ComparisonView,
    policy: String,
    style: &'static str,
}

pub(super) fn render(view: &ComparisonView) -> Result<String, crate::report::Error> {
    Ok(Page { view, policy: content_security_policy(&[], "'none'"), style: STYLE }.render()?)
}
