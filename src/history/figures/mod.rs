//! The figures of tables and of the whole job.

pub mod concurrency;
pub mod cutover;
pub mod object;
pub mod progress;
pub mod stalls;
pub mod standstill;
pub mod table;
pub mod throughput;
pub mod throughput_series;
pub mod time_lost;
pub mod times;
pub mod totals;
pub mod transitions;
pub mod verdict;
