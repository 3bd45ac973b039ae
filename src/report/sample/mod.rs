//! Analyses for tests, built by hand: an empty history, one table, a rich one, a big one.

mod tables;

use crate::history::analysis::{Analysis, Window};
use crate::history::failures::root_cause::root_causes;
use crate::history::figures::concurrency::{Concurrency, table_concurrency};
use crate::history::figures::cutover::{Cutover, CutoverLimits, CutoverState, DelayPoint, Setback};
use crate::history::figures::object::ObjectFigures;
use crate::history::figures::progress::{Completion, ProgressPoint};
use crate::history::figures::stalls::{Stall, StallCause};
use crate::history::figures::table::TableFigures;
use crate::history::figures::throughput::{CopyAttempt, Rate};
use crate::history::figures::throughput_series::ThroughputBucket;
use crate::history::figures::time_lost::{StallInterval, TimeShare, TimeUse};
use crate::history::figures::times::StatusSpan;
use crate::history::figures::times::{Bracket, DurationRange};
use crate::history::figures::totals::JobTotals;
use crate::history::figures::transitions::{ObjectFailure, Transition};
use crate::history::figures::verdict::{JobVerdict, StatusCounts};
use crate::history::forecast::drift::{Forecast, ForecastScore};
use crate::history::forecast::eta::{Eta, EtaRange};
use crate::history::quality::coverage::{Coverage, FailedSweep, Gap, TornSweep};
use crate::history::quality::data_quality::{FigureQuality, QualityFlags};
use crate::model::{Engines, Job, JobKind, JobStatus, ObjectKey, ObjectState, Phase, Status};
use crate::report::{Language, Options};

/// 2026-01-02T02:00:00Z, 10:00 in Shanghai.
pub(in crate::report) const START: i64 = 1_767_319_200_000;
const MINUTE: i64 = 60_000;

pub(in crate::report) const EN: Options =
    Options { language: Language::En, zone: chrono_tz::Asia::Shanghai, cutover: CutoverLimits::DEFAULT };
pub(in crate::report) const ZH: Options =
    Options { language: Language::Zh, zone: chrono_tz::Asia::Shanghai, cutover: CutoverLimits::DEFAULT };

fn at(minute: i64) -> i64 {
    START + minute * MINUTE
}

fn between(after: i64, by: i64) -> Bracket {
    Bracket { after_ms: Some(at(after)), by_ms: Some(at(by)) }
}

pub(in crate::report) fn key(phase: Phase, object_type: Option<&str>, name: &str) -> ObjectKey {
    ObjectKey {
        phase,
        source_db: "shop".to_owned(),
        destination_db: "shop".to_owned(),
        object_type: object_type.map(str::to_owned),
        parent_name: None,
        object_name: name.to_owned(),
    }
}

/// A table of which only the name is known.
pub(in crate::report) fn table(name: &str) -> TableFigures {
    TableFigures {
        key: key(Phase::Data, None, name),
        state: ObjectState::default(),
        listed: true,
        first_seen_at_ms: START,
        last_seen_at_ms: START,
        started: Bracket::default(),
        ended: Bracket::default(),
        duration: None,
        attempts: Vec::new(),
        counted_rows: 0,
        active_ms: 0,
        peak_rows_per_second: None,
        spans: Vec::new(),
        standstills: Vec::new(),
        eta: Eta::Unknown,
        revisions: Vec::new(),
        quality: FigureQuality::default(),
    }
}

fn span(status: Status, after: Option<i64>, by: i64, last_seen: i64, ended_by: Option<i64>) -> StatusSpan {
    StatusSpan {
        status: Some(status),
        began: Bracket { after_ms: after.map(at), by_ms: Some(at(by)) },
        last_seen_at_ms: at(last_seen),
        ended_by_ms: ended_by.map(at),
    }
}

