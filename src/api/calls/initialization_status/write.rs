//! Writes replies, for the simulator and tests. [`super::read`] is the inverse.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::fields::{CONSTRAINTS, ERROR_ROOT, Field, ROOT, ReplyList, STRUCTURE_ITEM};
use super::reply::Reply;
use crate::api::wire::head::{Head, HeadField, ReplyOrigin};
use crate::model::{Phase, Reading, Status};

/// How an array is written. Both shapes have been documented by the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `"DataInitializationDetails": [{…}]`
    Flat,
    /// `"DataInitializationDetails": {"DataInitializationDetail": [{…}]}`
    Wrapped,
}

/// Writes the reply in JSON.
///
/// A constraint is written inside the structure row before it. Counts are strings, as in the API; a field that is
/// `None` is omitted.
#[must_use]
pub fn write_json(reply: &Reply, shape: Shape) -> String {
    let mut out = String::new();
    write_json_members(&mut out, &reply_members(reply), shape);
    out
}

/// Writes the reply in XML. In the flat shape each item of an array is an element with the name of the array, as the API
/// sends it.
#[must_use]
pub fn write_xml(reply: &Reply, shape: Shape) -> String {
    let root = if reply.head.origin == ReplyOrigin::Gateway { ERROR_ROOT } else { ROOT };
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    write_element(&mut out, root, |out| write_xml_members(out, &reply_members(reply), shape));
    out
}

/// A value of a reply, independent of format and shape.
enum MemberValue<'r> {
    Text(Cow<'r, str>),
    Flag(bool),
    Rows { item: &'static str, rows: Vec<Members<'r>> },
}

type Members<'r> = Vec<(&'static str, MemberValue<'r>)>;

fn reply_members(reply: &Reply) -> Members<'_> {
    let head = &reply.head;
    let mut members = Members::new();
    match head.origin {
        ReplyOrigin::Gateway => push_gateway_members(&mut members, head),
        ReplyOrigin::Call => {
            push_lists(&mut members, &reply.readings);
            push_optional(&mut members, HeadField::RequestId.name(), head.request_id.as_deref());
            members.push((HeadField::Success.name(), MemberValue::Flag(head.success)));
            push_optional(&mut members, HeadField::ErrCode.name(), head.err_code.as_deref());
            push_optional(&mut members, HeadField::ErrMessage.name(), head.err_message.as_deref());
        }
    }
    members
}

fn push_gateway_members<'r>(members: &mut Members<'r>, head: &'r Head) {
    push_optional(members, HeadField::RequestId.name(), head.request_id.as_deref());
    push_optional(members, HeadField::HostId.name(), head.host_id.as_deref());
    push_optional(members, HeadField::Code.name(), head.err_code.as_deref());
    push_optional(members, HeadField::Message.name(), head.err_message.as_deref());
    push_optional(members, HeadField::Recommend.name(), head.recommend.as_deref());
}

fn push_lists<'r>(members: &mut Members<'r>, readings: &'r [Reading]) {
    let (mut structure, mut data, mut sync) = (Vec::new(), Vec::new(), Vec::new());
    let mut readings = readings.iter().peekable();
    while let Some(reading) = readings.next() {
        match reading.key.phase {
            Phase::Structure => {
                let mut members = row_members(reading);
                let mut rows = Vec::new();
                while let Some(constraint) = readings.next_if(|next| next.key.phase == Phase::Constraint) {
                    rows.push(row_members(constraint));
                }
                if !rows.is_empty() {
                    members.push((CONSTRAINTS, MemberValue::Rows { item: STRUCTURE_ITEM, rows }));
                }
                structure.push(members);
            }
            // The protocol cannot express a constraint without a structure row before it.
            Phase::Constraint => {}
            Phase::Data => data.push(row_members(reading)),
            Phase::Sync => sync.push(row_members(reading)),
        }
    }
    for (list, rows) in [(ReplyList::Structure, structure), (ReplyList::Data, data), (ReplyList::Sync, sync)]
    {
        members.push((list.array_key(), MemberValue::Rows { item: list.item_key(), rows }));
    }
}

