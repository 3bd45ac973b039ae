//! Errors of the scenario file.

/// A scenario cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be read.
    #[error("cannot read the scenario {path}: {source}; name a readable TOML file")]
    Unreadable {
        /// The file as given.
        path: String,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The text is not TOML, a key is unknown, or a value has the wrong type.
    #[error("scenario, line {line}: {message}; docs/scenario.md lists every key")]
    Malformed {
        /// Line number from 1.
        line: usize,
        /// The error on that line.
        message: String,
    },
    /// A value is outside its range.
    #[error("scenario: {key} is {value}, but must be {expected}")]
    OutOfRange {
        /// The key.
        key: &'static str,
        /// The value as given.
        value: String,
        /// The allowed values.
        expected: &'static str,
    },
}

pub(super) fn out_of_range_error(key: &'static str, value: String, expected: &'static str) -> Error {
    Error::OutOfRange { key, value, expected }
}
