//! The HTML as a browser parses it.

use crate::model::Phase;
use crate::report::view::visible_text::sanitize;
use crate::report::{Live, html, live_html, sample, untrusted_text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).expect("a selector")).collect()
}

fn texts(page: &Html, selector: &str) -> Vec<String> {
    all(page, selector).into_iter().map(|element| element.text().collect()).collect()
}

/// Every element with the names of its attributes: the page without its words.
fn skeleton(page: &Html) -> Vec<String> {
    all(page, "*")
        .into_iter()
        .map(|element| {
            let attributes: Vec<_> = element.value().attrs().map(|(name, _)| name).collect();
            format!("{} {attributes:?}", element.value().name())
        })
        .collect()
}

/// The skeleton of a page with harmless text.
static TAME: LazyLock<Vec<String>> = LazyLock::new(|| {
    skeleton(&Html::parse_document(&html(&untrusted_text::analysis("tame"), &sample::EN).expect("html")))
});

/// One column of the rows that travel as JSON.
fn column(data: &Value, key: &str) -> Vec<Value> {
    let array = |value: &Value| value.as_array().expect("an array").clone();
    let number = |value: &Value| usize::try_from(value.as_u64().expect("a number")).expect("small");
    match &data[key] {
        Value::Array(values) => values.clone(),
        coded => {
            let values = array(&coded["values"]);
            match (&coded["at"], &coded["runs"]) {
                (Value::Array(at), _) => at.iter().map(|at| values[number(at)].clone()).collect(),
                (_, runs) => array(runs)
                    .chunks(2)
                    .flat_map(|run| std::iter::repeat_n(values[number(&run[0])].clone(), number(&run[1])))
                    .collect(),
            }
        }
    }
}

#[test]
fn a_job_whose_every_table_failed_has_each_error_once_and_opens_at_once() {
    let mut analysis = sample::rich();
    let count = 3_000;
    analysis.failures = (0..count)
        .map(|n| {
            let key = sample::key(Phase::Data, None, &format!("events_{n:04}"));
            sample::failure(key, "", &format!("DTS-70002: access denied to 'events_{n:04}'"))
        })
        .collect();
    let text = html(&analysis, &sample::EN).expect("html");
    let page = Html::parse_document(&text);
    let (full, lines) =
        (all(&page, ".failure pre.error").len(), all(&page, ".cause details pre:not(.ddl)").len());
    assert_eq!((full + lines, full), (count, super::MAX_EXPANDED_FAILURES));
    let named = texts(&page, ".cause details summary bdi:first-of-type");
    assert_eq!(named.last().map(String::as_str), Some("events_2999"));
    assert!(text.len() < 300 * count, "{} bytes for each", text.len() / count);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 6))]

    #[test]
    fn untrusted_text_stays_text(text in untrusted_text::text()) {
        let page = Html::parse_document(&html(&untrusted_text::analysis(&text), &sample::EN).expect("html"));
        prop_assert_eq!(&skeleton(&page), &*TAME, "untrusted text adds or takes away no element");

        let name = sanitize(&text);
        prop_assert_eq!(texts(&page, "h1"), [name.clone()]);
        for selector in [".failure h3 bdi", ".failure pre.error code", ".failure pre.ddl code"] {
            prop_assert_eq!(texts(&page, selector), vec![name.clone(); 5], "{}", selector);
        }
        prop_assert_eq!(texts(&page, ".cause details pre"), vec![name.clone(); 2]);
        prop_assert_eq!(texts(&page, "#table-rows tbody th > bdi"), vec![name.clone(); 18]);
        prop_assert!(texts(&page, "#transitions .message bdi").iter().all(|shown| *shown == name));
        let failed_sweep = [": ", &name].concat();
        prop_assert!(texts(&page, "#provenance li bdi").iter().any(|shown| shown.ends_with(&failed_sweep)));

        let data: Value = serde_json::from_str(&texts(&page, "#table-data")[0]).expect("inert JSON");
        prop_assert_eq!(column(&data, "name"), vec![Value::from(name.clone()); 18]);
        let databases = format!("{name} → {}", sanitize(&format!("{text}2")));
        prop_assert_eq!(column(&data, "databases"), vec![Value::from(databases); 18]);
    }
}

#[test]
fn the_page_asks_nothing_of_anyone() {
    let source = html(&sample::rich(), &sample::EN).expect("html");
    let page = Html::parse_document(&source);
    for address in all(&page, "[src], [href]") {
        let value = address.value();
        let target = value.attr("src").or(value.attr("href")).expect("an address");
        assert!(target.starts_with('#') || target == "data:,", "{target}");
    }
    assert!(!source.contains("@import") && !source.contains("url(http"), "the style loads nothing");
    assert_eq!(all(&page, "[style], [onclick], [onload], iframe, object, embed, img, base").len(), 0);
}

