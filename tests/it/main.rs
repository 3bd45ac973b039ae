//! What users do, through the built binary, real HTTP over loopback and real SQLite files.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod account;
mod agree;
mod bad_input;
mod browser;
mod clock;
mod demo;
mod disk;
mod documents;
mod follow;
mod fuzz;
mod house;
mod http;
mod kill;
mod logs;
mod model;
mod notify;
mod operations;
mod pack;
mod plans;
mod prune;
mod record;
mod reload;
mod sdk;
mod service;
mod shell;
mod simulator;
mod support;
mod upgrade;
mod views;
mod watch;
mod writers;
