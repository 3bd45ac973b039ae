//! HTTP: pages for people, JSON for programs, metrics for Prometheus. Except for `/-/reload` every request only reads.

mod api; // the JSON API
mod body; // response bodies
mod connection_state; // what a connection is doing
mod connections; // accepts and bounds connections
pub(super) mod context; // what the handlers share
mod document; // rendered reports
mod guard; // host names, the token, security headers
mod health; // /healthz and /readyz
mod limits; // the bounds
pub mod listener; // the listening socket
mod metrics; // /metrics
mod pages; // HTML
pub mod probe; // a client of /healthz and /readyz
mod reload; // POST /-/reload
mod renderer; // renders reports once for all readers
mod response; // JSON responses and errors
pub(super) mod server; // the router and its thread
mod stats; // counters
mod vitals; // database values of /readyz and /metrics
