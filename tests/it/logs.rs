//! The log lines of the service for each sweep.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::service::Service;
use crate::simulator::Simulator;
use crate::support::Folder;

/// A world that stands still in the middle of a migration; the first call is refused, and of the second sweep
/// two attempts of one page fail.
const FAULTY_SCENARIO: &str = "speed = 0\nelapsed_minutes = 45\n[reply]\nlatency_ms = 0
[[fault]]\nkind = \"forbidden\"\ncalls = [1]
[[fault]]\nkind = \"throttle\"\ncalls = [3]
[[fault]]\nkind = \"unavailable\"\ncalls = [4]\n";

/// One page at a time, so that calls come in an order that is known.
fn start_serving(scenario: &str, format: &str) -> (Folder, Simulator, Service) {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, scenario);
    let Simulator { endpoint, job, .. } = &simulator;
    let configuration = format!(
        "[api]\nendpoint = \"{endpoint}\"\npage_size = 20\nconcurrency = 1\nmax_calls_per_second = 1000\n\
         [schedule]\ncron = \"* * * * * *\"\n[[job]]\nid = \"{job}\"\nregion = \"cn-hangzhou\"\n"
    );
    folder.write("dts-history.toml", configuration);
    let args = ["serve", "--listen", "127.0.0.1:0"];
    let service = Service::start_with(&folder, &simulator, &args, &[("DTS_HISTORY_LOG_FORMAT", format)]);
    (folder, simulator, service)
}

const RECORDED: [&str; 9] =
    ["job", "snapshot_id", "pages", "objects", "changes", "duration_ms", "calls", "retries", "rereads"];

#[test]
fn json_log_line_reports_the_cost_of_a_sweep() {
    let (folder, simulator, service) = start_serving(FAULTY_SCENARIO, "json");
    service.wait_for_log(&["\"recorded\""], 2);
    let lines = service.log_lines();
    let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |message: &str| lines.iter().filter(|it| it["message"] == message).cloned().collect::<Vec<_>>();

    let refused = &of("not recorded")[0];
    assert_eq!(
        (&refused["calls"], &refused["retries"], &refused["level"]),
        (&1.into(), &0.into(), &"ERROR".into())
    );
    assert!(refused["error"].as_str().unwrap().contains("Forbidden") && refused["duration_ms"].is_u64());

    let recorded = of("recorded");
    let pages = recorded[0]["pages"].as_u64().unwrap();
    assert!(pages >= 5, "{}", recorded[0]);
    for (line, retries) in recorded.iter().zip([2, 0]) {
        // The page past the end is asked for, too, and the status of the job.
        assert_eq!(line["calls"], pages + 2 + retries, "{line}");
        assert_eq!((&line["retries"], &line["rereads"]), (&retries.into(), &0.into()), "{line}");
        assert_eq!((&line["level"], &line["job"]), (&"INFO".into(), &simulator.job[..].into()));
        let fields: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected = [&RECORDED[..], &["level", "message", "target", "timestamp"]].concat();
        expected.sort_unstable();
        assert_eq!(fields, expected);
        let id = line["snapshot_id"].as_u64().unwrap();
        let stored = format!("select pages, objects, changes from snapshots where snapshot_id = {id}");
        let told = ["pages", "objects", "changes"].map(|name| line[name].to_string()).join("|");
        assert_eq!(folder.query("dts-history.db", &stored), [told]);
    }
}

#[test]
fn text_log_line_has_the_same_fields_as_json() {
    let (_folder, _simulator, service) = start_serving(FAULTY_SCENARIO, "text");
    service.wait_for_log(&["recorded", "snapshot_id="], 2);
    let said = service.log_lines();
    let lines = said.iter().filter(|line| line.contains(" snapshot_id="));
    let fields = |line: &String| -> BTreeMap<String, String> {
        let pairs = line.split(' ').filter_map(|word| word.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    for (line, retries) in lines.map(fields).zip(["2", "0"]) {
        let mut names: Vec<_> = RECORDED.into();
        names.sort_unstable();
        assert_eq!(line.keys().collect::<Vec<_>>(), names);
        assert_eq!(line["retries"], retries);
    }
    assert!(said.iter().any(|line| line.contains("not recorded") && line.contains(" calls=1 retries=0 ")));
}

#[test]
fn log_line_of_a_torn_sweep_counts_the_second_read() {
    let shift = "speed = 0\nelapsed_minutes = 45\n[[fault]]\nkind = \"row_inserted\"\ncalls = [3]\n";
    let (_folder, _simulator, service) = start_serving(shift, "json");
    service.wait_for_log(&["\"recorded\""], 2);
    let lines = service.log_lines();
    let lines = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let lines: Vec<_> = lines.filter(|it| it["message"] == "recorded").collect();
    for (line, rereads) in lines.iter().zip([1, 0]) {
        assert_eq!((&line["rereads"], &line["retries"]), (&rereads.into(), &0.into()), "{line}");
        // The status of the job is one more call.
        let pages = line["pages"].as_u64().unwrap();
        assert_eq!(line["calls"], (1 + rereads) * (pages + 1) + 1, "{line}");
    }
}
