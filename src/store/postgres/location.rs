//! The URL of a database, and what else says where the history is in it.

use std::fmt;
use std::str::FromStr as _;

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;

/// A schema of a PostgreSQL database.
#[derive(Clone)]
pub struct PostgresLocation {
    /// Without a password.
    url: String,
    schema: Option<String>,
    password: Option<SecretString>,
}

/// Why a URL cannot be used. The message does not contain the URL, which may hold a password.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    /// A password would be visible to everybody who can see the configuration or the list of processes.
    #[error(
        "the URL of the database contains a password: remove it, and give it by PGPASSWORD, ~/.pgpass or \
         database_password_file"
    )]
    Password,
    /// The text is not a URL that PostgreSQL's clients know.
    #[error(
        "the URL of the database cannot be read ({0}): write it as postgres://USER@HOST:PORT/DATABASE?sslmode=verify-full"
    )]
    Syntax(String),
    /// The schema's name cannot be used.
    #[error("postgres.schema is {0:?}: give it a name of 1 to 63 bytes without NUL")]
    Schema(String),
}

impl PostgresLocation {
    /// Whether a text is meant as the URL of a PostgreSQL database and not as a path.
    #[must_use]
    pub fn is_url(text: &str) -> bool {
        ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme))
    }

    /// A database by its URL, the schema of the history in it (`None`: the first one of the server's `search_path`), and
    /// a password that replaces those of `PGPASSWORD` and `.pgpass`.
    ///
    /// # Errors
    /// If the URL contains a password or cannot be read, or the schema has no usable name.
    pub fn new(
        url: &str,
        schema: Option<String>,
        password: Option<SecretString>,
    ) -> Result<Self, InvalidUrl> {
        let syntax = |error: String| InvalidUrl::Syntax(error);
        if has_password(url) {
            return Err(InvalidUrl::Password);
        }
        if let Some(name) = &schema
            && (name.is_empty() || name.len() > 63 || name.contains('\0'))
        {
            return Err(InvalidUrl::Schema(name.clone()));
        }
        let location = Self { url: url.to_owned(), schema, password };
        match PgConnectOptions::from_str(url) {
            Ok(_) => Ok(location),
            Err(sqlx::Error::Configuration(error)) => Err(syntax(error.to_string())),
            Err(error) => Err(syntax(error.to_string())),
        }
    }

    /// The schema that holds the history, as an SQL identifier.
    pub(super) fn quoted_schema(&self) -> Option<String> {
        self.schema.as_ref().map(|name| format!("\"{}\"", name.replace('"', "\"\"")))
    }

    /// How to connect. Variables of PostgreSQL's own clients (`PGUSER`, `PGSSLROOTCERT` …) fill in what the URL leaves
    /// out.
    pub(super) fn connect_options(&self) -> Result<PgConnectOptions, sqlx::Error> {
        let mut options = PgConnectOptions::from_str(&self.url)?
            // Floating-point numbers come in binary, and a pooler may reject the parameter.
            .extra_float_digits(None)
            .disable_statement_logging();
        if options.get_application_name().is_none() {
            options = options.application_name("dts-history");
        }
        if let Some(password) = &self.password {
            options = options.password(password.expose_secret());
        }
        Ok(options)
    }
}

/// Whether a URL has a password, before its host or as a parameter.
fn has_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    let query = url.split_once('?').map_or("", |(_, query)| query);
    user.is_some_and(|user| user.contains(':'))
        || form_urlencoded::parse(query.as_bytes()).any(|(key, _)| key == "password")
}

impl fmt::Display for PostgresLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)?;
        match &self.schema {
            Some(schema) => write!(f, " (schema {schema})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for PostgresLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A new password is no other place.
impl PartialEq for PostgresLocation {
    fn eq(&self, other: &Self) -> bool {
        (&self.url, &self.schema) == (&other.url, &other.schema)
    }
}

impl Eq for PostgresLocation {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_the_url_is_rejected_and_never_printed() {
        for url in ["postgres://me:secret1@db/h", "postgres://me@db/h?password=secret1"] {
            let error = PostgresLocation::new(url, None, None).unwrap_err();
            assert_eq!(error, InvalidUrl::Password);
            assert!(!format!("{error} {error:?}").contains("secret1"));
        }
        let location = PostgresLocation::new("postgres://me@db/h", None, Some("secret1".into())).unwrap();
        assert!(!format!("{location} {location:?}").contains("secret1"));
    }

    #[test]
    fn a_url_that_cannot_be_read_is_rejected() {
        for url in ["postgres://", "postgres://db:70000/h", "postgres://db/h?sslmode=perhaps"] {
            let result = PostgresLocation::new(url, None, None);
            assert!(
                matches!(result, Err(InvalidUrl::Syntax(_))) || url == "postgres://",
                "{url}: {result:?}"
            );
        }
        assert!(PostgresLocation::new("postgres://db/h", Some(String::new()), None).is_err());
    }

    #[test]
    fn a_schema_is_quoted() {
        let location = PostgresLocation::new("postgres://db/h", Some("a\"b".to_owned()), None).unwrap();
        assert_eq!(location.quoted_schema().unwrap(), "\"a\"\"b\"");
        assert_eq!(location.to_string(), "postgres://db/h (schema a\"b)");
    }
}
