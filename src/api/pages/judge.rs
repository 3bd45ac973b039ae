//! Tells the end of the pages from their content.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use crate::model::{Identity, Page, Phase, Reading};

/// The pages of a sweep so far.
#[derive(Debug, Default)]
pub(super) struct Judge {
    pages: Vec<Page>,
    page_count: u32,
    torn: bool,
    seen: Seen,
}

/// What a page means for the sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// There may be another.
    More,
    /// There is none.
    End,
}

impl Judge {
    /// Takes the next page.
    ///
    /// Page 1 is kept and counted whatever it holds. The last page read again is kept too, because its rows
    /// are later readings, but not counted; an empty page past the first is neither.
    pub(super) fn take(&mut self, page: Page) -> Verdict {
        let first = self.pages.is_empty();
        let new = page.readings.iter().any(|reading| !self.seen.contains(&self.pages, reading));
        if page.readings.is_empty() && !first {
            return Verdict::End;
        }
        self.pages.push(page);
        if first || new {
            self.page_count += 1;
        }
        if new {
            self.torn |= self.is_shifted();
            self.seen.add_last(&self.pages);
            Verdict::More
        } else {
            self.torn |= !self.is_a_page_again();
            Verdict::End
        }
    }

    pub(super) fn page_count(&self) -> u32 {
        self.page_count
    }

    /// Whether a page showed rows of the pages before it among others.
    pub(super) fn torn(&self) -> bool {
        self.torn
    }

    /// Whether some of an array's rows on the last page, and not all of them, stood on a page before it. All of
    /// them do where a shorter array has come to its end, and is sent again beside the longer ones. Constraints
    /// stand where their table does.
    fn is_shifted(&self) -> bool {
        let Some((last, before)) = self.pages.split_last() else { return false };
        [Phase::Structure, Phase::Data, Phase::Sync].into_iter().any(|phase| {
            let rows = last.readings.iter().filter(|reading| reading.key.phase == phase);
            let (again, new): (Vec<_>, Vec<_>) =
                rows.partition(|reading| self.seen.contains(before, reading));
            !again.is_empty() && !new.is_empty()
        })
    }

    /// Whether the last page is one of those before it, sent again. Rows of several pages on one were moved there.
    fn is_a_page_again(&self) -> bool {
        fn identities(page: &Page) -> HashSet<Identity<'_>> {
            page.readings.iter().map(Reading::identity).collect()
        }
        let Some((last, before)) = self.pages.split_last() else { return true };
        let again = identities(last);
        again.is_empty() || before.iter().rev().any(|page| identities(page) == again)
    }

    pub(super) fn into_pages(self) -> Vec<Page> {
        self.pages
    }
}

/// The rows of the pages by their identities. It holds places rather than texts: definitions are long.
#[derive(Debug, Default)]
struct Seen {
    hasher: RandomState,
    places: HashMap<u64, Vec<(usize, usize)>>,
}

impl Seen {
    fn contains(&self, pages: &[Page], reading: &Reading) -> bool {
        let identity = reading.identity();
        let places = self.places.get(&self.hasher.hash_one(identity));
        places.into_iter().flatten().any(|&(page, row)| pages[page].readings[row].identity() == identity)
    }

