//! Any input from outside gives a result or an error message, never a panic, and no more memory than the input needs
//! for.
//!
//! Each test tries a fixed number of inputs, made from a corpus by chance that is the same each time.
//! `DTS_HISTORY_FUZZ_SECONDS` lets each go on for so long, `DTS_HISTORY_SEED` makes it begin elsewhere.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::time::{Duration, Instant};

use dts_history::api::calls::initialization_status;
use dts_history::api::saved_reply;
use dts_history::cli::config::Config;
use dts_history::history::diff::{BaselineObject, Diff, Presence, apply_diff, diff};
use dts_history::model::{ObjectKey, ObjectState, Page, Phase, Reading, Source, Status, Sweep};
use dts_history::sim::scenario::Scenario;

use crate::support::{Folder, Rng, RunResult, number_from_env};

const REPLIES: [&str; 12] = [
    include_str!("../samples/sample.json"),
    include_str!("../samples/sample.xml"),
    r#"{"Success":false,"ErrCode":"InvalidParameter","ErrMessage":"%s","DynamicMessage":"PageNum","RequestId":"x"}"#,
    r#"{"DataInitializationDetails":{"DataInitializationDetail":[{"FinishRowNum":1e400,"TotalRowNum":-0.0,"UsedTime":1E+9}]},
        "StructureInitializationDetails":[{"ObjectName":"\ud83d\ude00","Constraints":[{"ObjectDefinition":"a"}]},null,1]}"#,
    "<?xml version=\"1.0\"?><R><!-- x --><Success>true</Success><DataInitializationDetails><DataInitializationDetail>\
     <TableName><![CDATA[a]]>&amp;&#x1F600;</TableName></DataInitializationDetail></DataInitializationDetails></R>",
    r#"{"SynchronizationInstances":[{"SynchronizationJobId":"x"}],"TotalRecordCount":1,"PageNumber":1,"Success":true}"#,
    r#"{"Success":true,"DataInitializationDetailList":{"DataInitializationDetail":[{"TableName":"a","MigrationTime":"0.0"}]},
        "StructureInitializationDetailList":{"StructureInitializationDetail":[{"ObjectName":"a","ConstraintList":[{}]}]}}"#,
    r#"{"Code":"03","RequestId":"r","JobProgress":[{"Names":"a","Current":"1","Total":2,"BootTime":1616000000000,
        "Logs":[{"ErrMsg":"x"}]}],"SubDistributedJobStatus":[{"JobProgress":[]}]}"#,
    r#"{"SynchronizationJobId":"x","Status":"synchronizing","DelayMillis":"-1","Checkpoint":"0","Performance":{"RPS":"1e9"}}"#,
    r#"{"MigrationJobStatus":"Migrating","DataSynchronizationStatus":{"Delay":"1","Checkpoint":"1612507847","Percent":"101"}}"#,
    r#"{"DtsJobId":"x","Delay":-1,"Checkpoint":0,"RetryState":{"Retrying":true,"ErrMessage":"e"},"JobType":"sync"}"#,
    r#"{"DtsJobList":{"DtsJobStatus":[{"DtsJobId":"x","Delay":9e99,"Checkpoint":"99999999999999999999","Status":"?"}]}}"#,
];
/// Pieces of text that parsers may fail on.
const PIECES: [&str; 28] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\",
    "\\u",
    "\\ud800",
    ":",
    ",",
    "null",
    "true",
    "-",
    "1e999999999",
    "99999999999999999999999999",
    "\0",
    "\u{feff}",
    "<",
    "</",
    ">",
    "<![CDATA[",
    "]]>",
    "<!--",
    "&lt;",
    "&#0;",
    "&x;",
    "<!DOCTYPE a [<!ENTITY a \"b\">]>",
    "DataInitializationDetails",
];

/// Runs this with one number of a case after the other: so many, or for as long as the environment says.
fn run_cases(usual: u64, mut case: impl FnMut(&mut Rng)) {
    let seconds = number_from_env("DTS_HISTORY_FUZZ_SECONDS", 0);
    let first = number_from_env("DTS_HISTORY_SEED", 0) << 32;
    let start = Instant::now();
    let mut tried = 0;
    while tried < usual || start.elapsed() < Duration::from_secs(seconds) {
        case(&mut Rng::new(first + tried));
        tried += 1;
    }
    println!("{tried} cases");
}

