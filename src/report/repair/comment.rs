//! Texts from outside as SQL comments that nothing can break out of.

/// The text as comment lines, each with `-- ` before it.
///
/// Both clients and both servers end such a comment at a line feed, and PostgreSQL also at a carriage return;
/// nothing inside one is a command, a delimiter or a quote to them. So every line of the text gets its own
/// mark, and what else could end or hide a line is replaced.
pub(super) fn sql_comment(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for line in
        text.replace("\r\n", "\n").split(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'])
    {
        out.push_str("-- ");
        out.extend(line.chars().map(visible_char));
        while out.ends_with(' ') {
            out.pop();
        }
        out.push('\n');
    }
    out
}

/// A tab stays; other control characters and those that turn the direction of writing become a visible sign.
fn visible_char(it: char) -> char {
    match it {
        '\t' => it,
        '\0' => '␀',
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        it if it.is_control() => '\u{fffd}',
        it => it,
    }
}

#[cfg(test)]
mod tests {
    use super::sql_comment;
    use proptest::prelude::*;

    #[test]
    fn every_line_has_its_own_mark() {
        assert_eq!(sql_comment("a\nDROP TABLE x;\r\n*/ b\rc"), "-- a\n-- DROP TABLE x;\n-- */ b\n-- c\n");
        assert_eq!(sql_comment(""), "--\n");
        assert_eq!(sql_comment("a\u{2028}b\0\u{202e}c"), "-- a\n-- b␀\u{fffd}c\n");
    }

    proptest! {
        #[test]
        fn no_text_breaks_out(text in any::<String>()) {
            let comment = sql_comment(&text);
            prop_assert!(comment.ends_with('\n'));
            for line in comment.lines() {
                prop_assert!(line == "--" || line.starts_with("-- "), "{line:?}");
                prop_assert!(!line.contains(|it: char| it.is_control() && it != '\t'));
            }
        }
    }
}
