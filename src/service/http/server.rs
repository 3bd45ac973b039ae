//! The router, and the server that runs it.

use std::net::SocketAddr;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use tokio_util::sync::CancellationToken;

use super::context::HttpContext;
use super::listener::Listener;
use super::{api, guard, health, metrics, pages, reload, response};

/// Serves until `shutdown` is cancelled.
pub(in crate::service) async fn serve(listener: Listener, context: HttpContext, shutdown: CancellationToken) {
    let guard = guard::Guard::new(listener.token, listener.hosts);
    let router = Router::new()
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
        .layer(middleware::from_fn_with_state(guard, guard::guard))
        .with_state(context);
    let server = axum::serve(listener.socket, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(shutdown.cancelled_owned());
    if let Err(error) = server.await {
        tracing::error!(%error, "the HTTP server has ended; recording continues");
    }
}
