//! When tables and the whole job will be done, how the forecast changed over time, and how right it and the
//! vendor's estimates were.

pub mod drift;
pub mod estimates;
pub mod eta;
pub mod queue;
