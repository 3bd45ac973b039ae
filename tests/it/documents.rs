//! The documents agree with the program and with their translations.

use dts_history::cli::config::Config;
use std::path::Path;
use std::process::Command;

use dts_history::store::Store;

use crate::demo::demo_output;
use crate::service::configuration;
use crate::simulator::Simulator;
use crate::support::{Folder, block_on, query};

fn document(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The fenced blocks of this language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}\n");
    text.split(&opening).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

const READMES: [&str; 2] = ["README.md", "README.zh-CN.md"];

#[test]
fn readme_help_equals_program_help() {
    let help = Folder::new().run(&["--help"]).expect_success();
    for readme in READMES {
        assert_eq!(
            blocks(&document(readme), "text"),
            std::slice::from_ref(&help),
            "{readme}: paste the output of --help"
        );
    }
}

#[test]
fn every_command_has_help_and_examples() {
    let folder = Folder::new();
    for command in [
        "demo",
        "collect",
        "import",
        "report",
        "status",
        "wait",
        "compare",
        "serve",
        "jobs",
        "check",
        "failures",
        "export",
        "forget",
        "notify",
        "prune",
        "healthcheck",
        "simulate",
        "completions",
        "man",
    ] {
        let help = folder.run(&[command, "--help"]).expect_success();
        assert!(help.contains("Usage: dts-history"), "{help}");
        assert!(command == "demo" || help.contains("Examples:"), "{help}");
    }
}

#[test]
fn first_commands_of_the_readme_run_in_ci() {
    let ci = document(".ci/run");
    for readme in READMES {
        let first = blocks(&document(readme), "sh").remove(0);
        assert_eq!(first, "cargo run --release -- demo\ncargo test\n", "{readme}");
        for command in first.lines() {
            assert!(ci.lines().any(|line| line == format!("step {command}")), "{command} in .ci/run");
        }
    }
}

#[test]
fn readme_queries_return_rows_on_the_demo_database() {
    let recipes = blocks(&document("README.md"), "sql");
    assert!(recipes.len() >= 6);
    for recipe in recipes {
        assert_ne!(query(&demo_output().join("history.db"), &recipe), Vec::<String>::new(), "{recipe}");
    }
}

/// Documents in English and in Chinese.
const PAIRS: [[&str; 2]; 6] = [
    READMES,
    ["docs/configuration.md", "docs/configuration.zh-CN.md"],
    ["docs/service.md", "docs/service.zh-CN.md"],
    ["docs/views.md", "docs/views.zh-CN.md"],
    ["docs/scenario.md", "docs/scenario.zh-CN.md"],
    ["docs/postgresql.md", "docs/postgresql.zh-CN.md"],
];

#[cfg(unix)]
#[test]
fn the_cron_line_of_the_readme_needs_no_environment() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, "speed = 60\nelapsed_minutes = 50\n");
    folder.write("dts-history.toml", configuration(&simulator, "", &[&simulator.job]));
    let credentials = format!(
        "ALIBABA_CLOUD_ACCESS_KEY_ID={}\nALIBABA_CLOUD_ACCESS_KEY_SECRET={}\n",
        simulator.access_key_id, simulator.access_key_secret
    );
    folder.write("environment", credentials);
    let own = |path: &str| folder.path(path).to_str().unwrap().to_owned();
    let line = blocks(&document("README.md"), "crontab")[0]
        .strip_prefix("* * * * * ")
        .unwrap()
        .replace("/usr/local/bin/dts-history", env!("CARGO_BIN_EXE_dts-history"))
        .replace("/etc/dts-history/", &own(""))
        .replace("/var/log/", &own(""));
    let ended = Command::new("/bin/sh").args(["-c", &line]).env_clear().current_dir("/").status().unwrap();
    let log = std::fs::read_to_string(folder.path("dts-history.log")).unwrap();
    assert!(ended.success(), "{line}: {log}");
    assert_eq!(folder.query("dts-history.db", "select outcome from snapshots"), ["complete"]);
}

#[test]
fn translations_contain_the_same_code_blocks() {
    // Comments and names are translated, commands and settings are not.
    let bare = |text: &str, language: &str| -> Vec<String> {
        let lines = blocks(text, language).join("\n");
        let lines =
            lines.lines().filter(|line| !line.starts_with("name =") && !line.starts_with("language ="));
        lines.map(|line| line.split('#').next().unwrap().trim().to_owned()).collect()
    };
    for pair in PAIRS {
        let [english, chinese] = pair.map(document);
        for language in ["sql", "text", "crontab"] {
            assert_eq!(blocks(&english, language), blocks(&chinese, language), "{pair:?}");
        }
        for language in ["sh", "toml"] {
            assert_eq!(bare(&english, language), bare(&chinese, language), "{pair:?}");
        }
        let headings = |text: &str| text.lines().filter(|line| line.starts_with("## ")).count();
        assert_eq!(headings(&english), headings(&chinese), "{pair:?}");
        // The first cells of tables are names, but for the tables of measurements and their heads.
        let first_cells = |text: &str| -> Vec<String> {
            let cells = text.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
            cells.filter(|cell| cell.is_ascii() && !cell.contains(' ')).map(str::to_owned).collect()
        };
        let names = |text: &str| -> Vec<String> {
            first_cells(text)
                .into_iter()
                .filter(|cell| !["column", "event", "kind", "measurement"].contains(&&cell[..]))
                .collect()
        };
        assert_eq!(names(&english), names(&chinese), "{pair:?}");
    }
}

