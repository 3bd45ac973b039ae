//! The backoff between the attempts of a call.

use std::time::Duration;

use super::error_kind::ErrorKind;

/// Number of internal errors of a call after which the error counts as permanent.
const MAX_INTERNAL_ERRORS: u32 = 5;
/// The longest pause, apart from one that the server requests.
const MAX_PAUSE: Duration = Duration::from_secs(20);
/// The factor by which the pause after a throttled call is longer.
const THROTTLED_FACTOR: u32 = 4;

/// The pauses between the attempts of one call.
///
/// "Full jitter": a pause is a random share of a limit that doubles with each attempt, so that clients that
/// failed together do not come back together.
#[derive(Debug)]
pub(in crate::api) struct Backoff {
    limit: Duration,
    internal_errors: u32,
}

impl Backoff {
    pub(in crate::api) fn new(first: Duration) -> Self {
        Self { limit: first, internal_errors: 0 }
    }

    /// How long to wait after an attempt failed so, or `None` if not to try again. `random` is in `0.0..1.0`.
    pub(in crate::api) fn next_pause(&mut self, kind: ErrorKind, random: f64) -> Option<Duration> {
        self.internal_errors += u32::from(kind == ErrorKind::Internal);
        let factor = match kind {
            ErrorKind::Throttled => THROTTLED_FACTOR,
            ErrorKind::Transient => 1,
            ErrorKind::Internal if self.internal_errors < MAX_INTERNAL_ERRORS => 1,
            _ => return None,
        };
        let limit = self.limit.saturating_mul(factor).min(MAX_PAUSE);
        self.limit = self.limit.saturating_mul(2).min(MAX_PAUSE);
        Some(limit.mul_f64(random))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_a_random_share_of_a_doubling_limit() {
        let first = Duration::from_millis(100);
        let bounds = |kind: ErrorKind| -> Vec<_> {
            let mut backoff = Backoff::new(first);
            (0..12).map(|_| backoff.next_pause(kind, 1.0).map(|pause| pause.as_millis())).collect()
        };
        let transient = [100, 200, 400, 800, 1600, 3200, 6400, 12800, 20000, 20000, 20000, 20000];
        assert_eq!(bounds(ErrorKind::Transient), transient.map(Some));
        let throttled = [400, 800, 1600, 3200, 6400, 12800, 20000, 20000, 20000, 20000, 20000, 20000];
        assert_eq!(bounds(ErrorKind::Throttled), throttled.map(Some));
        assert_eq!(Backoff::new(first).next_pause(ErrorKind::Transient, 0.0), Some(Duration::ZERO));
        assert_eq!(Backoff::new(first).next_pause(ErrorKind::Throttled, 0.25), Some(first));
    }

    #[test]
    fn permanent_errors_are_not_retried() {
        let first = Duration::from_millis(100);
        for kind in [
            ErrorKind::Clock,
            ErrorKind::Signature,
            ErrorKind::Key,
            ErrorKind::Token,
            ErrorKind::Denied,
            ErrorKind::Request,
        ] {
            assert_eq!(Backoff::new(first).next_pause(kind, 1.0), None);
        }
        // An internal error may last; others between do not count against it.
        let mut backoff = Backoff::new(first);
        for _ in 1..MAX_INTERNAL_ERRORS {
            assert!(backoff.next_pause(ErrorKind::Internal, 0.5).is_some());
            assert!(backoff.next_pause(ErrorKind::Transient, 0.5).is_some());
        }
        assert_eq!(backoff.next_pause(ErrorKind::Internal, 0.5), None);
    }
}
