//! The sentence about recorded jobs in errors about an unknown job.

/// The continuation of an error about an unknown job: the jobs that are recorded, or the next step if none is.
#[must_use]
pub fn other_recorded_jobs(recorded: &[String]) -> String {
    /// The error names this many jobs at most.
    const MAX_NAMED: usize = 5;
    match recorded {
        [] => ": record one with `dts-history collect` or `dts-history import`".to_owned(),
        few if few.len() <= MAX_NAMED => format!("; recorded are: {}", few.join(", ")),
        many => {
            format!("; recorded are: {} and {} more", many[..MAX_NAMED].join(", "), many.len() - MAX_NAMED)
        }
    }
}
