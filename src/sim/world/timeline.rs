//! One object's life: its status and its row count as functions of the time since the world began.

use crate::model::Status;

/// From this moment on, the object has this status.
#[derive(Debug, Clone)]
pub(crate) struct StatusChange {
    pub(crate) at_ms: i64,
    pub(crate) status: Status,
    pub(crate) error: Option<String>,
    /// When the attempt that this mark belongs to began; `None` before any attempt.
    pub(crate) attempt_ms: Option<i64>,
}

/// At this moment, so many rows had been copied. Between two points the count rises in a straight line;
/// two points of one moment are a jump.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowCountPoint {
    pub(crate) at_ms: i64,
    pub(crate) rows: i64,
}

/// The life of one object. Both lists are in the order of time.
#[derive(Debug, Clone, Default)]
pub(crate) struct ObjectTimeline {
    pub(crate) status_changes: Vec<StatusChange>,
    pub(crate) points: Vec<RowCountPoint>,
}

impl ObjectTimeline {
    /// An object that waits until it is spoken of.
    pub(crate) fn waiting() -> Self {
        let mark = StatusChange { at_ms: 0, status: Status::NotStarted, error: None, attempt_ms: None };
        Self { status_changes: vec![mark], points: Vec::new() }
    }

    /// A new attempt begins.
    pub(crate) fn start(&mut self, at_ms: i64) {
        self.mark(at_ms, Status::Migrating, None, Some(at_ms));
    }

    /// The present attempt ends, well or with an error.
    pub(crate) fn end(&mut self, at_ms: i64, error: Option<String>) {
        let attempt_ms = self.status_changes.last().and_then(|mark| mark.attempt_ms);
        let status = if error.is_some() { Status::Failed } else { Status::Finished };
        self.mark(at_ms, status, error, attempt_ms);
    }

    fn mark(&mut self, at_ms: i64, status: Status, error: Option<String>, attempt_ms: Option<i64>) {
        self.status_changes.push(StatusChange { at_ms, status, error, attempt_ms });
    }

    /// The count passes through this point.
    pub(crate) fn knot(&mut self, at_ms: i64, rows: i64) {
        self.points.push(RowCountPoint { at_ms, rows });
    }

    /// What holds at this moment; `None` before the first mark.
    pub(crate) fn status_change_at(&self, at_ms: i64) -> Option<&StatusChange> {
        let after = self.status_changes.partition_point(|mark| mark.at_ms <= at_ms);
        self.status_changes.get(after.checked_sub(1)?)
    }

    /// Rows copied by this moment.
    pub(crate) fn rows_at(&self, at_ms: i64) -> i64 {
        let after = self.points.partition_point(|knot| knot.at_ms <= at_ms);
        let Some(before) = after.checked_sub(1).and_then(|index| self.points.get(index)) else { return 0 };
        match self.points.get(after) {
            None => before.rows,
            Some(next) => between(*before, *next, at_ms),
        }
    }

    /// Seconds since the attempt began, or that it took, as decimal text like the vendor's sample `0.0`.
    pub(crate) fn used_time_at(&self, at_ms: i64) -> String {
        let used_ms = self.status_change_at(at_ms).map_or(0, |mark| {
            let until_ms = if mark.status == Status::Migrating { at_ms } else { mark.at_ms };
            mark.attempt_ms.map_or(0, |began_ms| until_ms - began_ms)
        });
        format!("{}.{}", used_ms / 1000, used_ms % 1000 / 100)
    }

    /// When the last thing happens.
    pub(crate) fn last_ms(&self) -> i64 {
        let mark_ms = self.status_changes.last().map_or(0, |mark| mark.at_ms);
        self.points.last().map_or(mark_ms, |knot| mark_ms.max(knot.at_ms))
    }

    /// Lets everything stand still for `for_ms` from `from_ms` on.
    pub(crate) fn pause(&mut self, from_ms: i64, for_ms: i64) {
        let rows = self.rows_at(from_ms);
        for mark in &mut self.status_changes {
            mark.at_ms = paused(mark.at_ms, from_ms, for_ms);
            mark.attempt_ms = mark.attempt_ms.map(|began_ms| paused(began_ms, from_ms, for_ms));
        }
        let split = self.points.partition_point(|knot| knot.at_ms <= from_ms);
        let copying = split > 0 && split < self.points.len();
        for knot in self.points.iter_mut().skip(split) {
            knot.at_ms += for_ms;
        }
        if copying {
            let still =
                [RowCountPoint { at_ms: from_ms, rows }, RowCountPoint { at_ms: from_ms + for_ms, rows }];
            self.points.splice(split..split, still);
        }
    }
}

/// Where a moment lies once a pause was put before it.
pub(crate) fn paused(at_ms: i64, from_ms: i64, for_ms: i64) -> i64 {
    if at_ms > from_ms { at_ms + for_ms } else { at_ms }
}

fn between(before: RowCountPoint, next: RowCountPoint, at_ms: i64) -> i64 {
    let rows = i128::from(next.rows) - i128::from(before.rows);
    let part = i128::from(at_ms - before.at_ms);
    let whole = i128::from(next.at_ms - before.at_ms).max(1);
    before.rows + i64::try_from(rows * part / whole).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied() -> ObjectTimeline {
        let mut line = ObjectTimeline::waiting();
        line.start(1_000);
        line.knot(1_000, 0);
        line.knot(11_000, 1_000);
        line.end(11_000, None);
        line
    }

    #[test]
    fn a_copy_rises_in_a_straight_line() {
        let line = copied();
        let rows: Vec<_> = [0, 1_000, 3_500, 11_000, 99_000].map(|at| line.rows_at(at)).into();
        assert_eq!(rows, [0, 0, 250, 1_000, 1_000]);
        assert_eq!(line.used_time_at(500), "0.0");
        assert_eq!(line.used_time_at(3_550), "2.5");
        assert_eq!(line.used_time_at(99_000), "10.0");
    }

    #[test]
    fn a_pause_moves_only_what_comes_after_it() {
        let mut line = copied();
        line.pause(6_000, 60_000);
        let rows: Vec<_> = [6_000, 30_000, 66_000, 68_500, 71_000].map(|at| line.rows_at(at)).into();
        assert_eq!(rows, [500, 500, 500, 750, 1_000]);
        assert_eq!(line.status_change_at(70_999).map(|mark| &mark.status), Some(&Status::Migrating));
        assert_eq!(line.status_change_at(71_000).map(|mark| &mark.status), Some(&Status::Finished));
        assert_eq!(line.used_time_at(80_000), "70.0");
    }

    #[test]
    fn a_jump_falls_at_its_moment() {
        let mut line = ObjectTimeline::waiting();
        line.knot(0, 0);
        line.knot(1_000, 100);
        line.knot(1_000, 0);
        line.knot(2_000, 50);
        assert_eq!([999, 1_000, 1_500].map(|at| line.rows_at(at)), [99, 0, 25]);
    }
}
