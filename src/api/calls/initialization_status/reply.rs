//! The parsed reply of the call.

use crate::api::wire::head::Head;
use crate::model::Reading;

/// A parsed reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The origin of the reply, and whether the call succeeded.
    pub head: Head,
    /// The rows in the order of the reply: each structure row followed by its constraints, then the data rows, then the
    /// sync rows.
    pub readings: Vec<Reading>,
}
