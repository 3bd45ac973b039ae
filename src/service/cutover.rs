//! The way to the cutover of a job, as the service watches it.

use crate::history::figures::cutover::{Cutover, CutoverLimits, CutoverState, cutover};
use crate::store::{Error, Store};

/// How far back the status is read besides the time for which the delay must be low.
const LOOKBACK_MS: i64 = 20 * 60_000;

/// The newest status in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CutoverSummary {
    pub(super) state: CutoverState,
    /// `None` before the incremental phase.
    pub(super) delay_ms: Option<i64>,
    /// The time up to which changes are applied.
    pub(super) checkpoint_at_ms: Option<i64>,
    /// When the status was last read.
    pub(super) last_seen_at_ms: i64,
}

impl CutoverSummary {
    fn new(figures: &Cutover) -> Self {
        Self {
            state: figures.state,
            delay_ms: figures.status.delay_ms,
            checkpoint_at_ms: figures.status.checkpoint_at_ms,
            last_seen_at_ms: figures.last_seen_at_ms,
        }
    }

    /// Whether the status is read on although the objects do not change any more: changes are applied.
    pub(super) fn is_followed(&self) -> bool {
        !matches!(self.state, CutoverState::NotSynchronizing | CutoverState::Ended)
    }
}

/// The newest status of a job; `None` if none was ever read.
pub(super) async fn summary(
    store: &Store,
    job_id: &str,
    limits: CutoverLimits,
    now_ms: i64,
) -> Result<Option<CutoverSummary>, Error> {
    let since_ms = now_ms - limits.for_ms - LOOKBACK_MS;
    let history = store.job_statuses(job_id, since_ms).await?;
    let figures = history.and_then(|it| cutover(&it, i64::MIN, i64::MAX, limits));
    Ok(figures.as_ref().map(CutoverSummary::new))
}