#[test]
fn the_policy_allows_our_style_and_script_and_no_other() {
    let page = Html::parse_document(&html(&sample::rich(), &sample::EN).expect("html"));
    let policy =
        all(&page, "meta[http-equiv=Content-Security-Policy]")[0].value().attr("content").expect("it");
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let (style, script) = (texts(&page, "style"), texts(&page, "script:not([type])"));
    assert_eq!((style.len(), script.len()), (1, 1));
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(policy.contains(&format!("style-src {};", hash(&style[0]))), "{policy}");
    assert!(policy.contains(&format!("script-src {};", hash(&script[0]))), "{policy}");
    assert!(policy.contains("connect-src 'none';") && !policy.contains("unsafe"), "{policy}");
}

#[test]
fn a_live_page_is_the_report_with_one_more_script_that_may_ask_its_own_service() {
    let (rich, live) = (sample::rich(), Live { revision: "7", lost: "gone <for> now" });
    let source = live_html(&rich, &sample::EN, &live).expect("html");
    let page = Html::parse_document(&source);
    let policy =
        all(&page, "meta[http-equiv=Content-Security-Policy]")[0].value().attr("content").expect("it");
    let scripts = texts(&page, "script:not([type])");
    assert_eq!(scripts.len(), 2);
    for script in &scripts {
        assert!(policy.contains(&STANDARD.encode(Sha256::digest(script))), "{policy}");
    }
    assert!(policy.contains("connect-src 'self';"), "{policy}");
    let mark = all(&page, "meta[name=live]")[0].value();
    assert_eq!((mark.attr("content"), mark.attr("data-lost")), (Some("7"), Some("gone <for> now")));
    // What the script exchanges when the service has something new.
    for part in ["header.page", "main#main", "script#table-data"] {
        assert_eq!(all(&page, part).len(), 1, "{part}");
    }
}

#[test]
fn ids_are_unique_and_every_reference_finds_its_target() {
    for analysis in [sample::empty(), sample::one_table(), sample::rich()] {
        let page = Html::parse_document(&html(&analysis, &sample::ZH).expect("html"));
        let ids: Vec<_> =
            all(&page, "[id]").iter().filter_map(|element| element.value().attr("id")).collect();
        let mut distinct = ids.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), ids.len(), "{ids:?}");
        for element in all(&page, "[href], [aria-labelledby], [data-copy]") {
            let value = element.value();
            let link = value.attr("href").filter(|href| *href != "data:,").map(|href| &href[1..]);
            let names =
                link.or(value.attr("aria-labelledby")).or(value.attr("data-copy")).unwrap_or_default();
            for name in names.split_whitespace() {
                assert!(ids.contains(&name), "{name} is nowhere");
            }
        }
    }
}

#[test]
fn tables_can_be_read_by_ear() {
    let page = Html::parse_document(&html(&sample::rich(), &sample::EN).expect("html"));
    for table in all(&page, "table") {
        let of = |selector: &str| table.select(&Selector::parse(selector).expect("a selector")).count();
        assert_eq!((of("caption"), of("th:not([scope])")), (1, 0));
        let columns = of("thead th");
        for row in table.select(&Selector::parse("tbody tr").expect("a selector")) {
            assert_eq!(row.child_elements().count(), columns);
        }
    }
    for picture in all(&page, "svg[role=img]") {
        let names = picture.value().attr("aria-labelledby").expect("a name and a description");
        assert_eq!(names.split_whitespace().count(), 2);
    }
    let marks = all(&page, "svg .mark, svg .seen, svg .end, svg .gap");
    let titled =
        marks.iter().filter(|mark| mark.child_elements().any(|child| child.value().name() == "title"));
    // The marks of the legend are explained by the words beside them.
    assert_eq!(titled.count() + all(&page, ".legend .seen").len(), marks.len());
}

#[test]
fn every_table_is_in_the_data_and_the_longest_and_largest_are_in_the_page() {
    let page = Html::parse_document(&html(&sample::big(1000), &sample::EN).expect("html"));
    let data: Value = serde_json::from_str(&texts(&page, "#table-data")[0]).expect("inert JSON");
    let names: Vec<_> =
        column(&data, "name").iter().map(|it| it.as_str().expect("a text").to_owned()).collect();
    assert_eq!((names.len(), data["count"].as_u64()), (1000, Some(1000)));
    let shown = texts(&page, "#table-rows tbody th > bdi");
    assert_eq!(shown.len(), 100);
    let rows = column(&data, "rows");
    let largest = (0..1000).max_by_key(|&index| rows[index].as_u64()).expect("one");
    assert!(shown.contains(&names[largest]), "the largest table is shown without script");
}
