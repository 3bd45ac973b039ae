//! The one definition of the protocol: reply bodies to [`Reading`]s, and back for whoever plays the server.
//!
//! The vendor's models have come in two shapes and the gateway speaks two formats, so a reader takes all
//! four, and every degenerate form between them; see [`read`].

mod jobs;
mod json;
mod names;
mod row;
mod write;
mod xml;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;

use crate::model::Reading;

pub use jobs::{JobPage, ListedJob, read_jobs};
pub use write::{Shape, json, xml};

/// What a body says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Who speaks, and whether it went well.
    pub head: Head,
    /// The rows in the order of the reply: each structure row with its constraints right behind it, then the
    /// data rows, then the sync rows.
    pub readings: Vec<Reading>,
}

/// The part of a reply that says how the call went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Whose words these are.
    pub speaker: Speaker,
    /// `Success`. Where the reply does not say, it is a success unless it names an error code.
    pub success: bool,
    /// `RequestId`: what the vendor's support asks for.
    pub request_id: Option<String>,
    /// `ErrCode`; the gateway's `Code`. `None` if absent or empty.
    pub err_code: Option<String>,
    /// `ErrMessage` with its `DynamicMessage` filled in; the gateway's `Message`. `None` if absent or empty.
    pub err_message: Option<String>,
    /// The gateway's `HostId`: the host that refused.
    pub host_id: Option<String>,
    /// The gateway's `Recommend`: a link to its error centre.
    pub recommend: Option<String>,
}

/// Whose words a reply is in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Speaker {
    /// The call itself.
    #[default]
    Call,
    /// The gateway before it: `Code`, `Message`, `HostId` in place of the call's fields.
    Gateway,
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// What the client asks for.
    Json,
    /// What the gateway sends to those who ask for nothing.
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

/// Why a body is not a reply. The text completes "FILE: …".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Nothing, or only blanks.
    #[error("no content; expected the JSON or XML of a DescribeInitializationStatus reply")]
    Empty,
    /// Not text.
    #[error("binary data; expected the JSON or XML of a DescribeInitializationStatus reply")]
    Binary,
    /// A page for people, such as a proxy's.
    #[error("an HTML page; expected the JSON or XML of a DescribeInitializationStatus reply")]
    Html,
    /// Some other text.
    #[error(
        "text that is neither JSON nor XML (it begins with {begins:?}); expected the JSON or XML of \
         a DescribeInitializationStatus reply"
    )]
    Text {
        /// Its first characters.
        begins: String,
    },
    /// The end is missing.
    #[error("incomplete {format}: it ends before the reply does (line {line}); fetch it again")]
    Truncated {
        /// How it is written.
        format: Format,
        /// The last line, from 1.
        line: usize,
    },
    /// Against the rules of its format.
    #[error("broken {format}: {detail}")]
    Malformed {
        /// How it is written.
        format: Format,
        /// What is wrong, and where.
        detail: String,
    },
    /// Well-formed, and about something else.
    #[error(
        "{format} of something else: it has no key of a DescribeInitializationStatus reply (RequestId, \
         DataInitializationDetails, …)"
    )]
    Foreign {
        /// How it is written.
        format: Format,
    },
    /// The reply of another DTS call.
    #[error("the reply of another call: it has {key}, which DescribeInitializationStatus never sends")]
    OtherCall {
        /// The key that gives it away.
        key: &'static str,
    },
}

/// Reads a reply, JSON or XML told apart by content.
///
/// Takes flat arrays, arrays wrapped in their item's name, a single object in place of a list, null and
/// nothing at all. Rows never spoil a reply: a count that is not a whole number is `None`, an unknown status
/// is kept, an unknown field is passed over. Depth and size of the input cost no stack, and no memory beyond
/// the rows it holds.
///
/// # Errors
/// If the body is not a reply of this call, says why.
pub fn read(body: &[u8]) -> Result<Reply, Unreadable> {
    let text = decode(body)?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let reply = match text.as_bytes().first() {
        None => return Err(Unreadable::Empty),
        Some(b'{') => json::read(text)?,
        Some(b'[') => return Err(Unreadable::Foreign { format: Format::Json }),
        Some(b'<') => xml::read(text)?,
        Some(_) if text.chars().take(SNIFFED).any(is_binary) => return Err(Unreadable::Binary),
        Some(_) => return Err(Unreadable::Text { begins: text.chars().take(20).collect() }),
    };
    Ok(reply)
}

/// How far into a text of unknown kind to look for what no text has.
const SNIFFED: usize = 200;

fn is_binary(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}')
}

/// The text of a body: UTF-8, or UTF-16 with its mark (a Windows shell writes that when it redirects output).
fn decode(body: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    let utf16 = |unit: fn([u8; 2]) -> u16, rest: &[u8]| {
        let units: Vec<u16> = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16(&units).map(Cow::Owned).map_err(|_| Unreadable::Binary)
    };
    match body {
        [0xff, 0xfe, rest @ ..] => utf16(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => utf16(u16::from_be_bytes, rest),
        _ => match std::str::from_utf8(body) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(error) => Err(not_utf8(body, &error)),
        },
    }
}

/// A reply whose last character was cut in two is truncated; other bytes that are no text are not a reply.
fn not_utf8(body: &[u8], error: &std::str::Utf8Error) -> Unreadable {
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
