//! Limits the rate of calls for one account in one region, shared by its jobs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The lowest rate after throttled calls, as a share of the full rate.
const MIN_RATE_SHARE: f64 = 1.0 / 32.0;
/// The step by which the rate recovers, as a share of the full rate, and the time without throttling before each step.
const RECOVERY_STEP_SHARE: f64 = 0.1;
const RECOVERY_INTERVAL: Duration = Duration::from_secs(5);

/// The rate limits of one account, by region.
#[derive(Debug)]
pub(in crate::api) struct RateLimits {
    calls_per_second: f64,
    regions: Mutex<HashMap<String, Arc<RateLimit>>>,
}

/// The rate limit of calls to one region. Turns are given in the order they are asked for; a job waits for as many at
/// a time as it has pages in flight, so no job keeps another from its permitted_at for longer than that.
#[derive(Debug)]
pub(in crate::api) struct RateLimit {
    full_rate: f64,
    state: Mutex<RateState>,
}

#[derive(Debug)]
struct RateState {
    calls_per_second: f64,
    /// The time of the next free permit.
    next_free: Instant,
    /// When the rate last changed.
    changed_at: Option<Instant>,
}

impl RateLimits {
    pub(in crate::api) fn new(calls_per_second: f64) -> Self {
        Self { calls_per_second, regions: Mutex::default() }
    }

    pub(in crate::api) fn for_region(&self, region: Option<&str>) -> Arc<RateLimit> {
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        let rate_limit = regions.entry(region.unwrap_or_default().to_owned());
        Arc::clone(rate_limit.or_insert_with(|| Arc::new(RateLimit::new(self.calls_per_second))))
    }
}

impl RateLimit {
    fn new(full_rate: f64) -> Self {
        let state = RateState { calls_per_second: full_rate, next_free: Instant::now(), changed_at: None };
        Self { full_rate, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, RateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the caller's permitted_at, and gives the moment of it.
    pub(in crate::api) async fn acquire(&self) -> Instant {
        let permitted_at = {
            let mut state = self.state();
            let permitted_at = state.next_free.max(Instant::now());
            state.next_free = permitted_at + Duration::from_secs_f64(1.0 / state.calls_per_second);
            permitted_at
        };
        sleep_until(permitted_at).await;
        permitted_at
    }

    /// A call was throttled: half as fast. The calls that were under way when the rate limit last changed do not
    /// count: they say nothing of the rate limit as it is now.
    pub(in crate::api) fn on_throttled(&self, permitted_at: Instant) {
        let mut state = self.state();
        if state.changed_at.is_some_and(|changed_at| permitted_at <= changed_at) {
            return;
        }
        let was_full = state.calls_per_second >= self.full_rate;
        state.calls_per_second = (state.calls_per_second / 2.0).max(self.full_rate * MIN_RATE_SHARE);
        state.changed_at = Some(Instant::now());
        let calls_per_second = state.calls_per_second;
        if was_full {
            tracing::warn!(calls_per_second, "DTS throttles this account: calling more slowly");
        }
    }

    /// A call went well: one step faster, if the last change is long enough ago.
    pub(in crate::api) fn on_success(&self) {
        let mut state = self.state();
        let has_recovery_interval_passed =
            state.changed_at.is_some_and(|changed_at| changed_at.elapsed() >= RECOVERY_INTERVAL);
        if state.calls_per_second < self.full_rate && has_recovery_interval_passed {
            state.calls_per_second =
                (state.calls_per_second + self.full_rate * RECOVERY_STEP_SHARE).min(self.full_rate);
            state.changed_at = Some(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many permits are given within a second, to as many tasks as ask.
    async fn permits_in_one_second(rate_limit: &Arc<RateLimit>) -> usize {
        let until = Instant::now() + Duration::from_secs(1);
        let mut permits = 0;
        while rate_limit.acquire().await < until {
            permits += 1;
        }
        permits
    }

    #[tokio::test(start_paused = true)]
    async fn permits_are_issued_at_the_configured_rate() {
        let rate_limits = RateLimits::new(10.0);
        let rate_limit = rate_limits.for_region(Some("cn-hangzhou"));
        assert_eq!(permits_in_one_second(&rate_limit).await, 10);
        // Time that nobody used is not saved up.
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert_eq!(permits_in_one_second(&rate_limit).await, 10);
        // Another region is another rate limit, the same region the same.
        assert!(!Arc::ptr_eq(&rate_limit, &rate_limits.for_region(Some("cn-beijing"))));
        assert!(Arc::ptr_eq(&rate_limit, &rate_limits.for_region(Some("cn-hangzhou"))));
    }

    #[tokio::test(start_paused = true)]
    async fn concurrent_throttled_calls_halve_the_rate_once() {
        let rate_limit = RateLimits::new(16.0).for_region(None);
        let together = [rate_limit.acquire().await, rate_limit.acquire().await, rate_limit.acquire().await];
        for permitted_at in together {
            rate_limit.on_throttled(permitted_at);
        }
        rate_limit.acquire().await;
        assert_eq!(permits_in_one_second(&rate_limit).await, 8);
        for _ in 0..20 {
            rate_limit.on_throttled(rate_limit.acquire().await);
        }
        assert!((rate_limit.state().calls_per_second - 0.5).abs() < 1e-9, "it never stops");
    }

    #[tokio::test(start_paused = true)]
    async fn the_rate_recovers_stepwise() {
        let rate_limit = RateLimits::new(10.0).for_region(None);
        rate_limit.on_throttled(rate_limit.acquire().await);
        let mut rates = Vec::new();
        for _ in 0..40 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            rate_limit.on_success();
            rate_limit.on_success();
            rates.push(format!("{:.0}", rate_limit.state().calls_per_second));
        }
        let at = [4, 5, 9, 10, 15, 20, 25, 40].map(|second: usize| rates[second - 1].as_str());
        assert_eq!(at, ["5", "6", "6", "7", "8", "9", "10", "10"]);
    }

    #[tokio::test(start_paused = true)]
    async fn permits_are_issued_in_request_order() {
        let rate_limit = RateLimits::new(10.0).for_region(None);
        let order = Arc::new(Mutex::new(Vec::new()));
        let jobs: Vec<_> = ["big", "small"]
            .map(|name| {
                let (rate_limit, order) = (Arc::clone(&rate_limit), Arc::clone(&order));
                tokio::spawn(async move {
                    for _ in 0..if name == "big" { 100 } else { 3 } {
                        rate_limit.acquire().await;
                        order.lock().unwrap().push(name);
                    }
                })
            })
            .into();
        for job in jobs {
            job.await.unwrap();
        }
        let order = order.lock().unwrap();
        let small = order[..7].iter().filter(|name| **name == "small").count();
        assert_eq!(small, 3, "{:?}", &order[..7]);
    }
}