/// A table that was copied between two minutes at an even pace, seen every minute.
pub(in crate::report) fn finished(name: &str, from: i64, to: i64, rows: i64) -> TableFigures {
    let minutes = (to - from).max(1);
    let rates: Vec<_> = (from..to)
        .map(|minute| Rate { from_ms: at(minute), to_ms: at(minute + 1), rows: rows / minutes })
        .collect();
    let counted = rows / minutes * (to - from);
    TableFigures {
        state: ObjectState {
            status: Some(Status::Finished),
            finished_rows: Some(rows),
            total_rows: Some(rows - rows / 500),
            used_time: Some("0.0".to_owned()),
            ..ObjectState::default()
        },
        last_seen_at_ms: at(120),
        started: between(from - 1, from),
        ended: between(to - 1, to),
        duration: Some(DurationRange {
            min_ms: ((to - 1 - from) * MINUTE).max(0),
            max_ms: Some((to - from + 1) * MINUTE),
        }),
        counted_rows: counted.into(),
        active_ms: (to - from) * MINUTE,
        peak_rows_per_second: (to > from).then(|| rows as f64 / minutes as f64 / 60.0 * 1.4),
        attempts: vec![CopyAttempt {
            number: 1,
            from_ms: at(from),
            to_ms: at(to),
            first_rows: 0,
            last_rows: rows,
            rates,
            corrections: Vec::new(),
            uncertain: false,
            redone_rows: 0,
            redone_rows_most: Some(0),
            lost_time: None,
        }],
        spans: vec![
            span(Status::NotStarted, None, 0, from - 1, Some(from)),
            span(Status::Migrating, Some(from - 1), from, to - 1, Some(to)),
            span(Status::Finished, Some(to - 1), to, 120, None),
        ],
        eta: Eta::Done,
        ..table(name)
    }
}

/// A job of which nothing was recorded.
pub(in crate::report) fn empty() -> Analysis {
    Analysis {
        job: Job { id: "dtsi76118o3w92".to_owned(), region: None, name: None, kind: JobKind::default() },
        window: Window::default(),
        as_of_ms: None,
        verdict: JobVerdict::Empty,
        status_counts: [StatusCounts::default(); 4],
        totals: JobTotals::default(),
        tables: Vec::new(),
        objects: Vec::new(),
        failures: Vec::new(),
        root_causes: Vec::new(),
        transitions: Vec::new(),
        throughput: Vec::new(),
        progress: Vec::new(),
        concurrency: Concurrency::default(),
        stalls: Vec::new(),
        stall_intervals: Vec::new(),
        time_shares: Vec::new(),
        forecasts: Vec::new(),
        forecast_scores: Vec::new(),
        cutover: None,
        coverage: Coverage::default(),
    }
}

/// A job of one table that finished between the first and the second snapshot, a minute apart.
pub(in crate::report) fn one_table() -> Analysis {
    let one = TableFigures {
        state: ObjectState {
            status: Some(Status::Finished),
            finished_rows: Some(9993),
            total_rows: Some(9981),
            ..ObjectState::default()
        },
        ended: between(0, 1),
        duration: Some(DurationRange { min_ms: 0, max_ms: Some(MINUTE) }),
        last_seen_at_ms: at(1),
        spans: vec![span(Status::Finished, Some(0), 1, 1, None)],
        started: between(0, 1),
        eta: Eta::Done,
        ..table("customers")
    };
    Analysis {
        as_of_ms: Some(at(1)),
        verdict: JobVerdict::Finished,
        status_counts: counts(0, StatusCounts { finished: 1, ..StatusCounts::default() }),
        totals: JobTotals {
            finished_rows: 9993,
            total_rows: 9981,
            started: one.started,
            ended: one.ended,
            duration: one.duration,
            ..JobTotals::default()
        },
        transitions: vec![Transition {
            key: one.key.clone(),
            snapshot_id: 2,
            from: Some(Status::NotStarted),
            to: Some(Status::Finished),
            previous_observed_at_ms: Some(at(0)),
            observed_at_ms: at(1),
            error_message: None,
        }],
        tables: vec![one],
        coverage: coverage(2, 1),
        ..empty()
    }
}

fn counts(objects: usize, data: StatusCounts) -> [StatusCounts; 4] {
    let objects = StatusCounts { finished: objects, ..StatusCounts::default() };
    [objects, StatusCounts::default(), data, StatusCounts::default()]
}

fn coverage(complete: usize, minutes: i64) -> Coverage {
    Coverage {
        complete_snapshots: complete,
        change_rows: complete as u64 * 3,
        first_at_ms: Some(at(0)),
        last_at_ms: Some(at(minutes)),
        typical_interval_ms: Some(MINUTE),
        longest_sweep_ms: Some(2_400),
        ..Coverage::default()
    }
}

