//! The views as typed rows, whatever the engine.

/// The type of a view's column. SQLite gives the columns of a view no type, so it follows from the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// UTF-8 text.
    Text,
    /// A whole number of at most 64 bits.
    Integer,
    /// A floating-point number of 64 bits.
    Real,
    /// A moment, as the text that [`crate::model::Timestamp`] displays.
    Timestamp,
}

/// A column of a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewColumn {
    /// The documented name.
    pub name: String,
    /// The type of its values.
    pub column_type: ColumnType,
}

/// A view that exists in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The documented name.
    pub name: String,
    /// Its columns, in their order.
    pub columns: Vec<ViewColumn>,
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum ViewValue {
    /// Unknown or not applicable.
    Null,
    /// Of a [`ColumnType::Text`] or [`ColumnType::Timestamp`] column.
    Text(String),
    /// Of a [`ColumnType::Integer`] column.
    Integer(i64),
    /// Of a [`ColumnType::Real`] column.
    Real(f64),
}

impl ColumnType {
    /// The type of a documented column.
    pub(super) fn from_column_name(view: &str, name: &str) -> Self {
        match name {
            "rows" if view == "job_throughput" => Self::Real,
            "thinned_to" => Self::Timestamp,
            "seconds" | "rows_per_second" | "applied_rows_per_second" | "bucket_minutes" => Self::Real,
            "snapshot_id" | "snapshots" | "pages" | "objects" | "changes" | "torn" | "listed"
            | "retrying" | "rows" | "tables" | "failed_sweeps" => Self::Integer,
            _ if name.ends_with("_at") => Self::Timestamp,
            _ if name.ends_with("_rows") || name.ends_with("_ms") || name.ends_with("_percent") => {
                Self::Integer
            }
            _ => Self::Text,
        }
    }
}
