//! The figures of tables, objects, failures and changes as JSON spells them.

use super::insight::Revision;
use crate::history::analysis::{ObjectFigures, Span as SpanFigures, TableFigures};
use crate::history::figures::throughput;
use crate::history::figures::throughput_series;
use crate::history::figures::times;
use crate::history::figures::transitions;
use crate::history::forecast::eta;
use crate::history::quality::data_quality::{Doubt, Doubts};
use crate::model::{ObjectKey, ObjectState, Status, Timestamp};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Bracket {
    after: Option<Timestamp>,
    by: Option<Timestamp>,
}

impl Bracket {
    pub(super) fn of(bracket: times::Bracket) -> Self {
        Self {
            after: bracket.after_ms.map(Timestamp::from_millis),
            by: bracket.by_ms.map(Timestamp::from_millis),
        }
    }
}

#[derive(Serialize)]
pub(super) struct DurationRange {
    least_ms: i64,
    most_ms: Option<i64>,
}

impl DurationRange {
    pub(super) fn of(range: times::DurationRange) -> Self {
        Self { least_ms: range.least_ms, most_ms: range.most_ms }
    }
}

/// A forecast: its kind, and the moments that some kinds have.
#[derive(Serialize)]
pub(super) struct Eta {
    kind: &'static str,
    early: Option<Timestamp>,
    late: Option<Timestamp>,
    since: Option<Timestamp>,
    tables_without_estimate: Option<usize>,
}

impl Eta {
    pub(super) fn of(eta: eta::Eta) -> Self {
        let plain = |kind| Self { kind, early: None, late: None, since: None, tables_without_estimate: None };
        match eta {
            eta::Eta::Between { early_ms, late_ms } => Self {
                early: Some(Timestamp::from_millis(early_ms)),
                late: Some(Timestamp::from_millis(late_ms)),
                ..plain("between")
            },
            eta::Eta::NotBefore { early_ms, late_ms, without_estimate } => Self {
                early: Some(Timestamp::from_millis(early_ms)),
                late: Some(Timestamp::from_millis(late_ms)),
                tables_without_estimate: Some(without_estimate),
                ..plain("not_before")
            },
            eta::Eta::Done => plain("done"),
            eta::Eta::NotYet => plain("not_yet"),
            eta::Eta::Due => plain("due"),
            eta::Eta::StalledSince(since_ms) => {
                Self { since: Some(Timestamp::from_millis(since_ms)), ..plain("stalled") }
            }
            eta::Eta::Failed => plain("failed"),
            eta::Eta::Unknown => plain("unknown"),
        }
    }
}

/// What figures rest on besides complete snapshots: `gap`, `failed`, `torn`.
#[derive(Serialize)]
pub(super) struct RestsOn {
    started: Vec<&'static str>,
    ended: Vec<&'static str>,
    rates: Vec<&'static str>,
}

impl RestsOn {
    pub(super) fn of(doubts: Doubts) -> Self {
        let words = |doubt: Doubt| doubt.kinds(["gap", "failed", "torn"]).collect();
        Self { started: words(doubts.started), ended: words(doubts.ended), rates: words(doubts.rates) }
    }
}

#[derive(Serialize)]
struct Names<'a> {
    phase: &'static str,
    object_type: Option<&'a str>,
    source_db: &'a str,
    destination_db: &'a str,
    parent_name: Option<&'a str>,
    object_name: &'a str,
}

impl<'a> Names<'a> {
    fn of(key: &'a ObjectKey) -> Self {
        Self {
            phase: key.phase.as_str(),
            object_type: key.object_type.as_deref(),
            source_db: &key.source_db,
            destination_db: &key.destination_db,
            parent_name: key.parent_name.as_deref(),
            object_name: &key.object_name,
        }
    }
}

#[derive(Serialize)]
struct State<'a> {
    status: Option<&'a str>,
    finished_rows: Option<i64>,
    total_rows: Option<i64>,
    used_time: Option<&'a str>,
    error_message: Option<&'a str>,
    definition: Option<&'a str>,
}

