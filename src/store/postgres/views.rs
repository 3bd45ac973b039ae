//! Reads a view row by row, for exports: memory does not grow with the number of rows.

use futures_util::TryStreamExt as _;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row as _, TypeInfo as _, ValueRef as _};

use super::Database;
use crate::store::error::Error;
use crate::store::view::{ColumnType, View, ViewColumn, ViewValue};

/// Views that only serve other views; everything else is the documented interface.
const INTERNAL_VIEWS: [&str; 1] = ["object_newest"];

impl Database {
    /// The names of the views, sorted.
    pub(crate) async fn view_names(&self) -> Result<Vec<String>, Error> {
        let names: Vec<String> = self
            .retry(|| async {
                let mut transaction = self.begin_read().await?;
                sqlx::query_scalar(
                    "select relname::text from pg_catalog.pg_class
                     where relkind = 'v' and relnamespace = to_regnamespace(quote_ident(current_schema()))
                     order by relname",
                )
                .fetch_all(&mut *transaction)
                .await
            })
            .await?;
        Ok(names.into_iter().filter(|name| !INTERNAL_VIEWS.contains(&name.as_str())).collect())
    }

    /// The view of this name; `None` if there is none.
    pub(crate) async fn view(&self, name: &str) -> Result<Option<View>, Error> {
        if !self.view_names().await?.iter().any(|known| known == name) {
            return Ok(None);
        }
        let names: Vec<String> = self
            .retry(|| async {
                let mut transaction = self.begin_read().await?;
                sqlx::query_scalar(
                    "select attname::text from pg_catalog.pg_attribute
                     join pg_catalog.pg_class on pg_class.oid = attrelid
                     where relname = $1 and relnamespace = to_regnamespace(quote_ident(current_schema()))
                         and attnum > 0
                     order by attnum",
                )
                .bind(name)
                .fetch_all(&mut *transaction)
                .await
            })
            .await?;
        let column = |column: String| ViewColumn {
            column_type: ColumnType::from_column_name(name, &column),
            name: column,
        };
        Ok(Some(View { name: name.to_owned(), columns: names.into_iter().map(column).collect() }))
    }

    /// Passes each row of a view to `each`, one at a time, all from one consistent state of the database. It is not
    /// repeated, because `each` has seen rows.
    pub(crate) async fn read_view<E: From<Error>>(
        &self,
        view: &View,
        job_id: Option<&str>,
        mut each: impl FnMut(&[ViewValue]) -> Result<(), E>,
    ) -> Result<(), E> {
        // The name is one that `view` found in the schema.
        let mut sql = format!("select * from \"{}\"", view.name);
        if job_id.is_some() {
            sql.push_str(" where job_id = $1");
        }
        let mut query = sqlx::query(AssertSqlSafe(sql));
        if let Some(job_id) = job_id {
            query = query.bind(job_id);
        }
        let mut transaction = self.begin_read().await.map_err(|error| self.failed(error))?;
        let mut rows = query.fetch(&mut *transaction);
        let mut values = Vec::with_capacity(view.columns.len());
        while let Some(row) = rows.try_next().await.map_err(|error| self.failed(error))? {
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
        row: &PgRow,
        index: usize,
        column: &ViewColumn,
    ) -> Result<ViewValue, Error> {
        let failed = |error| self.failed(error);
        let (is_null, postgres_type) = {
            let raw = row.try_get_raw(index).map_err(failed)?;
            (raw.is_null(), raw.type_info().name().to_owned())
        };
        match (column.column_type, postgres_type.as_str()) {
            _ if is_null => Ok(ViewValue::Null),
            (ColumnType::Text | ColumnType::Timestamp, "TEXT") => {
                row.try_get(index).map(ViewValue::Text).map_err(failed)
            }
            (ColumnType::Integer, "INT8") => row.try_get(index).map(ViewValue::Integer).map_err(failed),
            (ColumnType::Real, "INT8") => {
                row.try_get::<i64, _>(index).map(|whole| ViewValue::Real(whole as f64)).map_err(failed)
            }
            (ColumnType::Real, "FLOAT8") => row.try_get(index).map(ViewValue::Real).map_err(failed),
            (expected, found) => Err(self.unexpected(format!(
                "a value of type {found} in {}.{}, which is {expected:?}",
                view.name, column.name
            ))),
        }
    }
}
