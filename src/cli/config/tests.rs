//! Valid and invalid configurations.

use std::time::Duration;

use super::*;

/// A configuration with every key, except alternatives of other keys.
const EVERY_KEY: &str = r#"
database = "h.db"
timezone = "Asia/Shanghai"
language = "zh"
reports = "out"
[postgres]
schema = "dts"
[api]
endpoint = "https://dts.aliyuncs.com"
network = "vpc"
allow_http = true
signature = "v3"
page_size = 7
concurrency = 2
max_calls_per_second = 3
timeout_seconds = 4
retry_for_seconds = 5
max_sweep_objects = 6
max_sweep_bytes = 7
[schedule]
cron = "*/2 * * * *"
jitter_seconds = 1.5
ended_after_seconds = 9
ended_pause_share = 0.5
ended_pause_most_minutes = 30
stop_within_seconds = 7
[publish]
cron = "0 * * * *"
[discover]
regions = ["cn-hangzhou"]
kinds = ["synchronization", "task"]
name = "orders"
profile = "billing"
[http]
listen = "[::1]:80"
public_url = "https://dts.example.com"
hosts = ["dts.example.com"]
table_series = 5
[notify]
stalled_minutes = 10
failing_sweeps = 3
[retention]
cron = "0 4 * * *"
bucket_minutes = 5
thin_after_days = 30
drop_failed_after_days = 60
drop_messages_after_days = 61
drop_jobs_after_days = 400
[cutover]
max_delay_seconds = 2.5
for_minutes = 30
[[webhook]]
name = "ops"
format = "dingtalk"
url_env = "OPS_URL"
secret_env = "OPS_SECRET"
events = ["failed", "recorder_failing"]
[[job]]
id = "dtsi1"
region = "cn-hangzhou"
kind = "migration"
name = "orders"
profile = "billing"
cron = "*/20 * * * * *"
follow = false
"#;

fn parse_error(text: &str) -> String {
    format!("{:#}", parse(text, Path::new("")).unwrap_err())
}

#[test]
fn an_empty_file_gives_the_defaults() {
    let config = parse("", Path::new("")).unwrap();
    assert_eq!(config.database, Path::new("dts-history.db"));
    assert_eq!((config.timezone, config.language), (Tz::UTC, None));
    assert_eq!(config.api, crate::api::options::Options::default());
    assert_eq!(config.jobs, vec![]);
}

#[test]
fn a_relative_database_path_is_resolved_against_the_file() {
    let config = parse("database = \"h.db\"", Path::new("/etc/dts")).unwrap();
    assert_eq!(config.database, Path::new("/etc/dts/h.db"));
}

#[test]
fn every_key_is_read() {
    let text = EVERY_KEY;
    let table: toml::Table = text.parse().unwrap();
    let tables = field_names::<ConfigFile>().iter().filter(|name| !table_keys(name).is_empty());
    for section in std::iter::once(&"").chain(tables) {
        let mut named: Vec<_> = match *section {
            "" => table.keys().collect(),
            "job" | "webhook" => table[*section].as_array().unwrap()[0].as_table().unwrap().keys().collect(),
            other => table[other].as_table().unwrap().keys().collect(),
        };
        named.sort();
        // Alternatives to the keys with `_env`.
        let mut keys = table_keys(section).to_vec();
        keys.retain(|key| !key.ends_with("_file"));
        keys.sort_unstable();
        assert_eq!(named, keys, "section {section:?}");
    }
    let config = parse(text, Path::new("")).unwrap();
    assert_eq!(config.api.page_size, 7);
    assert_eq!(config.api.timeout(), Duration::from_secs(4));
    assert_eq!(config.schedule.cron.as_str(), "0 */2 * * * *");
    assert_eq!(config.schedule.jitter, Duration::from_millis(1500));
    assert_eq!(config.schedule.idle_backoff.max_pause, Duration::from_mins(30));
    assert_eq!(config.schedule.settle, Duration::from_secs(9));
    assert_eq!(config.schedule.stop_within, Duration::from_secs(7));
    assert_eq!(config.publish.as_ref().map(Cron::as_str), Some("0 0 * * * *"));
    assert_eq!(config.crons["dtsi1"].as_str(), "*/20 * * * * *");
    assert_eq!(config.reports, Path::new("out"));
    assert_eq!(config.postgres.schema.as_deref(), Some("dts"));
    assert_eq!(config.http.listen, "[::1]:80".parse().unwrap());
    assert_eq!(config.job("dtsi1").region.as_deref(), Some("cn-hangzhou"));
    assert_eq!(config.job("dtsi1").kind, JobKind::Migration);
    assert_eq!((config.cutover.max_delay_ms, config.cutover.for_ms), (2_500, 1_800_000));
    assert!(config.unfollowed.contains("dtsi1"));
    assert_eq!(
        config.job("dtsi2"),
        Job { id: "dtsi2".to_owned(), region: None, name: None, kind: JobKind::default() }
    );
}

