//! The HTTP interface of the running service.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::service::{Service, configuration};
use crate::simulator::Simulator;
use crate::support::{Folder, block_on};

/// A world in which much goes on for a minute or so.
const RUNNING_SCENARIO: &str = "speed = 200\n";

pub(crate) struct HttpReply {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl HttpReply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

pub(crate) fn request(method: &str, url: &str, headers: &[(&str, &str)]) -> HttpReply {
    block_on(async {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = client.request(method.parse().unwrap(), url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let reply = request.send().await.unwrap();
        let headers = reply.headers().iter();
        HttpReply {
            status: reply.status().as_u16(),
            headers: headers
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect(),
            body: reply.text().await.unwrap(),
        }
    })
}

/// The text at this path of the service.
pub(crate) fn get(service: &Service, path: &str) -> String {
    let answer = request("GET", &format!("{}{path}", service.address), &[]);
    assert_eq!(answer.status, 200);
    answer.body
}

pub(crate) fn start_serving(schedule: &str) -> (Folder, Simulator, Service) {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, RUNNING_SCENARIO);
    folder.write("dts-history.toml", configuration(&simulator, schedule, &[&simulator.job]));
    let service = Service::start(&folder, &simulator);
    // A turn that begins has taken the one before it back: two are known of when the third is logged.
    service.wait_for_log(&["recorded"], 3);
    (folder, simulator, service)
}

#[test]
fn overview_and_live_job_pages_are_served() {
    let (_folder, simulator, service) = start_serving("");
    let get = |path: &str| request("GET", &format!("{}{path}", service.address), &[]);
    let overview = get("/");
    assert_eq!((overview.status, &overview.headers["content-type"][..]), (200, "text/html; charset=utf-8"));
    let page = scraper::Html::parse_document(&overview.body);
    let link = scraper::Selector::parse("tbody th a").unwrap();
    let links: Vec<_> = page.select(&link).map(|link| link.attr("href").unwrap()).collect();
    assert_eq!(links, [format!("/jobs/{}", simulator.job)]);

    let job = get(links[0]);
    assert_eq!(job.status, 200);
    assert!(job.body.contains("<meta name=\"live\"") && job.body.contains("connect-src &#39;self&#39;"));
    let mark = |body: &str| {
        let page = scraper::Html::parse_document(body);
        let live = scraper::Selector::parse("meta[name=live]").unwrap();
        page.select(&live).next().unwrap().attr("content").unwrap().to_owned()
    };
    // The script asks this address, and compares with what the page was made of.
    let before = mark(&job.body);
    service.wait_for_log(&["recorded"], 6);
    let now = get(&format!("/api/v1{}", links[0])).json()["revision"].as_str().unwrap().to_owned();
    assert_ne!(now, before);
    let again = mark(&get(links[0]).body);
    assert!(again >= now, "{again} {now}");

    for (file, kind, begins) in [
        ("report.html", "text/html; charset=utf-8", "<!doctype html>"),
        ("report.md", "text/markdown; charset=utf-8", "# "),
        ("report.json", "application/json", "{"),
    ] {
        let report = get(&format!("{}/{file}", links[0]));
        assert_eq!((report.status, &report.headers["content-type"][..]), (200, kind));
        assert!(report.body.starts_with(begins), "{file}: {:.40}", report.body);
    }
    assert!(!get(&format!("{}/report.html", links[0])).body.contains("name=\"live\""));
}

#[test]
fn responses_have_security_headers_and_writes_are_rejected() {
    let (_folder, simulator, service) = start_serving("");
    let base = &service.address;
    let job = format!("/jobs/{}", simulator.job);
    for path in ["/", &job, "/metrics", "/healthz", "/api/v1/jobs", "/nowhere"] {
        let answer = request("GET", &format!("{base}{path}"), &[]);
        assert_eq!(answer.status, if path == "/nowhere" { 404 } else { 200 }, "{path}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.headers[name], value, "{path}");
        }
        assert!(answer.headers["content-security-policy"].contains("frame-ancestors 'none'"), "{path}");
        assert!(!answer.headers.contains_key("set-cookie"));
        // A name that somebody else pointed at this machine.
        let rebound = request("GET", &format!("{base}{path}"), &[("Host", "evil.example.com")]);
        assert_eq!((rebound.status, rebound.body.contains(&simulator.job)), (421, false), "{path}");
        for method in ["POST", "PUT", "DELETE"] {
            let refused = request(method, &format!("{base}{path}"), &[]);
            assert!(matches!(refused.status, 404 | 405), "{method} {path}: {}", refused.status);
        }
    }
    for path in
        ["/jobs/nobody", "/jobs/nobody/report.md", "/api/v1/jobs/nobody", "/api/v1/jobs/nobody/tables"]
    {
        let answer = request("GET", &format!("{base}{path}"), &[]);
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.json()["error"].as_str().unwrap().contains("nobody"), "{path}");
    }
}