/// A failure that began between two minutes.
pub(in crate::report) fn failure(key: ObjectKey, definition: &str, error: &str) -> ObjectFailure {
    ObjectFailure {
        key,
        definition: Some(definition.to_owned()).filter(|text| !text.is_empty()),
        error_message: Some(error.to_owned()).filter(|text| !text.is_empty()),
        snapshot_id: 4,
        first_failed_at_ms: at(3),
        previous_observed_at_ms: Some(at(2)),
        last_seen_at_ms: at(120),
        resolved_at_ms: None,
    }
}

/// Two hours of a migration that has some of everything: failures of several kinds, one resolved, a restart,
/// a stall, a gap, a failed sweep, a table that ended before recording began, one that is gone, hostile names.
pub(in crate::report) fn rich() -> Analysis {
    let (tables, failures) = (tables::rich(), rich_failures());
    Analysis {
        job: Job {
            id: "dtsi76118o3w92".to_owned(),
            region: Some("cn-hangzhou".to_owned()),
            name: Some("orders to PolarDB".to_owned()),
            kind: crate::model::JobKind::default(),
        },
        as_of_ms: Some(at(120)),
        verdict: JobVerdict::InProgress,
        status_counts: [
            StatusCounts { finished: 41, failed: 3, ..StatusCounts::default() },
            StatusCounts { finished: 36, failed: 1, ..StatusCounts::default() },
            StatusCounts {
                not_started: 1,
                migrating: 2,
                failed: 1,
                finished: 12,
                unlisted: 1,
                ..StatusCounts::default()
            },
            StatusCounts::default(),
        ],
        totals: JobTotals {
            finished_rows: 48_271_904,
            finished_rows_with_total: 48_271_904,
            total_rows: 61_200_000,
            tables_without_counts: 1,
            started: between(0, 1),
            ended: Bracket { after_ms: Some(at(120)), by_ms: None },
            duration: Some(DurationRange { min_ms: 119 * MINUTE, max_ms: None }),
            counted_rows: 47_900_000,
            active_ms: 112 * MINUTE,
            eta: Some(Eta::NotBefore {
                range: EtaRange { early_ms: at(170), likely_ms: at(195), late_ms: at(235) },
                without_estimate: 1,
            }),
            quality: doubts(false),
        },
        objects: vec![failed_object(&failures[0])],
        throughput: (0..120).map(bucket).collect(),
        transitions: rich_transitions(&tables, &failures),
        coverage: Coverage {
            failed_sweeps: vec![FailedSweep {
                started_at_ms: at(64),
                error: "Throttling.User: request was denied".to_owned(),
            }],
            torn_sweeps: vec![TornSweep { started_at_ms: at(31) - 2_000, finished_at_ms: at(31) }],
            gaps: vec![Gap { from_ms: at(62), to_ms: at(70) }],
            ..coverage(113, 120)
        },
        progress: (0..=120).map(standing).collect(),
        concurrency: table_concurrency(&tables, &(0..=120).map(at).collect::<Vec<_>>()),
        stalls: stalls(),
        stall_intervals: stall_intervals(),
        time_shares: time_shares(),
        forecasts: (1..20).map(|nth| forecast(nth * 6)).collect(),
        forecast_scores: [(25, Some(3 * MINUTE)), (50, Some(0)), (75, None)]
            .map(|(percent, error_ms)| ForecastScore { percent, forecast: forecast(percent), error_ms })
            .into(),
        tables,
        root_causes: root_causes(&failures[..5]),
        failures,
        ..empty()
    }
}

/// Rates over the gap with its failed sweep, and perhaps a start over the torn one.
fn doubts(torn: bool) -> FigureQuality {
    FigureQuality {
        started: QualityFlags { torn, ..QualityFlags::default() },
        rates: QualityFlags { gap: true, failed: true, torn: false },
        ..FigureQuality::default()
    }
}

fn failed_object(failure: &ObjectFailure) -> ObjectFigures {
    ObjectFigures {
        key: failure.key.clone(),
        state: ObjectState {
            status: Some(Status::Failed),
            error_message: failure.error_message.clone(),
            definition: failure.definition.clone(),
            ..ObjectState::default()
        },
        listed: true,
        first_seen_at_ms: START,
        changed_at_ms: at(3),
        last_seen_at_ms: at(120),
    }
}

