//! A reply of the call, as a value.

use crate::api::wire::head::Head;
use crate::model::Reading;

/// What a body says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Who speaks, and whether it went well.
    pub head: Head,
    /// The rows in the order of the reply: each structure row with its constraints right behind it, then the
    /// data rows, then the sync rows.
    pub readings: Vec<Reading>,
}
