//! Tells the end of the pages from their content.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use crate::model::{Identity, Page, Phase, Reading};

/// The pages of a sweep so far.
#[derive(Debug, Default)]
pub(super) struct EndDetector {
    pages: Vec<Page>,
    page_count: u32,
    torn: bool,
    row_index: RowIndex,
}

/// What a page means for the sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PagingStatus {
    /// There may be another.
    Continue,
    /// There is none.
    End,
}

impl EndDetector {
    /// Takes the next page.
    ///
    /// Page 1 is kept and counted whatever it holds. The last page read is_repeated is kept too, because its rows
    /// are later readings, but not counted; an empty page past the first is neither.
    pub(super) fn add_page(&mut self, page: Page) -> PagingStatus {
        let first = self.pages.is_empty();
        if page.readings.is_empty() && !first {
            return PagingStatus::End;
        }
        let rows = self.row_index.look_up_rows(&self.pages, &page);
        let new = rows.iter().any(|row| !row.is_repeated);
        if first || new {
            self.page_count += 1;
        }
        self.torn |= is_shifted(&page, &rows);
        self.pages.push(page);
        if new {
            self.row_index.index_last_page(&self.pages, &rows);
            PagingStatus::Continue
        } else {
            self.torn |= !self.repeats_an_earlier_page();
            PagingStatus::End
        }
    }

    pub(super) fn page_count(&self) -> u32 {
        self.page_count
    }

    /// Whether a page showed rows of the pages before it among others.
    pub(super) fn torn(&self) -> bool {
        self.torn
    }

    /// Whether the last page is one of those before it, sent is_repeated. Rows of several pages on one were moved there.
    fn repeats_an_earlier_page(&self) -> bool {
        fn identities(page: &Page) -> HashSet<Identity<'_>> {
            page.readings.iter().map(Reading::identity).collect()
        }
        let Some((last, before)) = self.pages.split_last() else { return true };
        let repeated = identities(last);
        repeated.is_empty() || before.iter().rev().any(|page| identities(page) == repeated)
    }

    pub(super) fn into_pages(self) -> Vec<Page> {
        self.pages
    }
}

/// Whether some of an array's rows on this page, and not all of them, stood on a page before it. All of them do where
/// a shorter array has come to its end, and is sent is_repeated beside the longer ones. Constraints stand where their table
/// does.
fn is_shifted(page: &Page, rows: &[RowLookup]) -> bool {
    [Phase::Structure, Phase::Data, Phase::Sync].into_iter().any(|phase| {
        let rows = || page.readings.iter().zip(rows).filter(|(reading, _)| reading.key.phase == phase);
        rows().any(|(_, row)| row.is_repeated) && rows().any(|(_, row)| !row.is_repeated)
    })
}

/// What is found out of a row once, for it takes reading the row to the end of its definition.
#[derive(Debug, Clone, Copy)]
struct RowLookup {
    hash: u64,
    /// Whether it stood on a page before.
    is_repeated: bool,
}

/// The rows of the pages by the hashes of their identities. It holds places rather than texts: definitions are long.
/// Rows whose hashes meet stand under the numbers that follow.
#[derive(Debug, Default)]
struct RowIndex {
    hasher: RandomState,
    positions: HashMap<u64, (usize, usize)>,
}

impl RowIndex {
    fn look_up_rows(&self, pages: &[Page], page: &Page) -> Vec<RowLookup> {
        let row = |reading: &Reading| {
            let identity = reading.identity();
            let hash = self.hasher.hash_one(identity);
            RowLookup { hash, is_repeated: self.find_slot(pages, identity, hash).is_err() }
        };
        page.readings.iter().map(row).collect()
    }

    /// The number under which a row of this identity belongs; an error if one stands there already.
    fn find_slot(&self, pages: &[Page], identity: Identity<'_>, hash: u64) -> Result<u64, ()> {
        let mut number = hash;
        while let Some(&(page, row)) = self.positions.get(&number) {
            if pages[page].readings[row].identity() == identity {
                return Err(());
            }
            number = number.wrapping_add(1);
        }
        Ok(number)
    }

