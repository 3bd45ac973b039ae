//! When a whole job will be done: tables that run, and a queue of those that wait for a free place.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::eta::{Eta, at_pace};

/// A waiting table is expected to go as fast as so many tables that are nearest to its size.
const NEAREST: usize = 9;

/// What a job's forecast needs of one table that is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remaining {
    /// Estimated rows to go; `None` if nobody knows, for want of an estimate or of a count.
    pub rows: Option<i64>,
    /// Whether it is being copied, and so has its place already.
    pub running: bool,
    /// Its own forecast.
    pub eta: Eta,
}

/// How fast tables of which size were copied, by size.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Paces(Vec<(i64, f64)>);

impl Paces {
    /// From sizes in rows and rates in rows per second.
    #[must_use]
    pub fn of(mut paces: Vec<(i64, f64)>) -> Self {
        paces.retain(|(_, rate)| *rate > 0.0);
        paces.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        Self(paces)
    }

    /// The rates of those nearest in size.
    fn near(&self, size: i64) -> Vec<f64> {
        let mut above = self.0.partition_point(|(other, _)| *other < size);
        let mut below = above;
        while above - below < NEAREST.min(self.0.len()) {
            let distance = |at: usize| self.0.get(at).map(|(other, _)| other.abs_diff(size));
            let down = below.checked_sub(1).and_then(distance);
            // What is missing at one end is further away than anything at the other.
            if down.is_some_and(|down| distance(above).is_none_or(|up| down <= up)) {
                below -= 1;
            } else {
                above += 1;
            }
        }
        self.0[below..above].iter().map(|(_, rate)| *rate).collect()
    }
}

/// The forecast for all tables that have not failed. `at_once` tables are copied together: those that wait take a
/// place, one after the other, as it becomes free. Tables of which nobody knows what is left make it a lower bound, as
/// if they needed no place at all.
#[must_use]
pub fn job_eta(remaining: &[Remaining], paces: &Paces, at_once: usize, as_of_ms: i64) -> Eta {
    if remaining.is_empty() {
        return Eta::Done;
    }
    // What failed will not finish by itself, and what is being copied does not wait for it.
    let remaining: Vec<_> = remaining.iter().filter(|it| it.eta != Eta::Failed).copied().collect();
    if remaining.is_empty() {
        return Eta::Failed;
    }
    let moves = |it: &Remaining| it.running && !matches!(it.eta, Eta::StalledSince(_));
    let stalled = remaining.iter().filter_map(|it| match it.eta {
        Eta::StalledSince(since_ms) => Some(since_ms),
        _ => None,
    });
    if let (Some(since_ms), false) = (stalled.max(), remaining.iter().any(moves)) {
        return Eta::StalledSince(since_ms);
    }
    let (known, unknown): (Vec<_>, Vec<_>) = remaining.into_iter().partition(|it| it.rows.is_some());
    if known.is_empty() {
        return Eta::Unknown;
    }
    let mut queue = Queue::new(at_once, as_of_ms);
    let (running, waiting): (Vec<_>, Vec<_>) = known.into_iter().partition(|it| it.running);
    for table in running.into_iter().chain(waiting) {
        match queue.take(&table, paces) {
            Some(()) => {}
            None => return Eta::NotYet,
        }
    }
    let (early_ms, late_ms) = (queue.early.last_ms, queue.late.last_ms);
    match unknown.len() {
        0 => Eta::Between { early_ms, late_ms },
        without_estimate => Eta::NotBefore { early_ms, late_ms, without_estimate },
    }
}

/// The places, as they become free if all goes fast, and if all goes slowly.
struct Queue {
    as_of_ms: i64,
    early: Places,
    late: Places,
}

struct Places {
    free_ms: BinaryHeap<Reverse<i64>>,
    last_ms: i64,
}

