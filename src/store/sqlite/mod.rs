//! The engine that keeps a history in one SQLite file: one writer, a few readers.

mod active_tables;
mod database;
mod disk_usage;
mod file;
mod file_identity;
mod forget;
mod history;
mod job;
mod job_status;
mod job_summary;
mod known;
mod outbox;
#[cfg(test)]
mod properties;
mod prune;
mod recording;
mod reserved;
mod rows;
mod schema;
mod service_lock;
mod text_pool;
mod views;

pub(super) use database::Database;
pub(super) use prune::Pruner;
pub(super) use recording::Recording;
pub(super) use service_lock::FileLock;
