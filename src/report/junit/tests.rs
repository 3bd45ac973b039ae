//! The document against the schema of Jenkins' xUnit plugin, and its test cases against the analysis.

use std::collections::BTreeMap;

use crate::history::analysis::Analysis;
use crate::model::Status;
use crate::report::{sample, untrusted_text, write_junit};
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;

/// What `junit-10.xsd` says of the elements that are written here: the attributes that must be there, those that may,
/// the elements that may stand inside, and whether text may.
type Rule = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str], bool);
const SCHEMA: [Rule; 5] = [
    ("testsuites", &[], &["name", "time", "tests", "failures", "errors"], &["testsuite"], false),
    (
        "testsuite",
        &["name", "tests", "failures", "errors"],
        &["group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"],
        &["testsuite", "properties", "testcase", "system-out", "system-err"],
        false,
    ),
    (
        "testcase",
        &["name"],
        &["time", "classname", "group"],
        &["skipped", "error", "failure", "system-out", "system-err"],
        false,
    ),
    ("failure", &[], &["type", "message"], &[], true),
    ("skipped", &[], &["type", "message"], &[], true),
];

struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    text: String,
}

/// The elements of a document in their order, each checked against the schema.
fn elements(xml: &str) -> Result<Vec<Element>, String> {
    let mut reader = Reader::from_str(xml);
    let (mut elements, mut open): (Vec<Element>, Vec<usize>) = (Vec::new(), Vec::new());
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        let closes = matches!(event, Event::Empty(_));
        match event {
            Event::Eof if open.is_empty() => return Ok(elements),
            Event::Eof => return Err("an element is open at the end".to_owned()),
            Event::Start(tag) | Event::Empty(tag) => {
                let name = tag.name().as_ref().to_owned();
                let rule = SCHEMA.iter().find(|(known, ..)| *known == name);
                let (_, required, optional, ..) = rule.ok_or_else(|| format!("<{name}> is not known"))?;
                let mut attributes = BTreeMap::new();
                for attribute in tag.attributes() {
                    let attribute = attribute.map_err(|error| error.to_string())?;
                    let key = attribute.key.as_ref().to_owned();
                    let value =
                        quick_xml::escape::unescape(&attribute.value).map_err(|error| error.to_string())?;
                    if !required.contains(&key.as_str()) && !optional.contains(&key.as_str()) {
                        return Err(format!("<{name}> has {key}"));
                    }
                    attributes.insert(key, value.into_owned());
                }
                if let Some(missing) = required.iter().find(|it| !attributes.contains_key(**it)) {
                    return Err(format!("<{name}> has no {missing}"));
                }
                let parent = open.last().map(|parent: &usize| elements[*parent].name.as_str());
                let inside = SCHEMA.iter().find(|(known, ..)| Some(*known) == parent);
                if inside.map_or(name != "testsuites", |(.., inside, _)| !inside.contains(&name.as_str())) {
                    return Err(format!("<{name}> stands in {parent:?}"));
                }
                if !closes {
                    open.push(elements.len());
                }
                elements.push(Element { name, attributes, text: String::new() });
            }
            Event::End(_) => {
                open.pop();
            }
            Event::Text(text) => {
                add_text(&mut elements, &open, &text)?;
            }
            Event::GeneralRef(reference) => {
                let escaped = format!("&{};", &*reference);
                let text = quick_xml::escape::unescape(&escaped).map_err(|error| error.to_string())?;
                add_text(&mut elements, &open, &text)?;
            }
            Event::Decl(_) => {}
            other => return Err(format!("{other:?}")),
        }
    }
}

fn add_text(elements: &mut [Element], open: &[usize], text: &str) -> Result<(), String> {
    let Some(element) = open.last().map(|index| &mut elements[*index]) else { return Ok(()) };
    let may = SCHEMA.iter().any(|(name, .., text)| *name == element.name && *text);
    if !may && !text.trim().is_empty() {
        return Err(format!("<{}> has text: {text:?}", element.name));
    }
    element.text.push_str(text);
    Ok(())
}

fn document(analysis: &Analysis) -> String {
    let mut out = Vec::new();
    write_junit(analysis, &mut out).expect("memory takes it");
    String::from_utf8(out).expect("XML is UTF-8")
}

#[test]
fn documents_follow_the_schema() {
    for analysis in [sample::empty(), sample::one_table(), sample::rich(), sample::big(50)] {
        elements(&document(&analysis)).expect("it follows the schema");
    }
}

#[test]
fn the_check_finds_violations() {
    let document = document(&sample::rich());
    for (from, to) in [
        (" errors=\"0\" skipped", " skipped"),
        ("<testcase ", "<testcase status=\"x\" "),
        ("<skipped ", "<ignored "),
        ("</testsuite>", "x</testsuite>"),
    ] {
        assert!(elements(&document.replace(from, to)).is_err(), "{from} → {to}");
    }
}

#[test]
fn every_object_is_a_case_with_its_outcome() {
    let rich = sample::rich();
    let elements = elements(&document(&rich)).expect("it follows the schema");
    let count = |name: &str| elements.iter().filter(|it| it.name == name).count();
    let objects = rich.objects.iter().map(|it| &it.state).chain(rich.tables.iter().map(|it| &it.state));
    let is_failed = |status: &Option<Status>| *status == Some(Status::Failed);
    let failed = objects.clone().filter(|it| is_failed(&it.status)).count();
    let finished = objects.clone().filter(|it| it.status == Some(Status::Finished)).count();
    assert_eq!(count("testcase"), objects.clone().count());
    assert_eq!(count("failure"), failed);
    assert_eq!(count("skipped"), objects.count() - failed - finished);
    assert!(failed > 0 && finished > 0 && count("skipped") > 0);
    assert_eq!(elements[0].attributes["failures"], failed.to_string());
    let summed: usize = elements
        .iter()
        .filter(|it| it.name == "testsuite")
        .map(|it| it.attributes["failures"].parse::<usize>().expect("a number"))
        .sum();
    assert_eq!(summed, failed);
}

#[test]
fn failures_carry_message_and_definition() {
    let rich = sample::rich();
    let elements = elements(&document(&rich)).expect("it follows the schema");
    let failed = rich.objects.iter().find(|it| it.state.status == Some(Status::Failed)).expect("one");
    let (error, definition) = (&failed.state.error_message, &failed.state.definition);
    let texts: Vec<_> = elements.iter().filter(|it| it.name == "failure").map(|it| &it.text).collect();
    let (error, definition) = (error.as_ref().expect("an error"), definition.as_ref().expect("a definition"));
    assert!(texts.iter().any(|text| text.contains(error.as_str()) && text.contains(definition.as_str())));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn untrusted_text_stays_text(text in untrusted_text::text()) {
        let tame = elements(&document(&untrusted_text::analysis("tame"))).expect("it follows the schema");
        let untrusted = elements(&document(&untrusted_text::analysis(&text))).map_err(TestCaseError::fail)?;
        let names = |elements: &[Element]| elements.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
        prop_assert_eq!(names(&tame), names(&untrusted));
    }
}
