//! What the terminal and the system ask of a command that runs until it is told to stop.

use anyhow::Context as _;

/// The interrupt key and a polite kill, caught from now on.
#[cfg(unix)]
pub(super) fn stop() -> anyhow::Result<impl Future<Output = ()>> {
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

/// The interrupt key.
#[cfg(not(unix))]
pub(super) fn stop() -> anyhow::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// Each time the window of the terminal has another size.
#[cfg(unix)]
pub(super) struct Resizes(tokio::signal::unix::Signal);

#[cfg(unix)]
impl Resizes {
    pub(super) fn caught() -> anyhow::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(signal(SignalKind::window_change()).context("cannot wait for signals")?))
    }

    pub(super) async fn next(&mut self) {
        self.0.recv().await;
    }
}

/// Nothing tells: the next frame fits.
#[cfg(not(unix))]
pub(super) struct Resizes;

#[cfg(not(unix))]
impl Resizes {
    pub(super) fn caught() -> anyhow::Result<Self> {
        Ok(Self)
    }

    pub(super) async fn next(&mut self) {
        std::future::pending().await
    }
}
