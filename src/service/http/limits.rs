//! The bounds of the HTTP server. ARCHITECTURE.md lists them with their metrics and tests.

use std::time::Duration;

/// Maximum number of responses in progress, `/healthz`, `/readyz`, `/metrics` and `/-/reload` excepted. A request beyond
/// it gets 503 with `Retry-After` at once.
pub(super) const MAX_CONCURRENT_RESPONSES: usize = 32;
/// Maximum number of connections if there are enough file descriptors. One more closes the connection that has been
/// waiting for a request longest.
const MAX_CONNECTIONS: usize = 512;
/// Connections that wait to be accepted. The system ignores one more, and its client asks again only after a second.
pub(super) const MAX_PENDING_CONNECTIONS: u32 = 4096;
/// The send buffer of a connection.
pub(super) const SEND_BUFFER_BYTES: u32 = 256 * 1024;
/// File descriptors that are left to the recorder: the database, the API, webhooks, reports and the scheduler.
const RESERVED_DESCRIPTORS: usize = 128;
/// Time limit for a request's header, and for an idle connection.
pub(super) const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// A client that takes nothing of a response for this long is disconnected.
pub(super) const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// Time limit for a whole response, however slowly the client takes it.
pub(super) const RESPONSE_TIMEOUT: Duration = Duration::from_mins(5);
/// Maximum size of a request's header; it also bounds the memory of a connection.
pub(super) const MAX_HEADER_BYTES: usize = 32 * 1024;
/// Read connections of the database that HTTP has for itself.
pub(super) const DATABASE_CONNECTIONS: u32 = 2;
/// Maximum number of reports that wait to be rendered. Reports are rendered by one thread.
pub(super) const MAX_QUEUED_RENDERS: usize = 16;
/// How long a request waits for a report that is being rendered.
pub(super) const RENDER_TIMEOUT: Duration = Duration::from_mins(1);
/// Maximum size of all cached reports together; the least recently used are dropped first.
pub(super) const MAX_CACHED_BYTES: usize = 64 * 1024 * 1024;
/// A cached report that nobody has asked for this long is dropped.
pub(super) const CACHE_IDLE: Duration = Duration::from_secs(30);
/// A report is rendered again after this many times the duration of its last rendering at the earliest, so that the
/// viewers of a large job take a bounded share of the processor. Until then they get the previous report.
pub(super) const RENDER_PAUSE_FACTOR: u32 = 4;
/// The longest such pause.
pub(super) const MAX_RENDER_PAUSE: Duration = Duration::from_secs(30);
/// Time limit of the database queries of `/readyz` and `/metrics`; after it they answer with the last values.
pub(super) const VITALS_TIMEOUT: Duration = Duration::from_millis(60);
/// Seconds that a rejected client is asked to wait.
pub(super) const RETRY_AFTER_SECONDS: &str = "2";

/// The maximum number of connections for this many file descriptors of the process.
pub(super) fn max_connections(descriptors: usize) -> usize {
    // At least one connection, whatever the limit of the process.
    (descriptors.saturating_sub(RESERVED_DESCRIPTORS) / 2).clamp(1, MAX_CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_to_the_recorder() {
        assert_eq!(max_connections(65_536), 512);
        assert_eq!(max_connections(1024), 448);
        assert_eq!(max_connections(256), 64);
        assert_eq!(max_connections(64), 1);
    }
}
