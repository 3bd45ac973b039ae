//! The state of a connection, which decides which connection is closed.

use std::sync::{Mutex, PoisonError};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::limits::{RESPONSE_TIMEOUT, WRITE_TIMEOUT};

/// The state of one connection; shared by the server, the request in progress and its response body.
#[derive(Debug)]
pub(super) struct ConnectionState {
    phase: Mutex<Phase>,
    /// Closes the connection.
    pub(super) close: CancellationToken,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    /// No request in progress: the connection is new, idle, or has sent a part of a header.
    Waiting { since: Instant },
    /// The response is being computed.
    Handling { since: Instant },
    /// The response is being sent; the client last took something of it at `progress`.
    Sending { since: Instant, progress: Instant },
}

impl ConnectionState {
    pub(super) fn new() -> Self {
        let phase = Mutex::new(Phase::Waiting { since: Instant::now() });
        Self { phase, close: CancellationToken::new() }
    }

    fn phase(&self) -> std::sync::MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn on_request(&self) {
        *self.phase() = Phase::Handling { since: Instant::now() };
    }

    pub(super) fn on_body_polled(&self) {
        let now = Instant::now();
        let mut phase = self.phase();
        let since = match *phase {
            Phase::Sending { since, .. } => since,
            Phase::Waiting { .. } | Phase::Handling { .. } => now,
        };
        *phase = Phase::Sending { since, progress: now };
    }

    pub(super) fn on_body_taken(&self) {
        *self.phase() = Phase::Waiting { since: Instant::now() };
    }

    /// Since when no request has been in progress; `None` while one is.
    pub(super) fn waiting_since(&self) -> Option<Instant> {
        match *self.phase() {
            Phase::Waiting { since } => Some(since),
            Phase::Handling { .. } | Phase::Sending { .. } => None,
        }
    }

    /// Whether the client takes its response too slowly, or the connection has been waiting for so long that only an
    /// unsent rest of a response can keep it open.
    pub(super) fn is_timed_out(&self, now: Instant) -> bool {
        match *self.phase() {
            Phase::Waiting { since } => now.duration_since(since) > WRITE_TIMEOUT,
            Phase::Handling { since } => now.duration_since(since) > RESPONSE_TIMEOUT,
            Phase::Sending { since, progress } => {
                now.duration_since(progress) > WRITE_TIMEOUT || now.duration_since(since) > RESPONSE_TIMEOUT
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_or_too_little_times_out() {
        let state = ConnectionState::new();
        assert!(state.waiting_since().is_some());
        state.on_request();
        state.on_body_polled();
        assert!(state.waiting_since().is_none());
        // A frame every 20 seconds keeps the connection, but not beyond the limit of the whole response.
        for _ in 0..15 {
            tokio::time::advance(Duration::from_secs(20)).await;
            assert!(!state.is_timed_out(Instant::now()));
            state.on_body_polled();
        }
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(state.is_timed_out(Instant::now()));

        let state = ConnectionState::new();
        state.on_request();
        state.on_body_polled();
        tokio::time::advance(WRITE_TIMEOUT + Duration::from_secs(1)).await;
        assert!(state.is_timed_out(Instant::now()));
    }
}
