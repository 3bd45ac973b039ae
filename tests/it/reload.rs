//! `POST /-/reload`: the configuration is read again, if a program on this machine asks for it.

use serde_json::Value;

use crate::http::{assert_matches_schema, request};
use crate::service::{Service, configuration};
use crate::simulator::Simulator;
use crate::support::Folder;

const TWO_JOBS: &str = "speed = 200\n[[job]]\nid = \"dtsone\"\n[[job]]\nid = \"dtstwo\"\n";

fn start_serving() -> (Folder, Simulator, Service) {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, TWO_JOBS);
    folder.write("dts-history.toml", configuration(&simulator, "", &["dtsone"]));
    let service = Service::start(&folder, &simulator);
    (folder, simulator, service)
}

fn reload(service: &Service, headers: &[(&str, &str)]) -> (u16, Value) {
    let answer = request("POST", &format!("{}/-/reload", service.address), headers);
    (answer.status, answer.json())
}

fn jobs(service: &Service) -> Vec<String> {
    let jobs = request("GET", &format!("{}/api/v1/jobs", service.address), &[]).json();
    jobs["jobs"].as_array().unwrap().iter().map(|it| it["job_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn reload_applies_a_valid_configuration_and_reports_an_invalid_one() {
    let (folder, simulator, service) = start_serving();
    let document = request("GET", &format!("{}/api/v1/openapi.json", service.address), &[]).json();
    let answers = &document["paths"]["/-/reload"]["post"]["responses"];
    let is_documented = |(status, body): &(u16, Value)| {
        let content = &answers[status.to_string()]["content"]["application/json"]["schema"];
        assert!(content.is_object(), "{status} is not documented");
        assert_matches_schema(&document, content, body, "/-/reload");
    };
    folder.write("dts-history.toml", configuration(&simulator, "", &["dtsone", "dtstwo"]));
    assert_eq!(jobs(&service), ["dtsone"]);
    let answer = reload(&service, &[]);
    is_documented(&answer);
    assert_eq!(answer, (200, serde_json::json!({ "status": "ok", "jobs": 2 })));
    assert_eq!(jobs(&service), ["dtsone", "dtstwo"], "it is in force when it is said to be");
    service.wait_for_log(&["recorded", "dtstwo"], 1);

    for (bad, said) in [
        (configuration(&simulator, "cronn = 1", &["dtsone"]), "did you mean \"cron\"?"),
        (configuration(&simulator, "", &[]), "there is no job to record"),
        (
            format!("database = \"other.db\"\n{}", configuration(&simulator, "", &["dtsone"])),
            "restart the service",
        ),
        ("[api".to_owned(), "(line 1)"),
    ] {
        folder.write("dts-history.toml", bad);
        let answer = reload(&service, &[]);
        is_documented(&answer);
        assert_eq!(answer.0, 422, "{answer:?}");
        let error = answer.1["error"].as_str().unwrap();
        assert!(error.contains("the previous one stays in effect") && error.contains(said), "{error}");
        assert_eq!(jobs(&service), ["dtsone", "dtstwo"]);
    }
    // The signal still does the same.
    folder.write("dts-history.toml", configuration(&simulator, "", &["dtstwo"]));
    service.send_signal("HUP");
    service.wait_for_log(&["configuration reloaded", "jobs=1"], 1);
}

#[test]
fn a_reload_waiting_for_the_network_blocks_nothing() {
    let (folder, simulator, service) = start_serving();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let waits = configuration(&simulator, "", &["dtsone"])
        .replace(&simulator.endpoint, &format!("http://{}", silent.local_addr().unwrap()))
        + "\n[discover]\nregions = [\"cn-hangzhou\"]\n";
    folder.write("dts-history.toml", waits);
    let address = service.address.clone();
    let asking = std::thread::spawn(move || request("POST", &format!("{address}/-/reload"), &[]).status);
    // It looks for jobs where nobody answers.
    let _call = silent.accept().unwrap();
    service.wait_for_log(&["recorded", "dtsone"], service.count_log_lines(&["recorded", "dtsone"]) + 2);
    assert_eq!(jobs(&service), ["dtsone"]);
    // Nor does it keep the service from ending.
    let asked_at = std::time::Instant::now();
    service.send_signal("TERM");
    service.wait_for_log(&["stopped"], 1);
    assert!(asked_at.elapsed() < std::time::Duration::from_secs(15), "{:?}", asked_at.elapsed());
    assert_eq!(asking.join().unwrap(), 503);
}

#[test]
fn reload_is_accepted_from_loopback_only() {
    let (_folder, _simulator, service) = start_serving();
    let host = service.address.trim_start_matches("http://");
    for (headers, status) in [
        (&[("Origin", "https://evil.example.com"), ("Sec-Fetch-Site", "cross-site")][..], 403),
        (&[("Origin", "null")], 403),
        (&[("Sec-Fetch-Site", "same-site")], 403),
        (&[("X-Forwarded-For", "10.0.0.7")], 403),
        (&[("Host", "evil.example.com")], 421),
        (&[("Host", "10.0.0.7")], 403),
        (&[("Origin", &service.address), ("Sec-Fetch-Site", "same-origin")], 200),
        (&[("Host", host)], 200),
    ] {
        let (answered, body) = reload(&service, headers);
        assert_eq!(answered, status, "{headers:?}: {body}");
        assert!(status == 200 || body["error"].is_string(), "{body}");
    }
    // A link, an image or a preview cannot do it.
    for method in ["GET", "HEAD", "PUT", "DELETE"] {
        let answer = request(method, &format!("{}/-/reload", service.address), &[]);
        assert_eq!((answer.status, &answer.headers["allow"][..]), (405, "POST"), "{method}");
    }
    let read = service.log_lines().iter().filter(|line| line.contains("configuration reloaded")).count();
    assert_eq!(read, 2, "{:#?}", service.log_lines());
}

#[test]
fn reload_requires_the_token_when_one_is_set() {
    let folder = Folder::new();
    let simulator = Simulator::start(&folder, TWO_JOBS);
    folder.write("dts-history.toml", configuration(&simulator, "", &["dtsone"]));
    let args = ["serve", "--listen", "127.0.0.1:0"];
    let service = Service::start_with(&folder, &simulator, &args, &[("DTS_HISTORY_TOKEN", "s3cret")]);
    assert_eq!(reload(&service, &[]).0, 401);
    assert_eq!(reload(&service, &[("Authorization", "Bearer s3cret")]).0, 200);
}
