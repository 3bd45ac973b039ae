//! HTML, Markdown, JSON and `status` say the same, to the digit and in the same order.

use std::path::Path;

use dts_history::model::Reading;
use dts_history::store::Store;
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;

use crate::demo::demo_output;
use crate::support::{Folder, block_on, constraint, job, object, record, sweep, table};

/// The figures of a report, in the order of the report.
#[derive(Debug, PartialEq)]
struct Figures {
    title: String,
    /// The verdict's word and what it means.
    verdict: [String; 2],
    next: Vec<String>,
    /// Label, figure, note.
    headlines: Vec<[String; 3]>,
    progress: Vec<[String; 2]>,
    /// Kind and name, databases, error.
    failures: Vec<[String; 3]>,
    tables: Vec<Row>,
}

/// A table: name, databases, status, rows, total, percent, rate, forecast.
type Row = [String; 8];

/// The text without its line ends and marks of doubt, which `status` does not have.
fn collapse_whitespace(text: &str) -> String {
    text.replace('†', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// As much of an error as `status` shows.
fn shortened(error: &str) -> String {
    let line = collapse_whitespace(error);
    match line.char_indices().nth(160) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}

fn figures_from_html(html: &str) -> Figures {
    let page = Html::parse_document(html);
    let texts = |within: ElementRef<'_>, selector: &str| -> Vec<String> {
        let selector = Selector::parse(selector).unwrap();
        let text = |it: ElementRef<'_>| collapse_whitespace(&it.text().collect::<String>());
        within.select(&selector).map(text).collect()
    };
    let all = |selector: &str| texts(page.root_element(), selector);
    let each = |selector: &str, parts: &[&str]| -> Vec<Vec<String>> {
        let outer = Selector::parse(selector).unwrap();
        let part = |it: ElementRef<'_>, part: &str| texts(it, part).into_iter().next().unwrap_or_default();
        page.select(&outer).map(|it| parts.iter().map(|name| part(it, name)).collect()).collect()
    };
    let fixed = |rows: Vec<Vec<String>>| rows.into_iter().map(|row| row.try_into().unwrap()).collect();
    let failure = |article: ElementRef<'_>| {
        let facts = texts(article, "dl.facts dt").into_iter().zip(texts(article, "dl.facts dd"));
        let databases = facts.into_iter().find(|(label, _)| label == "Source → destination").unwrap().1;
        let name = [texts(article, "h3 .kind"), texts(article, "h3 bdi")].concat().join(" ");
        [name, databases, shortened(&texts(article, "pre.error").concat())]
    };
    let articles = Selector::parse("article.failure:not(.over)").unwrap();
    let rows = each(
        "#table-rows tbody tr",
        &[
            "th > bdi",
            "th small",
            "td:nth-child(2)",
            "td:nth-child(3)",
            "td:nth-child(4)",
            "td:nth-child(5)",
            "td:nth-child(6)",
            "td:nth-child(11)",
        ],
    );
    Figures {
        title: all("h1").remove(0),
        verdict: [all("#verdict").remove(0), all(".meaning").remove(0)],
        next: all("ol.next li"),
        headlines: fixed(each("dl.headlines > div", &["dt", "dd.value", "dd.note"])),
        progress: each("dl.progress > div", &["dt", "dd"])
            .into_iter()
            .map(|row| row.try_into().unwrap())
            .collect(),
        failures: sorted(page.select(&articles).map(failure)),
        tables: rows.into_iter().map(unlisted_last).collect(),
    }
}

/// HTML says that a table is no longer listed beside its databases.
fn unlisted_last(mut row: Vec<String>) -> Row {
    if let Some((databases, unlisted)) = row[1].clone().split_once(" · ") {
        databases.clone_into(&mut row[1]);
        row[2] = format!("{} ({unlisted})", row[2]);
    }
    without_sign(row)
}

