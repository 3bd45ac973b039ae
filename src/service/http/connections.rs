//! Accepts connections, and bounds their number and their time.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::connection_state::ConnectionState;
use super::limits::{HEADER_TIMEOUT, MAX_HEADER_BYTES, RETRY_AFTER_SECONDS};
use super::stats::HttpStats;

/// How often connections are checked for their time limits.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// The pause after the system could not accept a connection.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// The open connections.
pub(super) struct Connections {
    router: Router,
    max_connections: usize,
    stats: Arc<HttpStats>,
    tasks: JoinSet<()>,
    states: HashMap<Id, Arc<ConnectionState>>,
}

impl Connections {
    pub(super) fn new(router: Router, max_connections: usize, stats: Arc<HttpStats>) -> Self {
        Self { router, max_connections, stats, tasks: JoinSet::new(), states: HashMap::new() }
    }

    /// Serves until `shutdown` is cancelled, and then until the responses in progress are sent.
    pub(super) async fn serve(
        mut self,
        listener: TcpListener,
        shutdown: CancellationToken,
        mut on_check: impl FnMut(),
    ) {
        let mut checks = interval(CHECK_INTERVAL);
        checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, client)) => self.add(stream, client, &shutdown),
                    // Out of descriptors, or the client has gone: neither is fatal.
                    Err(_) => sleep(ACCEPT_RETRY).await,
                },
                Some(finished) = self.tasks.join_next_with_id() => self.on_finished(finished),
                _ = checks.tick() => {
                    self.close_timed_out();
                    on_check();
                }
                () = shutdown.cancelled() => break,
            }
        }
        drop(listener);
        while let Some(finished) = self.tasks.join_next_with_id().await {
            self.on_finished(finished);
        }
    }

    fn add(&mut self, stream: TcpStream, client: SocketAddr, shutdown: &CancellationToken) {
        if self.states.len() >= self.max_connections && !self.evict() {
            self.stats.rejected_connections.increment();
            reject(&stream);
            return;
        }
        // Responses are written in large frames; a delay would only hold back the last of them.
        let _ = stream.set_nodelay(true);
        let state = Arc::new(ConnectionState::new());
        let task =
            serve_connection(stream, client, self.router.clone(), Arc::clone(&state), shutdown.clone());
        let id = self.tasks.spawn(task).id();
        self.states.insert(id, state);
        self.stats.connections.set(self.states.len());
    }

    /// Closes the connection that has been waiting for a request longest. Returns false if all of them are busy.
    fn evict(&mut self) -> bool {
        let waiting = self.states.iter().filter_map(|(id, state)| Some((state.waiting_since()?, *id)));
        let Some((_, id)) = waiting.min() else { return false };
        if let Some(state) = self.states.remove(&id) {
            state.close.cancel();
            self.stats.evicted_connections.increment();
        }
        true
    }

    fn close_timed_out(&self) {
        let now = Instant::now();
        for state in self.states.values().filter(|it| !it.close.is_cancelled() && it.is_timed_out(now)) {
            state.close.cancel();
            self.stats.timed_out_connections.increment();
        }
    }

    fn on_finished(&mut self, finished: Result<(Id, ()), tokio::task::JoinError>) {
        let id = finished.map_or_else(|error| error.id(), |(id, ())| id);
        self.states.remove(&id);
        self.stats.connections.set(self.states.len());
    }
}

async fn serve_connection(
    stream: TcpStream,
    client: SocketAddr,
    router: Router,
    state: Arc<ConnectionState>,
    shutdown: CancellationToken,
) {
    let close = state.close.clone();
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(Arc::clone(&state));
        request.extensions_mut().insert(ConnectInfo(client));
        let router = router.clone();
        async move {
            Ok::<Response, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {}))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(MAX_HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    // Errors are those of the client: a bad request, a time limit, a connection that was closed.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = close.cancelled() => return,
        () = shutdown.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        _ = connection => {}
        () = close.cancelled() => {}
    }
}

/// Answers without reading the request, as far as the system takes it at once.
fn reject(stream: &TcpStream) {
    let response = format!(
        "HTTP/1.1 503 Service Unavailable\r\nretry-after: {RETRY_AFTER_SECONDS}\r\ncontent-length: 0\r\n\
         connection: close\r\n\r\n"
    );
    let _ = stream.try_write(response.as_bytes());
}
