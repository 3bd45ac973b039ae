//! The engine that keeps histories in a schema of a PostgreSQL database.
//!
//! Each operation is one transaction that sets its own schema and time limits, so that a pooler which gives a
//! connection to others after each transaction can stand in between. Writers of one job take turns by locking its row.

mod active_tables;
mod bulk;
mod connection_error;
mod database;
mod disk_usage;
mod forget;
mod history;
mod job;
mod job_status;
mod job_summary;
mod known;
mod location;
mod millis;
mod nul;
mod open;
mod outbox;
mod prune;
mod recording;
mod retry;
mod rows;
mod schema;
mod service_lock;
mod views;

pub(super) use database::Database;
pub use location::{InvalidUrl, PostgresLocation};
pub(super) use nul::without_nul;
pub(super) use prune::Pruner;
pub(super) use recording::Recording;
pub(super) use service_lock::AdvisoryLock;