/// The page orders failures by cause, the other forms by kind.
fn sorted(failures: impl Iterator<Item = [String; 3]>) -> Vec<[String; 3]> {
    let mut failures: Vec<_> = failures.collect();
    failures.sort();
    failures
}

/// The sign of a status goes; what a form leaves out of finished tables is a dash.
fn without_sign(row: Vec<String>) -> Row {
    let mut row: Row = row.try_into().unwrap();
    row[2] = row[2].trim_start_matches(['✓', '✕', '▸', '·', '?', ' ']).into();
    if row[7].is_empty() {
        "–".clone_into(&mut row[7]);
    }
    row
}

fn figures_from_markdown(markdown: &str) -> Figures {
    use pulldown_cmark::{Event, Parser, Tag, TagEnd};
    let (mut headings, mut paragraphs, mut items) = (Vec::new(), Vec::new(), Vec::new());
    let mut codes: Vec<String> = Vec::new();
    // Where in the text the failures stand that are still open.
    let mut failures = Vec::new();
    let mut text = String::new();
    for event in Parser::new(markdown) {
        match event {
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            Event::Start(Tag::Paragraph | Tag::Item | Tag::Heading { .. } | Tag::CodeBlock(_)) => {
                text.clear();
            }
            Event::End(TagEnd::Heading(level)) => {
                headings.push(text.clone());
                if level as usize == 4 && !headings.iter().any(|it| it.starts_with("Resolved")) {
                    failures.push((text.clone(), paragraphs.len(), codes.len()));
                }
            }
            Event::End(TagEnd::Paragraph) => paragraphs.push(collapse_whitespace(&text)),
            Event::End(TagEnd::Item) => items.push(collapse_whitespace(&text)),
            Event::End(TagEnd::CodeBlock) => codes.push(text.clone()),
            _ => {}
        }
    }
    let (word, title) = headings[0].split_once(": ").unwrap();
    let steps = markdown.matches("\n1. ").count();
    let first_screen = markdown.split("\n## ").next().unwrap();
    let figures = &items[steps..steps + first_screen.matches("\n- **").count()];
    // The three kinds of progress come last.
    let (headlines, progress) = figures.split_at(figures.len() - 3);
    let figure =
        |item: &String| item.split_once(": ").map(|(label, rest)| [label, rest].map(str::to_owned)).unwrap();
    let headline = |item: &String| {
        let [label, rest] = figure(item);
        let (value, note) = rest.split_once(" · ").unwrap();
        [label, value.to_owned(), note.to_owned()]
    };
    let rows = codes
        .iter()
        .find(|it| it.lines().next().is_some_and(|line| line.contains("Estimated total")))
        .unwrap();
    let row = |line: &str| {
        let cells: Vec<_> = line.split("  ").map(collapse_whitespace).filter(|it| !it.is_empty()).collect();
        without_sign(
            [0, 1, 2, 3, 4, 5, 6, 11].map(|at: usize| cells.get(at).cloned().unwrap_or_default()).into(),
        )
    };
    Figures {
        title: title.to_owned(),
        verdict: [word.to_owned(), paragraphs[0].clone()],
        next: items[..steps].to_vec(),
        headlines: headlines.iter().map(headline).collect(),
        progress: progress.iter().map(figure).collect(),
        failures: sorted(failures.into_iter().map(|(name, paragraph, code)| {
            let facts = &paragraphs[paragraph];
            let databases = facts.split("destination: ").nth(1).unwrap().split(" · ").next().unwrap();
            [name, databases.to_owned(), shortened(&codes[code])]
        })),
        tables: rows.lines().skip(2).map(row).collect(),
    }
}

