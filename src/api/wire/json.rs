//! Reads the JSON that all calls share.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::body::{Format, Unreadable};
use super::head::{Head, HeadField, HeadTexts};

/// Reads the head of a reply of any call.
///
/// # Errors
/// If the text is not the JSON of a reply.
pub(in crate::api) fn read_head(text: &str) -> Result<Head, Unreadable> {
    let mut texts = HeadTexts::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer
        .deserialize_map(Document(&mut texts))
        .and_then(|()| deserializer.end())
        .map_err(|error| parse_error(&error))?;
    if !texts.is_recognized() {
        return Err(Unreadable::Foreign { format: Format::Json });
    }
    Ok(texts.into_head(false))
}

/// Visits the outermost object and reads only the head.
struct Document<'t, 'de>(&'t mut HeadTexts<'de>);

impl<'de> Visitor<'de> for Document<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a DTS reply")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match HeadField::from_name(&key) {
                Some(field) => self.0.set(field, leaf_text(map.next_value()?)),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

pub(in crate::api) fn parse_error(error: &serde_json::Error) -> Unreadable {
    match error.classify() {
        Category::Eof => Unreadable::Truncated { format: Format::Json, line: error.line() },
        _ => Unreadable::Malformed { format: Format::Json, detail: error.to_string() },
    }
}

/// The text of a leaf value: a string, or the literal of a number or boolean. `None` for null and containers.
pub(in crate::api) fn leaf_text(raw: &RawValue) -> Option<Cow<'_, str>> {
    let raw = raw.get();
    match raw.as_bytes().first() {
        Some(b'"') => match raw[1..].strip_suffix('"') {
            Some(text) if !text.contains('\\') => Some(Cow::Borrowed(text)),
            _ => serde_json::Deserializer::from_str(raw).deserialize_bytes(LossyString).ok().map(Cow::Owned),
        },
        None | Some(b'{' | b'[' | b'n') => None,
        Some(_) => Some(Cow::Borrowed(raw)),
    }
}

/// Reads a string that may end within a surrogate pair; servers in Java truncate by UTF-16 units.
struct LossyString;

impl Visitor<'_> for LossyString {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<String, E> {
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }
}
