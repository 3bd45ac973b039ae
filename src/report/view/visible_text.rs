//! Text from outside, made visible.

/// Text from outside as reports can show it: line ends as line feeds, and visible signs for other control
/// characters, which HTML and Markdown cannot hold or a terminal would obey. JSON keeps such text to the letter.
#[must_use]
pub fn sanitize(text: &str) -> String {
    let visible = |c: char| match c {
        '\n' | '\t' => c,
        // The control pictures stand in the order of the characters that they stand for.
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('�'),
        '\x7f' => '␡',
        '\u{80}'..='\u{9f}' => '�',
        c => c,
    };
    text.replace("\r\n", "\n").replace('\r', "\n").chars().map(visible).collect()
}
