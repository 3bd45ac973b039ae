//! The HTTP server of the simulator, which behaves like the vendor's gateway.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{self, HeaderMap, Response, StatusCode, Uri, header};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use calls::context::{CallContext, CallError};
use calls::{
    dts_jobs, initialization_status, job_steps, migration_job_detail, migration_jobs, precheck_status,
    synchronization_job_status, synchronization_jobs,
};
use connection::{ConnectionHandle, ResettableListener};
use fault_injection::inject;
use fault_schedule::{FaultSchedule, RowShifts};
use gateway::{Action, GatewayState};
use gateway_error::GatewayError;
use response::{ApiResponse, ResponseStyle};
use security_tokens::SecurityTokens;

use super::clock::WorldClock;
use super::scenario::fault::FaultKind;
use super::scenario::{self, Scenario};
use super::world::World;
use crate::api::auth::acs3::Headers;
use crate::api::auth::rpc::{Method, Params};
use crate::clock::Clock;

mod calls; // the API calls
mod connection; // connections that can be reset
mod fault_injection; // how a fault changes a response
mod fault_schedule; // which call gets which fault
mod gateway; // authentication: signatures, time stamps, nonces
mod gateway_error;
mod gateway_v3; // the same for signature version 3
mod paging; // pages of three arrays
mod response; // responses as the vendor's gateway writes them
mod security_tokens; // of the temporary access key, which may expire

pub use security_tokens::{
    ACCESS_KEY_ID, ACCESS_KEY_SECRET, STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, STS_SECURITY_TOKEN,
};

#[cfg(test)]
mod tests;

/// Time that running calls get to finish when the server stops.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// The server could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value of the scenario is outside its range.
    #[error(transparent)]
    Scenario(#[from] scenario::Error),
    /// The listener has no local address.
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
    /// Time of the migration.
    pub world: Arc<WorldClock>,
    /// Time that the gateway compares time stamps with and writes into `Date`: the world's clock if the client uses
    /// it too, the machine's clock for other clients.
    pub gateway: Arc<dyn Clock>,
}

impl Clocks {
    /// For a client that uses the world's clock.
    #[must_use]
    pub fn from_world(world: Arc<WorldClock>) -> Self {
        Self { gateway: Arc::clone(&world) as Arc<dyn Clock>, world }
    }
}

/// State shared by all calls.
#[derive(Debug)]
struct Shared {
    scenario: Scenario,
    worlds: Vec<World>,
    clocks: Clocks,
    gateway_state: Mutex<GatewayState>,
    faults: FaultSchedule,
    calls: AtomicU64,
    stop: CancellationToken,
}

impl Server {
    /// Serves calls on this listener until stopped or dropped.
    ///
    /// # Errors
    /// If a value of the scenario is outside its range, or the listener has no address.
    pub fn start(listener: TcpListener, scenario: &Scenario, clocks: Clocks) -> Result<Self, Error> {
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let shared = Arc::new(Shared {
            scenario: scenario.clone(),
            worlds: World::all(scenario)?,
            clocks,
            gateway_state: Mutex::new(GatewayState {
                security_tokens: SecurityTokens::new(scenario.security_token_calls),
                ..GatewayState::default()
            }),
            faults: FaultSchedule::new(scenario.seed, &scenario.fault),
            calls: AtomicU64::new(0),
            stop: stop.clone(),
        });
        let router = Router::new().fallback(handle_call).with_state(Arc::clone(&shared));
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

    /// Address of the listener.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The endpoint for a client.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The worlds, in the order of the scenario's jobs.
    #[must_use]
    pub fn worlds(&self) -> &[World] {
        &self.shared.worlds
    }

    /// Number of calls received, including rejected ones.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.shared.calls.load(Ordering::SeqCst)
    }

