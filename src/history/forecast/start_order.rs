//! The order in which waiting tables take a place, inferred from the tables that have begun.

/// Chance would choose the tables at the head of the list once in this many times (its logarithm).
const MIN_LOG_CHOICES: f64 = 5.0;
/// Fewer starts than this, one after the other, show no order of sizes.
const MIN_STARTS: usize = 7;

/// The order in which waiting tables take a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StartOrder {
    /// By name, as tables are listed.
    AsListed,
    /// The table with the most rows next.
    LargestFirst,
    /// The table with the fewest rows next.
    SmallestFirst,
    /// None of these.
    Unknown,
}

/// A table that has begun.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    /// Its position in the list.
    pub(super) index: usize,
    /// When it was first seen to have begun.
    pub(super) at_ms: i64,
    /// Its rows, once it is finished.
    pub(super) rows: Option<f64>,
}

/// The order that these starts follow, where chance would hardly give it. What is estimated of unfinished tables is
/// not looked at, so that a larger estimate does not change the order.
pub(super) fn start_order(mut starts: Vec<Start>, first_waiting: usize, waiting: usize) -> StartOrder {
    let all = (starts.len() + waiting) as f64;
    let chosen = starts.len().min(waiting);
    let log_choices: f64 = (0..chosen).map(|index| ((all - index as f64) / (index as f64 + 1.0)).ln()).sum();
    if starts.iter().all(|it| it.index < first_waiting) && log_choices > MIN_LOG_CHOICES {
        return StartOrder::AsListed;
    }
    starts.sort_by_key(|it| (it.at_ms, it.index));
    // Tables that began in the same interval are one start: nobody knows which was first.
    let log_sizes: Vec<f64> = starts
        .chunk_by(|a, b| a.at_ms == b.at_ms)
        .filter_map(|group| {
            let sizes: Vec<f64> = group.iter().filter_map(|it| it.rows).map(|it| it.max(1.0).ln()).collect();
            (!sizes.is_empty()).then(|| sizes.iter().sum::<f64>() / sizes.len() as f64)
        })
        .collect();
    let pairs = log_sizes.len().saturating_sub(1);
    let falls = log_sizes.windows(2).filter(|it| it[1] <= it[0]).count();
    if log_sizes.len() < MIN_STARTS {
        StartOrder::Unknown
    } else if falls * 10 >= pairs * 9 {
        StartOrder::LargestFirst
    } else if falls * 10 <= pairs {
        StartOrder::SmallestFirst
    } else {
        StartOrder::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(tables: &[(usize, f64)]) -> Vec<Start> {
        let start = |(nth, (index, rows)): (usize, &(usize, f64))| Start {
            index: *index,
            at_ms: i64::try_from(nth).unwrap(),
            rows: Some(*rows),
        };
        tables.iter().enumerate().map(start).collect()
    }

    #[test]
    fn the_head_of_a_long_list_shows_the_order_of_the_list() {
        let head: Vec<_> = (0..4).map(|index| (index, 5.0)).collect();
        assert_eq!(start_order(starts(&head), 4, 20), StartOrder::AsListed);
        assert_eq!(
            start_order(starts(&head), 4, 1),
            StartOrder::Unknown,
            "one of five may be the last by chance"
        );
        assert_eq!(start_order(starts(&head), 3, 20), StartOrder::Unknown, "a table was passed over");
    }

    #[test]
    fn sizes_that_only_fall_or_rise_show_an_order_of_sizes() {
        let sized = |rows: &dyn Fn(f64) -> f64| -> Vec<_> {
            (0..10_usize).map(|nth| (nth * 7 % 20, rows(nth as f64))).collect()
        };
        assert_eq!(start_order(starts(&sized(&|nth| 1000.0 - nth)), 1, 10), StartOrder::LargestFirst);
        assert_eq!(start_order(starts(&sized(&|nth| 1.0 + nth)), 1, 10), StartOrder::SmallestFirst);
        assert_eq!(start_order(starts(&sized(&|nth| 1.0 + nth * 3.0 % 7.0)), 1, 10), StartOrder::Unknown);
    }
}
