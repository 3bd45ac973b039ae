//! dts-history remembers what Alibaba Cloud DTS says of a migration, and reports on it.
//!
//! The modules, in reading order. Imports go downwards in ARCHITECTURE.md's picture, never up.
#![cfg_attr(not(test), warn(clippy::expect_used))]

pub mod model; // the nouns: Job, ObjectKey, Status, Reading, Sweep
pub mod http_client; // builds every HTTP client, reads replies within a limit
pub mod sanitize; // text from outside, made safe to print
pub mod clock; // the only reader of wall time
pub mod history; // pure: what changed, how fast, since when, what failed
pub mod api; // speaks DTS: signs, fetches, retries, reads JSON and XML
pub mod store; // speaks SQL: the only room with sqlx
pub mod report; // pure: figures to HTML, Markdown and JSON
pub mod collect; // verb one: a sweep becomes a snapshot
pub mod publish; // verb two: a history becomes a report
pub mod prune; // verb three: old rows go, if they are asked to
pub mod sim; // a simulated DTS behind real HTTP
pub mod service; // runs for weeks: the verbs on a schedule
pub mod demo; // the simulated world through all of it
pub mod cli; // argv and environment
