//! How the rows of the tables are copied: a few tables at a time, each at its own, changing pace.

use std::collections::VecDeque;

use super::failures::{COPY_FAILED, COPY_RETRIED, NO_TABLE};
use super::schema::Size;
use super::table_plan::{Role, TablePlan, scaled};
use super::timeline::{ObjectTimeline, RowCountPoint};
use crate::sim::rng::Rng;
use crate::sim::scenario::Scenario;

const MINUTE_MS: i64 = 60_000;
/// How long somebody needs to see a failed table and to start it again.
const RETRY_AFTER_MS: i64 = 6 * MINUTE_MS;
/// How long a stalled table stands still.
pub(crate) const STALL_MS: i64 = 24 * MINUTE_MS;

/// One attempt at a table: its count over the time since it began, and how it ends.
struct Attempt {
    curve: Vec<RowCountPoint>,
    error: Option<&'static str>,
}

/// A table that waits for its turn.
struct Turn {
    table: usize,
    heavy: bool,
    ready_ms: i64,
    attempts: VecDeque<Attempt>,
}

/// When the copy of each table may begin, and how the world paces it.
pub(crate) struct Conditions<'a> {
    pub(crate) scenario: &'a Scenario,
    /// For each table, when it exists at the destination.
    pub(crate) ready_ms: &'a [i64],
    /// When the copy as a whole begins.
    pub(crate) begin_ms: i64,
}

/// The life of every table's data, in the order of `parts`.
pub(crate) fn copy(parts: &[TablePlan], conditions: &Conditions<'_>, rng: &mut Rng) -> Vec<ObjectTimeline> {
    let mut lines = vec![ObjectTimeline::waiting(); parts.len()];
    for line in &mut lines {
        line.knot(0, 0);
    }
    let mut queue = queue(parts, conditions, rng);
    // The biggest tables take half of the slots at most, so that the others are not held up behind them.
    let heavy_most = (conditions.scenario.parallel / 2).max(1);
    let mut slots = vec![Slot { free_ms: conditions.begin_ms, heavy: false }; conditions.scenario.parallel];
    while let Some(index) = (0..slots.len()).min_by_key(|index| slots[*index].free_ms) {
        let free_ms = slots[index].free_ms;
        let heavy = slots.iter().filter(|slot| slot.heavy && slot.free_ms > free_ms).count();
        let Some(mut turn) = queue.next(free_ms, heavy < heavy_most) else { break };
        let Some(attempt) = turn.attempts.pop_front() else { continue };
        let begin_ms = free_ms.max(turn.ready_ms) + rng.between(200, 900);
        let end_ms = place(&mut lines[turn.table], &attempt, begin_ms);
        slots[index] = Slot { free_ms: end_ms, heavy: turn.heavy };
        if !turn.attempts.is_empty() {
            turn.ready_ms = end_ms + RETRY_AFTER_MS;
            queue.later.push(turn);
        }
    }
    lines
}

/// Puts an attempt into a table's life, and says when it ends.
fn place(line: &mut ObjectTimeline, attempt: &Attempt, begin_ms: i64) -> i64 {
    // What an earlier attempt had copied stays in sight until this one begins.
    line.knot(begin_ms, line.points.last().map_or(0, |knot| knot.rows));
    line.start(begin_ms);
    for knot in &attempt.curve {
        line.knot(begin_ms + knot.at_ms, knot.rows);
    }
    let end_ms = begin_ms + attempt.curve.last().map_or(0, |knot| knot.at_ms);
    line.end(end_ms, attempt.error.map(str::to_owned));
    end_ms
}

/// One of the few tables that are copied at a time.
#[derive(Debug, Clone, Copy)]
struct Slot {
    free_ms: i64,
    heavy: bool,
}

/// Tables in the order in which they are taken.
struct Queue {
    ready: VecDeque<Turn>,
    /// Those that have to wait for something: few.
    later: Vec<Turn>,
}

impl Queue {
    fn next(&mut self, free_ms: i64, room_for_heavy: bool) -> Option<Turn> {
        if let Some(index) = self.later.iter().position(|turn| turn.ready_ms <= free_ms) {
            return Some(self.later.remove(index));
        }
        let fits = self.ready.iter().position(|turn| room_for_heavy || !turn.heavy).unwrap_or(0);
        self.ready.remove(fits).or_else(|| {
            let first = (0..self.later.len()).min_by_key(|index| self.later[*index].ready_ms)?;
            Some(self.later.remove(first))
        })
    }
}

fn queue(parts: &[TablePlan], conditions: &Conditions<'_>, rng: &mut Rng) -> Queue {
    let mut turns: Vec<(i64, Turn)> = Vec::with_capacity(parts.len());
    for (table, part) in parts.iter().enumerate() {
        let attempts = attempts(part, conditions.scenario.pace, rng);
        // The biggest tables come first, so that the end is not one table alone.
        let heavy = part.table.size == Size::Huge;
        let order = if heavy { 0 } else { rng.between(1, 1_000) };
        turns.push((order, Turn { table, heavy, ready_ms: conditions.ready_ms[table], attempts }));
    }
    turns.sort_by_key(|(order, turn)| (*order, turn.table));
    let turns = turns.into_iter().map(|(_, turn)| turn);
    let (ready, later): (Vec<_>, _) = turns.partition(|turn| turn.ready_ms <= conditions.begin_ms);
    Queue { ready: ready.into(), later }
}

