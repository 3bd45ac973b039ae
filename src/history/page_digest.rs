//! Pages that say again what they said last time: they need no comparison.
//!
//! A page is known again by a digest of its rows. That settles all of its objects only where none of its rows
//! stood on another page too, neither then nor now: so a page that shares a row has no digest here, and takes
//! the long way. [`super::diff::diff_changed_pages`] relies on it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{Hash as _, Hasher};

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::model::Sweep;

/// What a page says, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageDigest {
    /// A hash of 128 bits over its rows, in their order.
    pub digest: [u8; 16],
    /// Distinct objects among its rows.
    pub objects: u64,
}

/// The pages of a sweep that say what the same pages said in the last complete snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnchangedPages(BTreeMap<u32, u64>);

impl UnchangedPages {
    /// Those of these pages whose digest is the one that was `kept` of the last complete snapshot.
    #[must_use]
    pub fn new(digests: &BTreeMap<u32, PageDigest>, kept: &BTreeMap<u32, Vec<u8>>) -> Self {
        let same = |number: &u32, page: &PageDigest| kept.get(number).is_some_and(|it| *it == page.digest);
        let still = digests.iter().filter(|(number, page)| same(number, page));
        Self(still.map(|(number, page)| (*number, page.objects)).collect())
    }

    /// Whether this page is one of them.
    #[must_use]
    pub fn contains(&self, number: u32) -> bool {
        self.0.contains_key(&number)
    }

    /// Distinct objects on them.
    #[must_use]
    pub fn objects(&self) -> u64 {
        self.0.values().sum()
    }
}

/// The digest of each page, by number, none of whose rows stands on another page of the sweep.
#[must_use]
pub fn page_digests(sweep: &Sweep) -> BTreeMap<u32, PageDigest> {
    let rows = sweep.pages.iter().map(|page| page.readings.len()).sum();
    let mut page_of: HashMap<u128, u32> = HashMap::with_capacity(rows);
    let mut shared = BTreeSet::new();
    let mut digests = BTreeMap::new();
    let (mut identity, mut rows) = (ByteCollector::default(), ByteCollector::default());
    for page in &sweep.pages {
        rows.0.clear();
        let mut objects = 0;
        for reading in &page.readings {
            identity.0.clear();
            reading.identity().hash(&mut identity);
            match page_of.insert(xxh3_128(&identity.0), page.number) {
                None => objects += 1,
                Some(other) if other == page.number => {}
                Some(other) => shared.extend([other, page.number]),
            }
            reading.key.hash(&mut rows);
            reading.state.hash(&mut rows);
        }
        let digest = PageDigest { digest: xxh3_128(&rows.0).to_be_bytes(), objects };
        if digests.insert(page.number, digest).is_some() {
            shared.insert(page.number);
        }
    }
    digests.retain(|number, _| !shared.contains(number));
    digests
}

/// What is given to a hasher, in full: each text with its end and each choice with its number, so that no two rows
/// give the same bytes. A compiler that orders them otherwise makes all pages new ones, once.
#[derive(Default)]
struct ByteCollector(Vec<u8>);

impl Hasher for ByteCollector {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        xxh3_64(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ObjectKey, ObjectState, Page, Phase, Reading, Source, Status};

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
