//! The plan of the house, held against the `use` lines.

use std::path::Path;

/// The floors, top first. A room imports from the floors below it only.
const FLOORS: [&[&str]; 6] = [
    &["cli"],
    &["service", "demo"],
    &["collect", "publish", "prune", "sim"],
    &["api", "store", "report"],
    &["history"],
    &["model", "clock"],
];

/// One definition of the protocol: the simulator verifies and writes what the client signs and reads.
const PASSAGES: [(&str, &str); 1] = [("sim", "api")];

fn floor(room: &str) -> usize {
    FLOORS.iter().position(|rooms| rooms.contains(&room)).unwrap_or_else(|| {
        panic!("{room} stands on no floor of the plan: add it to ARCHITECTURE.md and here")
    })
}

/// Every source file of the library with its room and its text.
fn sources() -> Vec<(String, String, String)> {
    fn walk(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|it| it == "rs") {
                files.push(path);
            }
        }
    }
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&src, &mut files);
    files.sort();
    let with_room = |path: std::path::PathBuf| {
        let inside = path.strip_prefix(&src).unwrap();
        let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
        let room = first.trim_end_matches(".rs").to_owned();
        (inside.display().to_string(), room, std::fs::read_to_string(&path).unwrap())
    };
    files.into_iter().map(with_room).filter(|(_, room, _)| !matches!(&room[..], "lib" | "main")).collect()
}

#[test]
fn rooms_import_downwards_only() {
    let mut wrong = Vec::new();
    for (file, room, text) in sources() {
        let uses = text.split("crate::").skip(1).map(|rest| {
            rest.split(|it: char| !(it.is_ascii_alphanumeric() || it == '_')).next().unwrap_or_default()
        });
        for other in uses.filter(|it| !it.is_empty() && *it != room) {
            let passage = PASSAGES.contains(&(&room, other));
            if floor(other) <= floor(&room) && !passage {
                wrong.push(format!("{file} uses {other}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "rooms that look up or sideways");
}

#[test]
fn each_foreign_language_is_spoken_in_one_room() {
    for (word, rooms) in [
        ("sqlx::", &["store"][..]),
        ("reqwest::", &["api", "service"]),
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
            .filter(|(file, room, text)| {
                text.contains(word) && !rooms.contains(&&room[..]) && !file.contains("test")
            })
            .map(|(file, _, _)| file)
            .collect();
        assert_eq!(elsewhere, Vec::<String>::new(), "{word} outside {rooms:?}");
    }
}

#[test]
fn the_pure_rooms_do_no_io() {
    for (file, room, text) in sources() {
        if matches!(&room[..], "history" | "report" | "model") {
            for word in ["std::fs", "std::net", "tokio::", "std::env", "rand::", "async fn"] {
                assert!(!text.contains(word), "{file} mentions {word}");
            }
        }
    }
}
