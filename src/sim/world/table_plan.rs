//! Plans each table: its row count, the event in its copy, and the estimate that the source gives.

use super::failures::{self, DdlFailure, Ending};
use super::schema::{Size, Table, tables};
use crate::sim::rng::Rng;
use crate::sim::scenario::EventCounts;

/// The event in a table's copy, if any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CopyRole {
    Plain,
    /// The table was not created, so its copy fails at once.
    NoTable,
    Retried,
    Failed,
    Restarted,
    Stalled,
    Late,
    Vanished,
}

/// A table with its row count, role and estimate.
#[derive(Debug, Clone)]
pub(crate) struct TablePlan {
    pub(crate) table: Table,
    pub(crate) rows: i64,
    pub(crate) role: CopyRole,
    /// `TotalRowNum` exactly as sent; `None` if the reply has no such field.
    pub(crate) estimate: Option<String>,
}

/// Plans the first `count` tables of a job.
pub(crate) fn plan_tables(
    count: usize,
    rows_scale: f64,
    events: &EventCounts,
    rng: &mut Rng,
) -> Vec<TablePlan> {
    let mut parts: Vec<TablePlan> = tables(count)
        .into_iter()
        .map(|table| {
            let rows = scale(random_row_count(table.size, rng), rows_scale);
            // Row counts in system tables are never exact.
            let estimate = i128::from(rows) * i128::from(rng.between(970, 1030)) / 1000;
            TablePlan { table, rows, role: CopyRole::Plain, estimate: Some(estimate.to_string()) }
        })
        .collect();
    assign_roles(&mut parts, events);
    if events.wrong_estimates {
        falsify_estimates(&mut parts);
    }
    parts
}

fn random_row_count(size: Size, rng: &mut Rng) -> i64 {
    size.exponents().map_or(0, |(low, high)| {
        let power = 1_i64 << rng.between(low, high);
        power + rng.between(0, power - 1)
    })
}

/// A whole number times a factor of the scenario. A single multiplication gives the same bits on every platform.
#[expect(clippy::cast_possible_truncation, reason = "a float too large becomes the largest integer")]
pub(crate) fn scale(number: i64, factor: f64) -> i64 {
    (number as f64 * factor) as i64
}

fn assign_roles(parts: &mut [TablePlan], events: &EventCounts) {
    for part in parts.iter_mut() {
        if table_ddl_failure(part, events).is_some_and(|failure| failure.ending == Ending::Permanent) {
            part.role = CopyRole::NoTable;
        }
    }
    // The DDL and errors of the named table fit its role; after it, any table that is big enough is taken.
    let copied = [Size::Large, Size::Medium, Size::Huge].as_slice();
    let any = [Size::Small, Size::Medium, Size::Large].as_slice();
    let wanted = [
        (CopyRole::Retried, "payments", copied, events.retried_tables),
        (CopyRole::Restarted, "price_history", copied, events.restarted_tables),
        (CopyRole::Stalled, "order_items", copied, events.stalled_tables),
        (CopyRole::Failed, "attachments", copied, events.failed_tables),
        (CopyRole::Late, "gift_cards", any, events.late_tables),
        (CopyRole::Vanished, "import_batches", any, events.vanished_tables),
    ];
    for (role, preferred, sizes, count) in wanted {
        for _ in 0..count {
            let free =
                |part: &TablePlan| part.role == CopyRole::Plain && table_ddl_failure(part, events).is_none();
            let named = parts.iter().position(|part| free(part) && part.table.name == preferred);
            let found = named.or_else(|| {
                sizes.iter().find_map(|size| {
                    parts.iter().position(|part| free(part) && part.table.size == *size && part.rows >= 16)
                })
            });
            match found {
                Some(index) => parts[index].role = role,
                None => break,
            }
        }
    }
}

/// The failure of the table's own DDL, before any row is copied.
fn table_ddl_failure(part: &TablePlan, events: &EventCounts) -> Option<&'static DdlFailure> {
    let names = (part.table.database.source, "Table", part.table.name.as_str());
    failures::find_failure(&failures::OBJECT_FAILURES, events.failed_objects, names, "")
}

/// Replaces some estimates: too small, too large, zero, negative, empty, absent.
fn falsify_estimates(parts: &mut [TablePlan]) {
    let copied = |part: &&mut TablePlan| {
        part.role == CopyRole::Plain
            && matches!(part.table.size, Size::Large | Size::Medium)
            && part.rows >= 16
    };
    let wrong: [fn(i64) -> Option<String>; 6] = [
        |rows| Some((rows / 100 * 74).to_string()),
        |rows| Some((rows / 100 * 163).to_string()),
        |_| Some("0".to_owned()),
        |_| Some("-1".to_owned()),
        |_| Some(String::new()),
        |_| None,
    ];
    // Every other table, so that all sizes and databases are affected.
    for (part, wrong) in parts.iter_mut().filter(copied).step_by(2).zip(wrong) {
        part.estimate = wrong(part.rows);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demo() -> Vec<TablePlan> {
        plan_tables(60, 1.0, &EventCounts::default(), &mut Rng::for_label(3, "sizes"))
    }

    #[test]
    fn every_role_is_given_once() {
        for role in [
            CopyRole::NoTable,
            CopyRole::Retried,
            CopyRole::Failed,
            CopyRole::Restarted,
            CopyRole::Stalled,
            CopyRole::Late,
            CopyRole::Vanished,
        ] {
            assert_eq!(demo().iter().filter(|part| part.role == role).count(), 1, "{role:?}");
        }
    }

    #[test]
    fn events_without_a_free_table_are_left_out() {
        let parts = plan_tables(2, 1.0, &EventCounts::default(), &mut Rng::for_label(3, "sizes"));
        let given = parts.iter().filter(|part| part.role != CopyRole::Plain).count();
        assert!(parts.len() == 2 && given <= 2);
    }

    #[test]
    fn few_tables_hold_nearly_everything() {
        let mut rows: Vec<_> = demo().iter().map(|part| part.rows).collect();
        rows.sort_unstable();
        let all: i64 = rows.iter().sum();
        let four: i64 = rows.iter().rev().take(4).sum();
        assert!(four * 2 > all, "{four} of {all}");
        assert_eq!(rows[0], 0, "some tables are empty");
        assert!(rows[59] > 50_000_000, "{}", rows[59]);
    }
}
