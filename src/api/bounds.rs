//! What the numbers of a client's options may be, for whoever takes them from outside: the one place that knows.

use super::error::Error;

/// The numbers, as a configuration writes them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Numbers {
    /// Rows a page: the call's own bounds.
    pub page_size: u32,
    /// Pages of one sweep in flight.
    pub concurrency: usize,
    /// Calls a second.
    pub max_calls_per_second: f64,
    /// One attempt; a day at most, so that it is a duration.
    pub timeout_seconds: f64,
    /// All attempts of one call, likewise; 0 for one attempt.
    pub retry_for_seconds: f64,
}

impl Numbers {
    /// Refuses what lies outside of its bounds.
    ///
    /// # Errors
    /// The first that does, by its name in the configuration.
    pub fn check(&self) -> Result<(), Error> {
        let of = [
            ("page_size", f64::from(self.page_size), 1.0, 100.0),
            ("concurrency", self.concurrency as f64, 1.0, 64.0),
            ("max_calls_per_second", self.max_calls_per_second, 0.001, 1e6),
            ("timeout_seconds", self.timeout_seconds, 0.001, 86_400.0),
            ("retry_for_seconds", self.retry_for_seconds, 0.0, 86_400.0),
        ];
        match of.into_iter().find(|(_, value, least, most)| !(least..=most).contains(&value)) {
            Some((name, value, least, most)) => Err(Error::Option { name, value, least, most }),
            None => Ok(()),
        }
    }
}
