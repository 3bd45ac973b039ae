//! Files for operators: alert rules, dashboard, Datasette metadata, OpenAPI document.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::http::{request, start_serving};
use crate::support::Folder;

const ALERT_RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/contrib/prometheus-alerts.yml");
const ALERT_RULE_TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/contrib/prometheus-alerts.test.yml");
const DASHBOARD: &str = include_str!("../../contrib/grafana-dashboard.json");
const DATASETTE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/contrib/datasette-metadata.json");
const OPENAPI: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
/// Far longer than anything here takes.
const WAIT_TIMEOUT: Duration = Duration::from_mins(1);
/// Programs from PyPI, where `.ci/run` puts them.
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/operations/bin");

#[test]
fn alert_rules_and_dashboard_use_existing_metrics() {
    let (_folder, _simulator, service) = start_serving("");
    let metrics = request("GET", &format!("{}/metrics", service.address), &[]).body;
    let rules = std::fs::read_to_string(ALERT_RULES).unwrap();
    for (text, least) in [(&rules[..], 6), (DASHBOARD, 12)] {
        let names = text.split("dts_history_").skip(1);
        let names: BTreeSet<_> = names
            .map(|rest| rest.split(|it: char| !(it.is_ascii_lowercase() || it == '_')).next().unwrap())
            .collect();
        assert!(names.len() + 2 >= least, "{names:?}");
        for name in names {
            let series = format!("\ndts_history_{name}");
            let found = [" ", "{"].iter().any(|end| metrics.contains(&format!("{series}{end}")));
            assert!(found, "no metric dts_history_{name}");
        }
    }
}

#[test]
fn dashboard_panels_do_not_overlap() {
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let mut taken = BTreeMap::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        let title = panel["title"].as_str().unwrap();
        assert!(panel["description"].as_str().is_some_and(|text| !text.is_empty()), "{title}");
        let of = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        for x in of("x")..of("x") + of("w") {
            for y in of("y")..of("y") + of("h") {
                assert!(x < 24, "{title} is wider than the page");
                assert_eq!(taken.insert((x, y), title), None, "{title} lies over another panel");
            }
        }
    }
    assert!(taken.len() > 24);
}

/// The demo's database, by the name that a database has if nobody names it.
fn demo(folder: &Folder) {
    folder.run(&["demo", "--output", "."]).expect_success();
    std::fs::rename(folder.path("history.db"), folder.path("dts-history.db")).unwrap();
}

#[test]
fn datasette_metadata_describes_every_view_and_hides_base_tables() {
    let folder = Folder::new();
    demo(&folder);
    let metadata: Value = serde_json::from_slice(&std::fs::read(DATASETTE).unwrap()).unwrap();
    let described = &metadata["databases"]["dts-history"];
    let tables = described["tables"].as_object().unwrap();
    let names = "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%'";
    let there: BTreeSet<_> = folder.query("dts-history.db", names).into_iter().collect();
    assert_eq!(tables.keys().cloned().collect::<BTreeSet<_>>(), there);
    for (name, table) in tables.iter().filter(|(_, table)| table["hidden"] != true) {
        let sql = format!("select name from pragma_table_info('{name}')");
        let columns: BTreeSet<_> = folder.query("dts-history.db", &sql).into_iter().collect();
        let known = table["columns"].as_object().unwrap().keys().cloned();
        // A column of a later version may stand undescribed; none may be described that is not there.
        assert!(known.collect::<BTreeSet<_>>().is_subset(&columns), "{name}");
    }
    for (name, query) in described["queries"].as_object().unwrap() {
        let rows = folder.query("dts-history.db", query["sql"].as_str().unwrap());
        assert!(!rows.is_empty() || name == "trouble_of_the_recorder", "{name}");
    }
}

/// Runs a program to its end and shows what it said if it did not succeed.
#[track_caller]
fn run_program(command: &mut Command, input: &str) -> String {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned()).concat();
    assert!(output.status.success(), "{command:?} ended with {}: {said}", output.status);
    said
}

#[test]
#[ignore = "needs promtool (Debian's prometheus), which .ci/run installs"]
fn promtool_accepts_metrics_and_alert_rules() {
    let (_folder, _simulator, service) = start_serving("");
    let metrics = request("GET", &format!("{}/metrics", service.address), &[]).body;
    // It also says what its linter does not like, which must be nothing.
    assert_eq!(run_program(Command::new("promtool").args(["check", "metrics"]), &metrics), "");
    run_program(Command::new("promtool").args(["check", "rules", ALERT_RULES]), "");
    run_program(Command::new("promtool").args(["test", "rules", ALERT_RULE_TESTS]), "");
}

/// A running Prometheus; killed when dropped.
struct Prometheus {
    child: Child,
    address: String,
}

