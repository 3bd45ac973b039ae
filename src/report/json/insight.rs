//! Revisions, stalls, tables at once and forecasts as JSON spells them.

use super::figures::Eta;
use crate::history::figures::concurrency;
use crate::history::figures::progress;
use crate::history::figures::stalls;
use crate::history::forecast::{drift, estimates};
use crate::model::Timestamp;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Revision {
    at: Timestamp,
    from: Option<i64>,
    to: Option<i64>,
}

impl Revision {
    pub(super) fn of(revision: &estimates::Revision) -> Self {
        Self { at: Timestamp::from_millis(revision.at_ms), from: revision.from, to: revision.to }
    }
}

#[derive(Serialize)]
pub(super) struct Stall<'a> {
    why: &'static str,
    since: Timestamp,
    tables: &'a [usize],
}

impl<'a> Stall<'a> {
    pub(super) fn of(stall: &'a stalls::Stall) -> Self {
        Self { why: stall.why.as_str(), since: Timestamp::from_millis(stall.since_ms), tables: &stall.tables }
    }
}

#[derive(Serialize)]
pub(super) struct Standing {
    at: Timestamp,
    rows: Share,
    tables: Share,
    objects: Share,
}

#[derive(Serialize)]
struct Share {
    done: i64,
    all: i64,
}

impl Standing {
    pub(super) fn of(standing: &progress::Standing) -> Self {
        let share = |it: progress::Share| Share { done: it.done, all: it.all };
        Self {
            at: Timestamp::from_millis(standing.at_ms),
            rows: share(standing.rows),
            tables: share(standing.tables),
            objects: share(standing.objects),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Concurrency<'a> {
    most: usize,
    mean: f64,
    buckets: Vec<Level>,
    tail: Option<Tail<'a>>,
}

#[derive(Serialize)]
struct Level {
    from_at: Timestamp,
    to_at: Timestamp,
    tables: f64,
}

#[derive(Serialize)]
struct Tail<'a> {
    from_at: Timestamp,
    to_at: Timestamp,
    tables: &'a [usize],
}

impl<'a> Concurrency<'a> {
    pub(super) fn of(concurrency: &'a concurrency::Concurrency) -> Self {
        let level = |it: &concurrency::Level| Level {
            from_at: Timestamp::from_millis(it.from_ms),
            to_at: Timestamp::from_millis(it.to_ms),
            tables: it.tables,
        };
        Self {
            most: concurrency.most,
            mean: concurrency.mean,
            buckets: concurrency.buckets.iter().map(level).collect(),
            tail: concurrency.tail.as_ref().map(|it| Tail {
                from_at: Timestamp::from_millis(it.from_ms),
                to_at: Timestamp::from_millis(it.to_ms),
                tables: &it.tables,
            }),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Forecast {
    at: Timestamp,
    eta: Eta,
}

impl Forecast {
    pub(super) fn of(forecast: &drift::Forecast) -> Self {
        Self { at: Timestamp::from_millis(forecast.at_ms), eta: Eta::of(forecast.eta) }
    }
}

#[derive(Serialize)]
pub(super) struct Score {
    percent: i64,
    forecast: Forecast,
    error_ms: Option<i64>,
}

impl Score {
    pub(super) fn of(score: &drift::Score) -> Self {
        Self { percent: score.percent, forecast: Forecast::of(&score.forecast), error_ms: score.error_ms }
    }
}
