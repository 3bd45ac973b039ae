//! Text from outside inside Markdown, shown as text by CommonMark and by GitHub's flavour.
//!
//! Three ways: [`Markdown`] escapes whatever a template prints, so that nothing is forgotten; [`code`] sets a
//! harmless name in code type, where renderers look for no links or mentions; [`fence`] shows a statement or
//! an error to the letter. Inline text cannot hold a line end: it becomes a visible `↵`, and other control
//! characters their control picture (`␛`).

use askama::filters::Escaper;
use std::borrow::Cow;
use std::fmt;

/// Escapes each printed text. What stands before it in the template is unknown, so its first characters are
/// treated as if they began a line.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Markdown;

impl Escaper for Markdown {
    fn write_escaped_str<W: fmt::Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        let chars: Vec<char> = visible(text).chars().collect();
        let blank = |char: &char| matches!(char, ' ' | '\t');
        let begin = chars.iter().take_while(|char| blank(char)).count();
        let end = chars.len() - chars[begin..].iter().rev().take_while(|char| blank(char)).count();
        let number = chars[begin..].iter().take_while(|char| char.is_ascii_digit()).count();
        for (at, &char) in chars.iter().enumerate() {
            let next = chars.get(at + 1).copied();
            let before = at.checked_sub(1).map(|at| chars[at]);
            match char {
                // Blanks at an edge would be trimmed, or be an indentation.
                ' ' if at < begin || at >= end => dest.write_str("&#32;")?,
                '\t' if at < begin || at >= end => dest.write_str("&#9;")?,
                _ if needs_backslash(char, before, next) => write!(dest, "\\{char}")?,
                // A number at the start would begin a list; a decimal would not.
                '.' | ')' if at == begin + number && next.is_none_or(|next| blank(&next)) => {
                    write!(dest, "\\{char}")?;
                }
                '-' | '+' | '=' | ':' if at == begin => write!(dest, "\\{char}")?,
                _ => dest.write_char(char)?,
            }
        }
        Ok(())
    }
}

/// Whether a character means something where it stands, wherever the text stands.
fn needs_backslash(char: char, before: Option<char>, next: Option<char>) -> bool {
    match char {
        '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '&' | '~' | '#' | '$' | '!' | '@' | '^' => {
            true
        }
        // www. is a link to GitHub.
        '.' => matches!(before, Some('w' | 'W')),
        // So are https:// and mailto:. A time such as 10:00 is not.
        ':' => next.is_some_and(|next| !next.is_ascii_digit() && next != ' '),
        '-' | '+' | '=' => before == Some(char) || next == Some(char),
        _ => false,
    }
}

/// The text with control characters made visible; a tab stays.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|char| char.is_control() && char != '\t') {
        return Cow::Borrowed(text);
    }
    text.chars()
        .map(|char| match char {
            '\n' => '↵',
            '\t' => '\t',
            '\u{7f}' => '␡',
            '\0'..='\u{1f}' => char::from_u32(0x2400 + char as u32).unwrap_or('\u{fffd}'),
            '\u{80}'..='\u{9f}' => '\u{fffd}',
            other => other,
        })
        .collect::<String>()
        .into()
}

/// A name in code type; one with a character that code type cannot hold everywhere, as escaped text.
pub(in crate::report) fn code(name: &str) -> String {
    let tame = |char: char| !char.is_control() && !matches!(char, '`' | '|' | '\\');
    if name.chars().all(tame) && !name.is_empty() && name.trim() == name {
        return format!("`{name}`");
    }
    let mut escaped = String::new();
    let _infallible = Markdown.write_escaped_str(&mut escaped, name);
    escaped
}

/// A text to the letter, in a code block whose fence is longer than any run of backquotes inside.
pub(in crate::report) fn fence(text: &str, language: &str) -> String {
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}")
}
