//! Whole reports, read as a person would read them.

use super::*;

#[test]
fn markdown_of_nothing() {
    insta::assert_snapshot!(markdown(&sample::empty(), &sample::EN).expect("markdown"));
}

#[test]
fn markdown_of_one_table() {
    insta::assert_snapshot!(markdown(&sample::one_table(), &sample::EN).expect("markdown"));
}

#[test]
fn markdown_of_a_rich_history() {
    insta::assert_snapshot!(markdown(&sample::rich(), &sample::EN).expect("markdown"));
}

#[test]
fn markdown_in_chinese() {
    insta::assert_snapshot!(markdown(&sample::rich(), &sample::ZH).expect("markdown"));
}

#[test]
fn the_same_analysis_gives_the_same_bytes() {
    let rich = sample::rich();
    assert_eq!(html(&rich, &sample::EN).expect("html"), html(&rich.clone(), &sample::EN).expect("html"));
    assert_eq!(json(&rich), json(&rich.clone()));
}

#[test]
fn ten_thousand_tables_stay_below_two_megabytes() {
    let big = html(&sample::big(10_000), &sample::ZH).expect("html");
    assert!(big.len() < 2_000_000, "{} bytes", big.len());
    let rows = big.matches("<tr>").count();
    assert!(rows <= 2 * 200 + 3, "{rows} rows in the page");
}

#[test]
fn a_hundred_thousand_tables_would_stay_below_six_megabytes() {
    let bytes = |tables| html(&sample::big(tables), &sample::ZH).expect("html").len();
    let (fewer, more) = (bytes(2_000), bytes(10_000));
    let each = (more - fewer) as f64 / 8_000.0;
    assert!(more as f64 + each * 90_000.0 < 6e6, "{each} bytes for each further table");
}

#[test]
fn a_ticket_takes_the_markdown_of_ten_thousand_tables() {
    let big = markdown(&sample::big(10_000), &sample::EN).expect("markdown");
    assert!(big.len() < 65_536, "{} bytes", big.len());
    assert!(big.contains("… and 9,900 more."), "says how many are left out");
}

#[test]
fn html_markdown_and_json_give_the_same_figures() {
    let rich = sample::rich();
    let (page, text) =
        (html(&rich, &sample::EN).expect("html"), markdown(&rich, &sample::EN).expect("markdown"));
    let raw: serde_json::Value = serde_json::from_str(&json(&rich)).expect("it is JSON");
    let mut checked = 0;
    for table in raw["tables"].as_array().expect("tables") {
        let name = table["table_name"].as_str().expect("a name").replace('<', "&#60;").replace('>', "&#62;");
        let cell = |value: &serde_json::Value| value.as_i64().map_or("–".to_owned(), number::integer);
        let (done, total) = (cell(&table["finished_rows"]), cell(&table["total_rows"]));
        let rate = table["rows_per_second"].as_f64().map_or("–".to_owned(), number::decimal);
        let row =
            page.lines().find(|line| line.contains(&format!("<tr><th scope=\"row\"><bdi>{name}</bdi>")));
        let row = row.unwrap_or_else(|| panic!("{name} is in the page"));
        let doubts = table["rests_on"].as_object().expect("an object").values();
        let doubtful = doubts.flat_map(|words| words.as_array().expect("words")).count() > 0;
        assert_eq!(row.contains("href=\"#doubts\""), doubtful, "{name}: {row}");
        for figure in [&done, &total, &rate] {
            assert!(row.contains(&format!("<td class=\"number\">{figure}<")), "{name}: {figure} in {row}");
        }
        let plain = table["table_name"].as_str().expect("a name");
        let mut rows = text.lines().filter(|line| line.starts_with(&format!("{plain} ")));
        if let Some(row) = rows.find(|line| line.contains("  shop  ")) {
            assert_eq!(row.contains('†'), doubtful, "{name}: {row}");
            for figure in [&done, &total, &rate] {
                let is_cell = |cell: &str| cell.trim().trim_end_matches("\u{a0}†") == figure;
                assert!(row.split("  ").any(is_cell), "{name}: {figure} in {row}");
            }
            checked += 1;
        }
    }
    assert!(checked > 14, "only {checked} tables were found");
}

#[test]
fn the_way_to_the_cutover_is_a_section_and_a_verdict() {
    let finished = Analysis {
        verdict: crate::history::figures::verdict::JobVerdict::Finished,
        cutover: Some(sample::cutover()),
        ..sample::rich()
    };
    for (options, sentence, heading) in [
        (&sample::EN, "Ready to cut over: delay under 5 s for 10 min.", "The way to the cutover"),
        (&sample::ZH, "可以割接：延迟低于", "割接进度"),
    ] {
        let html = html(&finished, options).expect("html");
        let markdown = markdown(&finished, options).expect("markdown");
        for text in [&html, &markdown] {
            assert!(text.contains(heading) && text.contains("DTS-71016"), "{text}");
        }
        assert!(html.contains(sentence) && markdown.contains(sentence), "{sentence}");
        assert!(html.contains("aria-labelledby=\"cutover-title"), "the picture");
    }
    let none = html(&sample::rich(), &sample::EN).expect("html");
    assert!(!none.contains("id=\"cutover\""), "no status was read");
}
