//! Marks of figures whose time includes a gap, a failed sweep or a torn snapshot.

use crate::history::figures::throughput::Rate;
use crate::history::figures::times::Bracket;
use crate::history::quality::coverage::Coverage;
use serde::{Serialize, Serializer};

/// The impairments in the time of one figure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QualityFlags {
    /// A gap of the recording.
    pub gap: bool,
    /// A sweep that failed.
    pub failed: bool,
    /// A snapshot whose pages shifted: it may have missed a row.
    pub torn: bool,
}

/// The impairments of the figures of a table or a job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FigureQuality {
    /// In the bracket of the start.
    pub started: QualityFlags,
    /// In the bracket of the end.
    pub ended: QualityFlags,
    /// In the time of the rates.
    pub rates: QualityFlags,
}

/// Serialised as a list of the words `gap`, `failed` and `torn`.
impl Serialize for QualityFlags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.select(["gap", "failed", "torn"]))
    }
}

impl QualityFlags {
    /// Whether no flag is set.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Those of three values, for a gap, a failed sweep and a torn snapshot, whose flag is set.
    pub fn select<T>(self, of: [T; 3]) -> impl Iterator<Item = T> {
        [self.gap, self.failed, self.torn].into_iter().zip(of).filter(|(is, _)| *is).map(|(_, it)| it)
    }

    /// The flags that are set in either.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            gap: self.gap || other.gap,
            failed: self.failed || other.failed,
            torn: self.torn || other.torn,
        }
    }
}

impl FigureQuality {
    /// The flags of the duration: those of the start and of the end.
    #[must_use]
    pub fn duration(self) -> QualityFlags {
        self.started.union(self.ended)
    }

    /// Whether any figure rests on a gap.
    #[must_use]
    pub fn rests_on_gap(self) -> bool {
        self.duration().union(self.rates).gap
    }

    /// Whether no figure has a flag.
    #[must_use]
    pub fn is_unimpaired(self) -> bool {
        self.duration().union(self.rates).is_empty()
    }
}

impl Coverage {
    /// The impairments in the time between two samples.
    #[must_use]
    pub fn flags_between(&self, from_ms: i64, to_ms: i64) -> QualityFlags {
        let gap = self.gaps.partition_point(|gap| gap.to_ms <= from_ms);
        let failed = self.failed_sweeps.partition_point(|sweep| sweep.started_at_ms <= from_ms);
        let torn = self.torn_sweeps.partition_point(|sweep| sweep.started_at_ms <= from_ms);
        QualityFlags {
            gap: self.gaps.get(gap).is_some_and(|gap| gap.from_ms < to_ms),
            failed: self.failed_sweeps.get(failed).is_some_and(|sweep| sweep.started_at_ms < to_ms),
            torn: self.torn_sweeps.get(torn).is_some_and(|sweep| sweep.finished_at_ms < to_ms),
        }
    }

    fn flags_in_bracket(&self, bracket: Bracket) -> QualityFlags {
        bracket
            .after_ms
            .zip(bracket.by_ms)
            .map_or_else(QualityFlags::default, |(from, to)| self.flags_between(from, to))
    }

    /// The impairments of figures with this start, this end and these rates.
    pub(crate) fn figure_quality<'a>(
        &self,
        started: Bracket,
        ended: Bracket,
        rates: impl Iterator<Item = &'a Rate>,
    ) -> FigureQuality {
        FigureQuality {
            started: self.flags_in_bracket(started),
            ended: self.flags_in_bracket(ended),
            rates: rates.fold(QualityFlags::default(), |sum, rate| {
                sum.union(self.flags_between(rate.from_ms, rate.to_ms))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::quality::coverage::{FailedSweep, Gap, TornSweep};

    #[test]
    fn what_lies_inside_is_a_doubt_and_what_only_touches_is_none() {
        let coverage = Coverage {
            gaps: vec![Gap { from_ms: 100, to_ms: 200 }],
            failed_sweeps: vec![FailedSweep { started_at_ms: 300, error: String::new() }],
            torn_sweeps: vec![TornSweep { started_at_ms: 400, finished_at_ms: 410 }],
            ..Coverage::default()
        };
        let doubt = |from_ms, to_ms| {
            let QualityFlags { gap, failed, torn } = coverage.flags_between(from_ms, to_ms);
            [gap, failed, torn]
        };
        assert_eq!(doubt(0, 100), [false; 3]);
        assert_eq!(doubt(100, 200), [true, false, false]);
        assert_eq!(doubt(150, 160), [true, false, false]);
        assert_eq!(doubt(200, 300), [false; 3]);
        assert_eq!(doubt(200, 301), [false, true, false]);
        // A sample of the torn snapshot itself is true; what it may have missed lies around it.
        assert_eq!(doubt(390, 405), [false; 3]);
        assert_eq!(doubt(405, 450), [false; 3]);
        assert_eq!(doubt(390, 450), [false, false, true]);
        assert_eq!(doubt(0, 500), [true; 3]);
    }

    #[test]
    fn an_open_bracket_is_wide_by_itself_and_not_for_a_gap() {
        let coverage = Coverage { gaps: vec![Gap { from_ms: 0, to_ms: 9 }], ..Coverage::default() };
        let open = Bracket { after_ms: Some(1), by_ms: None };
        let doubts = coverage.figure_quality(open, open, [].iter());
        assert!(doubts.is_unimpaired() && !doubts.rests_on_gap());
    }
}
