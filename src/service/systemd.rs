//! The `sd_notify` protocol (`Type=notify-reload`). Without `NOTIFY_SOCKET` every call does nothing.

use std::time::Duration;

/// A state that systemd is notified of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notification {
    /// The service records.
    Ready,
    /// The configuration is being reloaded.
    Reloading,
    /// The service is shutting down.
    Stopping,
    /// The loop is alive.
    Watchdog,
}

/// How often the watchdog is notified: twice as often as systemd requires. `None` without a watchdog.
#[cfg(unix)]
pub(super) fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|limit| limit / 2)
}

#[cfg(not(unix))]
pub(super) fn watchdog_interval() -> Option<Duration> {
    None
}

/// Notifies systemd of a state.
#[cfg(unix)]
pub(super) fn notify(notification: Notification) {
    use sd_notify::NotifyState;
    send(&match notification {
        Notification::Ready => vec![NotifyState::Ready],
        Notification::Stopping => vec![NotifyState::Stopping],
        Notification::Watchdog => vec![NotifyState::Watchdog],
        // Without its monotonic timestamp systemd takes the reload for a failure.
        Notification::Reloading => match NotifyState::monotonic_usec_now() {
            Ok(now) => vec![NotifyState::Reloading, now],
            Err(_) => return,
        },
    });
}

#[cfg(not(unix))]
pub(super) fn notify(_notification: Notification) {}

/// Sets the status line of `systemctl status`.
#[cfg(unix)]
pub(super) fn set_status(text: &str) {
    send(&[sd_notify::NotifyState::Status(text)]);
}

#[cfg(not(unix))]
pub(super) fn set_status(_text: &str) {}

#[cfg(unix)]
fn send(states: &[sd_notify::NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd could not be notified");
    }
}
