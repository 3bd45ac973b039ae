//! Sends calls over HTTP: signed attempts, retries, rate limits, and the clock of the server.

pub(in crate::api) mod attempt;
pub mod call_stats;
pub mod client;
pub mod endpoint;
pub mod error_kind;
pub(in crate::api) mod rate_limit;
pub mod request;
pub(in crate::api) mod retry;
pub(in crate::api) mod server_clock;
