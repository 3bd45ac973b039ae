//! A simulated DTS: a seeded world that is a pure function of time, behind a real HTTP server that checks
//! signatures. For the demo, for trying things out, and for tests.

pub mod behaviour; // paging, form of replies, faults
pub mod clock; // the world's time, moved by hand or running
pub mod happening; // what the world does on purpose
pub mod scenario; // the scenario file
pub mod server; // real HTTP
pub mod world; // one job's migration at any moment

mod answer; // replies as the vendor's gateway writes them
mod cast; // which table plays which part
mod catalog; // names and sizes of tables
mod connection; // connections that can be reset
mod copying; // how rows are copied
mod ddl; // statements of tables and constraints
mod failures; // error texts in the vendor's forms
mod faults; // which call is struck by which fault
mod gateway; // who may call: signatures, time stamps, nonces
mod gateway_v3; // the same for signature version 3
mod jobs; // the call that lists jobs
mod paging; // pages of three arrays
mod plan; // the whole migration, planned ahead
mod rng; // the only source of chance
mod routines; // views, functions, triggers
mod spoil; // what a fault makes of a reply
mod timeline; // one object's life

pub use gateway::{
    ACCESS_KEY_ID, ACCESS_KEY_SECRET, STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, STS_SECURITY_TOKEN,
};

#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod jobs_tests;
#[cfg(test)]
mod server_tests;
#[cfg(test)]
mod world_tests;