impl<'a> State<'a> {
    fn of(state: &'a ObjectState) -> Self {
        Self {
            status: state.status.as_ref().map(Status::as_str),
            finished_rows: state.finished_rows,
            total_rows: state.total_rows,
            used_time: state.used_time.as_deref(),
            error_message: state.error_message.as_deref(),
            definition: state.definition.as_deref(),
        }
    }
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are those of the view `table_latest`")]
pub(super) struct Table<'a> {
    source_db: &'a str,
    destination_db: &'a str,
    table_name: &'a str,
    status: Option<&'a str>,
    finished_rows: Option<i64>,
    total_rows: Option<i64>,
    ratio: Option<f64>,
    used_time: Option<&'a str>,
    error_message: Option<&'a str>,
    listed: bool,
    first_seen_at: Timestamp,
    last_seen_at: Timestamp,
    started: Bracket,
    ended: Bracket,
    duration: Option<DurationRange>,
    counted_rows: i64,
    active_ms: i64,
    rows_per_second: Option<f64>,
    peak_rows_per_second: Option<f64>,
    eta: Eta,
    misjudged: bool,
    revisions: Vec<Revision>,
    rests_on_gap: bool,
    rests_on: RestsOn,
    attempts: Vec<Attempt>,
    spans: Vec<Span<'a>>,
}

impl<'a> Table<'a> {
    pub(super) fn of(table: &'a TableFigures) -> Self {
        let state = State::of(&table.state);
        Self {
            source_db: &table.key.source_db,
            destination_db: &table.key.destination_db,
            table_name: &table.key.object_name,
            status: state.status,
            finished_rows: state.finished_rows,
            total_rows: state.total_rows,
            ratio: table.ratio(),
            used_time: state.used_time,
            error_message: state.error_message,
            listed: table.listed,
            first_seen_at: Timestamp::from_millis(table.first_seen_at_ms),
            last_seen_at: Timestamp::from_millis(table.last_seen_at_ms),
            started: Bracket::of(table.started),
            ended: Bracket::of(table.ended),
            duration: table.duration.map(DurationRange::of),
            counted_rows: table.counted_rows,
            active_ms: table.active_ms,
            rows_per_second: table.active_rows_per_second(),
            peak_rows_per_second: table.peak_rows_per_second,
            eta: Eta::of(table.eta),
            misjudged: table.is_misjudged(),
            revisions: table.revisions.iter().map(Revision::of).collect(),
            rests_on_gap: table.doubts.rest_on_gap(),
            rests_on: RestsOn::of(table.doubts),
            attempts: table.attempts.iter().map(Attempt::of).collect(),
            spans: table.spans.iter().map(Span::of).collect(),
        }
    }
}

#[derive(Serialize)]
struct Attempt {
    number: u32,
    from: Timestamp,
    to: Timestamp,
    first_rows: i64,
    last_rows: i64,
    rates: Vec<Rate>,
    corrections: Vec<Correction>,
    redone_rows: i64,
    lost: Option<DurationRange>,
}

#[derive(Serialize)]
struct Correction {
    at: Timestamp,
    rows: i64,
}

impl Attempt {
    fn of(attempt: &throughput::Attempt) -> Self {
        Self {
            number: attempt.number,
            from: Timestamp::from_millis(attempt.from_ms),
            to: Timestamp::from_millis(attempt.to_ms),
            first_rows: attempt.first_rows,
            last_rows: attempt.last_rows,
            rates: attempt.rates.iter().map(Rate::of).collect(),
            corrections: attempt
                .corrections
                .iter()
                .map(|it| Correction { at: Timestamp::from_millis(it.at_ms), rows: it.rows })
                .collect(),
            redone_rows: attempt.redone_rows,
            lost: attempt.lost.map(DurationRange::of),
        }
    }
}

#[derive(Serialize)]
struct Rate {
    from_at: Timestamp,
    to_at: Timestamp,
    rows: i64,
    rows_per_second: f64,
}

