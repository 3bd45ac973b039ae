//! The simulated DTS behind real HTTP: a client cannot tell it from the vendor's.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{self, HeaderMap, Response, StatusCode, Uri, header};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use calls::synchronization_jobs;
use connection::{ConnectionHandle, ResettableListener};
use fault_injection::inject;
use fault_schedule::FaultSchedule;
use gateway::{Action, GatewayError, Nonces, required};
use paging::{DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, PageRequest, whole};
use response::{ApiResponse, ResponseStyle};

use super::clock::WorldClock;
use super::scenario::fault::FaultKind;
use super::scenario::reply::Above100;
use super::scenario::{self, Scenario};
use super::world::World;
use crate::api::acs3::Headers;
use crate::api::sign::{Method, Params};
use crate::clock::Clock;
use crate::model::Reading;

mod calls; // the API calls
mod connection; // connections that can be reset
mod fault_injection; // how a fault changes a response
mod fault_schedule; // which call gets which fault
mod gateway; // authentication: signatures, time stamps, nonces
mod gateway_v3; // the same for signature version 3
mod paging; // pages of three arrays
mod response; // responses as the vendor's gateway writes them

pub use gateway::{
    ACCESS_KEY_ID, ACCESS_KEY_SECRET, STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, STS_SECURITY_TOKEN,
};

#[cfg(test)]
mod tests;

/// How long calls that are being answered may take once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(5);

