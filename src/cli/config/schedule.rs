//! `[schedule]`, `[publish]` and `[http]`: the schedule of the service and its listen address.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{anyhow, bail};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::service::ScheduleOptions;
use crate::service::cron::Cron;
use crate::service::idle_backoff::IdleBackoff;

/// The `[schedule]` table.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct ScheduleTable {
    cron: String,
    jitter_seconds: f64,
    ended_after_seconds: f64,
    ended_pause_share: f64,
    ended_pause_most_minutes: f64,
    stop_within_seconds: f64,
}

/// The `[publish]` table.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PublishTable {
    cron: Option<String>,
}

/// The `[http]` table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Http {
    /// The listen address.
    #[serde(deserialize_with = "deserialize_listen")]
    pub listen: SocketAddr,
    /// The address at which readers reach the service, for links in messages, without a slash at its end.
    #[serde(deserialize_with = "deserialize_public_url")]
    pub public_url: Option<String>,
    /// Accepted host names, besides IP addresses and `localhost`.
    pub hosts: Vec<String>,
    /// Maximum number of tables with metrics of their own in `/metrics`.
    pub table_series: u32,
}

/// Parses a listen address: an IP address or `localhost`, and a port.
///
/// # Errors
/// If the text is not such an address.
pub fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let local = text.strip_prefix("localhost:").and_then(|port| port.parse().ok());
    let local = local.map(|port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    local.or_else(|| text.parse().ok()).ok_or_else(|| {
        format!("{text:?} is no place to listen at: write an IP address and a port, as in 127.0.0.1:8470")
    })
}

fn deserialize_listen<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    listen_address(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

fn deserialize_public_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(char::is_whitespace) => {
            Ok(Some(text.trim_end_matches('/').to_owned()))
        }
        _ => Err(D::Error::custom(format!(
            "http.public_url is {text:?}: write the address of the service as readers reach it, for example \
             https://dts.example.com"
        ))),
    }
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8470)),
            public_url: None,
            hosts: Vec::new(),
            table_series: 200,
        }
    }
}

impl Default for ScheduleTable {
    fn default() -> Self {
        let idle_backoff = IdleBackoff::default();
        Self {
            cron: "0 * * * * *".to_owned(),
            jitter_seconds: 5.0,
            ended_after_seconds: 60.0,
            ended_pause_share: idle_backoff.ratio,
            ended_pause_most_minutes: idle_backoff.max_pause.as_secs_f64() / 60.0,
            stop_within_seconds: 20.0,
        }
    }
}

impl ScheduleTable {
    /// Validates the values.
    pub(super) fn check(&self) -> anyhow::Result<ScheduleOptions> {
        let seconds = |key, value, most: f64| {
            check_range(key, value, most)?;
            Ok::<_, anyhow::Error>(Duration::from_secs_f64(value))
        };
        check_range("schedule.ended_pause_share", self.ended_pause_share, 1.0)?;
        let most = check_range("schedule.ended_pause_most_minutes", self.ended_pause_most_minutes, 43_200.0)?;
        Ok(ScheduleOptions {
            cron: parse_cron("schedule.cron", &self.cron)?,
            jitter: seconds("schedule.jitter_seconds", self.jitter_seconds, 3600.0)?,
            idle_backoff: IdleBackoff {
                ratio: self.ended_pause_share,
                max_pause: Duration::from_secs_f64(most * 60.0),
            },
            settle: seconds("schedule.ended_after_seconds", self.ended_after_seconds, 86_400.0)?,
            stop_within: seconds("schedule.stop_within_seconds", self.stop_within_seconds, 3600.0)?,
        })
    }
}

impl PublishTable {
    /// Parses the cron expression of the reports of running jobs.
    pub(super) fn check(&self) -> anyhow::Result<Option<Cron>> {
        self.cron.as_deref().map(|text| parse_cron("publish.cron", text)).transpose()
    }
}

/// Parses a cron expression. Errors name `key`.
pub(super) fn parse_cron(key: &str, text: &str) -> anyhow::Result<Cron> {
    Cron::parse(text).map_err(|error| anyhow!("{key}: {error}"))
}

fn check_range(key: &str, value: f64, most: f64) -> anyhow::Result<f64> {
    if !(0.0..=most).contains(&value) {
        bail!("{key} is {value}: it must lie between 0 and {most}");
    }
    Ok(value)
}
