//! Places for tables that are copied at once, and the queue of the tables that wait for one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::sharing::Sharing;

/// When each place becomes free for good, in work of one table: all tables that run gain work at the same speed.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    /// Sorted; one for each place that has any table.
    place_ends: Vec<f64>,
}

impl Schedule {
    /// Each running table has a place. Each waiting table takes the next place that becomes free, in this order.
    /// More work of any table never makes an end earlier.
    pub(super) fn new(places: usize, running: &[f64], waiting: impl Iterator<Item = f64>) -> Self {
        let places = places.max(running.len()).max(1);
        // Positive numbers are ordered as their bits are.
        let bits = |work: f64| Reverse(work.max(0.0).to_bits());
        let mut ends: BinaryHeap<_> = running.iter().map(|work| bits(*work)).collect();
        for work in waiting {
            if ends.len() < places {
                ends.push(bits(work));
            } else if let Some(mut first) = ends.peek_mut() {
                *first = bits(f64::from_bits(first.0) + work.max(0.0));
            }
        }
        let mut place_ends: Vec<f64> = ends.into_iter().map(|it| f64::from_bits(it.0)).collect();
        place_ends.sort_by(f64::total_cmp);
        Self { place_ends }
    }

    /// The work that each place has done when the last table ends.
    pub(super) fn last_end(&self) -> f64 {
        self.place_ends.last().copied().unwrap_or(0.0)
    }

    /// The capacity that the job needs until each place has done some work. `others` more tables run all the time, and
    /// take their share.
    pub(super) fn capacities(&self, sharing: Sharing, others: usize) -> Capacities<'_> {
        let mut until_ends = Vec::with_capacity(self.place_ends.len() + 1);
        until_ends.push(0.0);
        let shares: Vec<(f64, f64)> = (0..self.place_ends.len())
            .map(|index| (self.place_ends.len() - index + others) as f64)
            .map(|running| (running, sharing.speedup(running)))
            .collect();
        let (mut capacity, mut from) = (0.0, 0.0);
        for (end, (running, speedup)) in self.place_ends.iter().zip(&shares) {
            if from < *end {
                capacity += (end - from) * running / speedup;
                from = *end;
            }
            until_ends.push(capacity);
        }
        Capacities { place_ends: &self.place_ends, until_ends, shares }
    }
}

/// The capacity for each amount of work, summed up once: a job may have thousands of places.
pub(super) struct Capacities<'a> {
    place_ends: &'a [f64],
    /// The capacity until this many places have ended.
    until_ends: Vec<f64>,
    /// The number of running tables and their speedup while this many places have ended.
    shares: Vec<(f64, f64)>,
}

impl Capacities<'_> {
    /// The capacity until each place has done this work, in work of one table alone.
    pub(super) fn until(&self, work: f64) -> f64 {
        let ended = self.place_ends.partition_point(|end| *end <= work);
        let from = ended.checked_sub(1).map_or(0.0, |last| self.place_ends[last]);
        let left = (work - from).max(0.0);
        let (running, speedup) = self.shares.get(ended).copied().unwrap_or((1.0, 1.0));
        self.until_ends[ended] + left * running / speedup
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn capacity(places: usize, running: &[f64], waiting: &[f64], sharing: Sharing) -> f64 {
        let schedule = Schedule::new(places, running, waiting.iter().copied());
        schedule.capacities(sharing, 0).until(schedule.last_end())
    }

    #[track_caller]
    fn assert_near(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-9 * right.abs().max(1.0), "{left} is not {right}");
    }

    #[test]
    fn with_bandwidth_of_their_own_the_longest_chain_decides() {
        assert_near(capacity(1, &[10.0], &[99.0], Sharing::Power(1.0)), 109.0);
        assert_near(capacity(2, &[10.0], &[99.0], Sharing::Power(1.0)), 99.0);
        // Two places, three equal tables: the third begins when the first ends.
        assert_near(capacity(2, &[], &[100.0, 100.0, 100.0], Sharing::Power(1.0)), 200.0);
    }

    #[test]
    fn on_one_pipe_only_the_sum_counts() {
        assert_near(capacity(4, &[60.0, 60.0, 60.0, 600.0], &[], Sharing::Power(0.0)), 780.0);
        assert_near(capacity(2, &[5.0], &[7.0, 9.0, 1.0], Sharing::Power(0.0)), 22.0);
    }

    #[test]
    fn a_table_alone_does_not_fill_the_pipe() {
        // Four at once are as fast as two: twice 60 at half the speed, then 540 alone.
        assert_near(capacity(4, &[60.0, 60.0, 60.0, 600.0], &[], Sharing::Capped(2.0)), 120.0 + 540.0);
    }

    proptest! {
        #[test]
        fn more_work_never_needs_less_capacity_and_more_places_never_take_longer(
            running in proptest::collection::vec(0.0..1e6_f64, 0..5),
            waiting in proptest::collection::vec(0.0..1e6_f64, 1..30),
            places in 1..6_usize,
            sharing in prop_oneof![(0.0..=1.0_f64).prop_map(Sharing::Power), (1.0..9.0_f64).prop_map(Sharing::Capped)],
            which in 0..100_usize,
            more in 0.0..1e6_f64,
        ) {
            let before = capacity(places, &running, &waiting, sharing);
            let mut grown = waiting.clone();
            let index = which % grown.len();
            grown[index] += more;
            prop_assert!(before <= capacity(places, &running, &grown, sharing) * (1.0 + 1e-9));
            let alone = |places| capacity(places, &running, &waiting, Sharing::Power(1.0));
            prop_assert!(alone(places + 1) <= alone(places) + 1e-6);
        }
    }
}
