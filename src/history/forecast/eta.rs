//! A forecast as a range with its middle, or the reason why there is none.

use crate::model::Timestamp;
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// The share of migrations whose end lies between [`EtaRange::early_ms`] and [`EtaRange::late_ms`], as measured on simulated
/// ones by `cargo bench --bench calibration`.
pub const RANGE_PROBABILITY: f64 = 0.8;

/// When something will be done. `early_ms` ≤ `likely_ms` ≤ `late_ms`, in milliseconds UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EtaRange {
    /// The end comes before this in about one of 20 migrations.
    pub early_ms: i64,
    /// The middle: the end is as likely to come before as after.
    pub likely_ms: i64,
    /// The end comes after this in about three of 20 migrations.
    pub late_ms: i64,
}

/// A forecast, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eta {
    /// Inside this range, with the probability [`RANGE_PROBABILITY`].
    Between(EtaRange),
    /// Of a job, for too many of whose tables nobody knows how many rows are left: the range of the other tables,
    /// which the end cannot precede.
    NotBefore {
        /// The range of the others.
        range: EtaRange,
        /// Tables that are not in it; always more than zero.
        without_estimate: usize,
    },
    /// Already finished.
    Done,
    /// Too little seen, or the table has not begun.
    NotYet,
    /// Copied as many rows as estimated, but not finished: any moment, the estimate is wrong.
    Due,
    /// Migrating without a rise since this moment, for much longer than its usual pace.
    StalledSince(i64),
    /// Failed: it will not finish by itself.
    Failed,
    /// There is no estimate of the total to count towards, or no count.
    Unknown,
}

impl Eta {
    /// The range, where there is one.
    #[must_use]
    pub fn range(&self) -> Option<EtaRange> {
        match self {
            Self::Between(range) | Self::NotBefore { range, .. } => Some(*range),
            _ => None,
        }
    }
}

/// Every kind has the same fields; those that a kind does not know are null.
impl Serialize for Eta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let kind = match self {
            Self::Between(_) => "between",
            Self::NotBefore { .. } => "not_before",
            Self::Done => "done",
            Self::NotYet => "not_yet",
            Self::Due => "due",
            Self::StalledSince(_) => "stalled",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        };
        let since = match self {
            Self::StalledSince(since_ms) => Some(Timestamp::from_millis(*since_ms)),
            _ => None,
        };
        let without_estimate = match self {
            Self::NotBefore { without_estimate, .. } => Some(*without_estimate),
            _ => None,
        };
        let range = self.range();
        let moment = |of: fn(&EtaRange) -> i64| range.as_ref().map(|it| Timestamp::from_millis(of(it)));
        let mut eta = serializer.serialize_struct("Eta", 7)?;
        eta.serialize_field("kind", kind)?;
        eta.serialize_field("early", &moment(|it| it.early_ms))?;
        eta.serialize_field("likely", &moment(|it| it.likely_ms))?;
        eta.serialize_field("late", &moment(|it| it.late_ms))?;
        eta.serialize_field("probability", &range.map(|_| RANGE_PROBABILITY))?;
        eta.serialize_field("since", &since)?;
        eta.serialize_field("tables_without_estimate", &without_estimate)?;
        eta.end()
    }
}