fn stalls() -> Vec<Stall> {
    vec![
        Stall { cause: StallCause::RecorderDown, since_ms: at(62), tables: Vec::new() },
        Stall { cause: StallCause::TableFrozen, since_ms: at(88), tables: vec![0, 3] },
        Stall { cause: StallCause::RowsDone, since_ms: at(90), tables: vec![1] },
    ]
}

fn stall_intervals() -> Vec<StallInterval> {
    let interval = |cause, table, from: i64, to: Option<i64>| StallInterval {
        cause,
        table,
        from_ms: at(from),
        to_ms: to.map(at),
        duration_ms: (to.unwrap_or(120) - from) * MINUTE,
    };
    vec![
        interval(StallCause::EverythingFrozen, None, 40, Some(46)),
        interval(StallCause::RecorderDown, None, 62, Some(70)),
        interval(StallCause::TableFrozen, Some(0), 88, None),
        interval(StallCause::RowsDone, Some(1), 90, None),
    ]
}

fn time_shares() -> Vec<TimeShare> {
    let minutes = [8, 6, 32, 9, 0, 4, 60];
    TimeUse::ALL
        .into_iter()
        .zip(minutes)
        .map(|(time_use, it)| TimeShare { time_use, duration_ms: it * MINUTE })
        .collect()
}

fn forecast(minute: i64) -> Forecast {
    let eta = match minute % 7 {
        0 => Eta::NotYet,
        _ => Eta::Between(EtaRange {
            early_ms: at(120 + minute),
            likely_ms: at(132 + minute),
            late_ms: at(150 + minute),
        }),
    };
    Forecast { at_ms: at(minute), eta }
}

fn bucket(minute: i64) -> ThroughputBucket {
    // A plain wave: uneven enough to look at, the same every time.
    let wave = (minute * 37 % 23 + minute * 11 % 17) as f64;
    let busy = if (40..46).contains(&minute) { 0.0 } else { 1.0 };
    ThroughputBucket {
        from_ms: at(minute),
        to_ms: at(minute + 1),
        rows: (4_000.0 + wave * 190.0) * 60.0 * busy,
        tables: if busy > 0.0 { 2 + u32::try_from(minute % 5).unwrap_or(0) } else { 0 },
        in_gap: (62..70).contains(&minute),
    }
}

/// Objects first, then tables; the restart of one takes rows away again.
fn standing(minute: i64) -> ProgressPoint {
    let restarted = if minute > 58 { 1_170_000 } else { 0 };
    ProgressPoint {
        at_ms: at(minute),
        rows: Completion { done: (minute * 412_016 - restarted).into(), total: 61_200_000 },
        tables: Completion { done: (minute / 10).into(), total: 16 },
        objects: Completion { done: (minute * 11).min(77).into(), total: 81 },
    }
}

fn rich_failures() -> Vec<ObjectFailure> {
    let constraint = ObjectKey {
        parent_name: Some("orders".to_owned()),
        ..key(Phase::Constraint, Some("Table"), "orders")
    };
    vec![
        failure(
            key(Phase::Structure, Some("View"), "v_revenue"),
            "CREATE VIEW `v_revenue` AS\nSELECT `o`.`id`, sum(`i`.`price`) AS `total`\nFROM `orders` `o` JOIN `items` `i` ON `i`.`order_id` = `o`.`id`\nGROUP BY `o`.`id`",
            "DTS-1020011: Unknown column 'i.price' in 'field list'",
        ),
        failure(
            key(Phase::Structure, Some("Trigger"), "trg_audit"),
            "CREATE TRIGGER `trg_audit` AFTER UPDATE ON `orders` FOR EACH ROW\nBEGIN\n  -- ``` not the end | of this\n  INSERT INTO audit VALUES (OLD.id, '<b>bold</b>');\nEND",
            "Access denied; you need (at least one of) the SUPER privilege(s) for this operation",
        ),
        failure(key(Phase::Structure, Some("Function"), "f_geo"), "", "type \"geometry\" does not exist"),
        failure(
            constraint,
            "ALTER TABLE `orders` ADD CONSTRAINT `fk_customer` FOREIGN KEY (`customer_id`) REFERENCES `customers` (`id`)",
            "Cannot add foreign key constraint",
        ),
        failure(key(Phase::Data, None, "coupons"), "", "DTS-1020042: Duplicate entry '7' for key 'PRIMARY'"),
        ObjectFailure {
            first_failed_at_ms: at(59),
            previous_observed_at_ms: Some(at(58)),
            last_seen_at_ms: at(73),
            resolved_at_ms: Some(at(74)),
            ..failure(key(Phase::Data, None, "events"), "", "Lost connection to MySQL server during query")
        },
    ]
}

