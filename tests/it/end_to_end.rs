//! A failing object, followed from the API's reply to everything that is said of it.

use serde_json::Value;

use crate::simulator::Simulator;
use crate::support::Folder;

/// A world that is over in a second or two, after which its replies stay the same.
const SHORT_SCENARIO: &str = "speed = 100000\n";

/// A failed structure object or constraint in a reply: names, DDL and error.
#[derive(Debug, PartialEq)]
struct Failed {
    phase: &'static str,
    name: String,
    definition: String,
    error: String,
}

/// Read with nothing of the product: plain JSON, plain keys.
fn failed_objects(simulator: &Simulator) -> Vec<Failed> {
    let mut failed = Vec::new();
    for number in 1.. {
        let page: Value = serde_json::from_str(&simulator.page(number, "JSON")).unwrap();
        let objects = page["StructureInitializationDetails"].as_array().cloned().unwrap_or_default();
        let data = page["DataInitializationDetails"].as_array().cloned().unwrap_or_default();
        if objects.is_empty() && data.is_empty() {
            return failed;
        }
        for object in &objects {
            failed.extend(as_failed("structure", object));
            for constraint in object["Constraints"].as_array().into_iter().flatten() {
                failed.extend(as_failed("constraint", constraint));
            }
        }
    }
    failed
}

fn as_failed(phase: &'static str, object: &Value) -> Option<Failed> {
    let text = |key: &str| object[key].as_str().unwrap_or_default().to_owned();
    (object["Status"] == "Failed").then(|| Failed {
        phase,
        name: text("ObjectName"),
        definition: text("ObjectDefinition"),
        error: text("ErrorMessage"),
    })
}

/// Waits until the simulated migration has come to its end.
fn simulator_at_end(folder: &Folder, scenario: &str) -> Simulator {
    let simulator = Simulator::start(folder, scenario);
    let mut before = String::new();
    for _ in 0..100 {
        let now = failed_objects(&simulator);
        let now = format!("{now:?}");
        if !failed_objects(&simulator).is_empty() && now == before {
            return simulator;
        }
        before = now;
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    panic!("the simulated migration does not end");
}

#[test]
fn failed_objects_are_identical_in_reply_views_html_markdown_and_json() {
    let folder = Folder::new();
    let simulator = simulator_at_end(&folder, SHORT_SCENARIO);
    let failed = failed_objects(&simulator);
    assert!(failed.len() >= 3, "{failed:?}");
    simulator.collect(&folder, &[]).expect_success();

    let view = folder.query(
        "dts-history.db",
        "select phase, object_name, definition, error_message from failures where phase in ('structure', 'constraint')",
    );
    let report =
        |format: &str| folder.run(&["report", "--job", &simulator.job, "--format", format]).expect_success();
    let html = visible_text(&report("html"));
    let markdown = markdown_text(&report("md"));
    let json: Value = serde_json::from_str(&report("json")).unwrap();
    for one in &failed {
        let Failed { phase, name, definition, error } = one;
        assert!(view.contains(&format!("{phase}|{name}|{definition}|{error}")), "{one:?} in the view");
        for text in [definition, error] {
            assert!(html.contains(&collapse_whitespace(text)), "{text:?} in the HTML");
            assert!(markdown.contains(&collapse_whitespace(text)), "{text:?} in the Markdown");
        }
        let same = |it: &Value| {
            it["phase"] == *phase
                && it["object_name"] == **name
                && it["definition"] == **definition
                && it["error_message"] == **error
        };
        assert!(json["failures"].as_array().unwrap().iter().any(same), "{one:?} in the JSON");
    }
}

#[test]
fn row_counts_are_identical_in_reply_views_and_json() {
    let folder = Folder::new();
    let simulator = simulator_at_end(&folder, SHORT_SCENARIO);
    simulator.collect(&folder, &[]).expect_success();
    let page: Value = serde_json::from_str(&simulator.page(1, "JSON")).unwrap();
    let tables = page["DataInitializationDetails"].as_array().unwrap();
    let json: Value = serde_json::from_str(
        &folder.run(&["report", "--job", &simulator.job, "--format", "json"]).expect_success(),
    )
    .unwrap();
    let html = visible_text(&folder.run(&["report", "--job", &simulator.job]).expect_success());
    let mut checked = 0;
    for table in tables {
        let Ok(rows) = table["FinishRowNum"].as_str().unwrap().parse::<i64>() else { continue };
        let same = |it: &&Value| {
            it["table_name"] == table["TableName"] && it["destination_db"] == table["DestinationOwnerDBName"]
        };
        let told = json["tables"].as_array().unwrap().iter().find(same).unwrap();
        assert_eq!(told["finished_rows"], rows, "{table}");
        assert_eq!(told["status"], table["Status"]);
        assert!(html.contains(&with_thousands_separators(rows)), "{rows} in the HTML");
        checked += 1;
    }
    assert!(checked > 40, "{checked}");
}

#[test]
fn json_and_xml_replies_import_as_the_same_rows() {
    let folder = Folder::new();
    let simulator = simulator_at_end(&folder, SHORT_SCENARIO);
    let everything = |database: &str| {
        ["table_history", "object_latest", "failures", "status_transitions", "snapshots"]
            .map(|view| folder.query(database, &format!("select * from {view}")))
    };
    for (format, database) in [("JSON", "json.db"), ("XML", "xml.db")] {
        let mut args = vec!["--db", database, "import", "--job", "dtsix", "--at", "2026-01-02T03:04:05Z"];
        let names: Vec<String> = (1..=3).map(|page| format!("{format}{page}")).collect();
        for (number, name) in (1..).zip(&names) {
            folder.write(name, simulator.page(number, format));
            args.push(name);
        }
        folder.run(&args).expect_success();
    }
    assert_eq!(everything("json.db"), everything("xml.db"));
    assert!(everything("json.db")[1].len() > 100);
}

/// Text as a reader sees it: white space is one space.
fn collapse_whitespace(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn visible_text(html: &str) -> String {
    let page = scraper::Html::parse_document(html);
    collapse_whitespace(&page.root_element().text().collect::<Vec<_>>().join(" "))
}

fn markdown_text(markdown: &str) -> String {
    use pulldown_cmark::{Event, Options, Parser};
    let texts = Parser::new_ext(markdown, Options::ENABLE_TABLES).map(|event| match event {
        Event::Text(text) | Event::Code(text) => text.into_string(),
        Event::SoftBreak | Event::HardBreak | Event::End(_) => " ".to_owned(),
        _ => String::new(),
    });
    collapse_whitespace(&texts.collect::<String>())
}

fn with_thousands_separators(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
