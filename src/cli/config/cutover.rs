//! `[cutover]`: when a job is ready to be cut over.

use anyhow::bail;
use serde::Deserialize;

use crate::history::figures::cutover::CutoverLimits;

/// `[cutover]` as it is written.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct CutoverTable {
    max_delay_seconds: f64,
    for_minutes: f64,
}

impl Default for CutoverTable {
    fn default() -> Self {
        Self { max_delay_seconds: 5.0, for_minutes: 10.0 }
    }
}

/// A week, the longest time that either of the two may be.
const MAX_SECONDS: f64 = 7.0 * 86_400.0;

impl CutoverTable {
    pub(super) fn check(&self) -> anyhow::Result<CutoverLimits> {
        let milliseconds = |name: &str, value: f64, unit_seconds: f64| {
            if !(0.0..=MAX_SECONDS / unit_seconds).contains(&value) {
                bail!("cutover.{name} is {value}: it must lie between 0 and {}", MAX_SECONDS / unit_seconds);
            }
            #[expect(clippy::cast_possible_truncation, reason = "at most a week")]
            Ok((value * unit_seconds * 1_000.0) as i64)
        };
        Ok(CutoverLimits {
            max_delay_ms: milliseconds("max_delay_seconds", self.max_delay_seconds, 1.0)?,
            for_ms: milliseconds("for_minutes", self.for_minutes, 60.0)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_bounded() {
        assert_eq!(CutoverTable::default().check().unwrap(), CutoverLimits::DEFAULT);
        for (max_delay_seconds, for_minutes, names) in [
            (-1.0, 1.0, "max_delay_seconds is -1"),
            (1.0, f64::NAN, "for_minutes is NaN"),
            (1e9, 1.0, "604800"),
        ] {
            let error = CutoverTable { max_delay_seconds, for_minutes }.check().unwrap_err().to_string();
            assert!(error.contains(names), "{error}");
        }
    }
}
