//! How the rows of the tables are copied: a few tables at a time, each at its own, varying speed.

use std::collections::VecDeque;

use super::failures::{FAILED_COPY_ERROR, MISSING_TABLE_ERROR, RETRIED_COPY_ERROR};
use super::schema::Size;
use super::table_plan::{CopyRole, TablePlan, scale};
use super::timeline::{ObjectTimeline, RowCountPoint};
use crate::sim::rng::Rng;
use crate::sim::scenario::Scenario;

const MINUTE_MS: i64 = 60_000;
/// Time until an operator notices a failed table and restarts it.
const RETRY_AFTER_MS: i64 = 6 * MINUTE_MS;
/// Duration of a stall.
pub(crate) const STALL_MS: i64 = 24 * MINUTE_MS;

/// One attempt to copy a table: its row count over the time since it began, and its error if it fails.
struct Attempt {
    curve: Vec<RowCountPoint>,
    error: Option<&'static str>,
}

/// A table waiting to be copied.
struct QueuedTable {
    table: usize,
    huge: bool,
    ready_ms: i64,
    attempts: VecDeque<Attempt>,
}

/// When the copy of each table may begin, and the speed factors of the scenario.
pub(crate) struct CopyConditions<'a> {
    pub(crate) scenario: &'a Scenario,
    /// For each table, when it was created at the destination.
    pub(crate) ready_ms: &'a [i64],
    /// When the data phase begins.
    pub(crate) begin_ms: i64,
}

/// The timeline of every table's data, in the order of `parts`.
pub(crate) fn plan_copies(
    parts: &[TablePlan],
    conditions: &CopyConditions<'_>,
    rng: &mut Rng,
) -> Vec<ObjectTimeline> {
    let mut timelines = vec![ObjectTimeline::not_started(); parts.len()];
    for timeline in &mut timelines {
        timeline.add_point(0, 0);
    }
    let mut queue = build_queue(parts, conditions, rng);
    // The biggest tables take at most half of the slots, so that the others are not blocked behind them.
    let max_huge = (conditions.scenario.parallel / 2).max(1);
    let mut slots =
        vec![CopySlot { free_ms: conditions.begin_ms, huge: false }; conditions.scenario.parallel];
    while let Some(index) = (0..slots.len()).min_by_key(|index| slots[*index].free_ms) {
        let free_ms = slots[index].free_ms;
        let huge = slots.iter().filter(|slot| slot.huge && slot.free_ms > free_ms).count();
        let Some(mut queued) = queue.next(free_ms, huge < max_huge) else { break };
        let Some(attempt) = queued.attempts.pop_front() else { continue };
        let begin_ms = free_ms.max(queued.ready_ms) + rng.between(200, 900);
        let end_ms = append_attempt(&mut timelines[queued.table], &attempt, begin_ms);
        slots[index] = CopySlot { free_ms: end_ms, huge: queued.huge };
        if !queued.attempts.is_empty() {
            queued.ready_ms = end_ms + RETRY_AFTER_MS;
            queue.later.push(queued);
        }
    }
    timelines
}

/// Appends an attempt to a table's timeline and returns its end.
fn append_attempt(timeline: &mut ObjectTimeline, attempt: &Attempt, begin_ms: i64) -> i64 {
    // The row count of an earlier attempt stays visible until this attempt begins.
    timeline.add_point(begin_ms, timeline.points.last().map_or(0, |point| point.rows));
    timeline.start(begin_ms);
    for point in &attempt.curve {
        timeline.add_point(begin_ms + point.at_ms, point.rows);
    }
    let end_ms = begin_ms + attempt.curve.last().map_or(0, |point| point.at_ms);
    timeline.end(end_ms, attempt.error.map(str::to_owned));
    end_ms
}

/// A worker that copies one table at a time.
#[derive(Debug, Clone, Copy)]
struct CopySlot {
    free_ms: i64,
    huge: bool,
}

