//! Small calculations that several figures share.

/// The lower median: always one of the values.
pub(crate) fn median(mut values: Vec<i64>) -> Option<i64> {
    values.sort_unstable();
    values.get(values.len().checked_sub(1)? / 2).copied()
}

/// The exact sum of counts: those from outside may be nonsense that exceeds an `i64` together.
pub(crate) fn exact_sum(counts: impl IntoIterator<Item = i64>) -> i128 {
    counts.into_iter().map(i128::from).sum()
}

/// `rows` in `duration_ms` as rows per second; `None` if no time passed.
pub(crate) fn rows_per_second(rows: i128, duration_ms: i64) -> Option<f64> {
    (duration_ms > 0).then(|| rows as f64 * 1000.0 / duration_ms as f64)
}

/// At most `max_count` indices below `length`, evenly spaced, the first and the last among them. Each index occurs
/// once.
pub(crate) fn evenly_spaced_indices(length: usize, max_count: usize) -> Vec<usize> {
    let Some(last) = length.checked_sub(1) else { return Vec::new() };
    let steps = last.min(max_count.saturating_sub(1)).max(1);
    let mut indices: Vec<usize> = (0..=steps).map(|step| last * step / steps).collect();
    indices.dedup();
    indices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_of_values_is_the_lower_of_the_two() {
        assert_eq!(median(vec![4, 1, 3, 2]), Some(2));
        assert_eq!(median(vec![3, 1, 2]), Some(2));
        assert_eq!(median(Vec::new()), None);
    }

    #[test]
    fn evenly_spaced_indices_include_both_ends() {
        assert_eq!(evenly_spaced_indices(0, 5), Vec::<usize>::new());
        assert_eq!(evenly_spaced_indices(1, 5), [0]);
        assert_eq!(evenly_spaced_indices(3, 5), [0, 1, 2]);
        assert_eq!(evenly_spaced_indices(101, 5), [0, 25, 50, 75, 100]);
    }

    #[test]
    fn no_time_gives_no_rate_and_a_sum_does_not_overflow() {
        assert_eq!(rows_per_second(500, 250), Some(2000.0));
        assert_eq!(rows_per_second(500, 0), None);
        assert_eq!(exact_sum([i64::MAX, 1]), 1 << 63);
    }
}
