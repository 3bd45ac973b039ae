//! Reads the XML form.
//!
//! One element and an array of one look alike here, so every list is a repeated element, with or without the
//! item's name around it. Elements that are not ours are passed over by counting, not by recursion.

use quick_xml::Reader;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, Event};

use super::names::{CONSTRAINTS, Field, List, STRUCTURE_ITEM, Top};
use super::row::{Row, Texts};
use super::{Format, Reply, Unreadable};

pub(super) fn read(text: &str) -> Result<Reply, Unreadable> {
    let mut source = Source { text, reader: Reader::from_str(text) };
    let config = source.reader.config_mut();
    config.expand_empty_elements = true;
    config.allow_dangling_amp = true; // a bare `&` in somebody's DDL is no reason to lose the sweep
    let root = source.root()?;
    if root.eq_ignore_ascii_case("html") {
        return Err(Unreadable::Html);
    }
    let texts = source.document()?;
    source.nothing_more()?;
    texts.into_reply(Format::Xml)
}

struct Source<'x> {
    text: &'x str,
    reader: Reader<&'x [u8]>,
}

impl<'x> Source<'x> {
    fn next(&mut self) -> Result<Event<'x>, Unreadable> {
        match self.reader.read_event() {
            Ok(Event::Eof) => Err(self.truncated()),
            Ok(event) => Ok(event),
            Err(Error::Syntax(syntax)) if syntax != SyntaxError::InvalidBangMarkup => Err(self.truncated()),
            Err(error) => Err(self.malformed(&error.to_string())),
        }
    }

    /// The name of the root element, after the prologue.
    fn root(&mut self) -> Result<String, Unreadable> {
        loop {
            match self.next()? {
                Event::Start(start) => return Ok(start.local_name().as_ref().to_owned()),
                Event::DocType(doctype) if names_html(&doctype) => return Err(Unreadable::Html),
                _ => {}
            }
        }
    }

    /// The children of the root.
    fn document(&mut self) -> Result<Texts<'static>, Unreadable> {
        let mut texts = Texts::default();
        loop {
            match self.next()? {
                Event::Start(start) => {
                    let name = start.local_name();
                    let name = name.as_ref();
                    if let Some(list) = List::from_plural(name) {
                        let structure = list == List::Structure;
                        self.rows(texts.list(list), Some(list.item()), structure)?;
                    } else if let Some(top) = Top::from_name(name) {
                        let text = self.leaf()?;
                        texts.set(top, Some(text.into()));
                    } else {
                        texts.unknown(name);
                        self.skip()?;
                    }
                }
                Event::End(_) => return Ok(texts),
                _ => {}
            }
        }
    }

    /// An element of a list: a row, or the wrapper around rows, whose `item` is its name.
    fn rows(
        &mut self,
        into: &mut Vec<Row<'static>>,
        item: Option<&str>,
        structure: bool,
    ) -> Result<(), Unreadable> {
        let mut row = Row::default();
        loop {
            match self.next()? {
                Event::Start(start) => {
                    let name = start.local_name();
                    let name = name.as_ref();
                    if let Some(field) = Field::from_name(name) {
                        let text = self.leaf()?;
                        row.set(field, Some(text.into()));
                    } else if structure && name == CONSTRAINTS {
                        self.rows(&mut row.constraints, Some(STRUCTURE_ITEM), false)?;
                    } else if item == Some(name) {
                        self.rows(into, None, structure)?;
                    } else {
                        self.skip()?;
                    }
                }
                Event::End(_) => break,
                _ => {}
            }
        }
        if row.says_something() {
            into.push(row);
        }
        Ok(())
    }

    /// The text of an element, to the letter. XML reads every line end as `\n`, however it is written.
    fn leaf(&mut self) -> Result<String, Unreadable> {
        let mut text = String::new();
        loop {
            match self.next()? {
                Event::Text(part) => text.push_str(&part.xml10_content()),
                Event::CData(part) => text.push_str(&part.xml10_content()),
                Event::GeneralRef(reference) => resolve(&reference, &mut text),
                Event::Start(_) => self.skip()?,
                Event::End(_) => return Ok(text),
                _ => {}
            }
        }
    }

    /// Passes over the rest of an element that has been opened.
    fn skip(&mut self) -> Result<(), Unreadable> {
        let mut open = 1_usize;
        while open > 0 {
            match self.next()? {
                Event::Start(_) => open += 1,
                Event::End(_) => open -= 1,
                _ => {}
            }
        }
        Ok(())
    }

    /// One body holds one reply.
    fn nothing_more(&mut self) -> Result<(), Unreadable> {
        loop {
            match self.reader.read_event() {
                Ok(Event::Eof) => return Ok(()),
                Ok(Event::Comment(_) | Event::PI(_)) => {}
                Ok(Event::Text(text)) if text.trim().is_empty() => {}
                Ok(_) => return Err(self.malformed("more text follows the reply")),
                Err(error) => return Err(self.malformed(&error.to_string())),
            }
        }
    }

    fn truncated(&self) -> Unreadable {
        Unreadable::Truncated { format: Format::Xml, line: line_at(self.text, self.text.len()) }
    }

    fn malformed(&self, what: &str) -> Unreadable {
        let position = usize::try_from(self.reader.error_position().max(self.reader.buffer_position()));
        let line = line_at(self.text, position.unwrap_or(usize::MAX));
        Unreadable::Malformed { format: Format::Xml, detail: format!("{what} at line {line}") }
    }
}

fn names_html(doctype: &str) -> bool {
    doctype.trim_start().get(..4).is_some_and(|name| name.eq_ignore_ascii_case("html"))
}

/// A character or one of XML's five entities; any other is left as it stands, for we read no DTD.
fn resolve(reference: &BytesRef<'_>, text: &mut String) {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => text.push(character),
        Err(_) => text.push(char::REPLACEMENT_CHARACTER),
        Ok(None) => match resolve_xml_entity(reference) {
            Some(known) => text.push_str(known),
            None => text.extend(["&", reference, ";"]),
        },
    }
}

fn line_at(text: &str, position: usize) -> usize {
    1 + text.bytes().take(position).filter(|byte| *byte == b'\n').count()
}
