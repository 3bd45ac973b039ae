//! The faults that a scenario injects into calls.

use serde::Deserialize;

use super::error::{Error, out_of_range};

/// What goes wrong with a call.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What it is.
    pub kind: FaultKind,
    /// Numbers of the calls it befalls, from 1 in the order of their arrival.
    #[serde(default)]
    pub calls: Vec<u64>,
    /// The part of all calls that it befalls besides, 0 to 1; which ones follows from the seed.
    #[serde(default)]
    pub rate: f64,
    /// With a refusal: `x-acs-retry-after` in milliseconds, and `Retry-After` in whole seconds.
    pub retry_after_ms: Option<u64>,
    /// For `slow`: real milliseconds before the reply.
    #[serde(default = "default_delay_ms")]
    pub delay_ms: u64,
    /// For `oversized`: bytes of the reply.
    #[serde(default = "default_size_bytes")]
    pub size_bytes: u64,
    /// For `wrong_date` and `skewed`: how far the gateway's clock is ahead.
    #[serde(default = "default_ahead_seconds")]
    pub ahead_seconds: i32,
    /// For `row_inserted` and `row_removed`: how many calls see it, the struck one first; all later ones
    /// where it is left out.
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

/// The faults by name. A call that is refused for its signature is refused for that, whatever else strikes.
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
    /// A page for people with status 200, as a login portal sends.
    HtmlOk,
    /// Status 200 and no body.
    Empty,
    /// A redirection to another host.
    Redirect,
    /// Bytes that are no text, said to be what was asked for.
    Garbage,
    /// The true body, said to be compressed, which it is not.
    FalseGzip,
    /// A body beyond every bound, sent in chunks without a length.
    Oversized,
    /// The true reply, too late.
    Slow,
    /// `Success=false` with status 200.
    Failure,
    /// The true reply with a `Date` that is off.
    WrongDate,
    /// `InvalidTimeStamp.Expired`, by a clock that is off and says so in `Date`.
    Skewed,
    /// `InvalidSecurityToken.Expired` with status 400.
    ExpiredToken,
    /// `SignatureNonceUsed` with status 400, although it was not.
    NonceUsed,
    /// `Forbidden.RAM` with status 403.
    Forbidden,
    /// From this call on, a new row stands before all others of the first two arrays.
    RowInserted,
    /// From this call on, the first row of the first two arrays is gone.
    RowRemoved,
}

impl FaultKind {
    /// Every kind, in the order of `docs/scenario.md`.
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
    /// A fault that befalls these calls.
    #[must_use]
    pub fn on_calls(kind: FaultKind, calls: &[u64]) -> Self {
        Self { calls: calls.to_vec(), ..Self::at_rate(kind, 0.0) }
    }

    /// A fault that befalls this part of all calls.
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
            return Err(out_of_range("fault.rate", self.rate.to_string(), "a number from 0 to 1"));
        }
        if self.calls.contains(&0) {
            return Err(out_of_range("fault.calls", format!("{:?}", self.calls), "numbers from 1"));
        }
        if self.calls.is_empty() && self.rate <= 0.0 {
            return Err(out_of_range("fault.rate", "0".to_owned(), "above 0 where no calls are given"));
        }
        Ok(())
    }
}
