//! Reads XML event by event, and distinguishes truncated from malformed text.

use quick_xml::Reader;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, Event};

use super::body::{Format, Unreadable};
use super::head::{Head, HeadField, HeadTexts};

/// Reads the head of a reply of any call.
///
/// # Errors
/// If the text is not the XML of a reply.
pub(in crate::api) fn read_head(text: &str) -> Result<Head, Unreadable> {
    let mut reader = XmlReader::new(text);
    if reader.root()?.eq_ignore_ascii_case("html") {
        return Err(Unreadable::Html);
    }
    let mut texts = HeadTexts::default();
    loop {
        match reader.next()? {
            Event::Start(start) => match HeadField::from_name(start.local_name().as_ref()) {
                Some(field) => texts.set(field, Some(reader.read_text()?.into())),
                None => reader.skip()?,
            },
            Event::End(_) => break,
            _ => {}
        }
    }
    reader.expect_end()?;
    if !texts.is_recognized() {
        return Err(Unreadable::Foreign { format: Format::Xml });
    }
    Ok(texts.into_head(false))
}

/// A reader of one document.
pub(in crate::api) struct XmlReader<'x> {
    text: &'x str,
    reader: Reader<&'x [u8]>,
}

impl<'x> XmlReader<'x> {
    pub(in crate::api) fn new(text: &'x str) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.allow_dangling_amp = true; // an unescaped `&` in a DDL statement must not fail the sweep
        Self { text, reader }
    }

    pub(in crate::api) fn next(&mut self) -> Result<Event<'x>, Unreadable> {
        match self.reader.read_event() {
            Ok(Event::Eof) => Err(self.truncated()),
            Ok(event) => Ok(event),
            Err(Error::Syntax(syntax)) if syntax != SyntaxError::InvalidBangMarkup => Err(self.truncated()),
            Err(error) => Err(self.malformed(&error.to_string())),
        }
    }

    /// The name of the root element, after the prologue.
    pub(in crate::api) fn root(&mut self) -> Result<String, Unreadable> {
        loop {
            match self.next()? {
                Event::Start(start) => return Ok(start.local_name().as_ref().to_owned()),
                Event::DocType(doctype) if is_html_doctype(&doctype) => return Err(Unreadable::Html),
                _ => {}
            }
        }
    }

    /// The unchanged text of an element. XML normalizes every line end to `\n`.
    pub(in crate::api) fn read_text(&mut self) -> Result<String, Unreadable> {
        let mut text = String::new();
        loop {
            match self.next()? {
                Event::Text(part) => text.push_str(&part.xml10_content()),
                Event::CData(part) => text.push_str(&part.xml10_content()),
                Event::GeneralRef(reference) => push_reference(&reference, &mut text),
                Event::Start(_) => self.skip()?,
                Event::End(_) => return Ok(text),
                _ => {}
            }
        }
    }

    /// Skips the rest of an element that has been opened.
    pub(in crate::api) fn skip(&mut self) -> Result<(), Unreadable> {
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

    /// Checks that only comments and white space follow.
    pub(in crate::api) fn expect_end(&mut self) -> Result<(), Unreadable> {
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
        Unreadable::Truncated { format: Format::Xml, line: line_number(self.text, self.text.len()) }
    }

    pub(in crate::api) fn malformed(&self, what: &str) -> Unreadable {
        let position = usize::try_from(self.reader.error_position().max(self.reader.buffer_position()));
        let line = line_number(self.text, position.unwrap_or(usize::MAX));
        Unreadable::Malformed { format: Format::Xml, detail: format!("{what} at line {line}") }
    }
}

fn is_html_doctype(doctype: &str) -> bool {
    doctype.trim_start().get(..4).is_some_and(|name| name.eq_ignore_ascii_case("html"))
}

/// Appends the character of a reference, or of one of the five entities of XML. Other entities are left unchanged,
/// because no DTD is read.
fn push_reference(reference: &BytesRef<'_>, text: &mut String) {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => text.push(character),
        Err(_) => text.push(char::REPLACEMENT_CHARACTER),
        Ok(None) => match resolve_xml_entity(reference) {
            Some(known) => text.push_str(known),
            None => text.extend(["&", reference, ";"]),
        },
    }
}

fn line_number(text: &str, position: usize) -> usize {
    1 + text.bytes().take(position).filter(|byte| *byte == b'\n').count()
}
