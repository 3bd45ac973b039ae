//! Folds a sweep while its pages arrive: a page with the content that it had in the last complete snapshot gives up
//! its rows at once, so that a sweep holds what is new, not what was read.
//!
//! Whether such a page can also be left out of the comparison is known only at the end: a later page may have one of its
//! rows too. Then its rows are those of the baseline, which [`FoldedSweep::unfold`] gives back.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem;

use super::diff::BaselineObject;
use super::diff::Presence;
use super::page_digest::{PageDigest, UnchangedPages, hash_rows, identity_hash};
use crate::model::{Page, Phase, Reading, Sweep};

/// The pages of a job's last complete snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownPages {
    /// Their number; `None` if there is no such snapshot.
    pub count: Option<u32>,
    /// The digest of each page that has one, by number.
    pub digests: BTreeMap<u32, Vec<u8>>,
}

/// A sweep in which the pages that have not changed are empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoldedSweep {
    /// The sweep.
    pub sweep: Sweep,
    /// The digest of each page.
    digests: BTreeMap<u32, PageDigest>,
    /// The pages that share a row with another one.
    shared: BTreeSet<u32>,
    /// The pages that gave up their rows, each with the hashes of the names of its structure rows.
    folded: BTreeMap<u32, Vec<u128>>,
    /// The pages whose rows are those of the reading before.
    same_as_before: BTreeSet<u32>,
}

/// Folds pages, one after the other.
#[derive(Debug, Default)]
pub struct PageFolder {
    known: BTreeMap<u32, Vec<u8>>,
    /// The digests of the pages whose rows the reading before has, if this is the second reading of a sweep.
    before: BTreeMap<u32, [u8; 16]>,
    /// The last page of each row, by the hash of its identity.
    page_of: HashMap<u128, u32>,
    digests: BTreeMap<u32, PageDigest>,
    shared: BTreeSet<u32>,
    folded: BTreeMap<u32, Vec<u128>>,
    same_as_before: BTreeSet<u32>,
}

/// What is found out about a page by reading its rows once.
#[derive(Debug)]
pub struct PageSummary {
    digest: PageDigest,
    /// The hash of the identity of each row.
    identities: Vec<u128>,
    /// Whether each row was on an earlier page.
    pub is_repeated: Vec<bool>,
    /// Equal for two pages with the same set of objects, whatever their order and states.
    pub object_set: u128,
}

impl PageFolder {
    /// A folder for a sweep that follows a snapshot with these pages.
    #[must_use]
    pub fn new(known: &KnownPages) -> Self {
        Self { known: known.digests.clone(), ..Self::default() }
    }

    /// A folder for the second reading of a sweep: a page that is the same again is held once.
    #[must_use]
    pub fn for_second_reading(known: &KnownPages, first: &FoldedSweep) -> Self {
        let held = first.digests.iter().filter(|(number, _)| !first.folded.contains_key(number));
        let before = held.map(|(number, page)| (*number, page.digest)).collect();
        Self { before, ..Self::new(known) }
    }

    /// What these rows are beside those of the pages before.
    #[must_use]
    pub fn summarize(&self, readings: &[Reading]) -> PageSummary {
        let (digest, identities) = hash_rows(readings);
        let is_repeated = identities.iter().map(|hash| self.page_of.contains_key(hash)).collect();
        let mut distinct = identities.clone();
        distinct.sort_unstable();
        distinct.dedup();
        PageSummary {
            digest: PageDigest { digest, objects: distinct.len() as u64 },
            object_set: distinct.iter().fold(0, |sum, hash| sum.wrapping_add(*hash)),
            identities,
            is_repeated,
        }
    }

    /// Adds a page with this summary. It comes back without its rows if they are known.
    pub fn fold(&mut self, mut page: Page, summary: &PageSummary) -> Page {
        let (number, digest) = (page.number, summary.digest.digest);
        if !self.note(number, summary) {
            return page;
        }
        if self.known.get(&number).is_some_and(|known| *known == digest) {
            let rows = mem::take(&mut page.readings);
            let structure = rows.iter().filter(|row| row.key.phase == Phase::Structure);
            self.folded.insert(number, structure.map(|row| identity_hash(row.key.identity(None))).collect());
        } else if self.before.get(&number) == Some(&digest) {
            page.readings = Vec::new();
            self.same_as_before.insert(number);
        }
        page
    }

