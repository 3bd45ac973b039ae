//! Why a scenario is refused.

/// Why a scenario cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be read.
    #[error("cannot read the scenario {path}: {source}; name a readable TOML file")]
    Unreadable {
        /// The file, as it was named.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not TOML, or a key is unknown, or a value is of the wrong kind.
    #[error("scenario, line {line}: {message}; docs/scenario.md lists every key")]
    Malformed {
        /// Where, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
    /// A value is outside of its range.
    #[error("scenario: {key} is {value}, but must be {expected}")]
    OutOfRange {
        /// The key.
        key: &'static str,
        /// The value as given.
        value: String,
        /// What it may be.
        expected: &'static str,
    },
}

pub(super) fn out_of_range(key: &'static str, value: String, expected: &'static str) -> Error {
    Error::OutOfRange { key, value, expected }
}
