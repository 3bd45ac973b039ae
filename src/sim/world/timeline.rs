//! One object's status and row count as functions of the time since the world began.

use crate::model::Status;

/// The status that an object has from `at_ms` on.
#[derive(Debug, Clone)]
pub(crate) struct StatusChange {
    pub(crate) at_ms: i64,
    pub(crate) status: Status,
    pub(crate) error: Option<String>,
    /// When the attempt that this change belongs to began; `None` before any attempt.
    pub(crate) attempt_started_ms: Option<i64>,
}

/// The number of rows copied by `at_ms`. Between two points the count is interpolated linearly; two points with
/// the same time are a jump.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowCountPoint {
    pub(crate) at_ms: i64,
    pub(crate) rows: i64,
}

/// The history of one object. Both lists are sorted by time.
#[derive(Debug, Clone, Default)]
pub(crate) struct ObjectTimeline {
    pub(crate) status_changes: Vec<StatusChange>,
    pub(crate) points: Vec<RowCountPoint>,
}

impl ObjectTimeline {
    /// An object that has not started.
    pub(crate) fn not_started() -> Self {
        let change =
            StatusChange { at_ms: 0, status: Status::NotStarted, error: None, attempt_started_ms: None };
        Self { status_changes: vec![change], points: Vec::new() }
    }

    /// Starts a new attempt.
    pub(crate) fn start(&mut self, at_ms: i64) {
        self.push_status(at_ms, Status::Migrating, None, Some(at_ms));
    }

    /// Ends the current attempt: finished, or failed with this error.
    pub(crate) fn end(&mut self, at_ms: i64, error: Option<String>) {
        let attempt_started_ms = self.status_changes.last().and_then(|change| change.attempt_started_ms);
        let status = if error.is_some() { Status::Failed } else { Status::Finished };
        self.push_status(at_ms, status, error, attempt_started_ms);
    }

    fn push_status(
        &mut self,
        at_ms: i64,
        status: Status,
        error: Option<String>,
        attempt_started_ms: Option<i64>,
    ) {
        self.status_changes.push(StatusChange { at_ms, status, error, attempt_started_ms });
    }

    /// Adds a point to the row count.
    pub(crate) fn add_point(&mut self, at_ms: i64, rows: i64) {
        self.points.push(RowCountPoint { at_ms, rows });
    }

    /// The last status change at or before this time; `None` before the first.
    pub(crate) fn status_change_at(&self, at_ms: i64) -> Option<&StatusChange> {
        let after = self.status_changes.partition_point(|change| change.at_ms <= at_ms);
        self.status_changes.get(after.checked_sub(1)?)
    }

    /// Rows copied by this time.
    pub(crate) fn rows_at(&self, at_ms: i64) -> i64 {
        let after = self.points.partition_point(|point| point.at_ms <= at_ms);
        let Some(before) = after.checked_sub(1).and_then(|index| self.points.get(index)) else { return 0 };
        match self.points.get(after) {
            None => before.rows,
            Some(next) => interpolate(*before, *next, at_ms),
        }
    }

    /// Seconds since the current attempt began, or the duration of the last one, as decimal text like the vendor's
    /// sample `0.0`.
    pub(crate) fn used_time_at(&self, at_ms: i64) -> String {
        let used_ms = self.status_change_at(at_ms).map_or(0, |change| {
            let until_ms = if change.status == Status::Migrating { at_ms } else { change.at_ms };
            change.attempt_started_ms.map_or(0, |started_ms| until_ms - started_ms)
        });
        format!("{}.{}", used_ms / 1000, used_ms % 1000 / 100)
    }

    /// Time of the last change of status or row count.
    pub(crate) fn last_ms(&self) -> i64 {
        let change_ms = self.status_changes.last().map_or(0, |change| change.at_ms);
        self.points.last().map_or(change_ms, |point| change_ms.max(point.at_ms))
    }

    /// Inserts a pause of `for_ms` at `from_ms`: everything later is delayed by it.
    pub(crate) fn pause(&mut self, from_ms: i64, for_ms: i64) {
        let rows = self.rows_at(from_ms);
        for change in &mut self.status_changes {
            change.at_ms = time_after_pause(change.at_ms, from_ms, for_ms);
            change.attempt_started_ms =
                change.attempt_started_ms.map(|started_ms| time_after_pause(started_ms, from_ms, for_ms));
        }
        let split = self.points.partition_point(|point| point.at_ms <= from_ms);
        let copying = split > 0 && split < self.points.len();
        for point in self.points.iter_mut().skip(split) {
            point.at_ms += for_ms;
        }
        if copying {
            let pause =
                [RowCountPoint { at_ms: from_ms, rows }, RowCountPoint { at_ms: from_ms + for_ms, rows }];
            self.points.splice(split..split, pause);
        }
    }
}

/// The time at which something planned for `at_ms` happens once a pause was inserted at `from_ms`.
pub(crate) fn time_after_pause(at_ms: i64, from_ms: i64, for_ms: i64) -> i64 {
    if at_ms > from_ms { at_ms + for_ms } else { at_ms }
}

fn interpolate(before: RowCountPoint, next: RowCountPoint, at_ms: i64) -> i64 {
    let rows = i128::from(next.rows) - i128::from(before.rows);
    let part = i128::from(at_ms - before.at_ms);
    let whole = i128::from(next.at_ms - before.at_ms).max(1);
    before.rows + i64::try_from(rows * part / whole).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied() -> ObjectTimeline {
        let mut timeline = ObjectTimeline::not_started();
        timeline.start(1_000);
        timeline.add_point(1_000, 0);
        timeline.add_point(11_000, 1_000);
        timeline.end(11_000, None);
        timeline
    }

    #[test]
    fn a_copy_rises_linearly() {
        let timeline = copied();
        let rows: Vec<_> = [0, 1_000, 3_500, 11_000, 99_000].map(|at| timeline.rows_at(at)).into();
        assert_eq!(rows, [0, 0, 250, 1_000, 1_000]);
        assert_eq!(timeline.used_time_at(500), "0.0");
        assert_eq!(timeline.used_time_at(3_550), "2.5");
        assert_eq!(timeline.used_time_at(99_000), "10.0");
    }

    #[test]
    fn a_pause_delays_only_later_points() {
        let mut timeline = copied();
        timeline.pause(6_000, 60_000);
        let rows: Vec<_> = [6_000, 30_000, 66_000, 68_500, 71_000].map(|at| timeline.rows_at(at)).into();
        assert_eq!(rows, [500, 500, 500, 750, 1_000]);
        assert_eq!(timeline.status_change_at(70_999).map(|change| &change.status), Some(&Status::Migrating));
        assert_eq!(timeline.status_change_at(71_000).map(|change| &change.status), Some(&Status::Finished));
        assert_eq!(timeline.used_time_at(80_000), "70.0");
    }

    #[test]
    fn two_points_at_the_same_time_are_a_jump() {
        let mut timeline = ObjectTimeline::not_started();
        timeline.add_point(0, 0);
        timeline.add_point(1_000, 100);
        timeline.add_point(1_000, 0);
        timeline.add_point(2_000, 50);
        assert_eq!([999, 1_000, 1_500].map(|at| timeline.rows_at(at)), [99, 0, 25]);
    }
}