    /// Adds what is found out about a page. Returns false if there is a page with this number already.
    pub(super) fn note(&mut self, number: u32, summary: &PageSummary) -> bool {
        for hash in &summary.identities {
            match self.page_of.insert(*hash, number) {
                Some(other) if other != number => self.shared.extend([other, number]),
                _ => {}
            }
        }
        let is_first = self.digests.insert(number, summary.digest).is_none();
        if !is_first {
            self.shared.insert(number);
        }
        is_first
    }

    /// The digest of each page that shares no row with another one.
    pub(super) fn into_digests(self) -> BTreeMap<u32, PageDigest> {
        unshared(self.digests, &self.shared)
    }

    /// The sweep of the pages that were folded.
    #[must_use]
    pub fn finish(self, sweep: Sweep) -> FoldedSweep {
        let Self { digests, shared, folded, same_as_before, .. } = self;
        FoldedSweep { sweep, digests, shared, folded, same_as_before }
    }
}

fn unshared(digests: BTreeMap<u32, PageDigest>, shared: &BTreeSet<u32>) -> BTreeMap<u32, PageDigest> {
    digests.into_iter().filter(|(number, _)| !shared.contains(number)).collect()
}

/// The digest of each page, by number, none of whose rows stands on another page of the sweep.
#[must_use]
pub fn page_digests(sweep: &Sweep) -> BTreeMap<u32, PageDigest> {
    let rows = sweep.pages.iter().map(|page| page.readings.len()).sum();
    let mut folder = PageFolder { page_of: HashMap::with_capacity(rows), ..PageFolder::default() };
    for page in &sweep.pages {
        let summary = folder.summarize(&page.readings);
        folder.note(page.number, &summary);
    }
    folder.into_digests()
}

impl FoldedSweep {
    /// The digest of each page that shares no row with another one.
    #[must_use]
    pub fn digests(&self) -> BTreeMap<u32, PageDigest> {
        unshared(self.digests.clone(), &self.shared)
    }

    /// Takes the rows of the pages that were the same in the reading before.
    pub fn take_rows_of(&mut self, before: Self) {
        let mut rows: BTreeMap<u32, Vec<Reading>> =
            before.sweep.pages.into_iter().map(|page| (page.number, page.readings)).collect();
        for page in &mut self.sweep.pages {
            if self.same_as_before.remove(&page.number) {
                page.readings = rows.remove(&page.number).unwrap_or_default();
            }
        }
    }

    /// Gives their rows back to the pages that need a comparison after all. `stored` has the digests of the last
    /// snapshot, and `baseline` its objects on all pages that are not among `unchanged`.
    ///
    /// Returns false if that snapshot is not the one that the sweep was folded against: then the rows are lost.
    #[must_use]
    pub fn unfold(
        &mut self,
        unchanged: &UnchangedPages,
        stored: &BTreeMap<u32, Vec<u8>>,
        baseline: &[BaselineObject],
    ) -> bool {
        let mut rows: BTreeMap<u32, Vec<Reading>> = BTreeMap::new();
        self.folded.retain(|number, _| {
            let keeps = unchanged.contains(*number);
            if !keeps {
                rows.insert(*number, Vec::new());
            }
            keeps
        });
        let is_stored = |number: &u32| {
            let digest = self.digests.get(number).map(|page| page.digest.as_slice());
            digest.is_some() && stored.get(number).map(Vec::as_slice) == digest
        };
        if !rows.keys().all(is_stored) {
            return false;
        }
        if rows.is_empty() {
            return true;
        }
        for object in baseline {
            if let Presence::OnPage(number) = object.presence
                && let Some(rows) = rows.get_mut(&number)
            {
                rows.push(Reading { key: object.key.clone(), state: object.state.clone() });
            }
        }
        for page in &mut self.sweep.pages {
            if let Some(rows) = rows.remove(&page.number) {
                page.readings = rows;
            }
        }
        true
    }

