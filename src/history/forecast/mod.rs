//! When tables and the whole job will be done, how the forecast changed over time, and how right it and the
//! vendor's estimates were.
//!
//! [`forecaster`] draws possible futures from a fixed seed. Each future has a rate of the whole job
//! (`rate_model`, learnt from `interval_series`), true sizes and speeds of the tables that are left (`remaining`),
//! and a queue for the places (`schedule`). The quantiles of their ends are the forecast. How often they hold is
//! measured by `cargo bench --bench calibration`.

pub mod drift;
pub mod estimates;
pub mod eta;
pub mod forecaster;
mod interval_series;
mod rate_model;
mod remaining;
mod sampling;
mod schedule;
mod sharing;
mod start_order;
pub mod table_history;

#[cfg(test)]
mod properties;