fn rich_transitions(tables: &[TableFigures], failures: &[ObjectFailure]) -> Vec<Transition> {
    let of_tables = tables.iter().flat_map(|table| {
        (1..).zip(0..).zip(&table.spans).map(|((snapshot_id, nth), span): ((i64, usize), _)| Transition {
            key: table.key.clone(),
            snapshot_id,
            from: nth.checked_sub(1).and_then(|before| table.spans[before].status.clone()),
            to: span.status.clone(),
            previous_observed_at_ms: span.began.after_ms,
            observed_at_ms: span.began.by_ms.unwrap_or(span.last_seen_at_ms),
            error_message: None,
        })
    });
    let of_failures = failures.iter().map(|failure| Transition {
        key: failure.key.clone(),
        snapshot_id: 4,
        from: Some(Status::Migrating),
        to: Some(Status::Failed),
        previous_observed_at_ms: failure.previous_observed_at_ms,
        observed_at_ms: failure.first_failed_at_ms,
        error_message: failure.error_message.clone(),
    });
    let mut all: Vec<_> =
        of_tables.chain(of_failures.filter(|change| change.key.phase != Phase::Data)).collect();
    all.sort_by_key(|change| change.observed_at_ms);
    all
}

/// A finished job of so many tables.
pub(in crate::report) fn big(count: i64) -> Analysis {
    let table = |n: i64| {
        let from = 1 + n % 90;
        finished(&format!("customer_events_{n:05}"), from, from + 1 + n % 28, 1_000 + n * 7919 % 3_000_000)
    };
    let tables: Vec<_> = (0..count).map(table).collect();
    let transitions = rich_transitions(&tables, &[]);
    let data = StatusCounts { finished: tables.len(), ..StatusCounts::default() };
    Analysis {
        verdict: JobVerdict::Finished,
        status_counts: counts(tables.len(), data),
        tables,
        transitions,
        failures: Vec::new(),
        root_causes: Vec::new(),
        stalls: Vec::new(),
        stall_intervals: Vec::new(),
        time_shares: Vec::new(),
        ..rich()
    }
}

/// Two hours after the copy: caught up, a burst, an interruption, and low ever since.
pub(in crate::report) fn cutover() -> Cutover {
    let delay_ms = |minute: i64| match minute {
        0..30 => (30 - minute) * 2 * MINUTE,
        60..70 => (minute - 60) * MINUTE / 2,
        _ => 800,
    };
    let point = |minute: i64| DelayPoint {
        at_ms: at(minute),
        delay_ms: Some(delay_ms(minute)),
        checkpoint_at_ms: Some(at(minute) - delay_ms(minute)),
        rows_per_second: Some(1_200),
    };
    let setback = |from, to, error: Option<&str>| Setback {
        from_ms: at(from),
        to_ms: Some(at(to)),
        interrupted: error.is_some(),
        max_delay_ms: Some(5 * MINUTE),
        error_message: error.map(str::to_owned),
    };
    Cutover {
        state: CutoverState::Ready,
        limits: CutoverLimits::DEFAULT,
        status: JobStatus {
            status: Some("synchronizing".to_owned()),
            sync_status: Some("Catched".to_owned()),
            delay_ms: Some(800),
            checkpoint_at_ms: Some(at(120) - 800),
            rows_per_second: Some(1_200),
            ..JobStatus::default()
        },
        engines: Engines { source: Some("MySQL".to_owned()), destination: Some("PolarDB".to_owned()) },
        last_seen_at_ms: at(120),
        caught_up_at_ms: Some(at(30)),
        ready_at_ms: Some(at(40)),
        low_since_ms: Some(at(110)),
        catch_up_rate: Some(0.0),
        forecast: None,
        setbacks: vec![
            setback(60, 70, None),
            setback(100, 105, Some("DTS-71016: Communications link failure")),
        ],
        points: (0..=120).map(point).collect(),
        failed_requests: 0,
        last_error: None,
    }
}