/// Some bytes of the corpus, bent in a few places.
fn mutate(corpus: &[&str], pieces: &[&str], rng: &mut Rng) -> Vec<u8> {
    let below = |rng: &mut Rng, limit: usize| usize::try_from(rng.below(limit as u64)).unwrap();
    let mut bytes = corpus[below(rng, corpus.len())].as_bytes().to_vec();
    for _ in 0..=rng.below(6) {
        let at = below(rng, bytes.len() + 1);
        let to = (at + below(rng, 40)).min(bytes.len());
        match rng.below(7) {
            0 => drop(bytes.drain(at..to)),
            1 => {
                let piece = pieces[below(rng, pieces.len())].repeat(1 + below(rng, 3));
                drop(bytes.splice(at..at, piece.bytes()));
            }
            2 => {
                let copy = bytes[at..to].to_vec();
                let behind = below(rng, bytes.len() + 1);
                drop(bytes.splice(behind..behind, copy));
            }
            3 => bytes.truncate(at),
            4 if at < bytes.len() => bytes[at] ^= 1 << rng.below(8),
            5 => {
                let other = corpus[below(rng, corpus.len())].as_bytes();
                let from = below(rng, other.len());
                drop(bytes.splice(at.., other[from..].iter().copied()));
            }
            _ if at < bytes.len() => bytes[at] = u8::try_from(rng.below(256)).unwrap(),
            _ => {}
        }
    }
    bytes
}

/// Fails with the input, if this panics.
#[track_caller]
fn assert_no_panic<T>(input: &[u8], work: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| panic!("this input is a panic: {:?}", String::from_utf8_lossy(input)))
}

#[test]
fn malformed_replies_never_panic_and_parsed_replies_round_trip() {
    run_cases(20_000, |rng| {
        let body = mutate(&REPLIES, &PIECES, rng);
        let _ = assert_no_panic(&body, || saved_reply::read(&body, "x", 0));
        let Ok(reply) = assert_no_panic(&body, || initialization_status::read(&body)) else { return };
        for reading in &reply.readings {
            let counts = [reading.state.finished_rows, reading.state.total_rows];
            assert!(counts.iter().flatten().all(|count| *count >= 0), "{:?}", String::from_utf8_lossy(&body));
        }
        let again = initialization_status::read(
            initialization_status::write_json(&reply, initialization_status::Shape::Wrapped).as_bytes(),
        )
        .unwrap();
        // A name that a row left out reads back as the empty text that stands for it.
        assert_eq!(again.readings, reply.readings, "{:?}", String::from_utf8_lossy(&body));
    });
}

#[test]
fn malformed_configurations_and_scenarios_never_panic() {
    let documents = concat!(include_str!("../../README.md"), include_str!("../../docs/configuration.md"));
    let shown: Vec<&str> =
        documents.split("```toml\n").skip(1).map(|it| it.split("```").next().unwrap()).collect();
    let manual = include_str!("../../docs/scenario.md");
    let of_manual = manual.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let corpus: Vec<&str> = shown.into_iter().chain([of_manual]).collect();
    let pieces = [
        "[[job]]",
        "[retention]",
        "[[webhook]]",
        "= -1",
        "= 1e308",
        "= nan",
        "= inf",
        "= 9223372036854775807",
        "= 1979-05-27",
        "\"\"\"",
        "'",
        "{}",
        "= \"* * * * *\"",
        "= \"99 99 99 99 99\"",
        "\u{0}",
        "=",
        "\n",
        "#",
        "zone = \"Mars/Base\"",
    ];
    let folder = Folder::new();
    run_cases(3000, |rng| {
        let text = mutate(&corpus, &pieces, rng);
        let path = folder.write("bent.toml", &text);
        if let Err(error) = assert_no_panic(&text, || Config::load(Some(&path))) {
            let said = format!("{error:#}");
            assert!(said.contains("bent.toml") && !said.contains('\n'), "{said}");
        }
        if let Ok(text) = std::str::from_utf8(&text) {
            let _ = assert_no_panic(text.as_bytes(), || Scenario::parse(text));
        }
    });
}

