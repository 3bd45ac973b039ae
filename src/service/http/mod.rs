//! HTTP: pages for people, JSON for programs, metrics for Prometheus. Except for `/-/reload` every request only reads.

mod api; // the JSON API
pub(super) mod context; // what the handlers share
mod guard; // host names, the token, security headers
mod health; // /healthz and /readyz
pub mod listener; // the listening socket
mod metrics; // /metrics
mod pages; // HTML
pub mod probe; // a client of /healthz and /readyz
mod reload; // POST /-/reload
mod response; // JSON responses and errors
pub(super) mod server; // the router
