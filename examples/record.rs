//! Records sweeps of a job into a database of your own.
//!
//! `cargo run --example record -- history.db`. The example calls the built-in simulator. For a real job leave out
//! [`Options::endpoint`], and read the credentials with [`Credentials::discover`].

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use dts_history::api::auth::credentials::Credentials;
use dts_history::api::options::Options;
use dts_history::api::transport::call_stats::CallCounter;
use dts_history::api::transport::client::Client;
use dts_history::clock::Clock;
use dts_history::collect;
use dts_history::model::Job;
use dts_history::sim::clock::WorldClock;
use dts_history::sim::scenario::Scenario;
use dts_history::sim::server::{Clocks, Server};
use dts_history::sim::{ACCESS_KEY_ID, ACCESS_KEY_SECRET};
use dts_history::store::Store;
use tokio::net::TcpListener;

/// Start of the simulated migration: 2026-01-16T12:00:00Z.
const START_MS: i64 = 1_768_564_800_000;
/// World time between two sweeps.
const INTERVAL_MS: i64 = 10 * 60_000;
const SWEEPS: i64 = 6;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let database = std::env::args_os().nth(1).map(PathBuf::from).context("usage: record DATABASE")?;

    // The simulated DTS: a migration of 20 tables, on a clock that this program steps.
    let scenario = Scenario { tables: 20, rows_scale: 0.1, ..Scenario::demo() };
    let clock = Arc::new(WorldClock::stepped(START_MS));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let server = Server::start(listener, &scenario, Clocks::from_world(Arc::clone(&clock)))?;
    let simulated = server.worlds()[0].job();

    // The client signs calls, retries them and limits their rate. Its clock stamps signatures and replies.
    let options = Options { endpoint: Some(server.endpoint()), ..Options::default() };
    let credentials = Credentials::fixed(ACCESS_KEY_ID, ACCESS_KEY_SECRET, None);
    let client = Client::new(options, credentials, Arc::clone(&clock) as Arc<dyn Clock>)?;

    // A sweep reads all pages of a job. It becomes a snapshot in one transaction, or changes nothing.
    let job = Job {
        id: simulated.id.clone(),
        region: Some(simulated.region.clone()),
        name: None,
        kind: dts_history::model::JobKind::default(),
    };
    let store = Store::open(&database).await?;
    for sweep in 0..SWEEPS {
        clock.advance_to_ms(sweep * INTERVAL_MS);
        let recorded = collect::once(&client, &store, &job, &CallCounter::default()).await?;
        println!(
            "snapshot {}: {} pages, {} objects, {} changes",
            recorded.snapshot_id, recorded.pages, recorded.objects, recorded.changes
        );
    }
    store.close().await;
    server.stop().await;
    Ok(())
}