fn figures_from_status(said: &str) -> Figures {
    let blocks: Vec<&str> = said.trim_end().split("\n\n").collect();
    let first: Vec<&str> = blocks[0].lines().collect();
    let (word, meaning) = first[2].split_once(' ').unwrap().1.split_once(": ").unwrap();
    let indented = || first[3..].iter().map(|line| line.trim());
    let is_step = |line: &&str| line.split_once(". ").is_some_and(|(number, _)| number.parse::<u8>().is_ok());
    let figures: Vec<_> =
        indented().filter(|it| !is_step(it)).map(|it| it.split_once(": ").unwrap()).collect();
    // The notes of headlines stand in brackets; progress has a percentage of its own.
    let (headlines, progress): (Vec<_>, Vec<_>) = figures.into_iter().partition(|(_, it)| it.ends_with(')'));
    let failure = |line: &str| {
        let (object, rest) = line.trim_start_matches("✕ ").split_once(" (").unwrap();
        let (databases, error) = rest.split_once("): ").unwrap();
        [object.to_owned(), databases.to_owned(), error.to_owned()]
    };
    let row = |line: &str| {
        without_sign(
            line.trim().split("  ").map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect(),
        )
    };
    Figures {
        title: first[0].split(" (").next().unwrap().to_owned(),
        verdict: [word.to_owned(), meaning.to_owned()],
        next: indented().filter(is_step).map(|it| it.split_once(". ").unwrap().1.to_owned()).collect(),
        headlines: headlines
            .into_iter()
            .map(|(label, rest)| {
                let (value, note) = rest.split_once(" (").unwrap();
                [label, value, note.strip_suffix(')').unwrap()].map(str::to_owned)
            })
            .collect(),
        progress: progress.into_iter().map(|(label, value)| [label, value].map(str::to_owned)).collect(),
        failures: sorted(
            blocks[1..].iter().flat_map(|it| it.lines()).filter(|it| it.starts_with('✕')).map(failure),
        ),
        tables: blocks.last().unwrap().lines().skip(1).map(row).collect(),
    }
}

fn with_thousands_separators(number: &Value) -> String {
    let Some(number) = number.as_i64() else { return "–".to_owned() };
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    groups.map(|group| std::str::from_utf8(group).unwrap()).collect::<Vec<_>>().join(",")
}

/// The raw figures, said with nothing of the product, are those of the view.
fn assert_equals_json(told: &Figures, json: &Value) {
    let word = json["verdict"].as_str().unwrap().replace('_', " ");
    assert_eq!(told.verdict[0].to_lowercase(), word);
    let headline = |label: &str| {
        told.headlines.iter().find(|it| it[0] == label).unwrap_or_else(|| panic!("{label}: {told:#?}"))
    };
    let counts = &json["counts"]["data"];
    let listed: i64 = ["not_started", "migrating", "failed", "finished", "other"]
        .map(|status| counts[status].as_i64().unwrap())
        .iter()
        .sum();
    assert_eq!(headline("Tables")[1], format!("{} of {listed} finished", counts["finished"]));
    assert_eq!(headline("Rows copied")[1], with_thousands_separators(&json["totals"]["finished_rows"]));
    let estimated = with_thousands_separators(&json["totals"]["total_rows"]);
    assert!(headline("Rows copied")[2].contains(&estimated), "{estimated}");
    let open: Vec<_> =
        json["failures"].as_array().unwrap().iter().filter(|it| it["resolved_at"].is_null()).collect();
    assert_eq!(headline("Open failures")[1], open.len().to_string());
    let errors: Vec<_> = open.iter().map(|it| shortened(it["error_message"].as_str().unwrap())).collect();
    let told_errors: Vec<_> = told.failures.iter().map(|it| it[2].clone()).collect();
    let sorted = |mut list: Vec<String>| {
        list.sort();
        list
    };
    assert_eq!(sorted(errors), sorted(told_errors));
    let eta = &json["totals"]["eta"];
    for end in ["early", "late"] {
        if let (Some(moment), "in_progress") = (eta[end].as_str(), json["verdict"].as_str().unwrap()) {
            let forecast = &headline("Forecast end")[1];
            assert!(forecast.contains(&moment[11..19]), "{moment} in {forecast}");
        }
    }
    let tables = json["tables"].as_array().unwrap();
    assert_eq!(tables.len(), told.tables.len());
    for table in tables {
        let [source, destination] = ["source_db", "destination_db"].map(|key| table[key].as_str().unwrap());
        let databases =
            if source == destination { source.to_owned() } else { format!("{source} → {destination}") };
        let name = table["table_name"].as_str().unwrap();
        let row = told.tables.iter().find(|row| row[0] == name && row[1] == databases).unwrap();
        let [_, _, _, rows, total, percent, rate, _] = row;
        assert_eq!(
            (rows, total),
            (
                &with_thousands_separators(&table["finished_rows"]),
                &with_thousands_separators(&table["total_rows"])
            )
        );
        if let (Some(ratio), false) = (table["ratio"].as_f64(), table["status"] == "Finished") {
            assert_eq!(percent, &format!("{:.1} %", (ratio * 1000.0).floor() / 10.0), "{table}");
        }
        let shown = rate.replace(',', "").parse::<f64>().ok();
        match (table["rows_per_second"].as_f64(), shown) {
            (Some(exact), Some(shown)) => {
                assert!((exact - shown).abs() <= exact * 0.005 + 0.5, "{table} {rate}");
            }
            (exact, shown) => assert_eq!((exact, shown), (None, None), "{table}"),
        }
    }
}

