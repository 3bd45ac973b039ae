//! What systemd is told, where it asks to be (`Type=notify-reload`). Elsewhere nothing happens.

use std::time::Duration;

/// What the service does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It records.
    Ready,
    /// It reads its configuration again.
    Reloading,
    /// It ends.
    Stopping,
    /// It is alive.
    Alive,
}

/// How often systemd wants to hear that the service is alive: twice as often as it must.
#[cfg(unix)]
pub(super) fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|limit| limit / 2)
}

#[cfg(not(unix))]
pub(super) fn watchdog() -> Option<Duration> {
    None
}

/// Says what the service does.
#[cfg(unix)]
pub(super) fn say(state: State) {
    use sd_notify::NotifyState;
    send(&match state {
        State::Ready => vec![NotifyState::Ready],
        State::Stopping => vec![NotifyState::Stopping],
        State::Alive => vec![NotifyState::Watchdog],
        // Without the moment systemd would take the reload for a failure.
        State::Reloading => match NotifyState::monotonic_usec_now() {
            Ok(now) => vec![NotifyState::Reloading, now],
            Err(_) => return,
        },
    });
}

#[cfg(not(unix))]
pub(super) fn say(_state: State) {}

/// One line for `systemctl status`.
#[cfg(unix)]
pub(super) fn status(text: &str) {
    send(&[sd_notify::NotifyState::Status(text)]);
}

#[cfg(not(unix))]
pub(super) fn status(_text: &str) {}

#[cfg(unix)]
fn send(states: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd could not be told");
    }
}