#[test]
fn a_misspelt_key_is_named_with_the_nearest_known_one() {
    assert_eq!(
        parse_error("databse = 1"),
        "unknown key \"databse\" at the top level: did you mean \"database\"?"
    );
    assert_eq!(
        parse_error("[api]\npagesize = 3"),
        "unknown key \"pagesize\" in [api]: did you mean \"page_size\"?"
    );
    assert_eq!(
        parse_error("[[job]]\nid='x'\nregoin='y'"),
        "unknown key \"regoin\" in [job]: did you mean \"region\"?"
    );
}

#[test]
fn localhost_is_a_listen_address_and_secrets_are_rejected() {
    let config = parse("[http]\nlisten = \"localhost:81\"", Path::new("")).unwrap();
    assert_eq!(config.http.listen, "127.0.0.1:81".parse().unwrap());
    for wrong in [":8470", "example.com:80", "localhost", "127.0.0.1"] {
        let said = parse_error(&format!("[http]\nlisten = {wrong:?}"));
        assert!(said.contains(wrong) && said.contains("as in 127.0.0.1:8470"), "{said}");
    }
    let said = parse_error("[api]\naccess_key_secret = \"abc\"");
    assert!(said.contains("ALIBABA_CLOUD_ACCESS_KEY_SECRET") && !said.contains("abc"), "{said}");
}

#[test]
fn a_wrong_value_is_named() {
    assert!(parse_error("timezone = \"Asia/Shangai\"").contains("the nearest is Asia/Shanghai"));
    assert!(parse_error("language = \"fr\"").contains("\"fr\""));
    assert!(parse_error("[api]\nsignature = \"v2\"").contains("`v1` or `v3`"));
    for (written, said) in [
        ("page_size = 101", "api.page_size is 101: it must lie between 1 and 100"),
        ("concurrency = 65", "api.concurrency is 65: it must lie between 1 and 64"),
        ("max_calls_per_second = 0", "api.max_calls_per_second is 0: it must lie between 0.001 and 1000000"),
        ("timeout_seconds = nan", "api.timeout_seconds is NaN: it must lie between 0.001 and 86400"),
        ("timeout_seconds = 1e300", "86400"),
        ("retry_for_seconds = -1", "api.retry_for_seconds is -1: it must lie between 0 and 86400"),
    ] {
        let refused = parse_error(&format!("[api]\n{written}"));
        assert!(refused.contains(said), "{refused}");
    }
    assert!(parse_error("[[job]]\nregion = \"x\"").contains("id"));
    assert!(parse_error("[[job]]\nid='x'\n[[job]]\nid='x'").contains("twice"));
    assert!(parse_error("database = ").contains("line 1"));
    assert!(parse_error("[[job]]\nid='x'\ncron = 5").contains("string"));
    assert!(parse_error("[[job]]\nid='x'\ncron = '0 3 1 * MON'").contains("cron of the job x: "));
    assert!(
        parse_error("[schedule]\ncron = '* * *'").contains("schedule.cron: \"* * *\" does not have five")
    );
    assert!(parse_error("[publish]\ncron = '61 * * * *'").contains("publish.cron: "));
    assert!(parse_error("[schedule]\njitter_seconds = -1").contains("-1"));
    assert!(parse_error("[notify]\nfailing_sweeps = 0").contains("at least 1"));
    let webhook = "[[webhook]]\nname = 'ops'\nformat = 'slack'\n";
    assert!(parse_error(webhook).contains("url_env"));
    assert!(
        parse_error(&format!("{webhook}url_env = 'A'\n{webhook}url_env = 'A'")).contains("a name of its own")
    );
    assert!(parse_error(&format!("{webhook}url = 'https://x'")).contains("did you mean"));
}

#[test]
fn the_public_address_is_one_of_http() {
    let http =
        |text: &str| parse(&format!("[http]\npublic_url = {text:?}\n"), Path::new("")).map(|it| it.http);
    assert_eq!(
        http("https://dts.example.com/").unwrap().public_url.as_deref(),
        Some("https://dts.example.com")
    );
    assert_eq!(
        http("http://10.0.0.7:8470/dts").unwrap().public_url.as_deref(),
        Some("http://10.0.0.7:8470/dts")
    );
    for wrong in ["dts.example.com", "https://", "ftp://x", "https://a b"] {
        let error = format!("{:#}", http(wrong).unwrap_err());
        assert!(error.contains("http.public_url") && error.contains(wrong), "{error}");
    }
}
