//! The options of the client: the only definition of the `[api]` settings, their defaults and limits.

use std::time::Duration;

use serde::Deserialize;

use super::error::Error;
use super::transport::endpoint::Network;
use super::transport::request::Signature;

/// The settings of a client, with the names and units that they have in the `[api]` table of the configuration.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default)]
pub struct Options {
    /// The URL or host to call in place of the region's host.
    pub endpoint: Option<String>,
    /// Which host of a region to call.
    pub network: Network,
    /// Whether plain HTTP to other machines is allowed.
    pub allow_http: bool,
    /// How calls are signed.
    pub signature: Signature,
    /// Objects of each array on a page, 1 to 100 (the limits of DescribeInitializationStatus).
    pub page_size: u32,
    /// Pages of one sweep in flight.
    pub concurrency: usize,
    /// Calls per second for this account and each region, shared by its jobs. Slows down when throttled.
    pub max_calls_per_second: f64,
    /// Limit of one attempt, from connecting to the last byte of the reply.
    pub timeout_seconds: f64,
    /// Limit of all attempts of one call, with the pauses between them. Zero: one attempt.
    pub retry_for_seconds: f64,
    /// Limit of a sweep in objects: rows of every array, constraints included.
    pub max_sweep_objects: u64,
    /// Limit of a sweep in bytes of text: names, definitions, messages, numbers.
    pub max_sweep_bytes: u64,
    /// Upper limit of the first pause between attempts. The limit doubles; each pause is a random share of it.
    #[serde(skip)]
    pub first_pause: Duration,
    /// Limit of one reply in bytes, after decompression. A page of 100 rows with the longest DDL seen is far below it.
    #[serde(skip)]
    pub max_reply_bytes: usize,
    /// Limit of a sweep in pages: two million rows.
    #[serde(skip)]
    pub max_pages: u32,
    /// Limit of a sweep in time.
    #[serde(skip)]
    pub max_sweep_time: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            endpoint: None,
            network: Network::Public,
            allow_http: false,
            signature: Signature::V1,
            page_size: 100,
            concurrency: 4,
            max_calls_per_second: 10.0,
            timeout_seconds: 30.0,
            retry_for_seconds: 120.0,
            max_sweep_objects: 5_000_000,
            max_sweep_bytes: 2 << 30,
            first_pause: Duration::from_millis(250),
            max_reply_bytes: 64 << 20,
            max_pages: 20_000,
            max_sweep_time: Duration::from_hours(1),
        }
    }
}

impl Options {
    /// Rejects a number outside its limits.
    ///
    /// # Errors
    /// The first such number, by its name in the configuration.
    pub fn check(&self) -> Result<(), Error> {
        let limits = [
            ("page_size", f64::from(self.page_size), 1.0, 100.0),
            ("concurrency", self.concurrency as f64, 1.0, 64.0),
            ("max_calls_per_second", self.max_calls_per_second, 0.001, 1e6),
            ("timeout_seconds", self.timeout_seconds, 0.001, 86_400.0),
            ("retry_for_seconds", self.retry_for_seconds, 0.0, 86_400.0),
            ("max_sweep_objects", self.max_sweep_objects as f64, 1.0, 1e9),
            ("max_sweep_bytes", self.max_sweep_bytes as f64, 1.0, 1e12),
        ];
        match limits.into_iter().find(|(_, value, min, max)| !(min..=max).contains(&value)) {
            Some((name, value, min, max)) => Err(Error::Option { name, value, min, max }),
            None => Ok(()),
        }
    }

    /// `timeout_seconds`, which [`Self::check`] has accepted.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_secs_f64(self.timeout_seconds)
    }

    /// `retry_for_seconds`, which [`Self::check`] has accepted.
    #[must_use]
    pub fn retry_for(&self) -> Duration {
        Duration::from_secs_f64(self.retry_for_seconds)
    }
}