/// Why a server could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The scenario is no world.
    #[error(transparent)]
    Scenario(#[from] scenario::Error),
    /// The listener does not say where it listens.
    #[error("the simulator's listener is not usable: {0}; bind another address")]
    Listener(#[from] io::Error),
}

/// A running simulator.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// The two clocks of a simulation.
#[derive(Debug, Clone)]
pub struct Clocks {
    /// The time of the migration.
    pub world: Arc<WorldClock>,
    /// What the gateway checks time stamps against and writes into `Date`. The world's clock where the
    /// client uses that too; the machine's where real clients call.
    pub gateway: Arc<dyn Clock>,
}

impl Clocks {
    /// For a client that lives in the world's time.
    #[must_use]
    pub fn of_world(world: Arc<WorldClock>) -> Self {
        Self { gateway: Arc::clone(&world) as Arc<dyn Clock>, world }
    }
}

/// What every call needs.
#[derive(Debug)]
struct Shared {
    scenario: Scenario,
    worlds: Vec<World>,
    clocks: Clocks,
    nonces: Mutex<Nonces>,
    faults: FaultSchedule,
    calls: AtomicU64,
    stop: CancellationToken,
}

impl Server {
    /// Answers calls on this listener until it is stopped or dropped.
    ///
    /// # Errors
    /// If a value of the scenario is out of its range, or the listener has no address.
    pub fn start(listener: TcpListener, scenario: &Scenario, clocks: Clocks) -> Result<Self, Error> {
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let shared = Arc::new(Shared {
            scenario: scenario.clone(),
            worlds: World::all(scenario)?,
            clocks,
            nonces: Mutex::default(),
            faults: FaultSchedule::new(scenario.seed, &scenario.fault),
            calls: AtomicU64::new(0),
            stop: stop.clone(),
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let service = router.into_make_service_with_connect_info::<ConnectionHandle>();
        let served =
            axum::serve(ResettableListener(listener), service).with_graceful_shutdown(stop.cancelled_owned());
        let task = tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::error!(%error, "the simulator stopped");
            }
        });
        Ok(Self { address, shared, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to give a client as its endpoint.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The worlds behind it, in the order of the scenario's jobs.
    #[must_use]
    pub fn worlds(&self) -> &[World] {
        &self.shared.worlds
    }

    /// How many calls have come, refused ones among them.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.shared.calls.load(Ordering::SeqCst)
    }

    /// Takes no more calls, and returns when those being answered are done, or after five seconds.
    pub async fn stop(mut self) {
        self.shared.stop.cancel();
        if tokio::time::timeout(DRAIN, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

/// Answers one call.
async fn answer(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<ConnectionHandle>,
    method: http::Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let call = shared.calls.fetch_add(1, Ordering::SeqCst) + 1;
    let params = params(&uri, &headers, &body);
    let signed_headers = signed_headers(&headers);
    // Version 3 names no format: it is JSON.
    let default_format = gateway_v3::speaks(&signed_headers).then_some("JSON");
    let format = params.get("Format").map(String::as_str).or(default_format);
    let style = ResponseStyle::of(format, shared.scenario.reply.shape, shared.scenario.seed, call);
    let answer = match shared.admit(&method, &uri, &params, &signed_headers, &body) {
        Ok(action) => {
            let carried_out = shared.carry_out(action, &params, call, &style);
            let answer = carried_out
                .unwrap_or_else(|gateway_error| ApiResponse::gateway_error(&style, &gateway_error));
            shared.strike(call, &style, answer, &wire).await
        }
        Err(gateway_error) => {
            tracing::debug!(call, code = gateway_error.code, "call refused");
            ApiResponse::gateway_error(&style, &gateway_error)
        }
    };
    shared.clocks.world.pass(shared.scenario.reply.latency_ms).await;
    answer.into_response(shared.gateway_ms()).unwrap_or_else(|error| {
        tracing::error!(%error, call, "the simulator could not write its reply");
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// Query and form body together: the vendor takes parameters from either.
fn params(uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Params {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let form = kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded");
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let body = form_urlencoded::parse(if form { body } else { &[] });
    query.chain(body).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// The headers that are text, by lower-case name.
fn signed_headers(headers: &HeaderMap) -> Headers {
    let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        value.to_str().ok().map(|value| (name.as_str().to_owned(), value.to_owned()))
    };
    headers.iter().filter_map(text).collect()
}

impl Shared {
    /// What the gateway's clock shows.
    fn gateway_ms(&self) -> i64 {
        self.clocks.gateway.now_ms() + i64::from(self.scenario.reply.clock_ahead_seconds) * 1000
    }

    fn admit(
        &self,
        method: &http::Method,
        uri: &Uri,
        params: &Params,
        headers: &Headers,
        body: &[u8],
    ) -> Result<Action, GatewayError> {
        let method = match *method {
            http::Method::GET => Method::Get,
            http::Method::POST => Method::Post,
            _ => {
                let message = "This http method is not supported; use GET or POST.";
                return Err(GatewayError::new(405, "UnsupportedHTTPMethod", message));
            }
        };
        if uri.path() != "/" {
            let message = "Specified api is not found, please check your url and method.";
            return Err(GatewayError::new(404, "InvalidApi.NotFound", message));
        }
        // A panic elsewhere leaves the nonces whole: each is put in by one call.
        let mut nonces = self.nonces.lock().unwrap_or_else(PoisonError::into_inner);
        if gateway_v3::speaks(headers) {
            let call = gateway_v3::Signed { method, params, headers, body };
            return gateway_v3::admit(&call, self.gateway_ms(), &mut nonces);
        }
        gateway::admit(method, params, self.gateway_ms(), &mut nonces)
    }

    /// What becomes of a true reply: whatever fault strikes this call.
    async fn strike(
        &self,
        call: u64,
        style: &ResponseStyle,
        answer: ApiResponse,
        wire: &ConnectionHandle,
    ) -> ApiResponse {
        let Some(fault) = self.faults.fault_for_call(call) else { return answer };
        tracing::debug!(call, kind = ?fault.kind, "fault strikes");
        match fault.kind {
            FaultKind::Reset => wire.reset(),
            FaultKind::Slow => {
                let delay = tokio::time::sleep(Duration::from_millis(fault.delay_ms));
                // A server that is told to stop does not wait for its slowest reply.
                let _ = self.stop.run_until_cancelled(delay).await;
            }
            _ => {}
        }
        inject(fault, style, answer, self.gateway_ms())
    }

    fn carry_out(
        &self,
        action: Action,
        params: &Params,
        call: u64,
        style: &ResponseStyle,
    ) -> Result<ApiResponse, GatewayError> {
        match action {
            Action::DescribeInitializationStatus => {
                let readings = self.initialization_status(params, call)?;
                Ok(ApiResponse::rows(style, readings))
            }
            Action::DescribeSynchronizationJobs => {
                let jobs = synchronization_jobs::describe(&self.worlds, &self.clocks.world, params)?;
                ApiResponse::jobs(style, jobs)
            }
        }
    }

    fn initialization_status(&self, params: &Params, call: u64) -> Result<Vec<Reading>, GatewayError> {
        let id = required(params, "SynchronizationJobId")?;
        let region = params.get("RegionId").map(String::as_str).filter(|region| !region.is_empty());
        let number = whole(params, "PageNum")?.unwrap_or(1);
        if number == 0 {
            return Err(GatewayError::invalid("PageNum"));
        }
        let paging = &self.scenario.paging;
        let size = match whole(params, "PageSize")?.unwrap_or(DEFAULT_PAGE_SIZE) {
            0 => return Err(GatewayError::invalid("PageSize")),
            size if size <= MAX_PAGE_SIZE => size,
            _ => match paging.above_100 {
                Above100::Clamp => MAX_PAGE_SIZE,
                Above100::Error => return Err(GatewayError::invalid("PageSize")),
            },
        };
        let for_job =
            |world: &&World| world.job().id == id && region.is_none_or(|region| world.job().region == region);
        let Some(world) = self.worlds.iter().find(for_job) else {
            let message = format!("The specified instance {id:?} is not found.");
            return Err(GatewayError::new(404, "Forbidden.InstanceNotFound", message));
        };
        let page_request = PageRequest { number, size, arrays: paging.arrays, past_end: paging.past_end };
        let row_shifts = self.faults.row_shifts(call);
        paging::page(world, self.clocks.world.elapsed_ms(), page_request, &row_shifts)
            .ok_or_else(|| GatewayError::invalid("PageNum"))
    }
}
