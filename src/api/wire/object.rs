//! A JSON object of the newer calls: keys in any case, leaves of any type, lists flat or wrapped.
//!
//! Values stay raw text until they are read, so that unused values need no memory.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::body::{self, Format, Unreadable};
use super::head::Head;
use super::json::{leaf_text, parse_error};

/// Limit of the rows of one list. A page of any call holds at most a few hundred.
const MAX_ROWS: usize = 200_000;

/// The fields of an object by their names in lower case.
#[derive(Debug, Clone, Default)]
pub(in crate::api) struct Object<'t> {
    fields: BTreeMap<String, &'t RawValue>,
}

/// Reads the head of a body that was requested in JSON, and returns it with the text. An error may be in XML; its text is
/// returned as an empty JSON object.
///
/// # Errors
/// If the body is not a reply, or is an XML reply without an error.
pub(in crate::api) fn read_document(body: &[u8]) -> Result<(Head, Cow<'_, str>), Unreadable> {
    let text = body::decode_text(body)?;
    if text.starts_with('{') {
        return Ok((super::json::read_head(&text)?, text));
    }
    let head = super::read_head(body)?;
    if head.success {
        let detail = "JSON was asked for".to_owned();
        return Err(Unreadable::Malformed { format: Format::Xml, detail });
    }
    Ok((head, Cow::Borrowed("{}")))
}

impl<'t> Object<'t> {
    /// # Errors
    /// If the text is not a JSON object.
    pub(in crate::api) fn parse(text: &'t str) -> Result<Self, Unreadable> {
        let fields: BTreeMap<String, &'t RawValue> =
            serde_json::from_str(text).map_err(|error| parse_error(&error))?;
        Ok(Self {
            fields: fields.into_iter().map(|(key, value)| (key.to_ascii_lowercase(), value)).collect(),
        })
    }

    fn raw_value(&self, key: &str) -> Option<&'t RawValue> {
        self.fields.get(&key.to_ascii_lowercase()).copied()
    }

    pub(in crate::api) fn has(&self, key: &str) -> bool {
        self.raw_value(key).is_some()
    }

    /// The text of a string, number or boolean. `None` if absent, null, empty, or a container.
    pub(in crate::api) fn text(&self, key: &str) -> Option<String> {
        self.raw_value(key).and_then(leaf_text).filter(|text| !text.trim().is_empty()).map(Cow::into_owned)
    }

    /// A non-negative whole number.
    pub(in crate::api) fn count(&self, key: &str) -> Option<i64> {
        self.text(key).as_deref().and_then(parse_count)
    }

    /// The object of this name; an empty one if there is none, or something else in its place.
    pub(in crate::api) fn object(&self, key: &str) -> Self {
        let text = self.raw_value(key).map(RawValue::get).filter(|raw| raw.starts_with('{'));
        text.and_then(|text| Self::parse(text).ok()).unwrap_or_default()
    }

    /// The objects of a list: an array, an array wrapped in `item`, or one object in place of a list.
    ///
    /// # Errors
    /// If the value is not a list, or has more than [`MAX_ROWS`] rows.
    pub(in crate::api) fn list(&self, key: &str, item: &str) -> Result<Vec<Self>, Unreadable> {
        self.raw_value(key).map_or(Ok(Vec::new()), |raw| parse_rows(raw.get(), key, Some(item)))
    }
}

fn parse_rows<'t>(raw: &'t str, key: &str, item: Option<&str>) -> Result<Vec<Object<'t>>, Unreadable> {
    let malformed = |detail: String| Unreadable::Malformed { format: Format::Json, detail };
    match raw.as_bytes().first() {
        Some(b'[') => {
            let elements: Vec<&'t RawValue> =
                serde_json::from_str(raw).map_err(|error| parse_error(&error))?;
            if elements.len() > MAX_ROWS {
                return Err(malformed(format!(
                    "{key} has more than {MAX_ROWS} rows, which no page of DTS has"
                )));
            }
            // Null or a scalar in an array is no row.
            elements
                .into_iter()
                .filter(|it| it.get().starts_with('{'))
                .map(|it| Object::parse(it.get()))
                .collect()
        }
        Some(b'{') => {
            let object = Object::parse(raw)?;
            match item.and_then(|item| object.raw_value(item)) {
                Some(inner) => parse_rows(inner.get(), key, None),
                None if object.fields.is_empty() => Ok(Vec::new()),
                None => Ok(vec![object]),
            }
        }
        _ if matches!(raw, "null" | "\"\"") => Ok(Vec::new()),
        _ => Err(malformed(format!("{key} is not a list"))),
    }
}

/// A whole number in ASCII digits; `None` for anything else.
pub(in crate::api) fn parse_count(text: &str) -> Option<i64> {
    let digits = text.trim();
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_accepted_flat_wrapped_or_as_one_object() {
        for list in [
            r#"[{"a":1}]"#,
            r#"{"Item":[{"a":1}]}"#,
            r#"{"item":{"A":1}}"#,
            r#"{"a":"1"}"#,
            r#"[null,7,{"a":1}]"#,
        ] {
            let text = format!(r#"{{"List":{list}}}"#);
            let rows = Object::parse(&text).unwrap().list("list", "Item").unwrap();
            assert_eq!(rows.iter().map(|row| row.text("A").unwrap()).collect::<Vec<_>>(), ["1"], "{list}");
        }
        for nothing in ["null", "\"\"", "[]", "{}", "{\"Item\":[]}"] {
            let text = format!(r#"{{"List":{nothing}}}"#);
            assert!(Object::parse(&text).unwrap().list("List", "Item").unwrap().is_empty(), "{nothing}");
        }
        for wrong in ["7", "\"text\"", "true"] {
            let text = format!(r#"{{"List":{wrong}}}"#);
            let error = Object::parse(&text).unwrap().list("List", "Item").unwrap_err();
            assert_eq!(error.to_string(), "broken JSON: List is not a list");
        }
        let text = format!(r#"{{"List":[{}1]}}"#, "1,".repeat(MAX_ROWS));
        assert!(Object::parse(&text).unwrap().list("List", "Item").is_err());
    }

    #[test]
    fn leaf_values_of_every_type_are_read_as_text() {
        let object = Object::parse(r#"{"a":"x","b":7,"c":true,"d":null,"e":{},"f":"","n":-1}"#).unwrap();
        let texts = ["a", "B", "c", "d", "e", "f", "g"].map(|key| object.text(key));
        assert_eq!(
            texts,
            [Some("x"), Some("7"), Some("true"), None, None, None, None].map(|it| it.map(str::to_owned))
        );
        assert_eq!((object.count("b"), object.count("n"), object.count("a")), (Some(7), None, None));
    }
}
