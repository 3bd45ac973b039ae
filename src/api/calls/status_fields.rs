//! Fields that the calls for a job's status share: phases, delay, checkpoint and engines.
//!
//! Documented: percentages, rows and delays are numbers or texts; a delay of −1 means that the incremental phase has not
//! begun; Checkpoint is in seconds since 1970. The unit of a delay differs by call and, in DescribeDtsJobs, by type of
//! job, and the vendor's pages contradict each other on it. A checkpoint has one meaning only, so the unit is checked
//! against it.

use crate::api::wire::object::Object;
use crate::model::{Engines, JobStatus, JobStatusReading};

/// The documented unit of a delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DelayUnit {
    Milliseconds,
    Seconds,
}

/// A delay as received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ReportedDelay {
    /// Thousandths of the unit.
    thousandths: i64,
    unit: DelayUnit,
}

/// The status of a job, before the unit of its delay is checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusReply {
    pub(super) status: JobStatus,
    pub(super) engines: Engines,
    delay: Option<ReportedDelay>,
}

/// How far a delay may differ from the one that the checkpoint gives, in milliseconds: checkpoints have whole seconds
/// and move in steps.
const DELAY_TOLERANCE_MS: i64 = 30_000;
/// A later checkpoint is not one in seconds: this is the year 5138.
const MAX_CHECKPOINT_SECONDS: i64 = 100_000_000_000;

impl StatusReply {
    /// Takes a delay; −1, another negative number and a text that is no number are none.
    pub(super) fn set_delay(&mut self, text: Option<&str>, unit: DelayUnit) {
        if self.delay.is_none() {
            self.delay =
                text.and_then(parse_thousandths).map(|thousandths| ReportedDelay { thousandths, unit });
        }
    }

    /// Takes the endpoints' engines.
    pub(super) fn set_engines(&mut self, reply: &Object<'_>) {
        let engine = |endpoint: &str| reply.object(endpoint).text("EngineName");
        self.engines =
            Engines { source: engine("SourceEndpoint"), destination: engine("DestinationEndpoint") };
    }

    /// The status as it was at the arrival of the reply.
    #[must_use]
    pub fn into_reading(self, observed_at_ms: i64) -> JobStatusReading {
        let Self { mut status, engines, delay } = self;
        status.delay_ms = delay.map(|delay| {
            delay.milliseconds(status.checkpoint_at_ms.map(|checkpoint_ms| observed_at_ms - checkpoint_ms))
        });
        JobStatusReading { observed_at_ms, status, engines }
    }
}

impl ReportedDelay {
    /// The delay by its documented unit; by the other one if only that agrees with the age of the checkpoint.
    fn milliseconds(self, checkpoint_age_ms: Option<i64>) -> i64 {
        let (milliseconds, seconds) = (self.thousandths / 1_000, self.thousandths);
        let (documented_ms, other_ms) = match self.unit {
            DelayUnit::Milliseconds => (milliseconds, seconds),
            DelayUnit::Seconds => (seconds, milliseconds),
        };
        let agrees = |delay_ms: i64| {
            checkpoint_age_ms.is_none_or(|age_ms| {
                (delay_ms - age_ms).abs() <= DELAY_TOLERANCE_MS.max(age_ms.saturating_abs() / 5)
            })
        };
        if agrees(documented_ms) || !agrees(other_ms) { documented_ms } else { other_ms }
    }
}

/// A number that is not negative, in thousandths.
fn parse_thousandths(text: &str) -> Option<i64> {
    let number: f64 = text.trim().parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "within the range that is checked")]
    let thousandths = (number * 1_000.0).round() as i64;
    (0.0..1e12).contains(&number).then_some(thousandths)
}

/// A percentage, as received but for its fraction.
pub(super) fn percent(block: &Object<'_>) -> Option<i64> {
    let text = block.text("Percent")?;
    parse_thousandths(text.trim().trim_end_matches('%')).map(|thousandths| thousandths / 1_000)
}

/// The moment in seconds, or milliseconds, since 1970. 0 is none.
pub(super) fn checkpoint_ms(object: &Object<'_>) -> Option<i64> {
    match object.count("Checkpoint")? {
        0 => None,
        seconds if seconds < MAX_CHECKPOINT_SECONDS => Some(seconds * 1_000),
        milliseconds => Some(milliseconds),
    }
}

