//! Detects the end of the pages from their content.

use crate::history::page_folding::{PageFolder, PageSummary};
use crate::model::{Page, Phase};

/// Collects the pages of a list until a page shows that the list has ended.
#[derive(Debug, Default)]
pub(super) struct EndDetector {
    pages: Vec<Page>,
    /// The set of objects of each page.
    object_sets: Vec<u128>,
    page_count: u32,
    torn: bool,
}

/// Whether there may be more pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PagingStatus {
    /// There may be another page.
    Continue,
    /// The list has ended.
    End,
}

impl EndDetector {
    /// Adds the next page.
    ///
    /// Page 1 is always kept and counted. A repeated page is kept, because its rows are later readings, but not counted.
    /// An empty page after the first is neither kept nor counted.
    pub(super) fn add_page(&mut self, page: Page, folder: &mut PageFolder) -> PagingStatus {
        let first = self.pages.is_empty();
        if page.readings.is_empty() && !first {
            return PagingStatus::End;
        }
        let summary = folder.summarize(&page.readings);
        let new = summary.is_repeated.iter().any(|is_repeated| !is_repeated);
        if first || new {
            self.page_count += 1;
        }
        self.torn |= is_shifted(&page, &summary);
        self.pages.push(folder.fold(page, &summary));
        // If a page without new rows has rows of several earlier pages, rows moved.
        let repeats_an_earlier_page =
            summary.is_repeated.is_empty() || self.object_sets.contains(&summary.object_set);
        self.object_sets.push(summary.object_set);
        if new {
            PagingStatus::Continue
        } else {
            self.torn |= !repeats_an_earlier_page;
            PagingStatus::End
        }
    }

    pub(super) fn page_count(&self) -> u32 {
        self.page_count
    }

    /// Whether rows moved between pages: a page had rows of earlier pages beside new ones.
    pub(super) fn torn(&self) -> bool {
        self.torn
    }

    pub(super) fn into_pages(self) -> Vec<Page> {
        self.pages
    }
}

/// Whether some rows of an array were on an earlier page, but not all of them. If all were, the array is shorter than
/// the others and its last page is sent again beside theirs. Constraints are on the page of their table.
fn is_shifted(page: &Page, summary: &PageSummary) -> bool {
    [Phase::Structure, Phase::Data, Phase::Sync].into_iter().any(|phase| {
        let rows =
            || page.readings.iter().zip(&summary.is_repeated).filter(|(row, _)| row.key.phase == phase);
        rows().any(|(_, is_repeated)| *is_repeated) && rows().any(|(_, is_repeated)| !*is_repeated)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::testing::reading;

    fn page(number: u32, tables: &[&str]) -> Page {
        Page { number, arrived_at_ms: 0, readings: tables.iter().map(|table| reading(table)).collect() }
    }

    /// Adds these pages until the end is detected. Returns the number of added pages, the page count, and the numbers of the
    /// pages that are kept.
    fn detect_end(pages: &[&[&str]]) -> (usize, u32, Vec<u32>) {
        let (mut detector, mut folder) = (EndDetector::default(), PageFolder::default());
        let mut taken = 0;
        for (tables, number) in pages.iter().zip(1..) {
            taken += 1;
            if detector.add_page(page(number, tables), &mut folder) == PagingStatus::End {
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
            let (mut detector, mut folder) = (EndDetector::default(), PageFolder::default());
            for (tables, number) in pages.iter().zip(1..) {
                if detector.add_page(page(number, tables), &mut folder) == PagingStatus::End {
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

        // One array is at its end, and sent again; the other goes on.
        let (mut detector, mut folder) = (EndDetector::default(), PageFolder::default());
        for number in 1..=3 {
            let mut page = page(number, &[&format!("d{number}")]);
            let mut structure = reading("s");
            structure.key.phase = Phase::Structure;
            page.readings.insert(0, structure);
            assert_eq!(detector.add_page(page, &mut folder), PagingStatus::Continue);
        }
        assert!(!detector.torn());
    }

    #[test]
    fn rows_of_the_same_name_are_distinguished_by_phase_and_definition() {
        let (mut detector, mut folder) = (EndDetector::default(), PageFolder::default());
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
            assert_eq!(detector.add_page(page, &mut folder), paging, "{definition:?}");
        }
        assert_eq!(detector.page_count(), 3);
    }
}