impl Prometheus {
    fn start(folder: &Folder, service: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let target = service.trim_start_matches("http://");
        let configuration = format!(
            "global: {{ scrape_interval: 1s, evaluation_interval: 1s }}\nrule_files: [{ALERT_RULES}]\n\
             scrape_configs:\n  - job_name: dts-history\n    static_configs: [{{ targets: [\"{target}\"] }}]\n"
        );
        let file = folder.write("prometheus.yml", configuration);
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path("tsdb").display()))
            .arg(format!("--web.listen-address={free}"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, address: format!("http://{free}") }
    }

    /// The address of the answer to a query.
    fn url(&self, query: &str) -> String {
        let query: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
        format!("{}/api/v1/query?query={query}", self.address)
    }

    /// The result of a query as soon as it has any.
    #[track_caller]
    fn wait_for_result(&self, query: &str) -> Value {
        let start = Instant::now();
        // Until it listens nobody answers, which `request` would not forgive.
        while std::net::TcpStream::connect(self.address.trim_start_matches("http://")).is_err() {
            assert!(start.elapsed() < WAIT_TIMEOUT, "Prometheus does not listen");
            std::thread::sleep(Duration::from_millis(100));
        }
        loop {
            let answer = request("GET", &self.url(query), &[]);
            if answer.status == 200 {
                let mut answer = answer.json();
                let result = answer["data"]["result"].take();
                if result.as_array().is_some_and(|series| !series.is_empty()) {
                    return result;
                }
            }
            assert!(start.elapsed() < WAIT_TIMEOUT, "no result of {query}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "needs prometheus (Debian's package), which .ci/run installs"]
fn prometheus_scrapes_the_service_and_evaluates_the_rules() {
    let (folder, simulator, service) = start_serving("");
    let prometheus = Prometheus::start(&folder, &service.address);
    let up = prometheus.wait_for_result("up{job=\"dts-history\"} == 1");
    assert_eq!(up[0]["value"][1], "1");
    let job = &simulator.job;
    let sweeps = prometheus
        .wait_for_result(&format!("dts_history_sweeps_total{{job_id=\"{job}\",outcome=\"complete\"}} > 1"));
    assert_eq!(sweeps[0]["metric"]["job_id"], job[..]);
    // A counter is known as one: its metadata came through the format that Prometheus asked for.
    let metadata = request("GET", &format!("{}/api/v1/metadata", prometheus.address), &[]).json();
    let sweeps = &metadata["data"]["dts_history_sweeps"];
    assert_eq!(sweeps[0]["type"], "counter", "{metadata}");
    // The world has failures, and the rule about them fires.
    let firing =
        prometheus.wait_for_result("ALERTS{alertname=\"DtsMigrationFailures\",alertstate=\"firing\"}");
    assert_eq!(firing[0]["metric"]["job_id"], job[..]);
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    for panel in dashboard["panels"].as_array().unwrap() {
        let query = panel["targets"][0]["expr"].as_str().unwrap();
        let query = query.replace("$job", ".*").replace("$__rate_interval", "1m");
        // Two panels have nothing to show where nothing goes wrong or back; they must be sound all the same.
        let answer = request("GET", &prometheus.url(&query), &[]);
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    }
}

#[test]
#[ignore = "needs openapi-spec-validator and schemathesis in target/operations, which .ci/run installs"]
fn api_responses_validate_against_openapi() {
    run_program(Command::new(format!("{PYTHON}/openapi-spec-validator")).arg(OPENAPI), "");
    let (folder, _simulator, service) = start_serving("");
    let document = format!("{}/api/v1/openapi.json", service.address);
    let mut schemathesis = Command::new(format!("{PYTHON}/schemathesis"));
    schemathesis
        .current_dir(folder.path(""))
        .args(["run", &document, "--url", &service.address, "--checks", "all"])
        // As many as fit into half a minute; the seed makes a failure come back.
        .args(["--max-examples", "60", "--seed", "29", "--no-color"])
        .env("NO_PROXY", "127.0.0.1");
    run_program(&mut schemathesis, "");
}

#[test]
#[ignore = "needs datasette in target/operations, which .ci/run installs"]
fn datasette_serves_the_views_and_canned_queries() {
    let folder = Folder::new();
    demo(&folder);
    let database = folder.path("dts-history.db");
    let get = |path: &str| {
        let mut datasette = Command::new(format!("{PYTHON}/datasette"));
        datasette.arg(&database).args(["--metadata", DATASETTE, "--get", path]);
        run_program(&mut datasette, "")
    };
    let listed: Value = serde_json::from_str(&get("/dts-history.json")).unwrap();
    let names = |of: &str| -> BTreeSet<String> {
        let all = listed[of].as_array().unwrap().iter();
        all.filter(|it| it["hidden"] != true).map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    assert!(names("tables").is_empty(), "{:?}", names("tables"));
    assert!(get("/dts-history/failures").contains("when the object was first seen in another status"));
    let open: Value = serde_json::from_str(&get("/dts-history/what_still_fails.json?_shape=array")).unwrap();
    let unresolved =
        folder.query("dts-history.db", "select count(*) from failures where resolved_at is null");
    assert_eq!(open.as_array().unwrap().len().to_string(), unresolved[0]);
}
