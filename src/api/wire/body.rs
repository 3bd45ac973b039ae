//! Reply bodies as text: format, encoding, and the reasons why a body is not a reply.

use std::borrow::Cow;
use std::fmt;

use crate::sanitize::single_line;

/// The format of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The format that the client requests.
    Json,
    /// The default format of the gateway.
    Xml,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "JSON",
            Self::Xml => "XML",
        })
    }
}

/// The reason why a body is not a reply. The text completes "FILE: …".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The body is empty or blank.
    #[error("no content; expected the JSON or XML of a DTS reply")]
    Empty,
    /// The body is not text.
    #[error("binary data; expected the JSON or XML of a DTS reply")]
    Binary,
    /// The body is an HTML page, for example of a proxy.
    #[error("an HTML page; expected the JSON or XML of a DTS reply")]
    Html,
    /// The body is text of another format.
    #[error(
        "text that is neither JSON nor XML (it begins with {begins:?}); expected the JSON or XML of \
         a DTS reply"
    )]
    Text {
        /// Its first characters; [`Self::sanitized`] cuts them to a few.
        begins: String,
    },
    /// The body is truncated.
    #[error("incomplete {format}: it ends before the reply does (line {line}); fetch it again")]
    Truncated {
        /// The format of the body.
        format: Format,
        /// The last line, from 1.
        line: usize,
    },
    /// The body violates the rules of its format.
    #[error("broken {format}: {detail}")]
    Malformed {
        /// The format of the body.
        format: Format,
        /// The message of the parser with the position.
        detail: String,
    },
    /// The body is well-formed, but has no key of a reply.
    #[error(
        "{format} of something else: it has no key of a DTS reply (RequestId, DataInitializationDetails, …)"
    )]
    Foreign {
        /// The format of the body.
        format: Format,
    },
    /// The reply of another DTS call.
    #[error("the reply of another call: it has {key}, which {action} never sends")]
    OtherCall {
        /// The call that was sent.
        action: &'static str,
        /// The key that identifies the other call.
        key: &'static str,
    },
    /// A reply without the fields of the call that was sent.
    #[error("not a reply of {action}: it has no {missing}")]
    NotOfCall {
        /// The call that was sent.
        action: &'static str,
        /// A field that each of its replies has.
        missing: &'static str,
    },
}

impl Unreadable {
    /// The reason with the texts of the body that it quotes cut and cleaned, after `redact` has removed secrets.
    #[must_use]
    pub fn sanitized(self, redact: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Text { begins } => {
                Self::Text { begins: single_line(&redact(&begins), MAX_BEGINNING_CHARS) }
            }
            Self::Malformed { format, detail } => {
                Self::Malformed { format, detail: single_line(&redact(&detail), MAX_DETAIL_CHARS) }
            }
            other => other,
        }
    }
}

/// Limit of the beginning of an unreadable body that is shown, in characters.
const MAX_BEGINNING_CHARS: usize = 20;
/// Limit of a parser's message, which may quote the body, in characters.
const MAX_DETAIL_CHARS: usize = 300;
/// Limit of the kept part of an unreadable body, in characters. [`Unreadable::sanitized`] can only find complete secrets.
const MAX_QUOTED_CHARS: usize = 8192;

/// The text of a body without its byte order mark and leading blanks.
///
/// # Errors
/// If the body is not text.
pub(in crate::api) fn decode_text(body: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    let trim = |text: &str| text.len() - text.trim_start_matches('\u{feff}').trim_start().len();
    Ok(match decode_encoding(body)? {
        Cow::Borrowed(text) => Cow::Borrowed(&text[trim(text)..]),
        Cow::Owned(mut text) => {
            text.drain(..trim(&text));
            Cow::Owned(text)
        }
    })
}

/// The reason why a text that begins neither as JSON nor as XML is not a reply.
pub(in crate::api) fn unknown_format_error(text: &str) -> Unreadable {
    match text.as_bytes().first() {
        None => Unreadable::Empty,
        Some(b'[') => Unreadable::Foreign { format: Format::Json },
        Some(_) if text.chars().take(MAX_SNIFFED_CHARS).any(is_binary) => Unreadable::Binary,
        Some(_) => Unreadable::Text { begins: text.chars().take(MAX_QUOTED_CHARS).collect() },
    }
}

/// Number of characters of an unknown text that are searched for control characters.
const MAX_SNIFFED_CHARS: usize = 200;

fn is_binary(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}')
}

/// The text of a body in UTF-8, or in UTF-16 with a byte order mark, which Windows shells write when they redirect
/// output.
fn decode_encoding(body: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    let utf16 = |unit: fn([u8; 2]) -> u16, rest: &[u8]| {
        let units: Vec<u16> = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16(&units).map(Cow::Owned).map_err(|_| Unreadable::Binary)
    };
    match body {
        [0xff, 0xfe, rest @ ..] => utf16(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => utf16(u16::from_be_bytes, rest),
        _ => match std::str::from_utf8(body) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(error) => Err(not_utf8_error(body, &error)),
        },
    }
}

/// A reply that ends within a character is truncated; other invalid bytes are malformed or binary.
fn not_utf8_error(body: &[u8], error: &std::str::Utf8Error) -> Unreadable {
    let start = body.trim_ascii_start();
    let format = match start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start().first() {
        Some(b'{') => Format::Json,
        Some(b'<') => Format::Xml,
        _ => return Unreadable::Binary,
    };
    if error.error_len().is_none() {
        let line = 1 + body.split(|byte| *byte == b'\n').skip(1).count();
        return Unreadable::Truncated { format, line };
    }
    let detail = format!("byte {} is not UTF-8", error.valid_up_to() + 1);
    Unreadable::Malformed { format, detail }
}
