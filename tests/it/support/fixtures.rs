//! Jobs, readings and sweeps to record.

use dts_history::collect;
use dts_history::model::{Job, JobKind, ObjectKey, ObjectState, Page, Phase, Reading, Source, Status, Sweep};
use dts_history::store::Store;

pub(crate) fn job(id: &str) -> Job {
    Job { id: id.to_owned(), region: Some("cn-hangzhou".to_owned()), name: None, kind: JobKind::default() }
}

/// Milliseconds of 2026-01-02T00:00:00Z plus this number of seconds.
pub(crate) fn at(seconds: i64) -> i64 {
    1_767_312_000_000 + seconds * 1000
}

pub(crate) fn table(name: &str, status: &str, finished_rows: i64, total_rows: i64) -> Reading {
    Reading {
        key: key(Phase::Data, None, None, name),
        state: ObjectState {
            status: Some(Status::from(status)),
            finished_rows: Some(finished_rows),
            total_rows: Some(total_rows),
            used_time: Some("0.0".to_owned()),
            ..ObjectState::default()
        },
    }
}

pub(crate) fn object(object_type: &str, name: &str, status: &str, ddl: &str, error: Option<&str>) -> Reading {
    Reading {
        key: key(Phase::Structure, Some(object_type), None, name),
        state: ObjectState {
            status: Some(Status::from(status)),
            definition: Some(ddl.to_owned()),
            error_message: error.map(str::to_owned),
            ..ObjectState::default()
        },
    }
}

pub(crate) fn constraint(parent: &str, status: &str, ddl: &str, error: Option<&str>) -> Reading {
    let mut constraint = object("Table", parent, status, ddl, error);
    constraint.key = key(Phase::Constraint, Some("Table"), Some(parent), parent);
    constraint
}

fn key(phase: Phase, object_type: Option<&str>, parent_name: Option<&str>, name: &str) -> ObjectKey {
    ObjectKey {
        phase,
        source_db: "shop".to_owned(),
        destination_db: "shop_new".to_owned(),
        object_type: object_type.map(str::to_owned),
        parent_name: parent_name.map(str::to_owned),
        object_name: name.to_owned(),
    }
}

/// A sweep that starts at this second. Its pages arrive 250 ms apart.
pub(crate) fn sweep(second: i64, pages: Vec<Vec<Reading>>) -> Sweep {
    let pages: Vec<Page> = (1_u32..)
        .zip(pages)
        .map(|(number, readings)| Page {
            number,
            arrived_at_ms: at(second) + i64::from(number - 1) * 250,
            readings,
        })
        .collect();
    Sweep {
        source: Source::Api,
        started_at_ms: at(second) - 100,
        finished_at_ms: pages.last().map_or(at(second), |page| page.arrived_at_ms),
        page_count: u32::try_from(pages.len()).unwrap(),
        torn: false,
        pages,
    }
}

/// Records sweeps of one job in order.
pub(crate) async fn record(store: &Store, job: &Job, sweeps: &[Sweep]) {
    for sweep in sweeps {
        collect::import(store, job, sweep).await.unwrap();
    }
}