/// Rows of a few names only, so that they meet, change, vanish and return.
fn random_readings(rng: &mut Rng) -> Vec<Reading> {
    let statuses = ["NotStarted", "Migrating", "Failed", "Finished"];
    let mut rows = Vec::new();
    for _ in 0..rng.below(9) {
        let phase = [Phase::Data, Phase::Sync, Phase::Constraint][usize::try_from(rng.below(3)).unwrap()];
        let constraint = phase == Phase::Constraint;
        rows.push(Reading {
            key: ObjectKey {
                phase,
                source_db: "shop".to_owned(),
                destination_db: format!("shop{}", rng.below(2)),
                object_type: constraint.then(|| "Table".to_owned()),
                parent_name: constraint.then(|| "orders".to_owned()),
                object_name: if constraint { "orders".to_owned() } else { format!("t{}", rng.below(3)) },
            },
            state: ObjectState {
                status: Some(Status::from(statuses[usize::try_from(rng.below(4)).unwrap()])),
                finished_rows: (rng.below(5) > 0)
                    .then(|| i64::try_from(rng.below(4)).unwrap())
                    .filter(|_| phase == Phase::Data),
                definition: constraint.then(|| format!("key {}", rng.below(2))),
                ..ObjectState::default()
            },
        });
    }
    rows
}

fn random_sweep(hour: i64, rng: &mut Rng) -> Sweep {
    let started_at_ms = hour * 3_600_000;
    let count = 1 + u32::try_from(rng.below(3)).unwrap();
    let pages: Vec<Page> = (1..=count)
        .map(|number| Page {
            number,
            arrived_at_ms: started_at_ms + i64::from(number) * 250,
            readings: random_readings(rng),
        })
        .collect();
    Sweep {
        source: Source::Api,
        started_at_ms,
        finished_at_ms: started_at_ms + i64::from(count) * 250,
        page_count: count,
        pages,
        torn: false,
    }
}

/// The last known state of an object in the naive implementation.
#[derive(Debug, Clone)]
struct LastSeen {
    state: ObjectState,
    seen_ms: i64,
    absences: u32,
}

/// A change as text: name, state, listing, observed, previous, status and rows before.
type ExpectedChange = (String, String, bool, i64, Option<i64>, Option<Status>, Option<i64>);

fn object_label(key: &ObjectKey, state: &ObjectState) -> String {
    format!("{} {} {} {:?}", key.phase.as_str(), key.destination_db, key.object_name, state.definition)
}

/// Goes through everything that was ever seen, one by one, and says what is different now.
fn naive_diff(memory: &mut BTreeMap<String, LastSeen>, sweep: &Sweep) -> Vec<ExpectedChange> {
    let mut now: BTreeMap<String, (ObjectState, i64)> = BTreeMap::new();
    for page in &sweep.pages {
        for reading in &page.readings {
            now.insert(
                object_label(&reading.key, &reading.state),
                (reading.state.clone(), page.arrived_at_ms),
            );
        }
    }
    let mut told = Vec::new();
    for (name, memory) in memory.iter_mut() {
        let (before, was_listed) = (memory.clone(), memory.absences < 2);
        let (state, at_ms) = if let Some((state, at_ms)) = now.remove(name) {
            *memory = LastSeen { state: state.clone(), seen_ms: at_ms, absences: 0 };
            (state, at_ms)
        } else {
            memory.absences += 1;
            (before.state.clone(), sweep.finished_at_ms)
        };
        let listed = memory.absences < 2;
        if state != before.state || listed != was_listed {
            let text = format!("{state:?}");
            let (status, rows) = (before.state.status, before.state.finished_rows);
            told.push((name.clone(), text, listed, at_ms, Some(before.seen_ms), status, rows));
        }
    }
    for (name, (state, at_ms)) in now {
        told.push((name.clone(), format!("{state:?}"), true, at_ms, None, None, None));
        memory.insert(name, LastSeen { state, seen_ms: at_ms, absences: 0 });
    }
    told.sort_by(|a, b| a.0.cmp(&b.0));
    told
}

