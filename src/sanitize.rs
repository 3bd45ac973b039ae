//! Makes text from outside safe to print in errors and logs.

/// Whether a character could move the cursor, change the terminal, or reverse the direction of the text.
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Replaces unprintable characters, including line feeds, with blanks.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if is_unprintable(c) { ' ' } else { c }).collect()
}

/// Text from outside as a part of a sentence: on one line, printable, at most `max_chars` characters, without a final
/// full stop.
#[must_use]
pub fn single_line(text: &str, max_chars: usize) -> String {
    let mut line = String::new();
    let mut chars = 0;
    for word in text.split_whitespace() {
        let word = word.chars().filter(|c| !is_unprintable(*c));
        for c in (!line.is_empty()).then_some(' ').into_iter().chain(word) {
            if chars == max_chars {
                line.push('…');
                return line;
            }
            line.push(c);
            chars += 1;
        }
    }
    line.truncate(line.trim_end_matches(['.', '。', ' ']).len());
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_becomes_a_single_printable_line() {
        assert_eq!(single_line(" The job\r\n\tis\u{1b}[31m gone. ", 600), "The job is[31m gone");
        assert_eq!(single_line("任务 失败。", 600), "任务 失败");
        assert_eq!(single_line("turned \u{202e}round", 600), "turned round");
        assert_eq!(single_line(&"长".repeat(1000), 600), "长".repeat(600) + "…");
        assert_eq!(single_line("exactly.", 8), "exactly");
    }

    #[test]
    fn printable_text_keeps_its_length() {
        assert_eq!(printable("a\u{1b}[2Jb\nc\u{202e}d"), "a [2Jb c d");
    }
}
