//! English plurals. Chinese nouns have none.

/// A count with its noun, for a noun whose plural ends in `s`: `1 job`, `2 jobs`.
#[must_use]
pub fn count_noun(count: usize, singular: &str) -> String {
    if count == 1 { format!("1 {singular}") } else { format!("{count} {singular}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_is_singular() {
        let texts = [0, 1, 2].map(|count| count_noun(count, "job"));
        assert_eq!(texts, ["0 jobs", "1 job", "2 jobs"]);
    }
}