    fn add_last(&mut self, pages: &[Page]) {
        let Some((page, last)) = pages.iter().enumerate().next_back() else { return };
        for (row, reading) in last.readings.iter().enumerate() {
            if !self.contains(pages, reading) {
                let hash = self.hasher.hash_one(reading.identity());
                self.places.entry(hash).or_default().push((page, row));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::reading;
    use super::*;

    fn page(number: u32, tables: &[&str]) -> Page {
        Page { number, arrived_at_ms: 0, readings: tables.iter().map(|table| reading(table)).collect() }
    }

    /// What comes of these pages: how many were taken, the count, and the numbers that are kept.
    fn judged(pages: &[&[&str]]) -> (usize, u32, Vec<u32>) {
        let mut judge = Judge::default();
        let mut taken = 0;
        for (tables, number) in pages.iter().zip(1..) {
            taken += 1;
            if judge.take(page(number, tables)) == Verdict::End {
                break;
            }
        }
        (taken, judge.page_count(), judge.into_pages().iter().map(|page| page.number).collect())
    }

    #[test]
    fn an_empty_page_is_the_end_and_not_kept() {
        assert_eq!(judged(&[&["a", "b"], &["c"], &[], &["d"]]), (3, 2, vec![1, 2]));
    }

    #[test]
    fn a_page_that_only_repeats_is_the_end_and_kept_but_not_counted() {
        assert_eq!(judged(&[&["a", "b"], &["c"], &["c"], &["d"]]), (3, 2, vec![1, 2, 3]));
        assert_eq!(judged(&[&["a", "b"], &["b", "a"]]), (2, 1, vec![1, 2]));
        // Rows of several pages, shifted together.
        assert_eq!(judged(&[&["a", "b"], &["c", "d"], &["b", "c"]]), (3, 2, vec![1, 2, 3]));
    }

    #[test]
    fn a_short_page_or_a_shifted_one_is_not_the_end() {
        assert_eq!(judged(&[&["a", "b"], &["c"], &["d", "e"], &[]]), (4, 3, vec![1, 2, 3]));
        assert_eq!(judged(&[&["a", "b"], &["b", "c"], &["d"], &[]]), (4, 3, vec![1, 2, 3]));
    }

    #[test]
    fn the_first_page_counts_whatever_it_holds() {
        assert_eq!(judged(&[&[], &["a"]]), (1, 1, vec![1]));
        assert_eq!(judged(&[&["a", "a"], &[]]), (2, 1, vec![1]));
    }

    #[test]
    fn rows_that_moved_between_pages_are_noticed() {
        let torn = |pages: &[&[&str]]| {
            let mut judge = Judge::default();
            for (tables, number) in pages.iter().zip(1..) {
                if judge.take(page(number, tables)) == Verdict::End {
                    break;
                }
            }
            judge.torn()
        };
        assert!(torn(&[&["a", "b"], &["b", "c"], &[]]));
        assert!(!torn(&[&["a", "b"], &["c", "d"], &[]]));
        assert!(!torn(&[&["a", "b"], &["c"], &["c"]]), "the last page again is no shift");
        assert!(!torn(&[&["a", "b"], &["c"], &["b", "a"]]), "nor is another");
        assert!(torn(&[&["a", "b"], &["c", "d"], &["d"]]), "the last row of a page was pushed past the end");
        assert!(torn(&[&["a", "b"], &["c", "d"], &["b", "c"]]));
        assert!(!torn(&[&["a", "a"], &["b"], &[]]), "twice on one page is no shift");

        // One array is at its end, and sent again; the other goes on.
        let mut judge = Judge::default();
        for number in 1..=3 {
            let mut page = page(number, &[&format!("d{number}")]);
            let mut structure = reading("s");
            structure.key.phase = Phase::Structure;
            page.readings.insert(0, structure);
            assert_eq!(judge.take(page), Verdict::More);
        }
        assert!(!judge.torn());
    }

    #[test]
    fn rows_of_the_same_name_are_told_apart_by_phase_and_definition() {
        let mut judge = Judge::default();
        let mut function = reading("f");
        function.key.phase = Phase::Structure;
        for (definition, verdict) in [
            (None, Verdict::More),
            (Some("f(int)"), Verdict::More),
            (Some("f(text)"), Verdict::More),
            (None, Verdict::End),
        ] {
            function.state.definition = definition.map(str::to_owned);
            let page = Page { number: 1, arrived_at_ms: 0, readings: vec![function.clone()] };
            assert_eq!(judge.take(page), verdict, "{definition:?}");
        }
        assert_eq!(judge.page_count(), 3);
    }
}
