//! The DTS simulator: a seeded migration that is a pure function of time, behind a real HTTP server that checks
//! signatures. Used by the demo, by `dts-history simulate` and by tests.

pub mod clock; // simulated time, stepped by hand or running
pub mod rng; // the seeded random number generator
pub mod scenario; // the scenario file
pub mod server; // the HTTP server: gateway, API calls, faults
pub mod world; // the simulated migrations

pub use server::{
    ACCESS_KEY_ID, ACCESS_KEY_SECRET, STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, STS_SECURITY_TOKEN,
};