    /// Accepts no more calls, and returns when the running ones are done, or after five seconds.
    pub async fn stop(mut self) {
        self.shared.stop.cancel();
        if tokio::time::timeout(DRAIN_TIMEOUT, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}

/// Handles one call.
async fn handle_call(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<ConnectionHandle>,
    method: http::Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let call = shared.calls.fetch_add(1, Ordering::SeqCst) + 1;
    let params = call_params(&uri, &headers, &body);
    let signed_headers = signed_headers(&headers);
    // Calls of version 3 have no Format parameter: their format is JSON.
    let default_format = gateway_v3::is_v3(&signed_headers).then_some("JSON");
    let format = params.get("Format").map(String::as_str).or(default_format);
    let style = ResponseStyle::new(format, shared.scenario.reply.shape, shared.scenario.seed, call);
    let answer = match shared.authenticate(&method, &uri, &params, &signed_headers, &body) {
        Ok(action) => {
            let dispatched = shared.dispatch(action, &params, call, &style);
            let answer =
                dispatched.unwrap_or_else(|gateway_error| ApiResponse::gateway_error(&style, &gateway_error));
            shared.apply_fault(call, &style, answer, &wire).await
        }
        Err(gateway_error) => {
            tracing::debug!(call, code = gateway_error.code, "call rejected");
            ApiResponse::gateway_error(&style, &gateway_error)
        }
    };
    shared.clocks.world.advance(shared.scenario.reply.latency_ms).await;
    answer.into_response(shared.gateway_ms()).unwrap_or_else(|error| {
        tracing::error!(%error, call, "the simulator could not write its reply");
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// Parameters of query and form body: the vendor accepts both.
fn call_params(uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Params {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let form = kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded");
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let body = form_urlencoded::parse(if form { body } else { &[] });
    query.chain(body).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// The headers with text values, by lower-case name.
fn signed_headers(headers: &HeaderMap) -> Headers {
    let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        value.to_str().ok().map(|value| (name.as_str().to_owned(), value.to_owned()))
    };
    headers.iter().filter_map(text).collect()
}

impl Shared {
    /// Time of the gateway's clock.
    fn gateway_ms(&self) -> i64 {
        self.clocks.gateway.now_ms() + i64::from(self.scenario.reply.clock_ahead_seconds) * 1000
    }

    fn authenticate(
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
        // A poisoned lock is harmless: a nonce is inserted whole.
        let mut state = self.gateway_state.lock().unwrap_or_else(PoisonError::into_inner);
        if gateway_v3::is_v3(headers) {
            let call = gateway_v3::SignedCall { method, params, headers, body };
            return gateway_v3::authenticate(&call, self.gateway_ms(), &mut state);
        }
        gateway::authenticate(method, params, self.gateway_ms(), &mut state)
    }

    /// Applies the fault of this call, if it has one.
    async fn apply_fault(
        &self,
        call: u64,
        style: &ResponseStyle,
        answer: ApiResponse,
        wire: &ConnectionHandle,
    ) -> ApiResponse {
        let Some(fault) = self.faults.fault_for_call(call) else { return answer };
        tracing::debug!(call, kind = ?fault.kind, "fault injected");
        match fault.kind {
            FaultKind::Reset => wire.reset(),
            FaultKind::Slow => {
                let delay = tokio::time::sleep(Duration::from_millis(fault.delay_ms));
                // A server that stops does not wait for its slowest reply.
                let _ = self.stop.run_until_cancelled(delay).await;
            }
            _ => {}
        }
        inject(fault, style, answer, self.gateway_ms())
    }

    fn dispatch(
        &self,
        action: Action,
        params: &Params,
        call: u64,
        style: &ResponseStyle,
    ) -> Result<ApiResponse, GatewayError> {
        let is_per_object = matches!(
            action,
            Action::DescribeInitializationStatus
                | Action::DescribeMigrationJobDetail
                | Action::DescribePreCheckStatus
        );
        let row_shifts = if is_per_object { self.faults.row_shifts(call) } else { RowShifts::default() };
        let elapsed_ms = self.clocks.world.elapsed_ms();
        let context = CallContext {
            worlds: &self.worlds,
            scenario: &self.scenario,
            params,
            elapsed_ms,
            world_start_ms: self.clocks.world.start_ms(),
            row_shifts: &row_shifts,
        };
        let members = match action {
            Action::DescribeInitializationStatus => {
                return match initialization_status::describe(&context) {
                    Ok(readings) => Ok(ApiResponse::from_readings(style, readings)),
                    Err(error) => call_error_response(style, action, error),
                };
            }
            Action::DescribeSynchronizationJobs => synchronization_jobs::list(&context),
            Action::DescribeSynchronizationJobStatus => synchronization_job_status::describe(&context),
            Action::DescribeMigrationJobDetail => migration_job_detail::describe(&context),
            Action::DescribeMigrationJobs => migration_jobs::list(&context),
            Action::DescribeMigrationJobStatus => migration_jobs::status(&context),
            Action::DescribePreCheckStatus => precheck_status::describe(&context),
            Action::DescribeDtsJobs => dts_jobs::list(&context),
            Action::DescribeDtsJobDetail => dts_jobs::detail(&context),
            Action::SummaryJobDetail => job_steps::summary(&context),
            Action::ListJobStep => job_steps::list(&context),
        };
        match members {
            Ok(members) => ApiResponse::from_members(style, action, members),
            Err(error) => call_error_response(style, action, error),
        }
    }
}

/// The response to a call that fails.
fn call_error_response(
    style: &ResponseStyle,
    action: Action,
    error: CallError,
) -> Result<ApiResponse, GatewayError> {
    match error {
        CallError::Gateway(error) => Err(error),
        CallError::Failed { code, message, dynamic } => {
            let members = json!({
                "Success": false,
                "HttpStatusCode": 200,
                "ErrCode": code,
                "ErrMessage": message,
                "DynamicMessage": dynamic,
            });
            ApiResponse::from_members(style, action, members)
        }
    }
}