#[test]
fn remote_requests_need_the_token() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, RUNNING_SCENARIO);
    folder.write("dts-history.toml", configuration(&simulator, "", &[&simulator.job]));
    let args = ["serve", "--listen", "0.0.0.0:0"];
    let keys = [
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", &simulator.access_key_id[..]),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", &simulator.access_key_secret[..]),
    ];
    let refused = folder.command(&args).envs(keys).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("DTS_HISTORY_TOKEN"));

    let token = folder.write("token", "s3cret-token\n");
    let service = Service::start_with(
        &folder,
        &simulator,
        &args,
        &[("DTS_HISTORY_TOKEN_FILE", token.to_str().unwrap())],
    );
    let base = service.address.replace("0.0.0.0", "127.0.0.1");
    for path in ["/", "/metrics", "/api/v1/jobs"] {
        let url = format!("{base}{path}");
        let stranger = request("GET", &url, &[]);
        assert_eq!(stranger.status, 401, "{path}");
        assert!(stranger.headers["www-authenticate"].starts_with("Basic realm="));
        assert_eq!(request("GET", &url, &[("Authorization", "Bearer s3cret")]).status, 401);
        assert_eq!(request("GET", &url, &[("Authorization", "Bearer s3cret-token")]).status, 200);
        // x:s3cret-token
        assert_eq!(request("GET", &url, &[("Authorization", "Basic eDpzM2NyZXQtdG9rZW4=")]).status, 200);
    }
    assert_eq!(request("GET", &format!("{base}/healthz"), &[]).status, 200);
    assert!(service.log_lines().iter().all(|line| !line.contains("s3cret-token")));
}