impl Rate {
    fn of(rate: &throughput::Rate) -> Self {
        Self {
            from_at: Timestamp::from_millis(rate.from_ms),
            to_at: Timestamp::from_millis(rate.to_ms),
            rows: rate.rows,
            rows_per_second: rate.rows_per_second(),
        }
    }
}

#[derive(Serialize)]
struct Span<'a> {
    status: Option<&'a str>,
    began: Bracket,
    last_seen_at: Timestamp,
    ended_by: Option<Timestamp>,
}

impl<'a> Span<'a> {
    fn of(span: &'a SpanFigures) -> Self {
        Self {
            status: span.status.as_ref().map(Status::as_str),
            began: Bracket::of(span.began),
            last_seen_at: Timestamp::from_millis(span.last_seen_ms),
            ended_by: span.ended_by_ms.map(Timestamp::from_millis),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Object<'a> {
    #[serde(flatten)]
    names: Names<'a>,
    #[serde(flatten)]
    state: State<'a>,
    listed: bool,
    first_seen_at: Timestamp,
    changed_at: Timestamp,
    last_seen_at: Timestamp,
}

impl<'a> Object<'a> {
    pub(super) fn of(object: &'a ObjectFigures) -> Self {
        Self {
            names: Names::of(&object.key),
            state: State::of(&object.state),
            listed: object.listed,
            first_seen_at: Timestamp::from_millis(object.first_seen_at_ms),
            changed_at: Timestamp::from_millis(object.changed_at_ms),
            last_seen_at: Timestamp::from_millis(object.last_seen_at_ms),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Failure<'a> {
    #[serde(flatten)]
    names: Names<'a>,
    definition: Option<&'a str>,
    error_message: Option<&'a str>,
    snapshot_id: i64,
    previous_observed_at: Option<Timestamp>,
    first_failed_at: Timestamp,
    last_seen_at: Timestamp,
    resolved_at: Option<Timestamp>,
}

impl<'a> Failure<'a> {
    pub(super) fn of(failure: &'a transitions::Failure) -> Self {
        Self {
            names: Names::of(&failure.key),
            definition: failure.definition.as_deref(),
            error_message: failure.error_message.as_deref(),
            snapshot_id: failure.snapshot_id,
            previous_observed_at: failure.previous_observed_at_ms.map(Timestamp::from_millis),
            first_failed_at: Timestamp::from_millis(failure.first_failed_at_ms),
            last_seen_at: Timestamp::from_millis(failure.last_seen_at_ms),
            resolved_at: failure.resolved_at_ms.map(Timestamp::from_millis),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Transition<'a> {
    snapshot_id: i64,
    #[serde(flatten)]
    names: Names<'a>,
    from_status: Option<&'a str>,
    to_status: Option<&'a str>,
    previous_observed_at: Option<Timestamp>,
    observed_at: Timestamp,
    error_message: Option<&'a str>,
}

impl<'a> Transition<'a> {
    pub(super) fn of(transition: &'a transitions::Transition) -> Self {
        Self {
            snapshot_id: transition.snapshot_id,
            names: Names::of(&transition.key),
            from_status: transition.from.as_ref().map(Status::as_str),
            to_status: transition.to.as_ref().map(Status::as_str),
            previous_observed_at: transition.previous_observed_at_ms.map(Timestamp::from_millis),
            observed_at: Timestamp::from_millis(transition.observed_at_ms),
            error_message: transition.error_message.as_deref(),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Bucket {
    from_at: Timestamp,
    to_at: Timestamp,
    rows: f64,
    rows_per_second: f64,
    tables: u32,
    in_gap: bool,
}

impl Bucket {
    pub(super) fn of(bucket: &throughput_series::Bucket) -> Self {
        Self {
            from_at: Timestamp::from_millis(bucket.from_ms),
            to_at: Timestamp::from_millis(bucket.to_ms),
            rows: bucket.rows,
            rows_per_second: bucket.rows_per_second(),
            tables: bucket.tables,
            in_gap: bucket.in_gap,
        }
    }
}