    fn index_last_page(&mut self, pages: &[Page], rows: &[RowLookup]) {
        let Some((page, last)) = pages.iter().enumerate().next_back() else { return };
        self.positions.reserve(rows.len());
        for (row, (reading, found)) in last.readings.iter().zip(rows).enumerate() {
            if let Ok(number) = self.find_slot(pages, reading.identity(), found.hash) {
                self.positions.insert(number, (page, row));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::testing::reading;

    fn page(number: u32, tables: &[&str]) -> Page {
        Page { number, arrived_at_ms: 0, readings: tables.iter().map(|table| reading(table)).collect() }
    }

    /// What comes of these pages: how many were taken, the count, and the numbers that are kept.
    fn detect_end(pages: &[&[&str]]) -> (usize, u32, Vec<u32>) {
        let mut detector = EndDetector::default();
        let mut taken = 0;
        for (tables, number) in pages.iter().zip(1..) {
            taken += 1;
            if detector.add_page(page(number, tables)) == PagingStatus::End {
                break;
            }
        }
        (taken, detector.page_count(), detector.into_pages().iter().map(|page| page.number).collect())
    }

    #[test]
    fn an_empty_page_is_the_end_and_not_kept() {
        assert_eq!(detect_end(&[&["a", "b"], &["c"], &[], &["d"]]), (3, 2, vec![1, 2]));
    }

    #[test]
    fn a_repeated_page_is_the_end_and_kept_but_not_counted() {
        assert_eq!(detect_end(&[&["a", "b"], &["c"], &["c"], &["d"]]), (3, 2, vec![1, 2, 3]));
        assert_eq!(detect_end(&[&["a", "b"], &["b", "a"]]), (2, 1, vec![1, 2]));
        // Rows of several pages, shifted together.
        assert_eq!(detect_end(&[&["a", "b"], &["c", "d"], &["b", "c"]]), (3, 2, vec![1, 2, 3]));
    }

    #[test]
    fn a_short_page_or_a_shifted_one_is_not_the_end() {
        assert_eq!(detect_end(&[&["a", "b"], &["c"], &["d", "e"], &[]]), (4, 3, vec![1, 2, 3]));
        assert_eq!(detect_end(&[&["a", "b"], &["b", "c"], &["d"], &[]]), (4, 3, vec![1, 2, 3]));
    }

    #[test]
    fn the_first_page_is_always_kept_and_counted() {
        assert_eq!(detect_end(&[&[], &["a"]]), (1, 1, vec![1]));
        assert_eq!(detect_end(&[&["a", "a"], &[]]), (2, 1, vec![1]));
    }

    #[test]
    fn rows_that_moved_between_pages_mark_the_sweep_as_torn() {
        let torn = |pages: &[&[&str]]| {
            let mut detector = EndDetector::default();
            for (tables, number) in pages.iter().zip(1..) {
                if detector.add_page(page(number, tables)) == PagingStatus::End {
                    break;
                }
            }
            detector.torn()
        };
        assert!(torn(&[&["a", "b"], &["b", "c"], &[]]));
        assert!(!torn(&[&["a", "b"], &["c", "d"], &[]]));
        assert!(!torn(&[&["a", "b"], &["c"], &["c"]]), "the last page is_repeated is no shift");
        assert!(!torn(&[&["a", "b"], &["c"], &["b", "a"]]), "nor is another");
        assert!(torn(&[&["a", "b"], &["c", "d"], &["d"]]), "the last row of a page was pushed past the end");
        assert!(torn(&[&["a", "b"], &["c", "d"], &["b", "c"]]));
        assert!(!torn(&[&["a", "a"], &["b"], &[]]), "twice on one page is no shift");

        // One array is at its end, and sent is_repeated; the other goes on.
        let mut detector = EndDetector::default();
        for number in 1..=3 {
            let mut page = page(number, &[&format!("d{number}")]);
            let mut structure = reading("s");
            structure.key.phase = Phase::Structure;
            page.readings.insert(0, structure);
            assert_eq!(detector.add_page(page), PagingStatus::Continue);
        }
        assert!(!detector.torn());
    }

    #[test]
    fn rows_of_the_same_name_are_distinguished_by_phase_and_definition() {
        let mut detector = EndDetector::default();
        let mut function = reading("f");
        function.key.phase = Phase::Structure;
        for (definition, paging) in [
            (None, PagingStatus::Continue),
            (Some("f(int)"), PagingStatus::Continue),
            (Some("f(text)"), PagingStatus::Continue),
            (None, PagingStatus::End),
        ] {
            function.state.definition = definition.map(str::to_owned);
            let page = Page { number: 1, arrived_at_ms: 0, readings: vec![function.clone()] };
            assert_eq!(detector.add_page(page), paging, "{definition:?}");
        }
        assert_eq!(detector.page_count(), 3);
    }
}
