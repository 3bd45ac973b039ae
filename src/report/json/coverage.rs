//! What the figures rest on, as JSON spells it.

use crate::history::downsample;
use crate::history::quality::coverage;
use crate::model::Timestamp;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Coverage<'a> {
    complete: usize,
    changes: u64,
    first_at: Option<Timestamp>,
    last_at: Option<Timestamp>,
    typical_interval_ms: Option<i64>,
    longest_sweep_ms: Option<i64>,
    torn_at: Vec<Timestamp>,
    failed: Vec<FailedSweep<'a>>,
    gaps: Vec<Gap>,
    clock_set_back: Vec<Gap>,
    pruned: Option<Pruned>,
}

#[derive(Serialize)]
struct Pruned {
    thinned_rows: u64,
    thinned_to: Option<Timestamp>,
    bucket_ms: Option<i64>,
    failed_sweeps: u64,
}

impl Pruned {
    fn of(pruned: downsample::Pruned) -> Option<Self> {
        let downsample::Pruned { thinned_rows, thinned_to_ms, bucket_ms, failed_sweeps } = pruned;
        let any = pruned != downsample::Pruned::default();
        any.then(|| Self {
            thinned_rows,
            thinned_to: thinned_to_ms.map(Timestamp::from_millis),
            bucket_ms,
            failed_sweeps,
        })
    }
}

#[derive(Serialize)]
struct FailedSweep<'a> {
    started_at: Timestamp,
    error: &'a str,
}

#[derive(Serialize)]
struct Gap {
    from_at: Timestamp,
    to_at: Timestamp,
}

impl<'a> Coverage<'a> {
    pub(super) fn of(coverage: &'a coverage::Coverage) -> Self {
        let failed = coverage.failed.iter();
        let gaps = coverage.gaps.iter();
        let set_back = coverage.set_back.iter();
        Self {
            complete: coverage.complete,
            changes: coverage.changes,
            first_at: coverage.first_at_ms.map(Timestamp::from_millis),
            last_at: coverage.last_at_ms.map(Timestamp::from_millis),
            typical_interval_ms: coverage.typical_interval_ms,
            longest_sweep_ms: coverage.longest_sweep_ms,
            torn_at: coverage.torn.iter().map(|sweep| Timestamp::from_millis(sweep.finished_at_ms)).collect(),
            failed: failed
                .map(|sweep| FailedSweep {
                    started_at: Timestamp::from_millis(sweep.started_at_ms),
                    error: &sweep.error,
                })
                .collect(),
            gaps: gaps
                .map(|gap| Gap {
                    from_at: Timestamp::from_millis(gap.from_ms),
                    to_at: Timestamp::from_millis(gap.to_ms),
                })
                .collect(),
            clock_set_back: set_back
                .map(|it| Gap {
                    from_at: Timestamp::from_millis(it.from_ms),
                    to_at: Timestamp::from_millis(it.to_ms),
                })
                .collect(),
            pruned: Pruned::of(coverage.pruned),
        }
    }
}
