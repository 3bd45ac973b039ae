//! Tokens of a statement, by the rules of its dialect.

use super::dialect::Dialect;

/// The kind of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Letters, digits, `_` and `$`: a keyword, a name or a number.
    Word,
    /// A name in quotes.
    Name,
    /// A string.
    Text,
    /// A string in dollar quotes: the body of a routine.
    Body,
    /// Any other character, and the marks of a comment that MySQL executes.
    Symbol,
}

/// A token. Comments are not tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// The kind of the token.
    pub kind: TokenKind,
    /// As it is written, with its quotes.
    pub text: &'a str,
    /// The byte offset in the statement.
    pub at: usize,
}

/// A statement's tokens.
#[derive(Debug, PartialEq, Eq)]
pub struct TokenizedStatement<'a> {
    /// The tokens, in order.
    pub tokens: Vec<Token<'a>>,
    /// Whether every quote and comment is closed. One that is not would swallow what stands behind it.
    pub closed: bool,
}

impl Token<'_> {
    /// The word in capitals; empty if it is none.
    #[must_use]
    pub fn word(&self) -> String {
        if self.kind == TokenKind::Word { self.text.to_ascii_uppercase() } else { String::new() }
    }

    /// The name without its quotes; `None` if it can be none.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        match self.kind {
            TokenKind::Word if !self.text.starts_with(|it: char| it.is_ascii_digit()) => {
                Some(self.text.to_owned())
            }
            TokenKind::Name => {
                let quote = &self.text[..1];
                Some(self.inside().replace(&quote.repeat(2), quote))
            }
            _ => None,
        }
    }

    /// The text between the quotes.
    #[must_use]
    pub fn inside(&self) -> &str {
        let quote = match self.kind {
            TokenKind::Name | TokenKind::Text => 1,
            TokenKind::Body => self.text[1..].find('$').map_or(1, |at| at + 2),
            TokenKind::Word | TokenKind::Symbol => 0,
        };
        // A string with a prefix keeps its quotes, because its content is never read.
        self.text.get(quote..self.text.len().saturating_sub(quote)).unwrap_or_default()
    }
}

/// The tokens of a statement.
#[must_use]
pub fn tokenize(sql: &str, dialect: Dialect) -> TokenizedStatement<'_> {
    let mut lexer = Lexer { sql, dialect, at: 0, tokens: Vec::new(), closed: true };
    while let Some(next) = sql[lexer.at..].chars().next() {
        lexer.step(next);
    }
    TokenizedStatement { tokens: lexer.tokens, closed: lexer.closed }
}

struct Lexer<'a> {
    sql: &'a str,
    dialect: Dialect,
    at: usize,
    tokens: Vec<Token<'a>>,
    closed: bool,
}

impl<'a> Lexer<'a> {
    fn step(&mut self, next: char) {
        let mysql = self.dialect == Dialect::MySql;
        let rest = &self.sql[self.at..];
        if is_space(next) {
            self.at += next.len_utf8();
        } else if self.line_comment(rest) {
            self.at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            self.block_comment(rest);
        } else if next == '\'' || (mysql && next == '"') {
            let escapes = mysql || self.tokens.last().is_some_and(|it| self.is_escape_prefix(it));
            self.quoted(TokenKind::Text, next, escapes);
        } else if next == if mysql { '`' } else { '"' } {
            self.quoted(TokenKind::Name, next, false);
        } else if let Some(tag) = (!mysql).then(|| dollar_tag(rest)).flatten() {
            let end = rest[tag.len()..].find(tag).map(|at| at + 2 * tag.len());
            self.push(TokenKind::Body, end);
        } else if is_word(next) {
            let end = rest.find(|it| !is_word(it)).unwrap_or(rest.len());
            self.push(TokenKind::Word, Some(end));
        } else {
            self.push(TokenKind::Symbol, Some(next.len_utf8()));
        }
    }

    /// `E'…'` alone has backslash escapes in PostgreSQL.
    fn is_escape_prefix(&self, token: &Token<'_>) -> bool {
        token.at + token.text.len() == self.at && token.text.eq_ignore_ascii_case("e")
    }

    fn line_comment(&self, rest: &str) -> bool {
        match self.dialect {
            Dialect::PostgreSql => rest.starts_with("--"),
            Dialect::MySql => {
                let dashes = rest.strip_prefix("--");
                let opens =
                    |it: &str| it.chars().next().is_none_or(|it| is_space(it) || it.is_ascii_control());
                rest.starts_with('#') || dashes.is_some_and(opens)
            }
        }
    }

    /// PostgreSQL's comments nest. What MySQL would execute in a comment is read like the rest.
    fn block_comment(&mut self, rest: &'a str) {
        if self.dialect == Dialect::MySql {
            let executed = rest.starts_with("/*!") || rest.starts_with("/*M!");
            return match rest.find("*/") {
                Some(_) if executed => {
                    let mark = rest.find('!').map_or(3, |at| at + 1);
                    let digits = rest[mark..].chars().take_while(char::is_ascii_digit).count();
                    self.push(TokenKind::Symbol, Some(mark + digits));
                }
                Some(end) => self.at += end + 2,
                None => self.open_end(),
            };
        }
        let (mut depth, mut at) = (0_usize, 0);
        while let Some(found) = rest[at..].find(['*', '/']) {
            at += found;
            if rest[at..].starts_with("/*") {
                depth += 1;
                at += 2;
            } else if rest[at..].starts_with("*/") {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    self.at += at;
                    return;
                }
            } else {
                at += 1;
            }
        }
        self.open_end();
    }

    fn quoted(&mut self, kind: TokenKind, quote: char, escapes: bool) {
        let rest = &self.sql[self.at..];
        let mut chars = rest.char_indices().skip(1).peekable();
        let mut end = None;
        while let Some((at, next)) = chars.next() {
            if escapes && next == '\\' {
                chars.next();
            } else if next == quote && chars.next_if(|(_, it)| *it == quote).is_none() {
                end = Some(at + 1);
                break;
            }
        }
        self.push(kind, end);
    }

    /// Adds the token that ends after `end` bytes; `None` if its end is missing.
    fn push(&mut self, kind: TokenKind, end: Option<usize>) {
        match end {
            Some(end) => {
                self.tokens.push(Token { kind, text: &self.sql[self.at..self.at + end], at: self.at });
                self.at += end;
            }
            None => self.open_end(),
        }
    }

    fn open_end(&mut self) {
        self.closed = false;
        self.at = self.sql.len();
    }
}

/// Whether a character separates tokens. Both servers take any non-ASCII character, even a space, as part of a name.
fn is_space(it: char) -> bool {
    it.is_ascii_whitespace() || it == '\u{b}'
}

fn is_word(it: char) -> bool {
    it.is_ascii_alphanumeric() || it == '_' || it == '$' || !it.is_ascii()
}

/// The dollar quote that opens here, `$$` or `$tag$`. A `$` inside a word opens none: words are read whole.
fn dollar_tag(rest: &str) -> Option<&str> {
    let inner = rest.strip_prefix('$')?;
    let length = inner.find(|it: char| !(it.is_alphanumeric() || it == '_'))?;
    let tag = inner[length..].starts_with('$') && !inner.starts_with(|it: char| it.is_ascii_digit());
    tag.then(|| &rest[..length + 2])
}
