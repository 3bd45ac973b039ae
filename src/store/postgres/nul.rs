//! U+0000, which PostgreSQL's text cannot hold.

use std::borrow::Cow;

use crate::model::{Reading, Status, Sweep};

/// SYMBOL FOR NULL.
const SYMBOL: &str = "\u{2400}";

/// The sweep with U+2400 in place of each U+0000.
pub(in crate::store) fn without_nul(sweep: &Sweep) -> Cow<'_, Sweep> {
    let rows = || sweep.pages.iter().flat_map(|page| &page.readings);
    if !rows().any(has_nul) {
        return Cow::Borrowed(sweep);
    }
    let mut sweep = sweep.clone();
    for reading in sweep.pages.iter_mut().flat_map(|page| &mut page.readings) {
        replace(reading);
    }
    Cow::Owned(sweep)
}

/// A text without U+0000.
pub(super) fn text_without_nul(text: &str) -> String {
    text.replace('\0', SYMBOL)
}

fn has_nul(reading: &Reading) -> bool {
    let Reading { key, state } = reading;
    let required = [&key.source_db, &key.destination_db, &key.object_name];
    let optional =
        [&key.object_type, &key.parent_name, &state.used_time, &state.error_message, &state.definition];
    required.into_iter().chain(optional.into_iter().flatten()).any(|text| text.contains('\0'))
        || state.status.as_ref().is_some_and(|status| status.as_str().contains('\0'))
}

fn replace(reading: &mut Reading) {
    let Reading { key, state } = reading;
    for text in [&mut key.source_db, &mut key.destination_db, &mut key.object_name] {
        *text = text_without_nul(text);
    }
    let optional = [
        &mut key.object_type,
        &mut key.parent_name,
        &mut state.used_time,
        &mut state.error_message,
        &mut state.definition,
    ];
    for text in optional.into_iter().flatten() {
        *text = text_without_nul(text);
    }
    if let Some(Status::Other(word)) = &mut state.status {
        *word = text_without_nul(word);
    }
}