impl Places {
    fn new(count: usize, as_of_ms: i64) -> Self {
        Self { free_ms: std::iter::repeat_n(Reverse(as_of_ms), count.max(1)).collect(), last_ms: as_of_ms }
    }

    /// The next free place is taken for so long.
    fn take(&mut self, long_ms: i64) {
        let Reverse(from_ms) = self.free_ms.pop().unwrap_or(Reverse(self.last_ms));
        let to_ms = from_ms.saturating_add(long_ms);
        self.free_ms.push(Reverse(to_ms));
        self.last_ms = self.last_ms.max(to_ms);
    }
}

impl Queue {
    fn new(places: usize, as_of_ms: i64) -> Self {
        Self { as_of_ms, early: Places::new(places, as_of_ms), late: Places::new(places, as_of_ms) }
    }

    /// `None` if nothing is known of how fast the table will be.
    fn take(&mut self, table: &Remaining, paces: &Paces) -> Option<()> {
        let rows = table.rows?;
        let own = match table.eta {
            Eta::Between { .. } => table.eta,
            // Any moment: it is done as soon as it is said to be.
            Eta::Due => Eta::Between { early_ms: self.as_of_ms, late_ms: self.as_of_ms },
            _ if rows == 0 => Eta::Between { early_ms: self.as_of_ms, late_ms: self.as_of_ms },
            _ => at_pace(rows, paces.near(rows), self.as_of_ms),
        };
        let Eta::Between { early_ms, late_ms } = own else { return None };
        self.early.take((early_ms - self.as_of_ms).max(0));
        self.late.take((late_ms - self.as_of_ms).max(0));
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn between(early_ms: i64, late_ms: i64) -> Eta {
        Eta::Between { early_ms, late_ms }
    }

    fn running(early_ms: i64, late_ms: i64) -> Remaining {
        Remaining { rows: Some(10), running: true, eta: between(early_ms, late_ms) }
    }

    fn waiting(rows: i64) -> Remaining {
        Remaining { rows: Some(rows), running: false, eta: Eta::NotYet }
    }

    fn paces(rate: f64) -> Paces {
        Paces::of(vec![(1000, rate)])
    }

    #[test]
    fn the_slowest_table_or_the_queue_decides() {
        let eta = |tables: &[Remaining], at_once| job_eta(tables, &paces(10.0), at_once, 0);
        assert_eq!(eta(&[], 1), Eta::Done);
        assert_eq!(eta(&[running(50_000, 90_000)], 1), between(50_000, 90_000));
        assert_eq!(eta(&[running(1000, 2000), waiting(990)], 1), between(100_000, 101_000));
        assert_eq!(eta(&[running(1000, 2000), waiting(990)], 2), between(99_000, 99_000));
        // Two places, three tables of 100 s each: the third begins when the first ends.
        assert_eq!(eta(&[waiting(1000), waiting(1000), waiting(1000)], 2), between(200_000, 200_000));
    }

    #[test]
    fn without_an_honest_figure_the_reason_is_said() {
        let stalled = |running| Remaining { rows: Some(5), running, eta: Eta::StalledSince(7) };
        assert_eq!(job_eta(&[waiting(5), stalled(true)], &paces(1.0), 1, 9), Eta::StalledSince(7));
        assert_eq!(job_eta(&[waiting(5)], &Paces::default(), 1, 9), Eta::NotYet);
        let unknown = Remaining { rows: None, running: false, eta: Eta::NotYet };
        assert_eq!(job_eta(&[unknown], &paces(1.0), 1, 9), Eta::Unknown);
        assert_eq!(
            job_eta(&[waiting(5), unknown], &Paces::default(), 1, 9),
            Eta::NotYet,
            "the others are not known either"
        );
        let failed = Remaining { rows: Some(5), running: false, eta: Eta::Failed };
        assert_eq!(job_eta(&[failed], &paces(1.0), 1, 9), Eta::Failed);
        assert_eq!(
            job_eta(&[waiting(5), failed], &paces(1.0), 1, 0),
            between(5000, 5000),
            "the others go on"
        );
    }

    #[test]
    fn tables_of_which_nobody_knows_what_is_left_make_it_a_lower_bound() {
        let unknown = |running| Remaining { rows: None, running, eta: Eta::Unknown };
        let eta = |tables: &[Remaining], at_once| job_eta(tables, &paces(10.0), at_once, 0);
        let not_before =
            |early_ms, late_ms, without_estimate| Eta::NotBefore { early_ms, late_ms, without_estimate };
        assert_eq!(eta(&[running(50_000, 90_000), unknown(true)], 2), not_before(50_000, 90_000, 1));
        assert_eq!(eta(&[waiting(1000), unknown(false)], 1), not_before(100_000, 100_000, 1));
        // Its place may become free at once: two tables of 100 s side by side.
        assert_eq!(
            eta(&[waiting(1000), waiting(1000), unknown(true), unknown(false)], 2),
            not_before(100_000, 100_000, 2)
        );
        assert_eq!(eta(&[unknown(true), unknown(false)], 2), Eta::Unknown, "nothing else is left");
        let failed = Remaining { rows: None, running: false, eta: Eta::Failed };
        assert_eq!(
            eta(&[waiting(1000), failed], 1),
            between(100_000, 100_000),
            "a failed table is not waited for"
        );
    }

    #[test]
    fn a_waiting_table_goes_as_fast_as_those_of_its_size() {
        let small = (0..20).map(|at| (10 + at, 1.0));
        let large = (0..20).map(|at| (1_000_000 + at, 1000.0));
        let paces = Paces::of(small.chain(large).collect());
        assert_eq!(job_eta(&[waiting(10)], &paces, 1, 0), between(10_000, 10_000));
        assert_eq!(job_eta(&[waiting(1_000_000)], &paces, 1, 0), between(1_000_000, 1_000_000));
    }

    proptest! {
        #[test]
        fn more_places_are_never_slower_and_early_is_not_late(
            rows in proptest::collection::vec(0..10_000_i64, 1..30),
            rates in proptest::collection::vec((1..10_000_i64, 0.5..500.0), 1..30),
            at_once in 1..6_usize,
        ) {
            let tables: Vec<_> = rows.into_iter().map(waiting).collect();
            let paces = Paces::of(rates);
            let ends = |at_once| match job_eta(&tables, &paces, at_once, 0) {
                Eta::Between { early_ms, late_ms } => (early_ms, late_ms),
                other => panic!("{other:?}"),
            };
            let (early_ms, late_ms) = ends(at_once);
            prop_assert!(early_ms <= late_ms);
            // Independent tables in one order: a place more never hurts.
            prop_assert!(ends(at_once + 1).1 <= late_ms && ends(at_once + 1).0 <= early_ms);
        }

        #[test]
        fn what_is_not_known_is_counted_and_promises_nothing_sooner(
            rows in proptest::collection::vec(0..10_000_i64, 1..30),
            unknown in proptest::collection::vec(proptest::bool::ANY, 1..10),
            at_once in 1..6_usize,
        ) {
            let known: Vec<_> = rows.into_iter().map(waiting).collect();
            let Eta::Between { early_ms, late_ms } = job_eta(&known, &paces(10.0), at_once, 0) else {
                panic!("every table is known")
            };
            let count = unknown.len();
            let all: Vec<_> = known
                .into_iter()
                .chain(unknown.into_iter().map(|running| Remaining { rows: None, running, eta: Eta::Unknown }))
                .collect();
            let Eta::NotBefore { early_ms: early, late_ms: late, without_estimate } =
                job_eta(&all, &paces(10.0), at_once, 0)
            else {
                panic!("some are not known")
            };
            prop_assert_eq!(without_estimate, count);
            prop_assert_eq!((early, late), (early_ms, late_ms), "at best they are not in the way");
        }
    }
}
