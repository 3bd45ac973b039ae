//! The router, and the thread that serves it.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use percent_encoding::percent_decode_str;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::body::TrackedBody;
use super::connection_state::ConnectionState;
use super::connections::Connections;
use super::context::HttpContext;
use super::limits::max_connections;
use super::listener::Listener;
use super::response::{busy, error_response};
use super::{api, guard, health, metrics, pages, reload, response};

/// The requests that are always answered: they never wait for a report or for a slow client.
const UNBOUNDED: [&str; 4] = ["/healthz", "/readyz", "/metrics", "/-/reload"];

/// How long responses in progress may take after the sweeps have ended.
const STOP_TIMEOUT: Duration = Duration::from_secs(1);

/// The HTTP server on a thread of its own, so that requests cannot take the threads that record.
#[derive(Debug)]
pub(in crate::service) struct Server {
    abort: CancellationToken,
    /// Closed when the thread has ended.
    ended: oneshot::Receiver<()>,
}

impl Server {
    /// Starts the server. It accepts no connections after `shutdown` is cancelled. `descriptors` is the limit of file
    /// descriptors of the process.
    ///
    /// # Errors
    /// If the thread cannot be started.
    pub(in crate::service) fn start(
        listener: Listener,
        context: HttpContext,
        shutdown: CancellationToken,
        descriptors: usize,
    ) -> io::Result<Self> {
        let abort = CancellationToken::new();
        let aborted = abort.clone();
        let (running, ended) = oneshot::channel();
        let socket = listener.socket.into_std()?;
        let router = router(guard::Guard::new(listener.token, listener.hosts), context.clone());
        let stats = Arc::clone(&context.stats);
        let connections = Connections::new(router, max_connections(descriptors), stats);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("http".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    served = serve(socket, connections, shutdown, &context) => {
                        if let Err(error) = served {
                            tracing::error!(%error, "the HTTP server has ended; recording continues");
                        }
                    }
                    () = aborted.cancelled() => {}
                }
            });
            runtime.shutdown_background();
            drop::<oneshot::Sender<()>>(running);
        })?;
        Ok(Self { abort, ended })
    }

    /// Lets the responses in progress end for a moment, and closes all connections.
    pub(in crate::service) async fn stop(self) {
        let _ = timeout(STOP_TIMEOUT, self.ended).await;
        self.abort.cancel();
    }
}

async fn serve(
    socket: TcpListener,
    connections: Connections,
    shutdown: CancellationToken,
    context: &HttpContext,
) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(socket)?;
    connections.serve(listener, shutdown, || context.renderer.drop_idle()).await;
    Ok(())
}

fn router(guard: guard::Guard, context: HttpContext) -> Router {
    Router::new()
        .route("/", get(pages::overview))
        .route("/jobs/{id}", get(pages::job))
        .route("/jobs/{id}/{file}", get(pages::report))
        .route("/metrics", get(metrics::metrics))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/api/v1/openapi.json", get(api::openapi))
        .route("/api/v1/jobs", get(api::jobs))
        .route("/api/v1/jobs/{id}", get(api::job))
        .route("/api/v1/jobs/{id}/{list}", get(api::list))
        .route("/-/reload", post(reload::reload).fallback(response::only_post))
        .fallback(response::not_found)
        .method_not_allowed_fallback(response::only_get)
        .layer(middleware::from_fn_with_state(context.clone(), bound))
        .layer(middleware::from_fn_with_state(guard, guard::guard))
        .layer(middleware::from_fn(track))
        .with_state(context)
}

/// Rejects a request while too many responses are in progress, and a path that is not UTF-8.
async fn bound(State(context): State<HttpContext>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if percent_decode_str(path).decode_utf8().is_err() {
        let message = format!("the path {path} is not UTF-8");
        return error_response(StatusCode::BAD_REQUEST, &message);
    }
    if UNBOUNDED.contains(&path) {
        return next.run(request).await;
    }
    let Ok(permit) = Arc::clone(&context.permits).try_acquire_owned() else {
        context.stats.rejected_requests.increment();
        return busy("the service is busy: too many responses are in progress");
    };
    let mut response = next.run(request).await;
    // `track` moves it into the body, which ends when the client has taken it.
    response.extensions_mut().insert(Arc::new(permit));
    response
}

/// Tells the connection which phase of a request it is in.
async fn track(request: Request, next: Next) -> Response {
    let Some(connection) = request.extensions().get::<Arc<ConnectionState>>().cloned() else {
        return next.run(request).await;
    };
    connection.on_request();
    let mut response = next.run(request).await;
    let permit = response.extensions_mut().remove::<Arc<OwnedSemaphorePermit>>();
    response.map(|inner| Body::new(TrackedBody { inner, connection, _permit: permit }))
}
