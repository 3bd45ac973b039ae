//! What a reply's texts mean, whatever format they came in.

use std::borrow::Cow;

use super::names::{Field, List, Top, of_another_call};
use super::{Format, Head, Reply, Speaker, Unreadable};
use crate::model::{ObjectKey, ObjectState, Phase, Reading, Status};

/// The texts of one row, as received: where they stand in the body, or taken from it.
#[derive(Debug, Default)]
pub(super) struct Row<'t> {
    fields: [Option<Cow<'t, str>>; Field::ALL.len()],
    pub(super) constraints: Vec<Row<'t>>,
}

/// The texts of one reply, as received.
#[derive(Debug, Default)]
pub(super) struct Texts<'t> {
    tops: [Option<Cow<'t, str>>; Top::ALL.len()],
    lists: [Vec<Row<'t>>; List::ALL.len()],
    listed: bool,
    other_call: Option<&'static str>,
}

impl<'t> Row<'t> {
    pub(super) fn set(&mut self, field: Field, text: Option<Cow<'t, str>>) {
        self.fields[field as usize] = text;
    }

    /// An object without any field of ours says nothing of anybody.
    pub(super) fn says_something(&self) -> bool {
        self.fields.iter().any(Option::is_some) || !self.constraints.is_empty()
    }

    fn text(&self, field: Field) -> Option<&str> {
        self.fields[field as usize].as_deref()
    }

    fn take(&mut self, field: Field) -> Option<String> {
        self.fields[field as usize].take().map(Cow::into_owned)
    }

    fn take_filled(&mut self, field: Field) -> Option<String> {
        self.take(field).filter(|text| !text.is_empty())
    }

    fn into_reading(mut self, phase: Phase, parent: Option<&ObjectKey>) -> Reading {
        let structural = matches!(phase, Phase::Structure | Phase::Constraint);
        let name = if structural { Field::ObjectName } else { Field::TableName };
        // A constraint that does not say where it lives lives with its table.
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
                status: self.text(Field::Status).and_then(status),
                finished_rows: self.text(Field::FinishedRows).and_then(count),
                total_rows: self.text(Field::TotalRows).and_then(count),
                used_time: self.take_filled(Field::UsedTime),
                error_message: self.take_filled(Field::ErrorMessage),
                definition: self.take_filled(Field::Definition),
            },
        }
    }
}

/// A whole number that is not negative, in ASCII digits; anything else counts nothing.
fn count(text: &str) -> Option<i64> {
    let digits = text.trim();
    // `parse` alone would take a sign.
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

/// Blanks around a known word are the writer's; a word we do not know is kept to the letter.
fn status(text: &str) -> Option<Status> {
    match Status::from(text.trim()) {
        Status::Other(word) if word.is_empty() => None,
        Status::Other(_) => Some(Status::Other(text.to_owned())),
        known => Some(known),
    }
}

impl<'t> Texts<'t> {
    pub(super) fn set(&mut self, top: Top, text: Option<Cow<'t, str>>) {
        self.tops[top as usize] = text;
    }

    pub(super) fn list(&mut self, list: List) -> &mut Vec<Row<'t>> {
        self.listed = true;
        &mut self.lists[list as usize]
    }

    /// Takes note of a key that is none of ours.
    pub(super) fn unknown(&mut self, name: &str) {
        self.other_call = self.other_call.or(of_another_call(name));
    }

    pub(super) fn into_reply(mut self, format: Format) -> Result<Reply, Unreadable> {
        if !self.listed {
            if let Some(key) = self.other_call {
                return Err(Unreadable::OtherCall { key });
            }
            self.must_be_known(format)?;
        }
        Ok(Reply { head: self.head(), readings: self.readings() })
    }

    pub(super) fn into_head(mut self, format: Format) -> Result<Head, Unreadable> {
        self.must_be_known(format)?;
        Ok(self.head())
    }

    fn must_be_known(&self, format: Format) -> Result<(), Unreadable> {
        let ours = [Top::RequestId, Top::Success, Top::ErrCode, Top::Code];
        let known = ours.iter().any(|top| self.tops[*top as usize].is_some());
        if known { Ok(()) } else { Err(Unreadable::Foreign { format }) }
    }

    fn filled(&mut self, top: Top) -> Option<String> {
        self.tops[top as usize].take().filter(|text| !text.trim().is_empty()).map(Cow::into_owned)
    }

    fn head(&mut self) -> Head {
        let said = self.filled(Top::Success).and_then(|text| success(&text));
        let err_code = self.filled(Top::ErrCode);
        let (code, message) = (self.filled(Top::Code), self.filled(Top::Message));
        let gateway = code.is_some() && said.is_none() && err_code.is_none() && !self.listed;
        let success = said.unwrap_or(err_code.is_none() && !gateway);
        let dynamic = self.filled(Top::DynamicMessage);
        let err_message = self.filled(Top::ErrMessage).map(|text| match dynamic {
            Some(dynamic) => text.replace("%s", &dynamic),
            None => text,
        });
        // Newer DTS calls name their error in `Code` and `Message` beside `Success`.
        let (err_code, err_message) =
            if success { (err_code, err_message) } else { (err_code.or(code), err_message.or(message)) };
        Head {
            speaker: if gateway { Speaker::Gateway } else { Speaker::Call },
            success,
            request_id: self.filled(Top::RequestId),
            err_code,
            err_message,
            host_id: self.filled(Top::HostId),
            recommend: self.filled(Top::Recommend),
        }
    }

    fn readings(self) -> Vec<Reading> {
        let [structure, data, sync] = self.lists;
        let mut readings = Vec::with_capacity(structure.len() + data.len() + sync.len());
        for mut row in structure {
            let constraints = std::mem::take(&mut row.constraints);
            let parent = row.into_reading(Phase::Structure, None);
            let key = parent.key.clone();
            readings.push(parent);
            readings
                .extend(constraints.into_iter().map(|row| row.into_reading(Phase::Constraint, Some(&key))));
        }
        readings.extend(data.into_iter().map(|row| row.into_reading(Phase::Data, None)));
        readings.extend(sync.into_iter().map(|row| row.into_reading(Phase::Sync, None)));
        readings
    }
}

/// `Success` in any of its spellings; a word that is neither is as good as none.
fn success(text: &str) -> Option<bool> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}
