//! The sentence below a list that does not hold all rows.

use crate::report::text::Text;

/// A sentence about the rows of a list beyond `most`, and the view of the database that has all; `None` if all fit.
pub(in crate::report) fn more_rows(count: usize, most: usize, source: &str, text: &Text) -> Option<String> {
    let section = &text.section;
    (count > most).then(|| [(section.more)(count - most), (section.more_in)(source)].join(text.figure.space))
}
