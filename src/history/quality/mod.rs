//! The quality of the recorded data: gaps, failed sweeps, torn snapshots, and the figures that rest on them.

pub mod coverage;
pub mod data_quality;
