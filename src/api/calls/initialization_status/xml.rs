//! Reads replies in XML.
//!
//! An element and an array of one item look the same in XML, so every list is a repeated element, optionally wrapped in
//! the item's name. Unknown elements are skipped by counting, not by recursion.

use quick_xml::events::Event;

use super::fields::{CONSTRAINTS, Field, ReplyList, STRUCTURE_ITEM};
use super::mapping::{MAX_ROWS, ReplyTexts, RowTexts, too_many_rows};
use super::reply::Reply;
use crate::api::wire::body::{Format, Unreadable};
use crate::api::wire::head::HeadField;
use crate::api::wire::xml::XmlReader;

pub(super) fn read(text: &str) -> Result<Reply, Unreadable> {
    let mut reader = XmlReader::new(text);
    let root = reader.root()?;
    if root.eq_ignore_ascii_case("html") {
        return Err(Unreadable::Html);
    }
    let texts = read_document(&mut reader)?;
    reader.expect_end()?;
    texts.into_reply(Format::Xml)
}

/// Reads the children of the root element.
fn read_document(reader: &mut XmlReader<'_>) -> Result<ReplyTexts<'static>, Unreadable> {
    let mut texts = ReplyTexts::default();
    let mut rows_left = MAX_ROWS;
    loop {
        match reader.next()? {
            Event::Start(start) => {
                let name = start.local_name();
                let name = name.as_ref();
                if let Some(list) = ReplyList::from_array_key(name) {
                    let structure = list == ReplyList::Structure;
                    read_rows(reader, texts.list(list), Some(list.item_key()), structure, &mut rows_left)?;
                } else if let Some(field) = HeadField::from_name(name) {
                    let text = reader.read_text()?;
                    texts.set_head(field, Some(text.into()));
                } else {
                    texts.note_unknown_key(name);
                    reader.skip()?;
                }
            }
            Event::End(_) => return Ok(texts),
            _ => {}
        }
    }
}

/// Reads an element of a list: a row, or a wrapper around rows that are named `item`.
fn read_rows(
    reader: &mut XmlReader<'_>,
    into: &mut Vec<RowTexts<'static>>,
    item: Option<&str>,
    structure: bool,
    rows_left: &mut usize,
) -> Result<(), Unreadable> {
    let mut row = RowTexts::default();
    loop {
        match reader.next()? {
            Event::Start(start) => {
                let name = start.local_name();
                let name = name.as_ref();
                if let Some(field) = Field::from_name(name) {
                    let text = reader.read_text()?;
                    row.set(field, Some(text.into()));
                } else if structure && name == CONSTRAINTS {
                    read_rows(reader, &mut row.constraints, Some(STRUCTURE_ITEM), false, rows_left)?;
                } else if item == Some(name) {
                    read_rows(reader, into, None, structure, rows_left)?;
                } else {
                    reader.skip()?;
                }
            }
            Event::End(_) => break,
            _ => {}
        }
    }
    if row.has_fields() {
        *rows_left = rows_left.checked_sub(1).ok_or_else(|| reader.malformed(&too_many_rows()))?;
        into.push(row);
    }
    Ok(())
}
