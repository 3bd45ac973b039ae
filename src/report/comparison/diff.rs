//! Two statements line by line.

use similar::{ChangeTag, TextDiff};

/// Beyond this size a statement is not compared line by line: the cost is quadratic in its lines.
const MAX_BYTES: usize = 256 * 1024;
/// Lines around a difference.
const CONTEXT_LINES: usize = 3;

/// A line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DiffLine {
    /// Class: `added`, `removed`, `same` or `skipped`.
    pub(super) class: &'static str,
    /// The sign before it.
    pub(super) sign: &'static str,
    /// The line without its end.
    pub(super) text: String,
}

/// The lines of `new` and `old` that differ, with some around them; `None` if they are too long.
pub(super) fn diff_lines(old: &str, new: &str) -> Option<Vec<DiffLine>> {
    if MAX_BYTES < old.len().max(new.len()) {
        return None;
    }
    let (old, new) = (old.replace("\r\n", "\n"), new.replace("\r\n", "\n"));
    let diff = TextDiff::from_lines(&old, &new);
    let mut lines = Vec::new();
    for group in diff.grouped_ops(CONTEXT_LINES) {
        if !lines.is_empty() {
            lines.push(DiffLine { class: "skipped", sign: " ", text: "…".to_owned() });
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (class, sign) = match change.tag() {
                ChangeTag::Delete => ("removed", "−"),
                ChangeTag::Insert => ("added", "+"),
                ChangeTag::Equal => ("same", " "),
            };
            lines.push(DiffLine { class, sign, text: change.value().trim_end_matches('\n').to_owned() });
        }
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(old: &str, new: &str) -> Vec<String> {
        diff_lines(old, new).unwrap().into_iter().map(|line| format!("{}{}", line.sign, line.text)).collect()
    }

    #[test]
    fn only_what_differs_is_shown_with_its_surroundings() {
        assert_eq!(text("a\nb\nc", "a\nB\nc"), [" a", "−b", "+B", " c"]);
        assert_eq!(text("same\r\n", "same\n"), [""; 0]);
        let long: Vec<String> = (0..20).map(|line| line.to_string()).collect();
        let mut changed = long.clone();
        changed[1] = "one".to_owned();
        changed[18] = "eighteen".to_owned();
        let lines = text(&long.join("\n"), &changed.join("\n"));
        assert_eq!((lines.len(), lines.iter().filter(|line| *line == " …").count()), (13, 1), "{lines:?}");
    }

    #[test]
    fn what_is_too_long_is_not_compared() {
        assert_eq!(diff_lines(&"x".repeat(MAX_BYTES + 1), ""), None);
    }
}