fn row_members(reading: &Reading) -> Members<'_> {
    let (key, state) = (&reading.key, &reading.state);
    let mut members = Members::new();
    let structural = matches!(key.phase, Phase::Structure | Phase::Constraint);
    let name = if structural { Field::ObjectName } else { Field::TableName };
    push_optional(&mut members, Field::Status.name(), state.status.as_ref().map(Status::as_str));
    push_optional(&mut members, Field::ObjectType.name(), key.object_type.as_deref());
    push_optional(&mut members, Field::Definition.name(), state.definition.as_deref());
    push_optional(&mut members, Field::ErrorMessage.name(), state.error_message.as_deref());
    push_optional(&mut members, name.name(), Some(&key.object_name));
    push_optional(&mut members, Field::SourceDb.name(), Some(&key.source_db));
    push_optional(&mut members, Field::DestinationDb.name(), Some(&key.destination_db));
    push_optional(&mut members, Field::TotalRows.name(), state.total_rows.map(|rows| rows.to_string()));
    push_optional(&mut members, Field::FinishedRows.name(), state.finished_rows.map(|rows| rows.to_string()));
    push_optional(&mut members, Field::UsedTime.name(), state.used_time.as_deref());
    members
}

fn push_optional<'r>(members: &mut Members<'r>, name: &'static str, text: Option<impl Into<Cow<'r, str>>>) {
    if let Some(text) = text {
        members.push((name, MemberValue::Text(text.into())));
    }
}

fn write_json_members(out: &mut String, members: &Members<'_>, shape: Shape) {
    write_delimited(out, ['{', '}'], members, |out, (name, value)| {
        write_json_string(out, name);
        out.push(':');
        match value {
            MemberValue::Text(text) => write_json_string(out, text),
            MemberValue::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
            MemberValue::Rows { rows, .. } if shape == Shape::Flat => write_json_rows(out, rows, shape),
            MemberValue::Rows { item, rows } => {
                out.push('{');
                write_json_string(out, item);
                out.push(':');
                write_json_rows(out, rows, shape);
                out.push('}');
            }
        }
    });
}

fn write_json_rows(out: &mut String, rows: &[Members<'_>], shape: Shape) {
    write_delimited(out, ['[', ']'], rows, |out, row| write_json_members(out, row, shape));
}

fn write_delimited<T>(out: &mut String, around: [char; 2], items: &[T], write: impl Fn(&mut String, &T)) {
    out.push(around[0]);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(around[1]);
}

/// Writes a quoted JSON string, escaped by serde_json.
fn write_json_string(out: &mut String, text: &str) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{}", serde_json::Value::from(text));
}

fn write_xml_members(out: &mut String, members: &Members<'_>, shape: Shape) {
    for (name, value) in members {
        match value {
            MemberValue::Text(text) => write_element(out, name, |out| write_escaped(out, text)),
            MemberValue::Flag(flag) => {
                write_element(out, name, |out| out.push_str(if *flag { "true" } else { "false" }));
            }
            MemberValue::Rows { rows, .. } if shape == Shape::Flat => {
                for row in rows {
                    write_element(out, name, |out| write_xml_members(out, row, shape));
                }
            }
            MemberValue::Rows { item, rows } => write_element(out, name, |out| {
                for row in rows {
                    write_element(out, item, |out| write_xml_members(out, row, shape));
                }
            }),
        }
    }
}

fn write_element(out: &mut String, name: &str, content: impl FnOnce(&mut String)) {
    out.extend(["<", name, ">"]);
    content(out);
    out.extend(["</", name, ">"]);
}

/// Escapes a text so that it is read back unchanged: an unescaped carriage return would be read as a line feed. NUL,
/// which XML cannot represent, becomes the replacement character.
fn write_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\0' => out.push(char::REPLACEMENT_CHARACTER),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{fffe}' | '\u{ffff}') => {
                // Writing to a String cannot fail.
                let _ = write!(out, "&#x{:X};", u32::from(c));
            }
            c => out.push(c),
        }
    }
}
