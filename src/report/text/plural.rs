//! English plurals; Chinese nouns have none.
//!
//! One function, because English has but two forms: a library of plural rules brings those of all languages.

use crate::report::number::integer;

/// A count with its noun: `1 table`, `1,200 tables`.
#[must_use]
pub fn counted(count: usize, singular: &str, plural: &str) -> String {
    format!("{} {}", integer(count), form(count, singular, plural))
}

/// The form of a word that goes with this count.
pub(super) fn form<'a>(count: usize, singular: &'a str, plural: &'a str) -> &'a str {
    if count == 1 { singular } else { plural }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_is_singular() {
        let texts = [0, 1, 2, 1200].map(|count| counted(count, "entry", "entries"));
        assert_eq!(texts, ["0 entries", "1 entry", "2 entries", "1,200 entries"]);
    }
}
