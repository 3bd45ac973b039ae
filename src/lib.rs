//! A recorder for Alibaba Cloud DTS migrations: it reads the progress of every table and object from the DTS API,
//! stores the changes, and computes throughput, forecasts and failures from them.
//!
//! Most people use the program, `dts-history`; its README is the place to start. This page is for those who use the
//! library: to record from their own service, to compute figures from a database, or to test a client of DTS against
//! the simulator. The public interface with a promise of stability is the command line, the configuration, the
//! database views and the JSON report. The Rust API may change with any release before 1.0.
//!
//! # How data flows
//!
//! A *sweep* is every page of one job, read once ([`api::paging::sweep`]). It is compared with the last known state
//! of every object ([`history::diff`]), and becomes a *snapshot* in one transaction ([`store::Store`]): a row for each
//! object that changed, and none for the others. Everything else is computed from these rows when it is needed:
//! [`history::analysis::analyse`] turns a history into figures, and [`report`] renders figures as HTML, Markdown or
//! JSON. [`history`] and [`report`] are pure: no clock, no file, no network, so the same rows give the same bytes.
//!
//! # Record a job
//!
//! ```no_run
//! use std::path::Path;
//! use std::sync::Arc;
//!
//! use dts_history::api::auth::credentials::Credentials;
//! use dts_history::api::options::Options;
//! use dts_history::api::transport::call_stats::CallCounter;
//! use dts_history::api::transport::client::Client;
//! use dts_history::clock::SystemClock;
//! use dts_history::collect;
//! use dts_history::model::{Job, JobKind};
//! use dts_history::store::Store;
//!
//! # async fn record() -> Result<(), Box<dyn std::error::Error>> {
//! // Credentials come from the same places as those of Alibaba Cloud's own tools.
//! let client = Client::new(Options::default(), Credentials::discover(None)?, Arc::new(SystemClock))?;
//! let job = Job { id: "dtsi76118o3w92abcd".into(), region: Some("cn-hangzhou".into()), name: None, kind: JobKind::default() };
//! let store = Store::open(Path::new("history.db")).await?;
//! let recorded = collect::once(&client, &store, &job, &CallCounter::default()).await?;
//! println!("{} objects, {} changes", recorded.objects, recorded.changes);
//! # Ok(())
//! # }
//! ```
//!
//! `examples/record.rs` is a whole program that records from the simulator.
//!
//! # Compute figures
//!
//! ```no_run
//! use std::path::Path;
//!
//! use dts_history::history::analysis::{Window, analyse};
//! use dts_history::store::Store;
//!
//! # async fn figures() -> Result<(), Box<dyn std::error::Error>> {
//! let store = Store::open_existing(Path::new("history.db")).await?;
//! if let Some(history) = store.history("dtsi76118o3w92abcd").await? {
//!     let analysis = analyse(&history, Window::default());
//!     println!("{:?} rows/s", analysis.totals.active_rows_per_second());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! `examples/figures.rs` prints the fastest tables of every recorded job. SQL on the views of the database
//! (`docs/views.md`) is the way from other languages.
//!
//! # Test against the simulator
//!
//! [`sim::server::Server`] serves the DTS calls over HTTP, checks signatures, pages like the vendor, and injects the
//! faults of a [`sim::scenario::Scenario`]. Its migrations are functions of a seed and of time.
//!
//! # Modules
//!
//! In reading order. ARCHITECTURE.md has the order of imports.
#![cfg_attr(not(test), warn(clippy::expect_used))]

pub mod model; // domain types of every module: Job, ObjectKey, Status, Reading, Sweep
pub mod http_client; // builds every HTTP client, reads replies within a limit
pub mod sanitize; // text from outside, made safe to print
pub mod clock; // the only reader of wall time
pub mod atomic_file; // files that other programs see whole or not at all
pub mod forget;
pub mod history; // pure: changes, rates, forecasts, failures
pub mod api; // the DTS client: signatures, retries, paging, JSON and XML
pub mod store; // the database: the only module with SQL
pub mod report; // pure: figures to HTML, Markdown, JSON and repair scripts
pub mod collect; // use case: a sweep becomes a snapshot
pub mod publish; // use case: a history becomes a report
pub mod export; // use case: a view becomes a CSV, NDJSON or Parquet file
pub mod prune; // use case: old rows are merged or deleted
pub mod compare; // use case: two jobs side by side
pub mod wait; // use case: whether a job has come so far that a runbook goes on
pub mod sim; // the DTS simulator
pub mod service; // the service: schedule, notifications, HTTP
pub mod demo; // a simulated migration through all of it
pub mod cli; // the command line
