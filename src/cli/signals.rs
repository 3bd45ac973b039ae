//! Signals of the terminal and the system to a command that runs until it is stopped.

use anyhow::Context as _;

/// Completes on SIGINT or SIGTERM. The handlers are installed at once.
#[cfg(unix)]
pub(super) fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let caught = |kind| signal(kind).context("cannot wait for signals");
    let mut interrupt = caught(SignalKind::interrupt())?;
    let mut terminate = caught(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Completes on Ctrl-C.
#[cfg(not(unix))]
pub(super) fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// SIGWINCH: the size of the terminal has changed.
#[cfg(unix)]
pub(super) struct ResizeSignal(tokio::signal::unix::Signal);

#[cfg(unix)]
impl ResizeSignal {
    pub(super) fn register() -> anyhow::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(signal(SignalKind::window_change()).context("cannot wait for signals")?))
    }

    pub(super) async fn next(&mut self) {
        self.0.recv().await;
    }
}

/// Without SIGWINCH the next frame uses the new size.
#[cfg(not(unix))]
pub(super) struct ResizeSignal;

#[cfg(not(unix))]
impl ResizeSignal {
    pub(super) fn register() -> anyhow::Result<Self> {
        Ok(Self)
    }

    pub(super) async fn next(&mut self) {
        std::future::pending().await
    }
}
