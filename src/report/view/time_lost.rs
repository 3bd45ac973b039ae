//! The stalls of the job and the use of its time, in cells.

use std::cmp::Reverse;

use super::object_names::qualified_name;
use crate::history::analysis::Analysis;
use crate::history::figures::time_lost::StallInterval;
use crate::report::format::Formatter;

/// Stalls that a report lists, the longest first.
const MAX_STALLS: usize = 20;

/// The section about lost time.
#[derive(Debug, PartialEq, Eq)]
pub struct TimeLost {
    /// The parts of the job's time, and the total; empty if the job has not begun.
    pub shares: Vec<ShareRow>,
    /// The longest stalls, by their beginning.
    pub stalls: Vec<StallRow>,
    /// A sentence about further stalls, if any.
    pub more_stalls: Option<String>,
}

/// One part of the time.
#[derive(Debug, PartialEq, Eq)]
pub struct ShareRow {
    /// Its name.
    pub name: &'static str,
    /// The duration.
    pub time: String,
    /// Of the whole.
    pub share: String,
}

/// One stall.
#[derive(Debug, PartialEq, Eq)]
pub struct StallRow {
    /// The table, or the whole job.
    pub table: String,
    /// The cause.
    pub cause: &'static str,
    /// From when to when.
    pub when: String,
    /// The duration.
    pub duration: String,
}

/// The section of this analysis.
#[must_use]
pub fn time_lost(analysis: &Analysis, format: &Formatter) -> TimeLost {
    let mut longest: Vec<&StallInterval> = analysis.stall_intervals.iter().collect();
    longest.sort_by_key(|stall| Reverse(stall.duration_ms));
    let count = longest.len();
    longest.truncate(MAX_STALLS);
    longest.sort_by_key(|stall| (stall.from_ms, stall.table));
    TimeLost {
        shares: share_rows(analysis, format),
        stalls: longest.into_iter().map(|stall| stall_row(stall, analysis, format)).collect(),
        more_stalls: (count > MAX_STALLS).then(|| (format.text.section.more)(count - MAX_STALLS)),
    }
}

fn share_rows(analysis: &Analysis, format: &Formatter) -> Vec<ShareRow> {
    let text = &format.text.time_lost;
    let whole_ms: i64 = analysis.time_shares.iter().map(|share| share.duration_ms).sum();
    if whole_ms == 0 {
        return Vec::new();
    }
    let row = |name, ms: i64| ShareRow {
        name,
        time: format.duration(ms),
        share: format.percent(Some(ms as f64 / whole_ms as f64), ms == whole_ms),
    };
    let used = analysis.time_shares.iter().filter(|share| share.duration_ms > 0);
    let mut rows: Vec<_> =
        used.map(|share| row((text.use_name)(share.time_use), share.duration_ms)).collect();
    rows.push(row(text.total, whole_ms));
    rows
}

fn stall_row(stall: &StallInterval, analysis: &Analysis, format: &Formatter) -> StallRow {
    let text = &format.text.time_lost;
    let table = stall.table.and_then(|index| analysis.tables.get(index));
    StallRow {
        table: table.map_or_else(|| text.whole_job.to_owned(), |it| qualified_name(&it.key, format.text)),
        cause: (text.cause_name)(stall.cause),
        when: match stall.to_ms {
            Some(to_ms) => format.span(stall.from_ms, to_ms),
            None => (text.since)(&format.moment(stall.from_ms)),
        },
        duration: format.duration(stall.duration_ms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::report::text::Language;

    #[test]
    fn the_parts_of_the_time_end_with_their_total() {
        let analysis = sample::rich();
        let rows = time_lost(&analysis, &Formatter::new(Language::En, chrono_tz::UTC)).shares;
        let told: Vec<_> = rows.iter().map(|row| (row.name, row.time.as_str(), row.share.as_str())).collect();
        assert_eq!(told[0], ("nothing was recorded", "8 min", "6.7 %"));
        assert_eq!(told.last(), Some(&("Total", "1 h 59 min", "100 %")));
        assert!(told.iter().all(|(name, ..)| *name != "no table was being copied"), "it took no time");
    }

    #[test]
    fn a_stall_says_its_table_its_cause_and_its_time() {
        let analysis = sample::rich();
        let lost = time_lost(&analysis, &Formatter::new(Language::En, chrono_tz::UTC));
        assert_eq!((lost.stalls.len(), &lost.more_stalls), (4, &None));
        assert_eq!(
            (lost.stalls[0].table.as_str(), lost.stalls[0].cause),
            ("the whole job", "no table moved")
        );
        assert_eq!(lost.stalls[0].duration, "6 min");
        assert!(lost.stalls[2].when.starts_with("since "), "{}", lost.stalls[2].when);
        let none = time_lost(&sample::empty(), &Formatter::new(Language::En, chrono_tz::UTC));
        assert_eq!((none.shares.len(), none.stalls.len()), (0, 0));
    }
}
