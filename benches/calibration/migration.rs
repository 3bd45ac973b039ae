//! A migration as it truly runs: sizes, bandwidth, disturbances, and the recorder that watches it.

/// One table of a simulated migration.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// Rows to copy.
    pub(crate) rows: f64,
    /// The vendor's estimate of them; `None` if it gives none.
    pub(crate) estimate: Option<i64>,
    /// Speed relative to the mean table.
    pub(crate) speed: f64,
    /// Seconds from the start of its copy to its first row.
    pub(crate) overhead_s: f64,
    /// Shares of its rows at which the copy is lost and begins again, each with the pause before that.
    pub(crate) restarts: Vec<Restart>,
    /// A standstill of this table alone: at which share of its rows, and for how many seconds.
    pub(crate) freeze: Option<(f64, f64)>,
}

/// The copy of a table that is lost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Restart {
    /// At this share of its rows.
    pub(crate) share: f64,
    /// It stands as `Failed` for so long; 0 if it begins again at once.
    pub(crate) failed_s: f64,
}

/// How tables that run at once share the bandwidth.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bandwidth {
    /// One pipe, shared equally.
    Shared,
    /// Each table has its own.
    Separate,
    /// Each table has its own up to a share of the pipe, which all share: the pipe is full with so many tables.
    Capped(f64),
    /// The job's rate grows with this power of the number of tables.
    Power(f64),
}

/// Capacity over time, relative to its mean.
#[derive(Debug, Clone)]
pub(crate) enum Noise {
    /// A mean-reverting logarithm: standard deviation and correlation time in seconds.
    Reverting { deviation: f64, seconds: f64 },
    /// Levels that hold for an exponential time: standard deviation of the logarithm and mean time.
    Regimes { deviation: f64, seconds: f64 },
    /// A random walk of the logarithm: standard deviation of its change over the whole ideal duration.
    Walk { deviation: f64 },
}

/// A time in which the capacity is a fraction of what it would be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Disturbance {
    /// Second of its start.
    pub(crate) from_s: f64,
    /// Second of its end.
    pub(crate) to_s: f64,
    /// The fraction; 0 in a full stall.
    pub(crate) factor: f64,
}

/// The recorder.
#[derive(Debug, Clone)]
pub(crate) struct Recorder {
    /// Seconds between two sweeps.
    pub(crate) interval_s: f64,
    /// Largest deviation of one interval, as a share of it.
    pub(crate) jitter: f64,
    /// Share of sweeps that fail.
    pub(crate) losses: f64,
    /// Second of the first sweep.
    pub(crate) first_s: f64,
    /// Times in which the recorder does not run, in seconds.
    pub(crate) down: Vec<(f64, f64)>,
    /// The vendor renews a table's count at each nth sweep only.
    pub(crate) counts_every: usize,
}

/// A migration and its recorder, completely determined.
#[derive(Debug, Clone)]
pub(crate) struct Migration {
    /// The seed that it was drawn from; of the noise, too.
    pub(crate) seed: u64,
    /// Tables in the order in which they take a place.
    pub(crate) tables: Vec<Table>,
    /// Tables copied at once.
    pub(crate) places: usize,
    /// How they share the bandwidth.
    pub(crate) bandwidth: Bandwidth,
    /// Rows per second of the whole job with all places taken and nothing disturbed.
    pub(crate) rows_per_second: f64,
    /// Seconds of the whole copy, if all places were always taken.
    pub(crate) ideal_s: f64,
    /// Noise of the whole job.
    pub(crate) noise: Noise,
    /// Standard deviation of the logarithm of each table's own noise, and its correlation time in seconds.
    pub(crate) own_noise: (f64, f64),
    /// Amplitude and phase of the daily swing.
    pub(crate) daily: (f64, f64),
    /// Throttling and stalls.
    pub(crate) disturbances: Vec<Disturbance>,
    /// The recorder.
    pub(crate) recorder: Recorder,
}
