//! The table of limits in ARCHITECTURE.md, checked against the source.

use std::path::Path;

/// A row of the table: what is limited, its constant or configuration key, the default, what happens beyond it, its
/// metric and its test.
struct Row {
    constant: String,
    metric: String,
    test: String,
}

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The text between the first pair of backticks of a cell, if there is one.
fn code(cell: &str) -> String {
    cell.split('`').nth(1).unwrap_or_default().to_owned()
}

fn rows() -> Vec<Row> {
    let text = read("ARCHITECTURE.md");
    let section = text.split("\n## Limits\n").nth(1).expect("ARCHITECTURE.md has a section Limits");
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| ")).skip(1);
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 6, "{line}");
        assert!(cells.iter().all(|cell| !cell.is_empty()), "an empty cell: {line}");
        Row { constant: code(cells[1]), metric: code(cells[4]), test: code(cells[5]) }
    };
    rows.map(row).collect()
}

fn sources(folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|it| it == "rs") {
            files.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn each_limit_of_the_table_has_its_constant_its_metric_and_its_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut code, mut tests) = (Vec::new(), Vec::new());
    sources(&root.join("src"), &mut code);
    tests.extend(code.iter().cloned());
    sources(&root.join("tests/it"), &mut tests);
    let metrics = read("src/service/http/metrics.rs");
    let configuration = read("docs/configuration.md");
    let rows = rows();
    assert!(rows.len() > 15, "{} rows", rows.len());
    for Row { constant, metric, test } in &rows {
        let is_defined = match constant.rsplit_once("::") {
            Some((file, name)) => code.iter().any(|(path, text)| {
                let path = path.replace('\\', "/");
                path.ends_with(&format!("src/{file}.rs")) && text.contains(&format!("const {name}: "))
            }),
            // A key of the configuration.
            None => configuration.contains(constant.rsplit('.').next().unwrap()),
        };
        assert!(is_defined, "the limit {constant} is not in the source");
        if !metric.is_empty() {
            let name = metric.trim_start_matches("dts_history_").trim_end_matches("_total");
            let name = name.split('{').next().unwrap().trim_end_matches("_total");
            assert!(
                metrics.contains(&format!("\"{name}\"")),
                "the metric {metric} of {constant} is not in the source"
            );
        }
        let function = format!("fn {test}(");
        assert!(
            tests.iter().any(|(_, text)| text.contains(&function)),
            "the test {test} of {constant} does not exist"
        );
    }
}

#[test]
fn each_limit_of_http_is_in_the_table() {
    let rows = rows();
    for line in read("src/service/http/limits.rs").lines() {
        let constant = line.trim_start_matches("pub(super) ").strip_prefix("const ");
        if let Some(name) = constant.and_then(|rest| rest.split(':').next()) {
            let full = format!("service/http/limits::{name}");
            assert!(rows.iter().any(|row| row.constant == full), "{full} is not in the table of limits");
        }
    }
}