#[test]
fn metrics_are_valid_openmetrics_with_bounded_series() {
    let (folder, simulator, service) = start_serving("[http]\ntable_series = 3");
    let url = format!("{}/metrics", service.address);
    // As Prometheus asks.
    let accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
    let answer = request("GET", &url, &[("Accept", accept)]);
    assert_eq!(answer.headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(answer.body.contains("# TYPE dts_history_sweeps counter\n"));
    let older = request("GET", &url, &[]);
    assert_eq!(older.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    assert!(older.body.contains("# TYPE dts_history_sweeps_total counter\n"), "{}", older.body);
    let lines: Vec<_> = answer.body.lines().collect();
    assert_eq!(lines.last(), Some(&"# EOF"));
    let value = |series: &str| -> f64 {
        let line = lines.iter().find(|line| line.starts_with(series)).unwrap_or_else(|| panic!("{series}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    let job = &simulator.job;
    assert!(value(&format!("dts_history_sweeps_total{{job_id=\"{job}\",outcome=\"complete\"}}")) >= 2.0);
    assert!(value(&format!("dts_history_last_snapshot_timestamp_seconds{{job_id=\"{job}\"}}")) > 1.7e9);
    assert!(value("dts_history_database_size_bytes ") > 10_000.0);
    let structure: f64 = ["NotStarted", "Migrating", "Failed", "Finished", "other"]
        .map(|status| {
            value(&format!("dts_history_objects{{job_id=\"{job}\",phase=\"structure\",status=\"{status}\"}}"))
        })
        .iter()
        .sum();
    let listed = "select count(*) from object_latest where phase = 'structure' and listed";
    assert_eq!(structure.to_string(), folder.query("dts-history.db", listed)[0]);
    let tables = lines.iter().filter(|line| line.starts_with("dts_history_table_finished_rows{")).count();
    assert!(tables <= 3, "{tables}");
    for line in lines.iter().filter(|line| line.contains("table=\"")) {
        assert!(line.contains("status=\"Migrating\"") || line.contains("status=\"Failed\""), "{line}");
    }
    for line in &lines {
        assert!(line.starts_with("# ") || line.starts_with("dts_history_"), "{line}");
    }
}

/// Checks a value against the part of JSON Schema that the document uses.
pub(crate) fn assert_matches_schema(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let pointer = name.trim_start_matches('#');
        return assert_matches_schema(document, document.pointer(pointer).expect(name), value, at);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let null = choices.iter().position(|it| it["type"] == "null").unwrap();
        if !value.is_null() {
            assert_matches_schema(document, &choices[1 - null], value, at);
        }
        return;
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds = &schema["type"];
    if !kinds.is_null() {
        let allowed = kinds == kind || kinds.as_array().is_some_and(|it| it.contains(&kind.into()));
        assert!(allowed, "{at}: {value} is not {kinds}");
    }
    if let Some(words) = schema["enum"].as_array() {
        assert!(words.contains(value), "{at}: {value}");
    }
    for required in schema["required"].as_array().into_iter().flatten() {
        assert!(value.get(required.as_str().unwrap()).is_some(), "{at} has no {required}");
    }
    if let (Some(object), Some(properties)) = (value.as_object(), schema["properties"].as_object()) {
        for (name, inner) in object {
            let property =
                properties.get(name).unwrap_or_else(|| panic!("{at}.{name} is not in the document"));
            assert_matches_schema(document, property, inner, &format!("{at}.{name}"));
        }
    }
    for item in value.as_array().into_iter().flatten() {
        assert_matches_schema(document, &schema["items"], item, &format!("{at}[]"));
    }
}

#[test]
fn api_routes_match_openapi() {
    let (folder, simulator, service) = start_serving("");
    let get = |path: &str| request("GET", &format!("{}{path}", service.address), &[]);
    let document = get("/api/v1/openapi.json").json();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 7);
    for (path, operations) in paths.iter().filter(|(_, operations)| operations["get"].is_object()) {
        for (id, status) in [(simulator.job.as_str(), "200"), ("nobody", "404")] {
            if id == "nobody" && !path.contains("{id}") {
                continue;
            }
            let answer = get(&path.replace("{id}", id));
            assert_eq!(answer.status.to_string(), status, "{path}");
            let content = &operations["get"]["responses"][status]["content"]["application/json"]["schema"];
            assert!(content.is_object(), "{path} documents no {status}");
            assert_matches_schema(&document, content, &answer.json(), path);
        }
        if operations["get"]["parameters"].to_string().contains("limit") {
            for wrong in ["limit=0", "limit=10001", "limit=x", "offset=-1"] {
                let answer = get(&format!("{}?{wrong}", path.replace("{id}", &simulator.job)));
                assert_eq!(answer.status, 400, "{path}?{wrong}");
                assert_matches_schema(
                    &document,
                    &document["components"]["schemas"]["Error"],
                    &answer.json(),
                    wrong,
                );
            }
        }
    }
    let tables = get(&format!("/api/v1/jobs/{}/tables?offset=2&limit=3", simulator.job)).json();
    let total =
        folder.query("dts-history.db", "select count(*) from table_latest")[0].parse::<u64>().unwrap();
    assert_eq!((tables["total"].as_u64(), tables["tables"].as_array().unwrap().len()), (Some(total), 3));
    let third =
        "select table_name from table_latest order by source_db, destination_db, table_name limit 1 offset 2";
    assert_eq!(tables["tables"][0]["table_name"], folder.query("dts-history.db", third)[0]);
}

#[test]
fn health_and_readiness_differ() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, "speed = 200\n[[fault]]\nkind = \"forbidden\"\nrate = 1.0\n");
    folder.write("dts-history.toml", configuration(&simulator, "", &[&simulator.job]));
    let service = Service::start(&folder, &simulator);
    service.wait_for_log(&["not recorded"], 1);
    let get = |path: &str| request("GET", &format!("{}{path}", service.address), &[]);
    assert_eq!(get("/healthz").status, 200);
    let ready = get("/readyz");
    assert_eq!(ready.status, 503);
    assert!(ready.json()["error"].as_str().unwrap().contains("the last sweep of each failed"));
    let job = get(&format!("/api/v1/jobs/{}", simulator.job)).json();
    assert!(job["last_error"].as_str().unwrap().contains("Forbidden"), "{job}");
}
