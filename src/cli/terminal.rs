//! Lines on a terminal: fitted to its width, coloured, and redrawn in place for `--watch`.
//!
//! No crate is used, because `--watch` needs six control sequences and no input: crossterm would add an event loop and
//! raw mode, ratatui a buffer and widgets, and neither wraps Chinese text.

use std::io::{IsTerminal as _, Write as _};

use anyhow::Context as _;
use terminal_size::{Height, Width, terminal_size};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Columns and rows of a terminal whose size is unknown.
const DEFAULT_SIZE: (usize, usize) = (80, 24);

/// The style of a line, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Heading,
    Good,
    Moving,
    Warning,
    Bad,
}

/// A line of output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) style: Style,
    pub(super) text: String,
    /// Whether a line that is too long is truncated, as in a table, instead of wrapped.
    pub(super) cut: bool,
}

impl Line {
    pub(super) fn new(style: Style, text: impl Into<String>) -> Self {
        Self { style, text: text.into(), cut: false }
    }
}

/// The terminal behind stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terminal {
    pub(super) columns: usize,
    rows: usize,
    colour: bool,
}

impl Terminal {
    /// `None` if stdout is not a terminal, or is one without control sequences. The output is plain text then.
    pub(super) fn from_stdout() -> Option<Self> {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if dumb || !std::io::stdout().is_terminal() {
            return None;
        }
        let (columns, rows) = terminal_size()
            .map_or(DEFAULT_SIZE, |(Width(columns), Height(rows))| (usize::from(columns), usize::from(rows)));
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Some(Self { columns, rows, colour: !no_colour })
    }

    /// The lines fitted to the width, with their colours.
    pub(super) fn lay_out(self, lines: &[Line]) -> Vec<String> {
        let fit = |line: &Line| {
            let parts = if line.cut {
                vec![truncate(&line.text, self.columns)]
            } else {
                wrap(&line.text, self.columns)
            };
            parts.into_iter().map(|part| self.colored(line.style, part)).collect::<Vec<_>>()
        };
        lines.iter().flat_map(fit).collect()
    }

    fn colored(self, style: Style, text: String) -> String {
        let code = match style {
            _ if !self.colour || text.is_empty() => return text,
            Style::Plain => return text,
            Style::Heading => "1",
            Style::Good => "32",
            Style::Moving => "36",
            Style::Warning => "33",
            Style::Bad => "31",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// The alternate screen of the terminal. Dropping it restores the previous screen.
#[derive(Debug)]
pub(super) struct AlternateScreen(());

impl AlternateScreen {
    /// Switches to the alternate screen, hides the cursor and disables line wrapping.
    pub(super) fn open() -> anyhow::Result<Self> {
        let page = Self(());
        write_to_terminal("\x1b[?1049h\x1b[?25l\x1b[?7l")?;
        Ok(page)
    }

    /// Redraws the screen in one write. `more` is the text for the number of lines that do not fit.
    pub(super) fn draw(terminal: Terminal, lines: &[Line], more: fn(usize) -> String) -> anyhow::Result<()> {
        let mut lines = terminal.lay_out(lines);
        if lines.len() > terminal.rows {
            let shown = terminal.rows.saturating_sub(1);
            let hidden = lines.len() - shown;
            lines.truncate(shown);
            lines.push(truncate(&more(hidden), terminal.columns));
        }
        // Each line clears the rest of the previous one, so that the screen is never blank.
        write_to_terminal(&format!("\x1b[H{}\x1b[K\x1b[J", lines.join("\x1b[K\r\n")))
    }
}

impl Drop for AlternateScreen {
    fn drop(&mut self) {
        // A closed terminal cannot be restored.
        let _ = write_to_terminal("\x1b[?7h\x1b[?25h\x1b[?1049l");
    }
}

fn write_to_terminal(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write to the terminal")
}

/// Truncates a line to the width, with an ellipsis if it is too long.
fn truncate(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut kept = prefix_of_width(text, columns.saturating_sub(1)).to_owned();
    kept.push('…');
    kept
}

/// The longest prefix of a text that fits into this number of columns.
fn prefix_of_width(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, character) in text.char_indices() {
        used += character.width().unwrap_or(0);
        if used > columns {
            return &text[..at];
        }
    }
    text
}

/// Wraps a text into lines of at most this number of columns, between words where possible. Continuation lines are
/// indented by two more columns.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let indent = text.len() - text.trim_start_matches(' ').len();
    let margin = " ".repeat(if indent + 2 < columns / 2 { indent + 2 } else { 0 });
    let mut lines = Vec::new();
    let mut rest = text.to_owned();
    while rest.width() > columns {
        let mut line = prefix_of_width(&rest, columns).to_owned();
        // A character that is wider than the line is shown nevertheless.
        if line.trim().is_empty() {
            line = rest.chars().take(margin.len() + 1).collect();
        }
        let broken = line.trim_start().contains(' ') && !rest[line.len()..].starts_with(' ');
        if let Some(space) = line.rfind(' ').filter(|space| broken && *space > line.len() / 2) {
            line.truncate(space);
        }
        rest = format!("{margin}{}", rest[line.len()..].trim_start_matches(' '));
        lines.push(line);
    }
    if !rest.trim().is_empty() || lines.is_empty() {
        lines.push(rest);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_break_between_words_and_wide_characters_count_twice() {
        assert_eq!(wrap("  a table stands still", 12), ["  a table", "    stands", "    still"]);
        assert_eq!(wrap("存储过程创建失败", 6), ["存储过", "  程创", "  建失", "  败"]);
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("it fits", 7), ["it fits"]);
        assert_eq!(wrap("a-word-without-an-end", 8), ["a-word-w", "  ithout", "  -an-en", "  d"]);
    }

    #[test]
    fn truncated_text_ends_with_an_ellipsis() {
        assert_eq!(truncate("orders", 6), "orders");
        assert_eq!(truncate("orders", 5), "orde…");
        assert_eq!(truncate("订单明细", 5), "订单…");
        assert_eq!(truncate("订单明细", 0), "…");
    }

    #[test]
    fn styles_do_not_change_the_text() {
        let lines = [Line::new(Style::Bad, "✕ orders"), Line::new(Style::Plain, "plain")];
        let terminal = |colour| Terminal { columns: 80, rows: 24, colour };
        assert_eq!(terminal(true).lay_out(&lines), ["\x1b[31m✕ orders\x1b[0m", "plain"]);
        assert_eq!(terminal(false).lay_out(&lines), ["✕ orders", "plain"]);
    }

    proptest! {
        #[test]
        fn wrapped_lines_fit_the_width_and_lose_no_text(text in " {0,4}[a-zé库表 .]{0,60}", columns in 8..40_usize) {
            let lines = wrap(&text, columns);
            prop_assert!(lines.iter().all(|line| line.width() <= columns), "{lines:?}");
            let letters = |text: &str| text.replace(' ', "");
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
            prop_assert!(truncate(&text, columns).width() <= columns);
        }
    }
}
