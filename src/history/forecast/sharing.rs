//! Models of the bandwidth shared by tables that are copied at once.

/// The speed of the whole job by the number of tables at once, as a multiple of the speed of one table alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Sharing {
    /// This power of the number (0: one pipe for all; 1: each has bandwidth of its own).
    Power(f64),
    /// The number, but no more than this: each table has its own speed until the pipe is full.
    Capped(f64),
}

impl Sharing {
    /// The multiple; it never falls with the number of tables, and never rises faster than the number.
    pub(super) fn speedup(self, tables: f64) -> f64 {
        match self {
            Self::Power(exponent) => tables.powf(exponent),
            Self::Capped(limit) => tables.min(limit),
        }
    }
}
