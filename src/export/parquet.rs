//! Apache Parquet through the crate's own column writers, without Arrow.
//!
//! Types as in <https://parquet.apache.org/docs/file-format/types/logicaltypes/>: text is `STRING`, times are
//! `TIMESTAMP(MILLIS, isAdjustedToUTC)`. Every column is optional. Columns are dictionary-coded, which the writer gives
//! up by itself for a column whose dictionary grows too large.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as PhysicalType};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use super::error::Error;
use crate::store::{ColumnType, View, ViewColumn, ViewValue};

/// A row group is written once it holds this many rows or bytes; it is what an export keeps in memory.
const MAX_GROUP_ROWS: usize = 100_000;
const MAX_GROUP_BYTES: usize = 16 << 20;

/// Collects rows by column and writes them group by group.
pub(super) struct ParquetWriter<W: Write + Send> {
    columns: Vec<ViewColumn>,
    buffers: Vec<ColumnBuffer>,
    rows: usize,
    bytes: usize,
    file: SerializedFileWriter<W>,
}

/// The values of one column of a row group that are not NULL, and for each row whether it has one.
struct ColumnBuffer {
    definition_levels: Vec<i16>,
    values: ColumnValues,
}

enum ColumnValues {
    Texts(Vec<ByteArray>),
    Integers(Vec<i64>),
    Reals(Vec<f64>),
}

impl<W: Write + Send> ParquetWriter<W> {
    pub(super) fn new(view: &View, out: W) -> Result<Self, Error> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("dts-history ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        Ok(Self {
            columns: view.columns.clone(),
            buffers: view.columns.iter().map(ColumnBuffer::new).collect(),
            rows: 0,
            bytes: 0,
            file: SerializedFileWriter::new(out, parquet_schema(view)?, Arc::new(properties))?,
        })
    }

    pub(super) fn write(&mut self, row: &[ViewValue]) -> Result<(), Error> {
        for ((buffer, column), value) in self.buffers.iter_mut().zip(&self.columns).zip(row) {
            self.bytes += buffer.push(column, value)?;
        }
        self.rows += 1;
        if self.rows >= MAX_GROUP_ROWS || self.bytes >= MAX_GROUP_BYTES {
            self.write_group()?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<W, Error> {
        if self.rows > 0 {
            self.write_group()?;
        }
        Ok(self.file.into_inner()?)
    }

    fn write_group(&mut self) -> Result<(), Error> {
        let mut group = self.file.next_row_group()?;
        for buffer in &mut self.buffers {
            buffer.write(&mut group)?;
        }
        group.close()?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }
}

impl ColumnBuffer {
    fn new(column: &ViewColumn) -> Self {
        let values = match column.column_type {
            ColumnType::Text => ColumnValues::Texts(Vec::new()),
            ColumnType::Integer | ColumnType::Timestamp => ColumnValues::Integers(Vec::new()),
            ColumnType::Real => ColumnValues::Reals(Vec::new()),
        };
        Self { definition_levels: Vec::new(), values }
    }

    /// Adds a value and returns the number of bytes that it takes.
    fn push(&mut self, column: &ViewColumn, value: &ViewValue) -> Result<usize, Error> {
        let bytes = match (&mut self.values, value) {
            (_, ViewValue::Null) => {
                self.definition_levels.push(0);
                return Ok(size_of::<i16>());
            }
            (ColumnValues::Texts(values), ViewValue::Text(text)) => {
                values.push(ByteArray::from(text.as_bytes().to_vec()));
                text.len() + size_of::<ByteArray>()
            }
            (ColumnValues::Integers(values), ViewValue::Integer(number)) => {
                values.push(*number);
                size_of::<i64>()
            }
            (ColumnValues::Integers(values), ViewValue::Text(text)) => {
                values.push(parse_milliseconds(column, text)?);
                size_of::<i64>()
            }
            (ColumnValues::Reals(values), ViewValue::Real(number)) => {
                values.push(*number);
                size_of::<f64>()
            }
            (_, value) => return Err(unexpected_value(column, value)),
        };
        self.definition_levels.push(1);
        Ok(bytes + size_of::<i16>())
    }

    fn write<W: Write + Send>(&mut self, group: &mut SerializedRowGroupWriter<'_, W>) -> Result<(), Error> {
        // One column of the schema for each buffer.
        let Some(mut column) = group.next_column()? else { return Ok(()) };
        let levels = Some(self.definition_levels.as_slice());
        match &mut self.values {
            ColumnValues::Texts(values) => {
                column.typed::<ByteArrayType>().write_batch(values, levels, None)?;
                values.clear();
            }
            ColumnValues::Integers(values) => {
                column.typed::<Int64Type>().write_batch(values, levels, None)?;
                values.clear();
            }
            ColumnValues::Reals(values) => {
                column.typed::<DoubleType>().write_batch(values, levels, None)?;
                values.clear();
            }
        }
        self.definition_levels.clear();
        column.close()?;
        Ok(())
    }
}

fn parquet_schema(view: &View) -> Result<TypePtr, Error> {
    let fields = view.columns.iter().map(|column| {
        let (physical, logical) = match column.column_type {
            ColumnType::Text => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
            ColumnType::Integer => (PhysicalType::INT64, None),
            ColumnType::Real => (PhysicalType::DOUBLE, None),
            ColumnType::Timestamp => {
                (PhysicalType::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS)))
            }
        };
        let field = Type::primitive_type_builder(&column.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()?;
        Ok(Arc::new(field))
    });
    let fields = fields.collect::<Result<Vec<_>, Error>>()?;
    Ok(Arc::new(Type::group_type_builder(&view.name).with_fields(fields).build()?))
}

fn parse_milliseconds(column: &ViewColumn, text: &str) -> Result<i64, Error> {
    match chrono::DateTime::parse_from_rfc3339(text) {
        Ok(time) => Ok(time.timestamp_millis()),
        Err(_) => Err(unexpected_value(column, &text)),
    }
}

fn unexpected_value(column: &ViewColumn, value: &impl std::fmt::Debug) -> Error {
    Error::UnexpectedValue { column: column.name.clone(), value: format!("{value:?}") }
}