/// The whole part of a rate, as in `12`, `12.5` or `12.50RPS/(0.003MB/s)`.
pub(super) fn rate(text: &str) -> Option<i64> {
    let number = text.split(|c: char| !c.is_ascii_digit() && c != '.').next()?;
    parse_thousandths(number).map(|thousandths| thousandths / 1_000)
}

/// The blocks of the three phases, under these names.
pub(super) fn phases(status: &mut JobStatus, reply: &Object<'_>, names: [&str; 3]) {
    let [structure, data, sync] = names.map(|name| reply.object(name));
    status.structure_status = structure.text("Status");
    status.structure_percent = percent(&structure);
    status.data_status = data.text("Status");
    status.data_percent = percent(&data);
    status.data_rows = data.count("Progress");
    status.sync_status = sync.text("Status");
    let error = [structure, data, sync].iter().find_map(|block| block.text("ErrorMessage"));
    status.error_message = reply.text("ErrorMessage").or(error);
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECKPOINT_MS: i64 = 1_616_899_019_000;

    fn delay_ms(text: &str, unit: DelayUnit, checkpoint_age_ms: Option<i64>) -> Option<i64> {
        let mut reply = StatusReply::default();
        reply.set_delay(Some(text), unit);
        reply.status.checkpoint_at_ms = checkpoint_age_ms.map(|_| CHECKPOINT_MS);
        reply.into_reading(CHECKPOINT_MS + checkpoint_age_ms.unwrap_or(0)).status.delay_ms
    }

    #[test]
    fn delays_are_milliseconds_whatever_their_unit() {
        let (ms, s) = (DelayUnit::Milliseconds, DelayUnit::Seconds);
        for (text, unit, age_ms, expected) in [
            ("1500", ms, None, Some(1_500)),
            ("90", s, None, Some(90_000)),
            ("0.5", s, None, Some(500)),
            // The checkpoint tells the unit where the documented one cannot be right.
            ("7200", ms, Some(7_201_000), Some(7_200_000)),
            ("7200000", s, Some(7_201_000), Some(7_200_000)),
            // It decides nothing where it agrees, or agrees with neither.
            ("1500", ms, Some(2_400), Some(1_500)),
            ("0", s, Some(3_600_000), Some(0)),
            ("50", ms, Some(900_000), Some(50)),
        ] {
            assert_eq!(delay_ms(text, unit, age_ms), expected, "{text} {unit:?} {age_ms:?}");
        }
    }

    #[test]
    fn a_delay_that_is_negative_or_no_number_is_none() {
        for text in ["-1", "-7", "", "soon", "NaN", "inf", "1e300"] {
            assert_eq!(delay_ms(text, DelayUnit::Seconds, Some(60_000)), None, "{text:?}");
        }
    }

    #[test]
    fn checkpoints_percentages_and_rates_are_read_leniently() {
        let object = |text| Object::parse(text).unwrap();
        for (text, expected) in [
            (r#"{"Checkpoint":"1616899019"}"#, Some(CHECKPOINT_MS)),
            (r#"{"checkpoint":1616899019000}"#, Some(CHECKPOINT_MS)),
            (r#"{"Checkpoint":0}"#, None),
            (r#"{"Checkpoint":"0"}"#, None),
            (r#"{"Checkpoint":-5}"#, None),
            (r#"{"Checkpoint":"today"}"#, None),
            ("{}", None),
        ] {
            assert_eq!(checkpoint_ms(&object(text)), expected, "{text}");
        }
        for (text, expected) in [
            (r#"{"Percent":"42"}"#, Some(42)),
            (r#"{"percent":99.7}"#, Some(99)),
            (r#"{"Percent":"130%"}"#, Some(130)),
            (r#"{"Percent":"-3"}"#, None),
            (r#"{"Percent":null}"#, None),
        ] {
            assert_eq!(percent(&object(text)), expected, "{text}");
        }
        assert_eq!(["12", "12.50RPS/(0.003MB/s)", "", "x"].map(rate), [Some(12), Some(12), None, None]);
    }
}
