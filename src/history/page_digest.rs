//! Detects unchanged pages by a digest; their objects need no comparison.
//!
//! A page is known again by a digest of its rows. That settles all of its objects only where none of its rows
//! stood on another page too, neither then nor now: so a page that shares a row has no digest here, and takes
//! the long way. [`super::diff::diff_changed_pages`] relies on it.

use std::collections::BTreeMap;
use std::hash::{Hash as _, Hasher};

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::model::{Identity, Reading};

/// The digest of a page's readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageDigest {
    /// A hash of 128 bits over its rows, in their order.
    pub digest: [u8; 16],
    /// Distinct objects among its rows.
    pub objects: u64,
}

/// The pages of a sweep that are unchanged since the last complete snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnchangedPages {
    /// Distinct objects on each page, by its number.
    objects: BTreeMap<u32, u64>,
    /// The hashes of the names of the structure rows on those pages whose rows were dropped.
    dropped_names: Vec<u128>,
}

impl UnchangedPages {
    /// The pages whose digest equals that of the last complete snapshot in `kept`.
    #[must_use]
    pub fn new(digests: &BTreeMap<u32, PageDigest>, kept: &BTreeMap<u32, Vec<u8>>) -> Self {
        let same = |number: &u32, page: &PageDigest| kept.get(number).is_some_and(|it| *it == page.digest);
        let unchanged = digests.iter().filter(|(number, page)| same(number, page));
        let objects = unchanged.map(|(number, page)| (*number, page.objects)).collect();
        Self { objects, dropped_names: Vec::new() }
    }

    pub(super) fn with_dropped_names(mut self, names: Vec<u128>) -> Self {
        self.dropped_names = names;
        self
    }

    /// The hashes ([`identity_hash`]) of the names of the structure rows that these pages had before they were dropped.
    pub(super) fn dropped_names(&self) -> &[u128] {
        &self.dropped_names
    }

    /// Whether this page is one of them.
    #[must_use]
    pub fn contains(&self, number: u32) -> bool {
        self.objects.contains_key(&number)
    }

    /// Distinct objects on them.
    #[must_use]
    pub fn objects(&self) -> u64 {
        self.objects.values().sum()
    }
}

/// The hash of a row's identity within its sweep.
pub(super) fn identity_hash(identity: Identity<'_>) -> u128 {
    let mut bytes = ByteCollector::default();
    identity.hash(&mut bytes);
    xxh3_128(&bytes.0)
}

/// The digest of the rows of a page, in their order, and the hash of each one's identity.
pub(super) fn hash_rows(readings: &[Reading]) -> ([u8; 16], Vec<u128>) {
    let (mut identity, mut rows) = (ByteCollector::default(), ByteCollector::default());
    let mut identities = Vec::with_capacity(readings.len());
    for reading in readings {
        identity.0.clear();
        reading.identity().hash(&mut identity);
        identities.push(xxh3_128(&identity.0));
        reading.key.hash(&mut rows);
        reading.state.hash(&mut rows);
    }
    (xxh3_128(&rows.0).to_be_bytes(), identities)
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