/// Tables in the order in which they are copied.
struct CopyQueue {
    ready: VecDeque<QueuedTable>,
    /// Tables that cannot start yet; only a few.
    later: Vec<QueuedTable>,
}

impl CopyQueue {
    fn next(&mut self, free_ms: i64, room_for_huge: bool) -> Option<QueuedTable> {
        if let Some(index) = self.later.iter().position(|queued| queued.ready_ms <= free_ms) {
            return Some(self.later.remove(index));
        }
        let fits = self.ready.iter().position(|queued| room_for_huge || !queued.huge).unwrap_or(0);
        self.ready.remove(fits).or_else(|| {
            let first = (0..self.later.len()).min_by_key(|index| self.later[*index].ready_ms)?;
            Some(self.later.remove(first))
        })
    }
}

fn build_queue(parts: &[TablePlan], conditions: &CopyConditions<'_>, rng: &mut Rng) -> CopyQueue {
    let mut queued_tables: Vec<(i64, QueuedTable)> = Vec::with_capacity(parts.len());
    for (table, part) in parts.iter().enumerate() {
        let attempts = plan_attempts(part, conditions.scenario.pace, rng);
        // The biggest tables start first, so that no single table is left at the end.
        let huge = part.table.size == Size::Huge;
        let order = if huge { 0 } else { rng.between(1, 1_000) };
        queued_tables
            .push((order, QueuedTable { table, huge, ready_ms: conditions.ready_ms[table], attempts }));
    }
    queued_tables.sort_by_key(|(order, queued)| (*order, queued.table));
    let queued_tables = queued_tables.into_iter().map(|(_, queued)| queued);
    let (ready, later): (Vec<_>, _) =
        queued_tables.partition(|queued| queued.ready_ms <= conditions.begin_ms);
    CopyQueue { ready: ready.into(), later }
}

fn plan_attempts(part: &TablePlan, pace: f64, rng: &mut Rng) -> VecDeque<Attempt> {
    // Wide rows and indexes make one table several times slower than another; the biggest tables are copied in
    // slices and are never slow.
    let slowest = if part.table.size == Size::Huge { 13_000 } else { 7_000 };
    let rows_per_second = scale(rng.between(slowest, 22_000), pace).max(1);
    let mut whole = || row_count_curve(part.rows, rows_per_second, pace, rng);
    let done = |curve| Attempt { curve, error: None };
    let attempts = match part.role {
        CopyRole::Plain | CopyRole::Late | CopyRole::Vanished => vec![done(whole())],
        CopyRole::NoTable => {
            let refused = vec![RowCountPoint { at_ms: 0, rows: 0 }, RowCountPoint { at_ms: 2_400, rows: 0 }];
            vec![Attempt { curve: refused, error: Some(MISSING_TABLE_ERROR) }]
        }
        CopyRole::Failed => {
            vec![Attempt {
                curve: truncate_at_row_count(whole(), part.rows * 62 / 100),
                error: Some(FAILED_COPY_ERROR),
            }]
        }
        CopyRole::Retried => {
            let broken = truncate_at_row_count(whole(), part.rows * 37 / 100);
            vec![Attempt { curve: broken, error: Some(RETRIED_COPY_ERROR) }, done(whole())]
        }
        CopyRole::Restarted => {
            let mut curve = truncate_at_row_count(whole(), part.rows * 58 / 100);
            let fall_ms = curve.last().map_or(0, |point| point.at_ms);
            curve.extend(
                whole().iter().map(|point| RowCountPoint { at_ms: point.at_ms + fall_ms, rows: point.rows }),
            );
            vec![done(curve)]
        }
        CopyRole::Stalled => {
            let mut timeline = ObjectTimeline { status_changes: Vec::new(), points: whole() };
            let stall_ms = time_at_row_count(&timeline.points, part.rows * 45 / 100);
            timeline.pause(stall_ms, STALL_MS);
            vec![done(timeline.points)]
        }
    };
    attempts.into()
}

