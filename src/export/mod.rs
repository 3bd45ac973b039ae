//! Writes a view of the history database as CSV, NDJSON or Parquet, row by row.

mod error;
mod ndjson;
mod parquet;

use std::io::Write;

use crate::store::{Store, View, ViewValue};
pub use error::Error;
use ndjson::NdjsonWriter;
use parquet::ParquetWriter;

/// The file formats of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowFormat {
    /// RFC 4180 with a header line; NULL is an empty field.
    Csv,
    /// One JSON object a line (<https://github.com/ndjson/ndjson-spec>); NULL is `null`.
    Ndjson,
    /// Apache Parquet, Snappy compressed; times are UTC timestamps in milliseconds.
    Parquet,
}

/// The view of this name, after checking that the job is recorded.
///
/// # Errors
/// If there is no such view or job, or the database cannot be read.
pub async fn find_view(store: &Store, name: &str, job_id: Option<&str>) -> Result<View, Error> {
    let Some(view) = store.view(name).await? else {
        return Err(Error::UnknownView { name: name.to_owned(), known: store.view_names().await? });
    };
    if let Some(job_id) = job_id {
        let recorded: Vec<_> = store.jobs().await?.into_iter().map(|it| it.job.id).collect();
        if !recorded.iter().any(|id| id == job_id) {
            return Err(Error::UnknownJob { job_id: job_id.to_owned(), recorded });
        }
    }
    Ok(view)
}

/// Writes the rows of a view, of one job or of all, to `out` and returns it. `progress` is called after each row with
/// the number of rows written.
///
/// # Errors
/// If the database cannot be read or `out` cannot be written.
pub async fn export<W: Write + Send>(
    store: &Store,
    view: &View,
    job_id: Option<&str>,
    format: RowFormat,
    out: W,
    mut progress: impl FnMut(u64),
) -> Result<W, Error> {
    let mut writer = RowWriter::new(format, view, out)?;
    let mut rows = 0;
    store
        .read_view(view, job_id, |row| {
            writer.write(row)?;
            rows += 1;
            progress(rows);
            Ok::<(), Error>(())
        })
        .await?;
    writer.finish()
}

enum RowWriter<W: Write + Send> {
    Csv(Box<csv::Writer<W>>),
    Ndjson(NdjsonWriter<W>),
    Parquet(Box<ParquetWriter<W>>),
}

impl<W: Write + Send> RowWriter<W> {
    fn new(format: RowFormat, view: &View, out: W) -> Result<Self, Error> {
        Ok(match format {
            RowFormat::Csv => {
                let mut writer = csv::Writer::from_writer(out);
                writer.write_record(view.columns.iter().map(|column| &column.name))?;
                Self::Csv(Box::new(writer))
            }
            RowFormat::Ndjson => Self::Ndjson(NdjsonWriter::new(view, out)),
            RowFormat::Parquet => Self::Parquet(Box::new(ParquetWriter::new(view, out)?)),
        })
    }

    fn write(&mut self, row: &[ViewValue]) -> Result<(), Error> {
        match self {
            Self::Csv(writer) => Ok(writer.write_record(row.iter().map(csv_field))?),
            Self::Ndjson(writer) => Ok(writer.write(row)?),
            Self::Parquet(writer) => writer.write(row),
        }
    }

    fn finish(self) -> Result<W, Error> {
        match self {
            Self::Csv(writer) => writer.into_inner().map_err(|error| Error::Write(error.into_error())),
            Self::Ndjson(writer) => Ok(writer.finish()?),
            Self::Parquet(writer) => writer.finish(),
        }
    }
}

fn csv_field(value: &ViewValue) -> String {
    match value {
        ViewValue::Null => String::new(),
        ViewValue::Text(text) => text.clone(),
        ViewValue::Integer(number) => number.to_string(),
        ViewValue::Real(number) => number.to_string(),
    }
}
