//! What users do, through the built binary, real HTTP over loopback and real SQLite files.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod account;
mod agree;
mod bad_input;
mod browser;
mod demo;
mod documents;
mod follow;
mod house;
mod http;
mod pack;
mod logs;
mod notify;
mod operations;
mod prune;
mod record;
mod reload;
mod sdk;
mod service;
mod shell;
mod simulator;
mod support;
mod views;
mod watch;