/// The row count of a copy over time: connecting, then stretches of different speed, then the commit.
fn row_count_curve(rows: i64, rows_per_second: i64, pace: f64, rng: &mut Rng) -> Vec<RowCountPoint> {
    let scaled_duration_ms = |ms: i64| scale(ms, 1.0 / pace).max(1);
    let mut at_ms = scaled_duration_ms(rng.between(800, 2_500));
    let mut curve = vec![RowCountPoint { at_ms: 0, rows: 0 }, RowCountPoint { at_ms, rows: 0 }];
    // A table has at most a few hundred stretches, however slow the scenario is.
    let shortest_ms =
        i64::try_from(i128::from(rows) * 1000 / i128::from(rows_per_second) / 300).unwrap_or(i64::MAX / 2);
    let mut copied = 0;
    while copied < rows {
        let stretch_ms = rng.between(45_000, 150_000).max(shortest_ms);
        let per_second = (rows_per_second * rng.between(55, 145) / 100).max(1);
        let max_step =
            i64::try_from(i128::from(per_second) * i128::from(stretch_ms) / 1000).unwrap_or(i64::MAX);
        let step = max_step.clamp(1, rows - copied);
        copied += step;
        at_ms +=
            i64::try_from(i128::from(step) * 1000 / i128::from(per_second)).unwrap_or(i64::MAX / 2).max(1);
        curve.push(RowCountPoint { at_ms, rows: copied });
    }
    curve.push(RowCountPoint { at_ms: at_ms + scaled_duration_ms(rng.between(700, 2_600)), rows });
    curve
}

/// The time at which a rising curve reaches this row count.
fn time_at_row_count(curve: &[RowCountPoint], rows: i64) -> i64 {
    let after = curve.partition_point(|point| point.rows < rows);
    match (after.checked_sub(1).map(|index| curve[index]), curve.get(after)) {
        (Some(before), Some(next)) => {
            let part = i128::from(rows - before.rows) * i128::from(next.at_ms - before.at_ms);
            before.at_ms + i64::try_from(part / i128::from(next.rows - before.rows).max(1)).unwrap_or(0)
        }
        (_, Some(next)) => next.at_ms,
        (before, None) => before.map_or(0, |point| point.at_ms),
    }
}

/// The part of a rising curve up to this row count.
fn truncate_at_row_count(mut curve: Vec<RowCountPoint>, rows: i64) -> Vec<RowCountPoint> {
    let at_ms = time_at_row_count(&curve, rows);
    curve.retain(|point| point.rows < rows && point.at_ms < at_ms);
    curve.push(RowCountPoint { at_ms, rows });
    curve
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_rises_to_all_rows_and_can_be_truncated() {
        let mut rng = Rng::for_label(5, "copy");
        let curve = row_count_curve(9_000_000, 20_000, 1.0, &mut rng);
        assert!(curve.windows(2).all(|pair| pair[0].at_ms < pair[1].at_ms && pair[0].rows <= pair[1].rows));
        let last = curve.last().copied().expect("never empty");
        assert_eq!(last.rows, 9_000_000);
        assert!((300_000..700_000).contains(&last.at_ms), "{} ms", last.at_ms);

        let at_ms = time_at_row_count(&curve, 4_000_000);
        let cut = truncate_at_row_count(curve, 4_000_000);
        let end = cut.last().copied().expect("never empty");
        assert_eq!((end.at_ms, end.rows), (at_ms, 4_000_000));
        assert!(cut.windows(2).all(|pair| pair[0].at_ms < pair[1].at_ms && pair[0].rows <= pair[1].rows));
    }

    #[test]
    fn the_curve_of_the_slowest_copy_is_bounded() {
        let curve = row_count_curve(1 << 40, 1, 0.000_1, &mut Rng::for_label(5, "copy"));
        assert!(curve.len() < 1_000, "{} points", curve.len());
    }
}
