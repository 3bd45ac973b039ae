//! Which call gets which fault. Only inserted and removed rows are state that outlives a call.

use std::sync::{Mutex, PoisonError};

use crate::sim::rng::Rng;
use crate::sim::scenario::fault::{Fault, FaultKind};
use crate::sim::world::planned_object::PlannedObject;

/// The faults of a scenario, by number of the call.
#[derive(Debug)]
pub(crate) struct FaultSchedule {
    seed: u64,
    list: Vec<Fault>,
    shifts: Mutex<Vec<Shift>>,
}

/// A row that was inserted or removed at the front.
#[derive(Debug, Clone, Copy)]
struct Shift {
    kind: FaultKind,
    from_call: u64,
    /// The first call that no longer sees the change.
    until_call: u64,
}

/// The inserted and removed rows that a call sees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RowShifts {
    /// The calls that inserted a row each, the latest first, which is the order of the rows.
    pub(crate) inserted_by: Vec<u64>,
    /// Number of rows removed at the front.
    pub(crate) removed: usize,
}

impl RowShifts {
    /// The structure row and the data row of each inserted table.
    pub(crate) fn inserted_objects(&self) -> Vec<[PlannedObject; 2]> {
        self.inserted_by.iter().map(|call| PlannedObject::inserted_by_call(*call)).collect()
    }
}

impl FaultSchedule {
    pub(crate) fn new(seed: u64, faults: &[Fault]) -> Self {
        Self { seed, list: faults.to_vec(), shifts: Mutex::default() }
    }

    /// The first fault, in the order of the scenario, that changes the reply of this call.
    pub(crate) fn fault_for_call(&self, call: u64) -> Option<&Fault> {
        let affected =
            self.list.iter().enumerate().filter(|(index, fault)| self.affects(*index, fault, call));
        affected.map(|(_, fault)| fault).find(|fault| !is_shift(fault.kind))
    }

    /// The inserted and removed rows that this call sees, including its own.
    pub(crate) fn row_shifts(&self, call: u64) -> RowShifts {
        // A poisoned lock is harmless: entries are pushed whole.
        let mut shifts = self.shifts.lock().unwrap_or_else(PoisonError::into_inner);
        for (index, fault) in self.list.iter().enumerate() {
            if is_shift(fault.kind) && self.affects(index, fault, call) {
                let until_call = fault.for_calls.map_or(u64::MAX, |calls| call.saturating_add(calls));
                shifts.push(Shift { kind: fault.kind, from_call: call, until_call });
            }
        }
        let seen = shifts.iter().filter(|shift| (shift.from_call..shift.until_call).contains(&call));
        let mut row_shifts = RowShifts::default();
        for shift in seen {
            match shift.kind {
                FaultKind::RowInserted => row_shifts.inserted_by.insert(0, shift.from_call),
                _ => row_shifts.removed += 1,
            }
        }
        row_shifts
    }

    fn affects(&self, index: usize, fault: &Fault, call: u64) -> bool {
        // In millionths, so that the draw is a whole number.
        let threshold = crate::sim::world::table_plan::scale(1_000_000, fault.rate);
        let mut rng = Rng::for_label(self.seed, &format!("fault {index} call {call}"));
        fault.calls.contains(&call) || rng.between(0, 999_999) < threshold
    }
}

fn is_shift(kind: FaultKind) -> bool {
    matches!(kind, FaultKind::RowInserted | FaultKind::RowRemoved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_affects_its_share_of_all_calls() {
        let faults = FaultSchedule::new(7, &[Fault::at_rate(FaultKind::Throttle, 0.2)]);
        let affected: Vec<_> = (1..=10_000).filter(|call| faults.fault_for_call(*call).is_some()).collect();
        assert!((1_800..2_200).contains(&affected.len()), "{}", affected.len());
        let again = FaultSchedule::new(7, &[Fault::at_rate(FaultKind::Throttle, 0.2)]);
        assert!(affected.iter().all(|call| again.fault_for_call(*call).is_some()));
        let always = FaultSchedule::new(7, &[Fault::at_rate(FaultKind::Empty, 1.0)]);
        assert!((1..1_000).all(|call| always.fault_for_call(call).is_some()));
    }

    #[test]
    fn the_first_fault_of_a_call_wins() {
        let faults = [Fault::on_calls(FaultKind::Reset, &[2, 3]), Fault::on_calls(FaultKind::Html, &[3, 4])];
        let faults = FaultSchedule::new(7, &faults);
        let kinds: Vec<_> = (1..=5).map(|call| faults.fault_for_call(call).map(|fault| fault.kind)).collect();
        let (reset, html) = (Some(FaultKind::Reset), Some(FaultKind::Html));
        assert_eq!(kinds, [None, reset, reset, html, None]);
    }

    #[test]
    fn rows_are_inserted_and_removed_for_the_given_number_of_calls() {
        let removed = Fault { for_calls: Some(2), ..Fault::on_calls(FaultKind::RowRemoved, &[2]) };
        let faults = FaultSchedule::new(7, &[Fault::on_calls(FaultKind::RowInserted, &[3, 4]), removed]);
        let seen: Vec<_> =
            (1..=5).map(|call| faults.row_shifts(call)).map(|s| (s.inserted_by, s.removed)).collect();
        assert_eq!(seen, [(vec![], 0), (vec![], 1), (vec![3], 1), (vec![4, 3], 0), (vec![4, 3], 0)]);
        assert!(faults.fault_for_call(2).is_none(), "the reply itself is sound");
    }
}