#[track_caller]
fn assert_formats_equal(folder: &Folder, database: &Path, job: &str) -> Figures {
    let run =
        |args: &[&str]| folder.run(&[&["--db", database.to_str().unwrap()], args].concat()).expect_success();
    let report = |format: &str| run(&["report", "--job", job, "--format", format]);
    let (html, markdown) = (figures_from_html(&report("html")), figures_from_markdown(&report("md")));
    let status = figures_from_status(&run(&["status", "--all", "--job", job]));
    // Markdown shows a part of many tables, and says so.
    let mut rest = html.tables.iter();
    for row in &markdown.tables {
        assert!(rest.any(|it| it == row), "{row:?} of the Markdown, in {:#?}", html.tables);
    }
    assert_eq!(Figures { tables: html.tables.clone(), ..markdown }, html);
    // Who looks at a terminal wants to see first what failed, then what moves.
    let mut tables = html.tables.clone();
    let words = ["Failed", "Migrating", "Not started", "Finished"];
    tables.sort_by_key(|row| words.iter().position(|word| row[2].starts_with(word)));
    assert_eq!(status, Figures { tables, ..html });
    let json: Value = serde_json::from_str(&report("json")).unwrap();
    assert_equals_json(&status, &json);
    let full: Value = serde_json::from_str(&run(&["status", "--json", "--all", "--job", job])).unwrap();
    for (field, value) in full["jobs"][0].as_object().unwrap() {
        assert_eq!(value, &json[field], "{field} of status --json --all");
    }
    let mut summary = full;
    for table in summary["jobs"][0]["tables"].as_array_mut().unwrap() {
        let table = table.as_object_mut().unwrap();
        assert!(table.remove("attempts").is_some() && table.remove("spans").is_some());
    }
    let short: Value = serde_json::from_str(&run(&["status", "--json", "--job", job])).unwrap();
    assert_eq!(short, summary, "status --json is the same without attempts and statuses over time");
    // Failures are read without the other objects.
    let every: Value =
        serde_json::from_str(&run(&["failures", "--all", "--format", "json", "--job", job])).unwrap();
    for field in ["job", "as_of", "failures"] {
        assert_eq!(every["jobs"][0][field], json[field], "{field} of failures --all");
    }
    let open: Value = serde_json::from_str(&run(&["failures", "--format", "json", "--job", job])).unwrap();
    assert_eq!(open["jobs"][0]["causes"], json["causes"], "causes of failures");
    status
}

