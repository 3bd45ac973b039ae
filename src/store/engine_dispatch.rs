//! How a facade calls the engine that it holds.

/// Calls the same function of whichever engine it is.
macro_rules! with_engine {
    ($facade:ident, $engine:expr, $it:ident => $call:expr) => {
        match $engine {
            $facade::Sqlite($it) => $call,
            $facade::Postgres($it) => $call,
        }
    };
}
pub(super) use with_engine;
