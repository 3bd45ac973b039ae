//! `simulate`: runs the DTS simulator.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::net::TcpListener;

use super::args::SimulateArgs;
use super::error::{CommandError, usage_error};
use super::output::print;
use super::signals;
use crate::clock::{Clock as _, SystemClock};
use crate::sim::clock::WorldClock;
use crate::sim::scenario::{JobSpec, Scenario};
use crate::sim::server::{Clocks, Server};
use crate::sim::{ACCESS_KEY_ID, ACCESS_KEY_SECRET};

pub(super) async fn run(args: SimulateArgs) -> Result<(), CommandError> {
    let scenario = match &args.scenario {
        Some(path) => Scenario::read(path).map_err(usage_error)?,
        None => Scenario::demo(),
    };
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("cannot listen on {}, choose another address with --listen", args.listen))?;
    let from_ms = i64::from(scenario.elapsed_minutes) * 60_000;
    let clocks = Clocks {
        world: Arc::new(WorldClock::running(SystemClock.now_ms() - from_ms, from_ms, scenario.speed)),
        gateway: Arc::new(SystemClock),
    };
    let server = Server::start(listener, &scenario, clocks)?;
    // Installed before the address is printed, so that no signal is lost.
    let stop = signals::stop_signal()?;
    print(&ready_text(&server))?;
    stop.await;
    server.stop().await;
    Ok(())
}

/// Lines for a shell: the test credentials and a `collect` command for each job.
fn ready_text(server: &Server) -> String {
    let endpoint = server.endpoint();
    let jobs: String = server.worlds().iter().map(|world| collect_command(world.job(), &endpoint)).collect();
    format!(
        "# A simulated DTS listens on {endpoint} until it is interrupted. Its test credentials:\n\
         export ALIBABA_CLOUD_ACCESS_KEY_ID={ACCESS_KEY_ID}\n\
         export ALIBABA_CLOUD_ACCESS_KEY_SECRET={ACCESS_KEY_SECRET}\n{jobs}"
    )
}

fn collect_command(job: &JobSpec, endpoint: &str) -> String {
    format!("dts-history collect --job {} --region {} --endpoint {endpoint}\n", job.id, job.region)
}
