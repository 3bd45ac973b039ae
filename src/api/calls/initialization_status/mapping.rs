//! Maps the texts of a reply to readings, independent of the format.

use std::borrow::Cow;

use super::fields::{Field, ReplyList, key_of_another_call};
use super::reply::Reply;
use crate::api::wire::body::{Format, Unreadable};
use crate::api::wire::head::{HeadField, HeadTexts};
use crate::model::{ObjectKey, ObjectState, Phase, Reading, Status};

/// Limit of the rows of one reply, constraints included. A page has at most 100 rows in each of its lists, and no table
/// has thousands of constraints. An empty row is a few bytes in a reply and hundreds in memory.
pub(super) const MAX_ROWS: usize = 200_000;

/// The error message for a reply with more than [`MAX_ROWS`] rows.
pub(super) fn too_many_rows() -> String {
    format!("it has more than {MAX_ROWS} rows, which no page of DTS has")
}

/// The texts of one row as received, borrowed from the body where possible.
#[derive(Debug, Default)]
pub(super) struct RowTexts<'t> {
    fields: [Option<Cow<'t, str>>; Field::ALL.len()],
    pub(super) constraints: Vec<RowTexts<'t>>,
}

/// The texts of one reply, as received.
#[derive(Debug, Default)]
pub(super) struct ReplyTexts<'t> {
    head: HeadTexts<'t>,
    lists: [Vec<RowTexts<'t>>; ReplyList::ALL.len()],
    has_list: bool,
    other_call: Option<&'static str>,
}

impl<'t> RowTexts<'t> {
    pub(super) fn set(&mut self, field: Field, text: Option<Cow<'t, str>>) {
        self.fields[field as usize] = text;
    }

    /// Whether the row has any known field; a row without one is ignored.
    pub(super) fn has_fields(&self) -> bool {
        self.fields.iter().any(Option::is_some) || !self.constraints.is_empty()
    }

    fn text(&self, field: Field) -> Option<&str> {
        self.fields[field as usize].as_deref()
    }

    fn take(&mut self, field: Field) -> Option<String> {
        self.fields[field as usize].take().map(Cow::into_owned)
    }

    fn take_non_empty(&mut self, field: Field) -> Option<String> {
        self.take(field).filter(|text| !text.is_empty())
    }

    fn into_reading(mut self, phase: Phase, parent: Option<&ObjectKey>) -> Reading {
        let structural = matches!(phase, Phase::Structure | Phase::Constraint);
        let name = if structural { Field::ObjectName } else { Field::TableName };
        // A constraint without database names has those of its table.
        let db = |own: Option<String>, parents: fn(&ObjectKey) -> &String| match parent {
            Some(parent) => own.filter(|text| !text.is_empty()).unwrap_or_else(|| parents(parent).clone()),
            None => own.unwrap_or_default(),
        };
        Reading {
            key: ObjectKey {
                phase,
                source_db: db(self.take(Field::SourceDb), |key| &key.source_db),
                destination_db: db(self.take(Field::DestinationDb), |key| &key.destination_db),
                object_type: structural.then(|| self.take(Field::ObjectType).unwrap_or_default()),
                parent_name: parent.map(|parent| parent.object_name.clone()),
                object_name: self.take(name).unwrap_or_default(),
            },
            state: ObjectState {
                status: self.text(Field::Status).and_then(parse_status),
                finished_rows: self.text(Field::FinishedRows).and_then(parse_count),
                total_rows: self.text(Field::TotalRows).and_then(parse_count),
                used_time: self.take_non_empty(Field::UsedTime),
                error_message: self.take_non_empty(Field::ErrorMessage),
                definition: self.take_non_empty(Field::Definition),
            },
        }
    }
}

/// A non-negative whole number in ASCII digits; `None` for anything else.
fn parse_count(text: &str) -> Option<i64> {
    let digits = text.trim();
    // `parse` alone would accept a sign.
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

/// Trims a known status; an unknown one is kept unchanged, with its blanks.
fn parse_status(text: &str) -> Option<Status> {
    match Status::from(text.trim()) {
        Status::Other(word) if word.is_empty() => None,
        Status::Other(_) => Some(Status::Other(text.to_owned())),
        known => Some(known),
    }
}

impl<'t> ReplyTexts<'t> {
    pub(super) fn set_head(&mut self, field: HeadField, text: Option<Cow<'t, str>>) {
        self.head.set(field, text);
    }

    pub(super) fn list(&mut self, list: ReplyList) -> &mut Vec<RowTexts<'t>> {
        self.has_list = true;
        &mut self.lists[list as usize]
    }

    /// Remembers an unknown key that identifies the reply of another call.
    pub(super) fn note_unknown_key(&mut self, name: &str) {
        self.other_call = self.other_call.or(key_of_another_call(name));
    }

    pub(super) fn into_reply(self, format: Format) -> Result<Reply, Unreadable> {
        if !self.has_list {
            if let Some(key) = self.other_call {
                return Err(Unreadable::OtherCall { action: "DescribeInitializationStatus", key });
            }
            if !self.head.is_recognized() {
                return Err(Unreadable::Foreign { format });
            }
        }
        let Self { head, lists, has_list, .. } = self;
        Ok(Reply { head: head.into_head(has_list), readings: into_readings(lists) })
    }
}

fn into_readings(lists: [Vec<RowTexts<'_>>; ReplyList::ALL.len()]) -> Vec<Reading> {
    let [structure, data, sync] = lists;
    let mut readings = Vec::with_capacity(structure.len() + data.len() + sync.len());
    for mut row in structure {
        let constraints = std::mem::take(&mut row.constraints);
        let parent = row.into_reading(Phase::Structure, None);
        let key = parent.key.clone();
        readings.push(parent);
        readings.extend(constraints.into_iter().map(|row| row.into_reading(Phase::Constraint, Some(&key))));
    }
    readings.extend(data.into_iter().map(|row| row.into_reading(Phase::Data, None)));
    readings.extend(sync.into_iter().map(|row| row.into_reading(Phase::Sync, None)));
    readings
}
