//! From a call to its reply: signed attempts over HTTP, retries, rate limits, the server's clock.

pub(in crate::api) mod attempt;
pub mod call_stats;
pub mod client;
pub mod endpoint;
pub mod error_kind;
pub(in crate::api) mod rate_limit;
pub mod request;
pub(in crate::api) mod retry;
pub(in crate::api) mod server_clock;