fn attempts(part: &TablePlan, pace: f64, rng: &mut Rng) -> VecDeque<Attempt> {
    // Wide rows and indexes make one table several times slower than another; the biggest are cut into
    // parts, and are never slow.
    let slowest = if part.table.size == Size::Huge { 13_000 } else { 7_000 };
    let rows_per_second = scaled(rng.between(slowest, 22_000), pace).max(1);
    let mut whole = || curve(part.rows, rows_per_second, pace, rng);
    let done = |curve| Attempt { curve, error: None };
    let attempts = match part.role {
        Role::Plain | Role::Late | Role::Vanished => vec![done(whole())],
        Role::NoTable => {
            let refused = vec![RowCountPoint { at_ms: 0, rows: 0 }, RowCountPoint { at_ms: 2_400, rows: 0 }];
            vec![Attempt { curve: refused, error: Some(NO_TABLE) }]
        }
        Role::Failed => {
            vec![Attempt { curve: until(whole(), part.rows * 62 / 100), error: Some(COPY_FAILED) }]
        }
        Role::Retried => {
            let broken = until(whole(), part.rows * 37 / 100);
            vec![Attempt { curve: broken, error: Some(COPY_RETRIED) }, done(whole())]
        }
        Role::Restarted => {
            let mut curve = until(whole(), part.rows * 58 / 100);
            let fall_ms = curve.last().map_or(0, |knot| knot.at_ms);
            curve.extend(
                whole().iter().map(|knot| RowCountPoint { at_ms: knot.at_ms + fall_ms, rows: knot.rows }),
            );
            vec![done(curve)]
        }
        Role::Stalled => {
            let mut line = ObjectTimeline { status_changes: Vec::new(), points: whole() };
            let stall_ms = moment_of(&line.points, part.rows * 45 / 100);
            line.pause(stall_ms, STALL_MS);
            vec![done(line.points)]
        }
    };
    attempts.into()
}

/// A copy of so many rows: it opens its connections, then each stretch has its own speed, then it commits.
fn curve(rows: i64, rows_per_second: i64, pace: f64, rng: &mut Rng) -> Vec<RowCountPoint> {
    let scaled_duration_ms = |ms: i64| scaled(ms, 1.0 / pace).max(1);
    let mut at_ms = scaled_duration_ms(rng.between(800, 2_500));
    let mut curve = vec![RowCountPoint { at_ms: 0, rows: 0 }, RowCountPoint { at_ms, rows: 0 }];
    // However slow the world is made, a table has some hundreds of stretches at most.
    let shortest_ms =
        i64::try_from(i128::from(rows) * 1000 / i128::from(rows_per_second) / 300).unwrap_or(i64::MAX / 2);
    let mut copied = 0;
    while copied < rows {
        let stretch_ms = rng.between(45_000, 150_000).max(shortest_ms);
        let per_second = (rows_per_second * rng.between(55, 145) / 100).max(1);
        let most = i64::try_from(i128::from(per_second) * i128::from(stretch_ms) / 1000).unwrap_or(i64::MAX);
        let step = most.clamp(1, rows - copied);
        copied += step;
        at_ms +=
            i64::try_from(i128::from(step) * 1000 / i128::from(per_second)).unwrap_or(i64::MAX / 2).max(1);
        curve.push(RowCountPoint { at_ms, rows: copied });
    }
    curve.push(RowCountPoint { at_ms: at_ms + scaled_duration_ms(rng.between(700, 2_600)), rows });
    curve
}

/// When a rising curve reaches this count.
fn moment_of(curve: &[RowCountPoint], rows: i64) -> i64 {
    let after = curve.partition_point(|knot| knot.rows < rows);
    match (after.checked_sub(1).map(|index| curve[index]), curve.get(after)) {
        (Some(before), Some(next)) => {
            let part = i128::from(rows - before.rows) * i128::from(next.at_ms - before.at_ms);
            before.at_ms + i64::try_from(part / i128::from(next.rows - before.rows).max(1)).unwrap_or(0)
        }
        (_, Some(next)) => next.at_ms,
        (before, None) => before.map_or(0, |knot| knot.at_ms),
    }
}

/// The part of a rising curve up to this count.
fn until(mut curve: Vec<RowCountPoint>, rows: i64) -> Vec<RowCountPoint> {
    let at_ms = moment_of(&curve, rows);
    curve.retain(|knot| knot.rows < rows && knot.at_ms < at_ms);
    curve.push(RowCountPoint { at_ms, rows });
    curve
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_rises_to_all_rows_and_lets_itself_be_cut() {
        let mut rng = Rng::for_label(5, "copy");
        let curve = curve(9_000_000, 20_000, 1.0, &mut rng);
        assert!(curve.windows(2).all(|pair| pair[0].at_ms < pair[1].at_ms && pair[0].rows <= pair[1].rows));
        let last = curve.last().copied().expect("never empty");
        assert_eq!(last.rows, 9_000_000);
        assert!((300_000..700_000).contains(&last.at_ms), "{} ms", last.at_ms);

        let at_ms = moment_of(&curve, 4_000_000);
        let cut = until(curve, 4_000_000);
        let end = cut.last().copied().expect("never empty");
        assert_eq!((end.at_ms, end.rows), (at_ms, 4_000_000));
        assert!(cut.windows(2).all(|pair| pair[0].at_ms < pair[1].at_ms && pair[0].rows <= pair[1].rows));
    }

    #[test]
    fn a_world_however_slow_has_a_bounded_curve() {
        let curve = curve(1 << 40, 1, 0.000_1, &mut Rng::for_label(5, "copy"));
        assert!(curve.len() < 1_000, "{} points", curve.len());
    }
}
