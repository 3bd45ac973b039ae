//! HTTP clients: the one way to build them, and to read replies within a limit.

use std::error::Error as StdError;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Response};

/// The options of a client. No client follows redirects, because calls are signed or contain a secret.
#[derive(Debug, Clone, Copy)]
pub struct Connect {
    /// Whether to use the proxy of the environment.
    pub proxy: bool,
    /// Whether to request compressed replies.
    pub gzip: bool,
    /// Timeout of connecting.
    pub timeout: Duration,
    /// Idle connections to keep open to each host.
    pub max_idle_per_host: usize,
}

/// The reason why the body of a reply was not read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The connection broke, or the time was up.
    #[error(transparent)]
    Transport(reqwest::Error),
    /// The body is longer than its limit.
    #[error("the reply is larger than {max_bytes} bytes")]
    TooLarge {
        /// The limit in bytes, after decompression.
        max_bytes: usize,
    },
}

/// Builds a client with these options.
///
/// # Errors
/// If TLS cannot be set up, for example because the machine has no root certificates.
pub fn build(connect: Connect) -> Result<Client, reqwest::Error> {
    // Gives rustls its cryptography. An error says that the process has a provider already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("dts-history/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .gzip(connect.gzip)
        .connect_timeout(connect.timeout)
        .pool_max_idle_per_host(connect.max_idle_per_host);
    if !connect.proxy {
        builder = builder.no_proxy();
    }
    builder.build().map_err(reqwest::Error::without_url)
}

/// Reads the decompressed body of a reply.
///
/// # Errors
/// If it is longer than `max_bytes`, or does not arrive completely within the timeout of the request.
pub async fn read_body(mut response: Response, max_bytes: usize) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Transport)? {
        if body.len() + chunk.len() > max_bytes {
            return Err(BodyError::TooLarge { max_bytes });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Reads the first `max_bytes` of the body of a reply; the rest is dropped with the connection.
///
/// # Errors
/// If neither `max_bytes` nor the end of the body arrive within the timeout of the request.
pub async fn read_prefix(mut response: Response, max_bytes: usize) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = max_bytes - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == max_bytes {
            break;
        }
    }
    Ok(body)
}

/// The innermost error: the outer ones only say that a request failed.
#[must_use]
pub fn root_cause(error: &reqwest::Error) -> &(dyn StdError + 'static) {
    let mut cause: &(dyn StdError + 'static) = error;
    loop {
        // The source of an I/O error is the source of the error that it wraps, not that error itself.
        let wrapped = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = match wrapped.map(|inner| inner as &(dyn StdError + 'static)).or_else(|| cause.source()) {
            Some(deeper) => deeper,
            None => return cause,
        };
    }
}
