//! Reads replies in JSON.
//!
//! The visitors are written by hand, because the shape of a list is only known from its content, and because serde_json
//! skips unknown values without recursion.

use std::cell::Cell;
use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor,
};

use super::fields::{CONSTRAINTS, Field, ReplyList, STRUCTURE_ITEM};
use super::mapping::{MAX_ROWS, ReplyTexts, RowTexts, too_many_rows};
use super::reply::Reply;
use crate::api::wire::body::{Format, Unreadable};
use crate::api::wire::head::HeadField;
use crate::api::wire::json::{leaf_text, parse_error};

pub(super) fn read(text: &str) -> Result<Reply, Unreadable> {
    parse_texts(text)?.into_reply(Format::Json)
}

fn parse_texts(text: &str) -> Result<ReplyTexts<'_>, Unreadable> {
    let mut texts = ReplyTexts::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    deserializer
        .deserialize_map(Document(&mut texts))
        .and_then(|()| deserializer.end())
        .map_err(|error| parse_error(&error))?;
    Ok(texts)
}

/// Visits the outermost object.
struct Document<'t, 'de>(&'t mut ReplyTexts<'de>);

impl<'de> Visitor<'de> for Document<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a DTS reply")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let remaining = Cell::new(MAX_ROWS);
        while let Some(key) = map.next_key::<String>()? {
            if let Some(list) = ReplyList::from_array_key(&key) {
                let structure = list == ReplyList::Structure;
                let (into, item) = (self.0.list(list), list.item_key());
                let rows = Rows { into, item, structure, nesting: Nesting::List, remaining: &remaining };
                map.next_value_seed(rows)?;
            } else if let Some(field) = HeadField::from_name(&key) {
                self.0.set_head(field, leaf_text(map.next_value()?));
            } else {
                map.next_value::<IgnoredAny>()?;
                self.0.note_unknown_key(&key);
            }
        }
        Ok(())
    }
}

/// The nesting of a value in a list. It only increases, which bounds the recursion.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nesting {
    /// The value of the list's own key: an array, a wrapper around one, or a single row.
    List,
    /// The value of the wrapper's key: an array or a single row.
    Wrapped,
    /// An element of the array: a row.
    Element,
}

/// A key of a row, or of the wrapper around rows.
enum RowKey {
    Field(Field),
    Constraints,
    Item,
    Other,
}

/// Reads the keys of a row without allocation, as they are the most frequent values of a reply.
struct RowKeys {
    item: &'static str,
}

impl<'de> DeserializeSeed<'de> for RowKeys {
    type Value = RowKey;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<RowKey, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for RowKeys {
    type Value = RowKey;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<RowKey, E> {
        Ok(match Field::from_name(key) {
            Some(field) => RowKey::Field(field),
            None if key == CONSTRAINTS => RowKey::Constraints,
            None if key == self.item => RowKey::Item,
            None => RowKey::Other,
        })
    }
}

/// A value where rows are expected.
struct Rows<'t, 'de> {
    into: &'t mut Vec<RowTexts<'de>>,
    item: &'static str,
    structure: bool,
    nesting: Nesting,
    remaining: &'t Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for Rows<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if self.nesting == Nesting::Element {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        let Self { into, item, structure, remaining, .. } = self;
        let nesting = Nesting::Element;
        while let Some(()) = seq.next_element_seed(Rows { into, item, structure, nesting, remaining })? {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { into, item, structure, nesting, remaining } = self;
        let mut row = RowTexts::default();
        while let Some(key) = map.next_key_seed(RowKeys { item })? {
            match key {
                RowKey::Field(field) => row.set(field, leaf_text(map.next_value()?)),
                RowKey::Constraints if structure => {
                    let into = &mut row.constraints;
                    let (item, structure, nesting) = (STRUCTURE_ITEM, false, Nesting::List);
                    let rows = Rows { into, item, structure, nesting, remaining };
                    map.next_value_seed(rows)?;
                }
                RowKey::Item if nesting == Nesting::List => {
                    let nesting = Nesting::Wrapped;
                    map.next_value_seed(Rows { into, item, structure, nesting, remaining })?;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if row.has_fields() {
            let left = remaining.get().checked_sub(1);
            remaining.set(left.ok_or_else(|| A::Error::custom(too_many_rows()))?);
            into.push(row);
        }
        Ok(())
    }

    // Null and an empty text are empty lists, and a scalar in an array is no row.

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.reject_scalar(Unexpected::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.reject_scalar(Unexpected::Signed(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.reject_scalar(Unexpected::Unsigned(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.reject_scalar(Unexpected::Float(value))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if text.trim().is_empty() { Ok(()) } else { self.reject_scalar(Unexpected::Str(text)) }
    }
}

impl Rows<'_, '_> {
    /// A scalar in place of a list is an error: as an empty list it would mean that the job has lost its objects.
    fn reject_scalar<E: Error>(&self, found: Unexpected<'_>) -> Result<(), E> {
        if self.nesting == Nesting::Element { Ok(()) } else { Err(E::invalid_type(found, self)) }
    }
}