#[test]
fn demo_figures_are_identical_in_all_four_formats() {
    let told = assert_formats_equal(&Folder::new(), &demo_output().join("history.db"), "dtsdemo0a1b2c3d4e");
    assert!(told.failures.len() >= 10 && told.tables.len() >= 59, "{told:#?}");
}

#[test]
fn language_and_time_zone_apply_to_every_format() {
    let (folder, database) = (Folder::new(), demo_output().join("history.db"));
    let run = |args: &[&str]| {
        let words = [&["--db", database.to_str().unwrap()], args, &["--lang", "zh", "--tz", "Asia/Shanghai"]];
        folder.run(&words.concat()).expect_success()
    };
    let markdown = run(&["report", "--job", "dtsdemo0a1b2c3d4e", "--format", "md"]);
    let as_of = "截至 2026-01-16 23:05:00 +08:00";
    for said in [markdown, run(&["status"]), run(&["failures"])] {
        assert!(said.contains(as_of), "{said}");
    }
    for command in ["status", "failures"] {
        let refused = folder.run(&[command, "--lang", "fr"]);
        assert_eq!((refused.status, refused.stderr.contains("\"zh\"")), (2, true), "{refused:?}");
        let refused = folder.run(&[command, "--tz", "Asia/Shanghia"]);
        assert_eq!((refused.status, refused.stderr.contains("Asia/Shanghai")), (2, true), "{refused:?}");
    }
}

#[test]
fn figures_during_a_migration_are_identical_in_all_four_formats() {
    let folder = Folder::new();
    let database = folder.path("dts-history.db");
    let unknown = |minute: i64| {
        let mut table = table("events", "Migrating", minute * 7, 0);
        table.state.total_rows = None;
        table
    };
    let at = |minute: i64| -> Vec<Reading> {
        let view = "CREATE VIEW v AS SELECT 1";
        vec![
            object(
                "View",
                "v",
                if minute < 3 { "NotStarted" } else { "Failed" },
                view,
                (minute >= 3).then_some("no such column"),
            ),
            constraint(
                "orders",
                if minute < 5 { "NotStarted" } else { "Failed" },
                "ALTER TABLE orders ADD KEY (a)",
                (minute >= 5).then_some("too long"),
            ),
            table("orders", "Migrating", minute * 1234, 98_765),
            table("done", if minute < 4 { "Migrating" } else { "Finished" }, (minute * 25).min(100), 99),
            table("waits", "NotStarted", 0, 5_000),
            table("broken", if minute < 6 { "Migrating" } else { "Failed" }, (minute * 10).min(60), 1000),
            unknown(minute),
        ]
    };
    let mut sweeps: Vec<_> = (0..12).map(|minute| sweep(minute * 60, vec![at(minute)])).collect();
    // One that is no longer listed.
    for early in &mut sweeps[..3] {
        early.pages[0].readings.push(table("gone", "NotStarted", 0, 10));
    }
    for late in &mut sweeps[6..] {
        late.pages[0].readings.iter_mut().filter(|it| it.key.object_name == "broken").for_each(|it| {
            it.state.error_message = Some("DTS-70002: no\n  such table".to_owned());
        });
    }
    block_on(async {
        let store = Store::open(&database).await.unwrap();
        record(&store, &job("dtsmiddle"), &sweeps).await;
        store.close().await;
    });
    let told = assert_formats_equal(&folder, &database, "dtsmiddle");
    assert_eq!(told.verdict[0], "In progress");
    assert_eq!((told.failures.len(), told.tables.len()), (3, 6));
    let forecast = told.headlines.iter().find(|it| it[0] == "Forecast end").unwrap();
    assert!(forecast[1].ends_with("at the earliest"), "{forecast:?}");
    assert!(forecast[2].starts_with("1 table without an estimate is not in it"), "{forecast:?}");
}