#[test]
fn documented_configurations_parse_as_documented() {
    for [readme, manual] in [0, 1].map(|language| [PAIRS[0][language], PAIRS[1][language]]) {
        let folder = Folder::new();
        let read = |text: &str| Config::load(Some(&folder.write("dts-history.toml", text))).unwrap();
        let example = read(&blocks(&document(readme), "toml")[0]);
        assert_eq!(example.jobs.len(), 1, "{readme}");
        let shown = blocks(&document(manual), "toml");
        // The language of reports; commands follow the locale where the file names none.
        let default = read("");
        let default = Config { language: Some(default.report_language()), ..default };
        assert_eq!(read(&shown[0]), default, "the defaults in {manual}");
        let [jobs, discover, webhooks] = [1, 2, 3].map(|at: usize| read(&shown[at]));
        assert_eq!(jobs.jobs[0].id, "dtsi76118o3w92abcd", "{manual}");
        assert_eq!(discover.discover.unwrap().regions, ["cn-hangzhou"], "{manual}");
        assert_eq!(webhooks.webhooks.len(), 1, "{manual}");
    }
}

#[test]
fn every_view_column_is_documented() {
    let folder = Folder::new();
    block_on(async { Store::open(&folder.path("h.db")).await.unwrap().close().await });
    let views = ["jobs", "snapshots", "table_latest", "table_history", "table_throughput", "object_latest"];
    for view in views.into_iter().chain([
        "status_transitions",
        "failures",
        "pruned",
        "sync_latest",
        "job_history",
        "job_latest",
        "stalls",
        "job_throughput",
    ]) {
        let text = document("docs/views.md");
        let section = text.split(&format!("\n## {view}\n")).nth(1).unwrap().split("\n## ").next().unwrap();
        let documented: Vec<_> = section
            .lines()
            .filter_map(|line| line.strip_prefix("| "))
            .filter_map(|line| line.split(" |").next())
            .filter(|column| *column != "column")
            .collect();
        let columns = folder.query("h.db", &format!("select name from pragma_table_info('{view}')"));
        assert_eq!(documented, columns, "{view}");
    }
}

#[test]
fn tests_named_in_architecture_exist() {
    fn text(folder: &Path) -> String {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let texts = entries
            .map(|path| if path.is_dir() { text(&path) } else { std::fs::read_to_string(path).unwrap() });
        texts.collect()
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let code = text(&root.join("src")) + &text(&root.join("tests/it"));
    let architecture = document("ARCHITECTURE.md");
    // The tests stand in the third column of both.
    for (heading, least) in [("## Faults of the API", 10), ("## Durability", 10)] {
        let table = architecture.split(heading).nth(1).unwrap().split("\n## ").next().unwrap();
        let rows: Vec<_> =
            table.lines().filter(|line| line.starts_with("| ") && line.contains('`')).collect();
        assert!(rows.len() >= least);
        for row in rows {
            let named = row.trim_end_matches(" |").split(" | ").nth(2).unwrap();
            for test in named.split(", ").map(|name| name.trim_matches('`')) {
                assert!(code.contains(&format!("fn {test}(")), "{test} of {row}");
            }
        }
    }
}

#[test]
fn document_links_resolve() {
    for name in [
        "README.md",
        "README.zh-CN.md",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "docs/configuration.md",
        "docs/configuration.zh-CN.md",
        "docs/service.md",
        "docs/service.zh-CN.md",
        "docs/views.md",
        "docs/views.zh-CN.md",
        "docs/scenario.md",
        "docs/scenario.zh-CN.md",
        "docs/postgresql.md",
        "docs/postgresql.zh-CN.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
    ] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(name).parent().unwrap().to_owned();
        for link in document(name).split("](").skip(1).map(|rest| rest.split(')').next().unwrap().to_owned())
        {
            let target = link.split('#').next().unwrap();
            assert!(
                link.starts_with("https://") || target.is_empty() || folder.join(target).exists(),
                "{name}: {link}"
            );
        }
    }
}

#[test]
fn the_paths_in_contributing_exist() {
    let text = document("CONTRIBUTING.md");
    let is_path = |word: &&str| {
        ["src/", "tests/", "docs/", "migrations/", "templates/", "contrib/", "reports/", ".github/", ".ci/"]
            .iter()
            .any(|folder| word.starts_with(folder))
    };
    let paths: Vec<_> = text.split('`').skip(1).step_by(2).filter(is_path).collect();
    assert!(paths.len() > 30, "{paths:?}");
    for path in paths {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(path).exists(), "{path} does not exist");
    }
}
