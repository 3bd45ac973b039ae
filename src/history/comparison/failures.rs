//! The failures of two jobs, object by object.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::names::{NameKey, NameMap, key_of};
use crate::history::figures::transitions::ObjectFailure;
use crate::model::ObjectKey;

/// In which of the jobs an object failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureChange {
    /// Only in A.
    New,
    /// In both.
    Same,
    /// Only in B.
    Gone,
}

impl FailureChange {
    /// The word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Same => "same",
            Self::Gone => "gone",
        }
    }
}

impl Serialize for FailureChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// An object that failed in A, in B, or in both. Of several failures of one object in one job the first counts: an
/// unresolved one, if there is any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureComparison<'a> {
    /// In which of the jobs.
    pub change: FailureChange,
    /// Its failure in A.
    pub a: Option<&'a ObjectFailure>,
    /// Its failure in B.
    pub b: Option<&'a ObjectFailure>,
}

impl<'a> FailureComparison<'a> {
    /// The object, by its names in A if it failed there.
    #[must_use]
    pub fn key(&self) -> Option<&'a ObjectKey> {
        self.a.or(self.b).map(|failure| &failure.key)
    }
}

/// The failures of both, in the order of [`Comparison::failures`](super::Comparison::failures).
pub(super) fn compare<'a>(
    a: &'a [ObjectFailure],
    b: &'a [ObjectFailure],
    names: &'a NameMap,
) -> Vec<FailureComparison<'a>> {
    type Sides<'a> = [Option<&'a ObjectFailure>; 2];
    let mut sides: BTreeMap<NameKey<'a>, Sides<'a>> = BTreeMap::new();
    for failure in a {
        sides.entry(key_of(&failure.key)).or_default()[0].get_or_insert(failure);
    }
    for failure in b {
        sides.entry(names.key_in_a(&failure.key)).or_default()[1].get_or_insert(failure);
    }
    let mut all: Vec<_> = sides
        .into_values()
        .map(|[a, b]| {
            let change = match (a, b) {
                (Some(_), Some(_)) => FailureChange::Same,
                (_, None) => FailureChange::New,
                (None, _) => FailureChange::Gone,
            };
            FailureComparison { change, a, b }
        })
        .collect();
    // Stable: those of one kind stay ordered by name.
    all.sort_by_key(|it| it.change);
    all
}
