//! What others ask over HTTP: pages for people, JSON for programs, metrics for Prometheus. Nothing here
//! changes anything but the configuration, which is read again.

mod api; // JSON
mod guard; // who may ask, and what every answer carries
mod metrics; // OpenMetrics
mod pages; // HTML
pub mod probe; // asks another service how it is
mod reload; // the configuration again
mod web; // what the answers are made of

use std::net::SocketAddr;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub(super) use reload::Answer;
pub(super) use web::{Seen, Web};

/// Where the service listens, and who may ask.
#[derive(Debug)]
pub struct Door {
    /// The listener.
    pub listener: TcpListener,
    /// What a caller must know; `None` on loopback alone.
    pub token: Option<SecretString>,
    /// Names by which callers may call the service, besides addresses and `localhost`.
    pub hosts: Vec<String>,
}

/// Why the service does not listen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is not to be had.
    #[error("cannot listen on {address}: {source}; choose another address with --listen")]
    Taken {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// Anybody could ask.
    #[error(
        "{address} can be reached from other machines: set DTS_HISTORY_TOKEN (or DTS_HISTORY_TOKEN_FILE) to the \
         token that callers must send, or listen on a loopback address such as 127.0.0.1:8470"
    )]
    Open {
        /// The address.
        address: SocketAddr,
    },
}

impl Door {
    /// Listens.
    ///
    /// # Errors
    /// If the address is not to be had, or can be reached from other machines without a token.
    pub async fn open(
        address: SocketAddr,
        token: Option<SecretString>,
        hosts: Vec<String>,
    ) -> Result<Self, Error> {
        if token.is_none() && !address.ip().is_loopback() {
            return Err(Error::Open { address });
        }
        let failed = |source| Error::Taken { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        Ok(Self { listener, token, hosts })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// Answers until it is told to stop.
pub(super) async fn serve(door: Door, web: Web, stop: CancellationToken) {
    let guard = guard::Guard::new(door.token, door.hosts);
    let router = Router::new()
        .route("/", get(pages::overview))
        .route("/jobs/{id}", get(pages::job))
        .route("/jobs/{id}/{file}", get(pages::report))
        .route("/metrics", get(metrics::metrics))
        .route("/healthz", get(api::healthz))
        .route("/readyz", get(api::readyz))
        .route("/api/v1/openapi.json", get(api::openapi))
        .route("/api/v1/jobs", get(api::jobs))
        .route("/api/v1/jobs/{id}", get(api::job))
        .route("/api/v1/jobs/{id}/{part}", get(api::part))
        .route("/-/reload", post(reload::reload).fallback(guard::only_post))
        .fallback(guard::not_found)
        .method_not_allowed_fallback(guard::only_get)
        .layer(middleware::from_fn_with_state(guard, guard::guard))
        .with_state(web);
    let served = axum::serve(door.listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stop.cancelled_owned());
    if let Err(error) = served.await {
        tracing::error!(%error, "HTTP has ended; recording goes on");
    }
}
