//! The tables of two jobs, matched by their names.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::names::{NameKey, NameMap, key_of};
use crate::history::figures::table::TableFigures;
use crate::history::figures::times::DurationRange;

/// How the duration of a table in A compares with that in B.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DurationChange {
    /// Certainly longer, by at least this much: the ranges do not overlap.
    Slower {
        /// The least difference.
        min_ms: i64,
    },
    /// The ranges overlap: the samples do not tell which one took longer.
    Unclear,
    /// Certainly shorter, by at least this much.
    Faster {
        /// The least difference.
        min_ms: i64,
    },
    /// A duration is not known.
    Unknown,
    /// Only A has the table.
    OnlyA,
    /// Only B has the table.
    OnlyB,
}

impl DurationChange {
    /// The word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Slower { .. } => "slower",
            Self::Unclear => "unclear",
            Self::Faster { .. } => "faster",
            Self::Unknown => "unknown",
            Self::OnlyA => "only_a",
            Self::OnlyB => "only_b",
        }
    }

    /// The change of a duration from `b` to `a`.
    #[must_use]
    pub fn between(a: Option<DurationRange>, b: Option<DurationRange>) -> Self {
        let (Some(a), Some(b)) = (a, b) else { return Self::Unknown };
        match (a.max_ms, b.max_ms) {
            (_, Some(b_max_ms)) if b_max_ms < a.min_ms => Self::Slower { min_ms: a.min_ms - b_max_ms },
            (Some(a_max_ms), _) if a_max_ms < b.min_ms => Self::Faster { min_ms: b.min_ms - a_max_ms },
            (Some(_), Some(_)) => Self::Unclear,
            _ => Self::Unknown,
        }
    }
}

impl Serialize for DurationChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A table of A, of B, or of both.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TableComparison<'a> {
    /// Its figures in A.
    pub a: Option<&'a TableFigures>,
    /// Its figures in B.
    pub b: Option<&'a TableFigures>,
    /// How its duration changed.
    pub change: DurationChange,
}

impl TableComparison<'_> {
    /// The mean rate in A over that in B; `None` if either is not known.
    #[must_use]
    pub fn rate_ratio(&self) -> Option<f64> {
        let a = self.a?.active_rows_per_second()?;
        let b = self.b?.active_rows_per_second()?;
        (b > 0.0).then_some(a / b)
    }
}

/// The tables of both, in the order of [`Comparison::tables`](super::Comparison::tables).
pub(super) fn compare<'a>(
    a: &'a [TableFigures],
    b: &'a [TableFigures],
    names: &'a NameMap,
) -> Vec<TableComparison<'a>> {
    let mut left: BTreeMap<NameKey<'a>, &TableFigures> =
        b.iter().map(|table| (names.key_in_a(&table.key), table)).collect();
    let mut pairs: Vec<_> = a.iter().map(|table| (table, left.remove(&key_of(&table.key)))).collect();
    // A rehearsal often writes to another destination: the name at the source decides where it is unambiguous.
    let mut by_source: BTreeMap<(&str, &str), Vec<NameKey<'a>>> = BTreeMap::new();
    for key in left.keys() {
        by_source.entry((key.1, key.5)).or_default().push(*key);
    }
    for (table, counterpart) in pairs.iter_mut().filter(|(_, counterpart)| counterpart.is_none()) {
        let key = (table.key.source_db.as_str(), table.key.object_name.as_str());
        if let Some([only]) = by_source.get(&key).map(Vec::as_slice) {
            *counterpart = left.remove(only);
        }
    }
    let mut all: Vec<_> = pairs.into_iter().map(|(a, b)| pair(Some(a), b)).collect();
    all.extend(left.into_values().map(|b| pair(None, Some(b))));
    all.sort_by_cached_key(order);
    all
}

fn pair<'a>(a: Option<&'a TableFigures>, b: Option<&'a TableFigures>) -> TableComparison<'a> {
    let change = match (a, b) {
        (Some(a), Some(b)) => DurationChange::between(a.duration, b.duration),
        (_, None) => DurationChange::OnlyA,
        (None, _) => DurationChange::OnlyB,
    };
    TableComparison { a, b, change }
}

type Order<'a> = (u8, Reverse<i64>, Option<NameKey<'a>>);

fn order<'a>(pair: &TableComparison<'a>) -> Order<'a> {
    let (rank, by_ms) = match pair.change {
        DurationChange::Slower { min_ms } => (0, min_ms),
        DurationChange::Unclear => (1, difference_ms(pair)),
        DurationChange::Faster { min_ms } => (2, min_ms),
        DurationChange::Unknown => (3, 0),
        DurationChange::OnlyA => (4, 0),
        DurationChange::OnlyB => (5, 0),
    };
    (rank, Reverse(by_ms), pair.a.or(pair.b).map(|table| key_of(&table.key)))
}

/// The difference between the middles of both ranges.
fn difference_ms(pair: &TableComparison<'_>) -> i64 {
    let middle_ms = |table: Option<&TableFigures>| {
        let range = table?.duration?;
        Some(range.min_ms.midpoint(range.max_ms?))
    };
    middle_ms(pair.a).unwrap_or(0) - middle_ms(pair.b).unwrap_or(0)
}
