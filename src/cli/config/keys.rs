//! The keys that a configuration may have.

use anyhow::bail;

/// Words in keys that somebody may try to give credentials by.
const SECRETS: [&str; 3] = ["access_key", "security_token", "password"];

/// The known keys of each table; the top level is the empty name.
pub(super) const KEYS: [(&str, &[&str]); 10] = [
    (
        "",
        &[
            "database",
            "timezone",
            "language",
            "reports",
            "api",
            "schedule",
            "publish",
            "discover",
            "http",
            "notify",
            "webhook",
            "retention",
            "job",
        ],
    ),
    (
        "api",
        &[
            "endpoint",
            "network",
            "allow_http",
            "signature",
            "page_size",
            "concurrency",
            "max_calls_per_second",
            "timeout_seconds",
            "retry_for_seconds",
            "max_sweep_objects",
            "max_sweep_bytes",
        ],
    ),
    (
        "schedule",
        &[
            "cron",
            "jitter_seconds",
            "ended_after_seconds",
            "ended_pause_share",
            "ended_pause_most_minutes",
            "stop_within_seconds",
        ],
    ),
    ("publish", &["cron"]),
    ("discover", &["regions", "name", "profile"]),
    ("http", &["listen", "hosts", "table_series"]),
    ("notify", &["stalled_minutes", "failing_sweeps"]),
    ("webhook", &["name", "format", "url_env", "url_file", "secret_env", "secret_file", "events"]),
    (
        "retention",
        &[
            "cron",
            "bucket_minutes",
            "thin_after_days",
            "drop_failed_after_days",
            "drop_messages_after_days",
            "drop_jobs_after_days",
        ],
    ),
    ("job", &["id", "region", "name", "profile", "cron"]),
];

/// Refuses a key that is not known, and names the nearest that is.
pub(super) fn check_keys(section: &str, table: &toml::Table) -> anyhow::Result<()> {
    let known = KEYS.iter().find(|(name, _)| *name == section).map_or(&[][..], |(_, keys)| keys);
    for (key, value) in table {
        if SECRETS.iter().any(|word| key.contains(word)) {
            bail!(
                "{key:?} does not belong here: this file contains no secrets; set ALIBABA_CLOUD_ACCESS_KEY_ID and \
                 ALIBABA_CLOUD_ACCESS_KEY_SECRET, or run `aliyun configure`"
            );
        }
        if !known.contains(&key.as_str()) {
            let place =
                if section.is_empty() { "at the top level".to_owned() } else { format!("in [{section}]") };
            match nearest(key, known.iter().copied()) {
                Some(nearest) => bail!("unknown key {key:?} {place}: did you mean {nearest:?}?"),
                None => bail!("unknown key {key:?} {place}: known keys are {}", known.join(", ")),
            }
        }
        match value {
            toml::Value::Table(inner) if section.is_empty() => check_keys(key, inner)?,
            toml::Value::Array(items) if section.is_empty() => {
                for inner in items.iter().filter_map(toml::Value::as_table) {
                    check_keys(key, inner)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The known word most like this one.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known.max_by(|a, b| strsim::jaro_winkler(word, a).total_cmp(&strsim::jaro_winkler(word, b)))
}
