//! The faults that a scenario injects into calls.

use serde::Deserialize;

use super::error::{Error, out_of_range_error};

/// A fault of a call.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The kind of fault.
    pub kind: FaultKind,
    /// Numbers of the affected calls, from 1 in order of arrival.
    #[serde(default)]
    pub calls: Vec<u64>,
    /// Share of all calls that are affected in addition, 0 to 1; the seed decides which.
    #[serde(default)]
    pub rate: f64,
    /// With a refusal: `x-acs-retry-after` in milliseconds, and `Retry-After` in whole seconds.
    pub retry_after_ms: Option<u64>,
    /// For `slow`: delay of the reply in milliseconds of real time.
    #[serde(default = "default_delay_ms")]
    pub delay_ms: u64,
    /// For `oversized`: size of the reply in bytes.
    #[serde(default = "default_size_bytes")]
    pub size_bytes: u64,
    /// For `wrong_date` and `skewed`: offset of the gateway's clock in seconds.
    #[serde(default = "default_ahead_seconds")]
    pub ahead_seconds: i32,
    /// For `row_inserted` and `row_removed`: number of calls that see the change, beginning with the affected one;
    /// without it, all later calls.
    pub for_calls: Option<u64>,
}

fn default_delay_ms() -> u64 {
    60_000
}

fn default_size_bytes() -> u64 {
    256 * 1024 * 1024
}

fn default_ahead_seconds() -> i32 {
    3_600
}

/// The faults by name. A call with a wrong signature is rejected for that, whatever fault it would get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// `Throttling.User` with status 400.
    Throttle,
    /// `InternalError` with status 500.
    InternalError,
    /// `ServiceUnavailable` with status 503.
    Unavailable,
    /// The call is carried out, and the connection reset before a byte of the reply.
    Reset,
    /// The connection ends in the middle of the body.
    Truncated,
    /// Half of the body, announced as the whole.
    HalfBody,
    /// A proxy's page with status 502.
    Html,
    /// An HTML page with status 200, as a login portal sends.
    HtmlOk,
    /// Status 200 and no body.
    Empty,
    /// A redirection to another host.
    Redirect,
    /// Bytes that are not text, with the requested content type.
    Garbage,
    /// The correct body with a false `Content-Encoding: gzip`.
    FalseGzip,
    /// A very large body in chunks, without a length.
    Oversized,
    /// The correct reply, delayed.
    Slow,
    /// `Success=false` with status 200.
    Failure,
    /// The correct reply with a wrong `Date`.
    WrongDate,
    /// `InvalidTimeStamp.Expired`, with the same wrong time in `Date`.
    Skewed,
    /// `InvalidSecurityToken.Expired` with status 400.
    ExpiredToken,
    /// `SignatureNonceUsed` with status 400, although the nonce is new.
    NonceUsed,
    /// `Forbidden.RAM` with status 403.
    Forbidden,
    /// From this call on, the structure and data arrays begin with a new row.
    RowInserted,
    /// From this call on, the first row of the structure and data arrays is missing.
    RowRemoved,
}

impl FaultKind {
    /// All kinds, in the order of `docs/scenario.md`.
    pub const ALL: [Self; 22] = [
        Self::Throttle,
        Self::InternalError,
        Self::Unavailable,
        Self::Reset,
        Self::Truncated,
        Self::HalfBody,
        Self::Html,
        Self::HtmlOk,
        Self::Empty,
        Self::Redirect,
        Self::Garbage,
        Self::FalseGzip,
        Self::Oversized,
        Self::Slow,
        Self::Failure,
        Self::WrongDate,
        Self::Skewed,
        Self::ExpiredToken,
        Self::NonceUsed,
        Self::Forbidden,
        Self::RowInserted,
        Self::RowRemoved,
    ];
}

impl Fault {
    /// A fault of these calls.
    #[must_use]
    pub fn on_calls(kind: FaultKind, calls: &[u64]) -> Self {
        Self { calls: calls.to_vec(), ..Self::at_rate(kind, 0.0) }
    }

    /// A fault of this share of all calls.
    #[must_use]
    pub fn at_rate(kind: FaultKind, rate: f64) -> Self {
        Self {
            kind,
            calls: Vec::new(),
            rate,
            retry_after_ms: None,
            delay_ms: default_delay_ms(),
            size_bytes: default_size_bytes(),
            ahead_seconds: default_ahead_seconds(),
            for_calls: None,
        }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        if !(0.0..=1.0).contains(&self.rate) {
            return Err(out_of_range_error("fault.rate", self.rate.to_string(), "a number from 0 to 1"));
        }
        if self.calls.contains(&0) {
            return Err(out_of_range_error("fault.calls", format!("{:?}", self.calls), "numbers from 1"));
        }
        if self.calls.is_empty() && self.rate <= 0.0 {
            return Err(out_of_range_error("fault.rate", "0".to_owned(), "above 0 where no calls are given"));
        }
        Ok(())
    }
}
