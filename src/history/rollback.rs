//! The presence of an object in the last remaining snapshot after `forget` has removed the later ones.
//!
//! The database keeps the arrival time of each page for the newest snapshot only. For an older one the change rows have it
//! exactly if the object changed in that snapshot or in the next one after it. Otherwise the start of the sweep is used:
//! the object was certainly present then or later.

/// The last snapshot that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptSnapshot {
    /// Its number.
    pub id: i64,
    /// When its first request was sent.
    pub started_at_ms: i64,
    /// When its last reply had arrived.
    pub finished_at_ms: i64,
    /// Whether all its rows arrived at `finished_at_ms`: it has one page, or was imported.
    pub has_one_arrival: bool,
}

/// The newest change row of an object that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptRow {
    /// Its snapshot.
    pub snapshot_id: i64,
    /// Whether the object was listed.
    pub listed: bool,
    /// When it was observed.
    pub observed_at_ms: i64,
    /// The sighting before it.
    pub previous_observed_at_ms: Option<i64>,
}

/// The oldest removed change row of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemovedRow {
    /// The sighting before it; `None` if unknown.
    pub previous_observed_at_ms: Option<i64>,
}

/// The presence of an object in a snapshot. The times are milliseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresenceInSnapshot {
    /// On a page that arrived at this time.
    Seen(i64),
    /// Missing for the first time; last seen at this time.
    Missed(i64),
    /// No longer listed; last seen at this time.
    Gone(i64),
}

/// The presence of an object in the last remaining snapshot. `missed_since_ms` is its last sighting if it was missing from
/// the newest snapshot of all.
#[must_use]
pub fn presence_in_snapshot(
    last: KeptSnapshot,
    kept: KeptRow,
    removed: Option<RemovedRow>,
    missed_since_ms: Option<i64>,
) -> PresenceInSnapshot {
    if !kept.listed {
        return PresenceInSnapshot::Gone(kept.previous_observed_at_ms.unwrap_or(kept.observed_at_ms));
    }
    // The sighting before the next change or absence.
    let sighting = match removed {
        Some(row) => row.previous_observed_at_ms,
        None => missed_since_ms,
    };
    match sighting {
        Some(at_ms) if at_ms < last.started_at_ms => PresenceInSnapshot::Missed(at_ms),
        _ if last.has_one_arrival => PresenceInSnapshot::Seen(last.finished_at_ms),
        _ if kept.snapshot_id == last.id => PresenceInSnapshot::Seen(kept.observed_at_ms),
        Some(at_ms) if at_ms <= last.finished_at_ms => PresenceInSnapshot::Seen(at_ms),
        _ => PresenceInSnapshot::Seen(last.started_at_ms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST: KeptSnapshot =
        KeptSnapshot { id: 7, started_at_ms: 700, finished_at_ms: 790, has_one_arrival: false };
    const KEPT: KeptRow =
        KeptRow { snapshot_id: 3, listed: true, observed_at_ms: 310, previous_observed_at_ms: Some(210) };

    fn seen_before_at(at_ms: i64) -> RemovedRow {
        RemovedRow { previous_observed_at_ms: Some(at_ms) }
    }

    #[test]
    fn the_sighting_before_the_next_change_is_exact_if_it_is_of_the_last_snapshot() {
        assert_eq!(
            presence_in_snapshot(LAST, KEPT, Some(seen_before_at(750)), None),
            PresenceInSnapshot::Seen(750)
        );
        assert_eq!(
            presence_in_snapshot(LAST, KEPT, Some(seen_before_at(850)), None),
            PresenceInSnapshot::Seen(700)
        );
        assert_eq!(
            presence_in_snapshot(LAST, KEPT, Some(seen_before_at(650)), None),
            PresenceInSnapshot::Missed(650)
        );
    }

    #[test]
    fn a_change_in_the_last_snapshot_and_a_single_arrival_are_exact() {
        let changed = KeptRow { snapshot_id: 7, observed_at_ms: 720, ..KEPT };
        assert_eq!(
            presence_in_snapshot(LAST, changed, Some(seen_before_at(850)), None),
            PresenceInSnapshot::Seen(720)
        );
        let single = KeptSnapshot { has_one_arrival: true, ..LAST };
        assert_eq!(presence_in_snapshot(single, KEPT, None, None), PresenceInSnapshot::Seen(790));
    }

    #[test]
    fn an_object_without_later_rows_was_there_unless_it_was_gone() {
        assert_eq!(presence_in_snapshot(LAST, KEPT, None, None), PresenceInSnapshot::Seen(700));
        assert_eq!(presence_in_snapshot(LAST, KEPT, None, Some(760)), PresenceInSnapshot::Seen(760));
        assert_eq!(
            presence_in_snapshot(LAST, KeptRow { listed: false, ..KEPT }, Some(seen_before_at(850)), None),
            PresenceInSnapshot::Gone(210)
        );
    }
}
