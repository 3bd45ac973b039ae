//! A comparison of two sample jobs in every format.

use serde_json::Value;

use super::*;
use crate::history::analysis::Analysis;
use crate::history::comparison::{NameMap, compare};
use crate::report::json::tests::schema_faults;
use crate::report::sample::{self, EN, ZH};

/// A rehearsal in which the tables of the rich history took twice as long, but for some that took half, and of which
/// one object differs.
fn rehearsal() -> Analysis {
    let mut b = sample::rich();
    b.job.id = "dtsirehearsal".to_owned();
    b.job.name = Some("rehearsal".to_owned());
    for (index, table) in b.tables.iter_mut().enumerate() {
        if let Some(range) = &mut table.duration {
            let (factor, divisor) = if index % 3 == 0 { (3, 1) } else { (1, 3) };
            range.min_ms = range.min_ms * factor / divisor;
            range.max_ms = range.max_ms.map(|ms| ms * factor / divisor);
        }
    }
    b.tables.pop();
    b.failures.truncate(2);
    if let Some(object) = b.objects.first_mut() {
        object.state.definition = Some("create view renamed as\nselect 2".to_owned());
    }
    b
}

fn with_samples<T>(look: impl FnOnce(&Comparison<'_>) -> T) -> T {
    let (a, b, names) = (sample::rich(), rehearsal(), NameMap::default());
    look(&compare(&a, &b, &names))
}

#[test]
fn markdown_of_a_comparison() {
    insta::assert_snapshot!(with_samples(|it| markdown(it, &EN)).expect("markdown"));
}

#[test]
fn markdown_of_a_comparison_in_chinese() {
    insta::assert_snapshot!(with_samples(|it| markdown(it, &ZH)).expect("markdown"));
}

#[test]
fn json_is_as_the_schema_says() {
    let schema: Value =
        serde_json::from_str(include_str!("../../../docs/compare.schema.json")).expect("JSON");
    let json = |comparison: &Comparison<'_>| {
        let mut out = Vec::new();
        write_json(comparison, &mut out).expect("memory takes it");
        serde_json::from_slice::<Value>(&out).expect("it is JSON")
    };
    let mut document = with_samples(json);
    assert_eq!(schema_faults(&schema, &document), Vec::<String>::new());
    for list in ["tables", "failures", "definitions"] {
        assert!(!document[list].as_array().expect("a list").is_empty(), "{list}");
    }
    let empty = sample::empty();
    let nothing = json(&compare(&empty, &empty, &NameMap::default()));
    assert_eq!(schema_faults(&schema, &nothing), Vec::<String>::new());
    document["tables"][0]["change"] = "slow".into();
    assert_eq!(schema_faults(&schema, &document).len(), 1, "the check finds faults");
}

#[test]
fn html_shows_what_markdown_says() {
    let html = with_samples(|it| html(it, &EN)).expect("html");
    let page = scraper::Html::parse_document(&html);
    let count =
        |selector: &str| page.select(&scraper::Selector::parse(selector).expect("a selector")).count();
    assert!(count(".dumbbells .slower .dot") > 2 && count(".dumbbells .faster .dot") > 2, "both are drawn");
    assert!(count("td.slower") > 2);
    assert!(count("pre.diff .added") > 0 && count("pre.diff .removed") > 0);
    assert_eq!(count("script"), 0);
    assert!(!html.contains("NaN"));
}

#[test]
fn texts_from_outside_are_shown_as_texts() {
    let mut a = sample::rich();
    let b = rehearsal();
    let untrusted = "</pre><script>alert(1)</script>";
    a.job.name = Some(untrusted.to_owned());
    a.tables[0].key.object_name = untrusted.to_owned();
    a.failures[0].error_message = Some(untrusted.to_owned());
    a.objects[0].state.definition = Some(untrusted.to_owned());
    let names = NameMap::default();
    let comparison = compare(&a, &b, &names);
    assert!(!html(&comparison, &EN).expect("html").contains("<script"));
    let read = pulldown_cmark::Parser::new(&markdown(&comparison, &EN).expect("markdown"))
        .filter(|event| {
            matches!(event, pulldown_cmark::Event::Html(_) | pulldown_cmark::Event::InlineHtml(_))
        })
        .count();
    assert_eq!(read, 0);
}

#[test]
fn the_same_figures_give_the_same_bytes() {
    let render = || with_samples(|it| html(it, &EN)).expect("html");
    assert_eq!(render(), render());
}
