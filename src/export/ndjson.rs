//! One JSON object a line.

use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};

use crate::store::{View, ViewValue};

/// Writes rows as JSON objects whose keys are the columns, in their order.
pub(super) struct NdjsonWriter<W> {
    columns: Vec<String>,
    out: W,
}

impl<W: Write> NdjsonWriter<W> {
    pub(super) fn new(view: &View, out: W) -> Self {
        Self { columns: view.columns.iter().map(|column| column.name.clone()).collect(), out }
    }

    pub(super) fn write(&mut self, row: &[ViewValue]) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, &Row { columns: &self.columns, values: row })?;
        self.out.write_all(b"\n")
    }

    pub(super) fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

struct Row<'a> {
    columns: &'a [String],
    values: &'a [ViewValue],
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.columns.len()))?;
        for (column, value) in self.columns.iter().zip(self.values) {
            match value {
                ViewValue::Null => map.serialize_entry(column, &())?,
                ViewValue::Text(text) => map.serialize_entry(column, text)?,
                ViewValue::Integer(number) => map.serialize_entry(column, number)?,
                ViewValue::Real(number) => map.serialize_entry(column, number)?,
            }
        }
        map.end()
    }
}