    /// The unchanged pages, with what the comparison must know of the rows that they gave up.
    #[must_use]
    pub fn unchanged(&self, unchanged: &UnchangedPages) -> UnchangedPages {
        let folded = self.folded.iter().filter(|(number, _)| unchanged.contains(**number));
        let names = folded.flat_map(|(_, names)| names).copied().collect();
        unchanged.clone().with_dropped_names(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ObjectKey, ObjectState, Source, Status};

    fn row(name: &str) -> Reading {
        Reading {
            key: ObjectKey {
                phase: Phase::Structure,
                source_db: "shop".to_owned(),
                destination_db: "shop".to_owned(),
                object_type: Some("Function".to_owned()),
                parent_name: None,
                object_name: name.to_owned(),
            },
            state: ObjectState::default(),
        }
    }

    fn digests_of(pages: Vec<(u32, Vec<Reading>)>) -> BTreeMap<u32, PageDigest> {
        let pages = pages
            .into_iter()
            .map(|(number, readings)| Page { number, arrived_at_ms: i64::from(number), readings })
            .collect();
        let (started_at_ms, finished_at_ms, source) = (0, 9, Source::Api);
        page_digests(&Sweep { source, started_at_ms, finished_at_ms, page_count: 1, pages, torn: false })
    }

    #[test]
    fn a_page_that_shares_a_row_has_no_digest() {
        let alone = digests_of(vec![(1, vec![row("a"), row("a")]), (2, vec![row("b"), row("c")])]);
        assert_eq!(alone.values().map(|it| it.objects).collect::<Vec<_>>(), [1, 2]);
        let shared = digests_of(vec![
            (1, vec![row("a"), row("b")]),
            (2, vec![row("c")]),
            (3, vec![row("b")]),
            (4, vec![row("b"), row("d")]),
        ]);
        assert_eq!(shared.into_keys().collect::<Vec<_>>(), [2]);
        assert_eq!(digests_of(vec![(1, vec![row("a")]), (1, vec![row("b")])]), BTreeMap::new());
    }

    #[test]
    fn a_digest_tells_every_field_apart_and_the_order_of_rows() {
        let mut rows = vec![row("a")];
        let mut vary = |change: fn(&mut Reading)| {
            let mut other = row("a");
            change(&mut other);
            rows.push(other);
        };
        vary(|it| it.key.phase = Phase::Constraint);
        vary(|it| it.key.source_db = "a".to_owned());
        vary(|it| it.key.destination_db = "a".to_owned());
        vary(|it| it.key.object_type = None);
        vary(|it| it.key.object_type = Some(String::new()));
        vary(|it| it.key.parent_name = Some("a".to_owned()));
        vary(|it| it.key.object_name = "b".to_owned());
        vary(|it| it.state.status = Some(Status::Failed));
        vary(|it| it.state.used_time = Some("a".to_owned()));
        vary(|it| it.state.error_message = Some("a".to_owned()));
        vary(|it| it.state.definition = Some("a".to_owned()));
        vary(|it| it.state.finished_rows = Some(0));
        vary(|it| it.state.finished_rows = Some(1));
        vary(|it| it.state.total_rows = Some(0));
        // Two fields whose texts are one text.
        vary(|it| (it.key.source_db, it.key.destination_db) = ("shops".to_owned(), "hop".to_owned()));
        let count = rows.len();
        let digests: BTreeSet<_> =
            rows.iter().map(|row| digests_of(vec![(1, vec![row.clone()])])[&1].digest).collect();
        assert_eq!(digests.len(), count);
        let pair = |first, second| digests_of(vec![(1, vec![row(first), row(second)])])[&1].digest;
        assert_ne!(pair("a", "b"), pair("b", "a"));
        assert_eq!(pair("a", "b"), pair("a", "b"));
    }
}
