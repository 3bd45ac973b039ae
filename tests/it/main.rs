//! The built binary as users run it, over real HTTP on loopback and with real SQLite files.
#![expect(clippy::unwrap_used, reason = "a failed unwrap names the line at which a test stopped")]

mod accounts;
mod architecture;
mod bad_input;
mod browser;
mod clock;
mod collect;
mod concurrency;
mod consistency;
mod crash;
mod demo;
mod disk;
mod documents;
mod end_to_end;
mod examples;
mod export;
mod fuzz;
mod http;
mod language;
mod logs;
mod model;
mod notify;
mod operations;
mod prune;
mod query_plans;
mod reload;
mod repair_script;
mod sdk;
mod service;
mod shell;
mod simulator;
mod support;
mod untrusted_server;
mod upgrade;
mod views;
mod watch;
