//! The tables of the rich history: one of each fate.

use super::{MINUTE, START, at, between, doubts, finished, span, table};
use crate::history::figures::standstill::Standstill;
use crate::history::figures::table::TableFigures;
use crate::history::figures::throughput::{CopyAttempt, Correction, Rate};
use crate::history::figures::times::{Bracket, DurationRange};
use crate::history::forecast::estimates::Revision;
use crate::history::forecast::eta::{Eta, EtaRange};
use crate::model::{ObjectState, Status};

pub(super) fn rich() -> Vec<TableFigures> {
    let mut tables: Vec<_> = [
        ("addresses", 1, 9, 410_000),
        ("baskets", 2, 16, 1_920_000),
        ("categories", 1, 1, 240),
        ("customers", 3, 38, 5_310_000),
        ("invoices", 9, 47, 7_450_000),
        ("order_items_archive_of_the_years_2019_to_2023", 16, 104, 21_800_000),
        ("payments", 38, 71, 4_010_000),
        ("products", 47, 52, 88_000),
        ("reviews", 52, 80, 3_333_333),
        ("shipments", 71, 96, 2_750_000),
        ("stock|levels", 80, 93, 640_000),
        ("用户画像", 93, 110, 560_571),
    ]
    .map(|(name, from, to, rows)| finished(name, from, to, rows))
    .into();
    tables.extend([restarted(), stalled(), failed_table(), waiting(), seen_finished(), gone()]);
    tables.sort_by(|a, b| a.key.cmp(&b.key));
    tables
}

fn restarted() -> TableFigures {
    let attempt = |number: u32, from, to, last_rows: i64| CopyAttempt {
        number,
        from_ms: at(from),
        to_ms: at(to),
        first_rows: 0,
        last_rows,
        rates: vec![Rate { from_ms: at(from), to_ms: at(to), rows: last_rows }],
        corrections: vec![Correction { at_ms: at(to), rows: 310 }; (number as usize).saturating_sub(1)],
        uncertain: false,
        redone_rows: if number == 1 { 0 } else { 1_170_000 },
        redone_rows_most: Some(if number == 1 { 0 } else { 1_240_000 }),
        lost_time: (number > 1).then_some(DurationRange { min_ms: 37 * MINUTE, max_ms: Some(54 * MINUTE) }),
    };
    TableFigures {
        state: ObjectState {
            status: Some(Status::Migrating),
            finished_rows: Some(2_214_000),
            total_rows: Some(9_800_000),
            ..ObjectState::default()
        },
        last_seen_at_ms: at(120),
        started: between(20, 21),
        ended: Bracket { after_ms: Some(at(120)), by_ms: None },
        duration: Some(DurationRange { min_ms: 99 * MINUTE, max_ms: None }),
        attempts: vec![attempt(1, 21, 58, 1_170_000), attempt(2, 75, 120, 2_214_000)],
        counted_rows: 3_384_000,
        active_ms: 82 * MINUTE,
        peak_rows_per_second: Some(1180.4),
        spans: vec![
            span(Status::NotStarted, None, 0, 20, Some(21)),
            span(Status::Migrating, Some(20), 21, 58, Some(59)),
            span(Status::Failed, Some(58), 59, 73, Some(74)),
            span(Status::Migrating, Some(73), 74, 120, None),
        ],
        eta: Eta::Between(EtaRange { early_ms: at(170), likely_ms: at(195), late_ms: at(235) }),
        revisions: vec![Revision { at_ms: at(40), from: Some(7_000_000), to: Some(9_800_000) }],
        quality: doubts(true),
        ..table("events")
    }
}

fn stalled() -> TableFigures {
    TableFigures {
        state: ObjectState {
            status: Some(Status::Migrating),
            finished_rows: Some(1_000_000),
            total_rows: Some(1_000_100),
            ..ObjectState::default()
        },
        last_seen_at_ms: at(120),
        standstills: vec![Standstill {
            from_ms: at(90),
            to_ms: at(120),
            is_over: false,
            rows_done: true,
            threshold_ms: 5 * MINUTE,
        }],
        started: between(60, 61),
        ended: Bracket { after_ms: Some(at(120)), by_ms: None },
        duration: Some(DurationRange { min_ms: 59 * MINUTE, max_ms: None }),
        counted_rows: 1_000_000,
        active_ms: 21 * MINUTE,
        peak_rows_per_second: Some(902.0),
        spans: vec![
            span(Status::NotStarted, None, 0, 60, Some(61)),
            span(Status::Migrating, Some(60), 61, 120, None),
        ],
        eta: Eta::StalledSince(at(82)),
        ..table("sessions")
    }
}

fn failed_table() -> TableFigures {
    TableFigures {
        state: ObjectState {
            status: Some(Status::Failed),
            finished_rows: Some(120_000),
            total_rows: Some(88_000),
            error_message: Some("DTS-1020042: Duplicate entry '7' for key 'PRIMARY'".to_owned()),
            ..ObjectState::default()
        },
        last_seen_at_ms: at(120),
        started: between(1, 2),
        ended: between(2, 3),
        duration: Some(DurationRange { min_ms: 0, max_ms: Some(2 * MINUTE) }),
        counted_rows: 120_000,
        active_ms: MINUTE,
        peak_rows_per_second: Some(2000.0),
        spans: vec![
            span(Status::NotStarted, None, 0, 1, Some(2)),
            span(Status::Migrating, Some(1), 2, 2, Some(3)),
            span(Status::Failed, Some(2), 3, 120, None),
        ],
        eta: Eta::Failed,
        ..table("coupons")
    }
}

fn waiting() -> TableFigures {
    TableFigures {
        state: ObjectState { status: Some(Status::NotStarted), ..ObjectState::default() },
        last_seen_at_ms: at(120),
        started: Bracket { after_ms: Some(at(120)), by_ms: None },
        ended: Bracket { after_ms: Some(at(120)), by_ms: None },
        spans: vec![span(Status::NotStarted, None, 0, 120, None)],
        ..table("wishlists")
    }
}

fn seen_finished() -> TableFigures {
    let seen = Bracket { after_ms: None, by_ms: Some(START) };
    TableFigures {
        state: ObjectState {
            status: Some(Status::Finished),
            finished_rows: Some(17),
            total_rows: Some(0),
            ..ObjectState::default()
        },
        last_seen_at_ms: at(120),
        started: seen,
        ended: seen,
        spans: vec![span(Status::Finished, None, 0, 120, None)],
        eta: Eta::Done,
        ..table("currencies")
    }
}

fn gone() -> TableFigures {
    TableFigures { listed: false, ..finished("tmp_<import>", 5, 6, 1200) }
}
