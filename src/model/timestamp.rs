//! Moments in UTC.

use std::fmt;
use std::ops::{Add, Sub};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in UTC, to the millisecond.
///
/// [`Display`](fmt::Display) and [`Serialize`] write it as the views and the JSON do:
/// `YYYY-MM-DDTHH:MM:SS.mmmZ`, which sorts as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The latest moment that can be represented.
    pub const MAX: Self = Self(i64::MAX);
    /// The earliest moment that can be represented.
    pub const MIN: Self = Self(i64::MIN);

    /// The moment this many milliseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let moment = chrono::DateTime::parse_from_rfc3339(&text).map_err(D::Error::custom)?;
        Ok(Self(moment.timestamp_millis()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match chrono::DateTime::from_timestamp_millis(self.0) {
            Some(moment) => moment.format("%Y-%m-%dT%H:%M:%S%.3fZ").fmt(f),
            None => write!(f, "{} ms", self.0), // beyond chrono's calendar
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Serialises a field that holds milliseconds since 1970 as the [`Timestamp`] it means.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(crate) fn serialize_millis<S: Serializer>(millis: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    Timestamp(*millis).serialize(serializer)
}

/// The same for a moment that may be unknown.
#[expect(clippy::ref_option, reason = "serde passes a reference")]
pub(crate) fn serialize_optional_millis<S: Serializer>(
    millis: &Option<i64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    millis.map(Timestamp).serialize(serializer)
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The time from `earlier` to this moment, in milliseconds.
impl Sub for Timestamp {
    type Output = i64;

    fn sub(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

/// The moment this many milliseconds later.
impl Add<i64> for Timestamp {
    type Output = Self;

    fn add(self, millis: i64) -> Self {
        Self(self.0 + millis)
    }
}

/// The moment this many milliseconds earlier.
impl Sub<i64> for Timestamp {
    type Output = Self;

    fn sub(self, millis: i64) -> Self {
        Self(self.0 - millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_written_as_in_the_views() {
        let moment = Timestamp::from_millis(1_767_348_005_007);
        assert_eq!(moment.to_string(), "2026-01-02T10:00:05.007Z");
        assert_eq!(serde_json::to_string(&moment).unwrap(), "\"2026-01-02T10:00:05.007Z\"");
        assert_eq!((moment + 1000) - moment, 1000);
        assert_eq!(Timestamp::MAX.to_string(), "9223372036854775807 ms");
    }
}
