//! The module structure that ARCHITECTURE.md describes, checked against the source.

mod imports;

use std::path::Path;
use std::sync::OnceLock;

use imports::{Crate, Import, cycles};

/// The layers, top first. A module imports from the layers below its own only.
const LAYERS: [&[&str]; 6] = [
    &["cli"],
    &["service", "demo"],
    &["collect", "publish", "prune", "compare", "export", "forget", "migrate", "wait", "sim"],
    &["api", "store", "report"],
    &["history"],
    &["model", "clock", "atomic_file", "http_client", "sanitize"],
];

fn source_folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
}

/// Every import of the library, read once.
fn imports() -> &'static std::collections::BTreeSet<Import> {
    static IMPORTS: OnceLock<std::collections::BTreeSet<Import>> = OnceLock::new();
    IMPORTS.get_or_init(|| Crate::read(&source_folder().join("lib.rs")).imports())
}

/// The top-level module of a file.
fn module_of(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

fn layer(module: &str) -> usize {
    LAYERS.iter().position(|modules| modules.contains(&module)).unwrap_or_else(|| {
        panic!("the module {module} is in no layer: add it to ARCHITECTURE.md and to LAYERS")
    })
}

/// Every source file of the library with its module and its text.
fn sources() -> Vec<(String, String, String)> {
    fn collect_files(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect_files(&path, files);
            } else if path.extension().is_some_and(|it| it == "rs") {
                files.push(path);
            }
        }
    }
    let mut files = Vec::new();
    collect_files(source_folder(), &mut files);
    files.sort();
    let with_module = |path: std::path::PathBuf| {
        let file = path.strip_prefix(source_folder()).unwrap().to_str().unwrap().to_owned();
        let module = module_of(&file).to_owned();
        (file, module, std::fs::read_to_string(&path).unwrap())
    };
    files
        .into_iter()
        .map(with_module)
        .filter(|(_, module, _)| !matches!(&module[..], "lib" | "main"))
        .collect()
}

#[test]
fn modules_import_from_lower_layers_only() {
    // One definition of the protocol: the simulator verifies and writes what the client signs and reads.
    let exceptions = [("sim", "api")];
    let wrong: Vec<_> = imports()
        .iter()
        .filter(|import| {
            let (from, to) = (module_of(&import.from), module_of(&import.to));
            from != to && layer(to) <= layer(from) && !exceptions.contains(&(from, to))
        })
        .collect();
    assert!(imports().len() > 500, "only {} imports were found", imports().len());
    assert_eq!(wrong, Vec::<&Import>::new(), "imports upwards or sideways");
}

#[test]
fn no_files_import_each_other_in_a_cycle() {
    let found: Vec<_> = cycles(imports()).iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn each_external_interface_is_used_by_its_own_modules_only() {
    for (path, modules) in [
        ("sqlx::", &["store"][..]),
        ("reqwest::", &["api", "service", "http_client"]),
        ("askama::", &["report", "service"]),
        ("clap::", &["cli"]),
        ("terminal_size::", &["cli"]),
        ("tokio_cron_scheduler::", &["service"]),
        ("croner::", &["service"]),
        ("sd_notify::", &["service"]),
        ("quick_xml::", &["api", "sim"]),
        ("Utc::now", &["clock"]),
        ("SystemTime::now", &["clock"]),
    ] {
        let elsewhere: Vec<_> = sources()
            .into_iter()
            .filter(|(file, module, text)| {
                text.contains(path) && !modules.contains(&&module[..]) && !file.contains("test")
            })
            .map(|(file, _, _)| file)
            .collect();
        assert_eq!(elsewhere, Vec::<String>::new(), "{path} outside {modules:?}");
    }
}

#[test]
fn the_pure_modules_do_no_io() {
    for (file, module, text) in sources() {
        if matches!(&module[..], "history" | "report" | "model") {
            // A generator with a fixed seed is a pure function.
            let text = text.replace("fastrand::Rng::with_seed", "").replace("(fastrand::Rng)", "");
            for word in ["std::fs", "std::net", "tokio::", "std::env", "rand::", "async fn"] {
                assert!(!text.contains(word), "{file} mentions {word}");
            }
        }
    }
}
