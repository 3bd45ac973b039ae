//! The causes of failures as JSON spells them.

use crate::history::failures::missing_object;
use crate::history::failures::root_cause;
use crate::model::Timestamp;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Cause<'a> {
    family: &'static str,
    codes: &'a [String],
    pattern: &'a str,
    lacks: Vec<Lack<'a>>,
    failures: &'a [usize],
    dependents: &'a [usize],
    follows: bool,
    first_failed_at: Timestamp,
    first_snapshot_id: i64,
}

#[derive(Serialize)]
struct Lack<'a> {
    family: &'static str,
    name: &'a str,
    written: &'a str,
}

impl<'a> Cause<'a> {
    pub(super) fn of(cause: &'a root_cause::Cause) -> Self {
        Self {
            family: cause.family.as_str(),
            codes: &cause.codes,
            pattern: &cause.pattern,
            lacks: cause.lacks.iter().map(Lack::of).collect(),
            failures: &cause.failures,
            dependents: &cause.dependents,
            follows: cause.follows,
            first_failed_at: Timestamp::from_millis(cause.first_failed_at_ms),
            first_snapshot_id: cause.first_snapshot_id,
        }
    }
}

impl<'a> Lack<'a> {
    fn of(lack: &'a missing_object::Lack) -> Self {
        Self { family: lack.family.as_str(), name: &lack.name, written: &lack.written }
    }
}
