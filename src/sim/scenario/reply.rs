//! How the server pages and writes its replies.

use serde::Deserialize;

/// How the arrays are cut into pages. The vendor documents none of this, so a reader has to bear all of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Paging {
    /// How a page of so many rows is taken from three arrays.
    pub arrays: Arrays,
    /// What lies past the last page.
    pub past_end: PastEnd,
    /// What a `PageSize` above 100 gets.
    pub above_100: Above100,
}

impl Default for Paging {
    fn default() -> Self {
        Self { arrays: Arrays::InStep, past_end: PastEnd::Empty, above_100: Above100::Error }
    }
}

/// How a page is taken from three arrays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrays {
    /// Each array has `PageSize` rows of its own on a page.
    InStep,
    /// The arrays follow each other, and share the `PageSize` rows of a page.
    Concatenated,
}

/// What lies past the last page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PastEnd {
    /// Three empty arrays.
    Empty,
    /// The last page again.
    Repeat,
    /// An error about `PageNum`.
    Error,
}

/// What a `PageSize` above the documented 100 gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Above100 {
    /// An error about `PageSize`.
    Error,
    /// A page of 100.
    Clamp,
}

/// How replies are written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reply {
    /// How the items of an array are held.
    pub shape: Shape,
    /// World time that passes while a call is answered.
    pub latency_ms: u32,
    /// How far the gateway's clock is ahead of its true time; negative if it is behind.
    pub clock_ahead_seconds: i32,
}

impl Default for Reply {
    fn default() -> Self {
        Self { shape: Shape::Flat, latency_ms: 120, clock_ahead_seconds: 0 }
    }
}

/// How the items of an array are held. Both have been official.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// `[…]`
    Flat,
    /// `{"DataInitializationDetail": […]}`
    Wrapped,
}
