//! Databases that have another name in the other job.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::history::analysis::Analysis;
use crate::model::ObjectKey;

/// Names of databases of B by their names in A. Every other name is the same in both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct NameMap(BTreeMap<String, String>);

/// A renamed database that does not exist under its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "--map {old}={new}: the job of {side} has no database {missing}; it has {}. Write --map NAME_IN_WITH=NAME_IN_JOB",
    known.join(", ")
)]
pub struct UnknownDatabase {
    /// The name in B.
    pub old: String,
    /// The name in A.
    pub new: String,
    /// The option that names the job.
    pub side: &'static str,
    /// The name that does not exist there.
    pub missing: String,
    /// Those that do.
    pub known: Vec<String>,
}

/// An object's identity by the names of A.
pub(super) type NameKey<'a> = (usize, &'a str, &'a str, Option<&'a str>, Option<&'a str>, &'a str);

impl NameMap {
    /// From pairs of the name in B and the name in A. The last of several pairs of one name counts.
    #[must_use]
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    /// The name in A of a database of B.
    #[must_use]
    pub fn name_in_a<'a>(&'a self, database: &'a str) -> &'a str {
        self.0.get(database).map_or(database, String::as_str)
    }

    /// The renamed databases: the name in B, the name in A.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(old, new)| (old.as_str(), new.as_str()))
    }

    /// Checks that each name belongs to a database of its job: a mistyped one would compare nothing.
    ///
    /// # Errors
    /// If one does not.
    pub fn check(&self, a: &Analysis, b: &Analysis) -> Result<(), UnknownDatabase> {
        let (in_a, in_b) = (databases(a), databases(b));
        for (old, new) in &self.0 {
            for (side, missing, known) in [("--with", old, &in_b), ("--job", new, &in_a)] {
                if !known.contains(missing.as_str()) {
                    let known = known.iter().map(|it| (*it).to_owned()).collect();
                    let (old, new, missing) = (old.clone(), new.clone(), missing.clone());
                    return Err(UnknownDatabase { old, new, side, missing, known });
                }
            }
        }
        Ok(())
    }

    /// The identity of an object of B by the names of A.
    pub(super) fn key_in_a<'a>(&'a self, key: &'a ObjectKey) -> NameKey<'a> {
        let (phase, source, destination, object_type, parent, name) = key_of(key);
        (phase, self.name_in_a(source), self.name_in_a(destination), object_type, parent, name)
    }
}

/// The identity of an object of A.
pub(super) fn key_of(key: &ObjectKey) -> NameKey<'_> {
    (
        key.phase as usize,
        &key.source_db,
        &key.destination_db,
        key.object_type.as_deref(),
        key.parent_name.as_deref(),
        &key.object_name,
    )
}

/// Every database that the objects of a job name.
fn databases(analysis: &Analysis) -> BTreeSet<&str> {
    let tables = analysis.tables.iter().map(|it| &it.key);
    let keys = tables.chain(analysis.objects.iter().map(|it| &it.key));
    let names = keys.flat_map(|key| [key.source_db.as_str(), key.destination_db.as_str()]);
    names.filter(|name| !name.is_empty()).collect()
}
