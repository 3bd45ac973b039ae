//! Reads a view row by row, for exports: memory does not grow with the number of rows.

use futures_util::TryStreamExt as _;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, TypeInfo as _, ValueRef as _};

use super::Database;
use crate::store::error::Error;
use crate::store::view::{ColumnType, View, ViewColumn, ViewValue};

/// Views that only serve other views; everything else is the documented interface.
const INTERNAL_VIEWS: [&str; 1] = ["object_newest"];

impl Database {
    /// The names of the views, sorted.
    pub(crate) async fn view_names(&self) -> Result<Vec<String>, Error> {
        let names: Vec<String> =
            sqlx::query_scalar("select name from sqlite_schema where type = 'view' order by name")
                .fetch_all(&self.readers)
                .await
                .map_err(|error| self.query_error(error))?;
        Ok(names.into_iter().filter(|name| !INTERNAL_VIEWS.contains(&name.as_str())).collect())
    }

    /// The view of this name; `None` if there is none.
    pub(crate) async fn view(&self, view_name: &str) -> Result<Option<View>, Error> {
        if !self.view_names().await?.iter().any(|known| known == view_name) {
            return Ok(None);
        }
        let names: Vec<String> = sqlx::query_scalar("select name from pragma_table_info(?) order by cid")
            .bind(view_name)
            .fetch_all(&self.readers)
            .await
            .map_err(|error| self.query_error(error))?;
        let column =
            |name: String| ViewColumn { column_type: ColumnType::from_column_name(view_name, &name), name };
        Ok(Some(View { name: view_name.to_owned(), columns: names.into_iter().map(column).collect() }))
    }

    /// Passes each row of a view to `each`, one at a time, all from one consistent state of the database.
    pub(crate) async fn read_view<E: From<Error>>(
        &self,
        view: &View,
        job_id: Option<&str>,
        mut each: impl FnMut(&[ViewValue]) -> Result<(), E>,
    ) -> Result<(), E> {
        // The name is one that `view` found in the schema.
        let mut sql = format!("select * from \"{}\"", view.name);
        if job_id.is_some() {
            sql.push_str(" where job_id = ?");
        }
        let mut query = sqlx::query(AssertSqlSafe(sql));
        if let Some(job_id) = job_id {
            query = query.bind(job_id);
        }
        let mut rows = query.fetch(&self.readers);
        let mut values = Vec::with_capacity(view.columns.len());
        while let Some(row) = rows.try_next().await.map_err(|error| self.query_error(error))? {
            values.clear();
            for (index, column) in view.columns.iter().enumerate() {
                values.push(self.view_value(view, &row, index, column)?);
            }
            each(&values)?;
        }
        Ok(())
    }

    fn view_value(
        &self,
        view: &View,
        row: &SqliteRow,
        index: usize,
        column: &ViewColumn,
    ) -> Result<ViewValue, Error> {
        let failed = |error| self.query_error(error);
        let (is_null, sqlite_type) = {
            let raw = row.try_get_raw(index).map_err(failed)?;
            (raw.is_null(), raw.type_info().name().to_owned())
        };
        match (column.column_type, sqlite_type.as_str()) {
            _ if is_null => Ok(ViewValue::Null),
            (ColumnType::Text | ColumnType::Timestamp, "TEXT") => {
                row.try_get(index).map(ViewValue::Text).map_err(failed)
            }
            (ColumnType::Integer, "INTEGER") => row.try_get(index).map(ViewValue::Integer).map_err(failed),
            (ColumnType::Real, "REAL") => row.try_get(index).map(ViewValue::Real).map_err(failed),
            (ColumnType::Real, "INTEGER") => {
                row.try_get::<i64, _>(index).map(|whole| ViewValue::Real(whole as f64)).map_err(failed)
            }
            (expected, found) => Err(self.unexpected_value_error(format!(
                "a value of type {found} in {}.{}, which is {expected:?}",
                view.name, column.name
            ))),
        }
    }
}