#[test]
fn diff_equals_a_naive_implementation() {
    run_cases(3000, |rng| {
        let (mut known, mut memory): (Vec<BaselineObject>, _) = (Vec::new(), BTreeMap::new());
        for hour in 1..8 {
            let sweep = random_sweep(hour, rng);
            let result: Diff = diff(&known, &sweep);
            let mut told: Vec<ExpectedChange> = result
                .changes
                .iter()
                .map(|it| {
                    let (status, rows) = (it.status_before.clone(), it.finished_rows_before);
                    let (name, state) = (object_label(&it.key, &it.after), format!("{:?}", it.after));
                    (name, state, it.listed, it.observed_at_ms, it.previous_observed_at_ms, status, rows)
                })
                .collect();
            told.sort_by(|a, b| a.0.cmp(&b.0));
            assert_eq!(told, naive_diff(&mut memory, &sweep));
            known = apply_diff(known, &sweep, &result);
            let listed = memory.values().filter(|it| it.absences < 2).count();
            assert_eq!(known.iter().filter(|it| it.presence != Presence::Unlisted).count(), listed);
        }
    });
}

/// The program with a bound on all the memory that it may take, in MiB.
fn run_with_memory_limit(folder: &Folder, mebibytes: u64, args: &[&str]) -> RunResult {
    let script = format!("ulimit -v {}; exec \"$0\" \"$@\"", mebibytes << 10);
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(script)
        .arg(env!("CARGO_BIN_EXE_dts-history"))
        .args(args)
        .current_dir(folder.path(""));
    RunResult::from_output(command.output().unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn deeply_nested_and_very_long_replies_need_bounded_memory() {
    let folder = Folder::new();
    let deep = 2_000_000;
    let long = "x".repeat(32 << 20);
    let import = ["import", "--job", "dtsi", "--at", "2026-01-02T03:04:05Z", "body"];
    for (what, body) in [
        ("lists in lists", "[".repeat(deep)),
        ("objects in objects", "{\"a\":".repeat(deep)),
        ("elements in elements", "<a>".repeat(deep)),
        ("entities", format!("<!DOCTYPE a [<!ENTITY a \"{}\">]><a>&a;</a>", "&b;".repeat(deep))),
    ] {
        folder.write("body", body);
        let ended = run_with_memory_limit(&folder, 1024, &import);
        assert_eq!(ended.status, 1, "{what}: {}", ended.stderr);
        assert!(ended.stderr.starts_with("error: ") && ended.stderr.len() < 1000, "{what}: {}", ended.stderr);
    }
    // The value of an unknown field is skipped at any depth, and a number at any length.
    let deep_list = format!("{}1{}", "[".repeat(deep), "]".repeat(deep));
    for odd in [deep_list, "9".repeat(deep * 10)] {
        folder.write("body", format!("{{\"Success\":true,\"Odd\":{odd},\"DataInitializationDetails\":[]}}"));
        run_with_memory_limit(&folder, 1024, &[&["--db", "odd.db"], &import[..]].concat()).expect_success();
        std::fs::remove_file(folder.path("odd.db")).unwrap();
    }
    let counts = "\"FinishRowNum\":\"99999999999999999999\",\"TotalRowNum\":18446744073709551616";
    folder.write("body", format!("{{\"DataInitializationDetails\":[{{\"TableName\":\"t\",{counts}}}]}}"));
    run_with_memory_limit(&folder, 1024, &import).expect_success();
    let shown = "select finished_rows, total_rows from table_latest";
    assert_eq!(folder.query("dts-history.db", shown), ["-|-"], "what no whole number holds is unknown");

    // A definition of 32 MiB is stored unchanged.
    folder.write(
        "body",
        format!("{{\"StructureInitializationDetails\":[{{\"ObjectName\":\"v\",\"ObjectDefinition\":\"{long}\"}}]}}"),
    );
    let args = [&["--db", "long.db"], &import[..]].concat();
    run_with_memory_limit(&folder, 1024, &args).expect_success();
    let shown = "select length(definition) from object_latest";
    assert_eq!(folder.query("long.db", shown), [long.len().to_string()]);
}
