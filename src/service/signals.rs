//! The signals of the process as a stream of requests to the service.

use std::io;

use futures_util::Stream;

/// A request to the running service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlRequest {
    /// Stop, once the sweeps in flight have ended. A second one stops at once.
    Stop,
    /// Reload the configuration.
    Reload,
}

/// SIGTERM and SIGINT as [`ControlRequest::Stop`], SIGHUP as [`ControlRequest::Reload`].
///
/// # Errors
/// If the signal handlers cannot be installed.
#[cfg(unix)]
pub fn control_requests() -> io::Result<impl Stream<Item = ControlRequest> + Send + Unpin> {
    use futures_util::StreamExt as _;
    use futures_util::stream::{select, unfold};
    use tokio::signal::unix::{SignalKind, signal};
    let requests = |kind, request| {
        let signal = signal(kind)?;
        let stream =
            unfold(signal, move |mut signal| async move { signal.recv().await.map(|()| (request, signal)) });
        Ok::<_, io::Error>(stream.boxed())
    };
    let terminate = requests(SignalKind::terminate(), ControlRequest::Stop)?;
    let interrupt = requests(SignalKind::interrupt(), ControlRequest::Stop)?;
    let hang_up = requests(SignalKind::hangup(), ControlRequest::Reload)?;
    Ok(select(select(terminate, interrupt), hang_up))
}

/// The interrupt key as [`ControlRequest::Stop`]. Without signals a reload is requested over HTTP.
///
/// # Errors
/// Never on this platform.
#[cfg(not(unix))]
pub fn control_requests() -> io::Result<impl Stream<Item = ControlRequest> + Send + Unpin> {
    use futures_util::StreamExt as _;
    let interrupts = futures_util::stream::unfold((), |()| async {
        tokio::signal::ctrl_c().await.ok().map(|()| (ControlRequest::Stop, ()))
    });
    Ok(interrupts.boxed())
}
