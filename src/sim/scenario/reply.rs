//! How the server pages and writes its replies.

use serde::Deserialize;

/// How the arrays are paged. The vendor documents none of this, so a client has to accept all of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Paging {
    /// How a page is taken from three arrays.
    pub arrays: Arrays,
    /// The reply past the last page.
    pub past_end: PastEnd,
    /// The reply to a `PageSize` above 100.
    pub above_100: Above100,
    /// Maximum `PageSize` of DescribePreCheckStatus, which is not documented. A larger one gets the reply of
    /// `above_100`.
    pub max_task_page_size: usize,
}

impl Default for Paging {
    fn default() -> Self {
        Self {
            arrays: Arrays::InStep,
            past_end: PastEnd::Empty,
            above_100: Above100::Error,
            max_task_page_size: 100,
        }
    }
}

/// How a page is taken from three arrays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrays {
    /// A page has up to `PageSize` rows of each array.
    InStep,
    /// The arrays follow each other and share the `PageSize` rows of a page.
    Concatenated,
}

/// The reply past the last page.
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

/// The reply to a `PageSize` above the documented 100.
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
    /// JSON form of an array.
    pub shape: Shape,
    /// World time that passes during a call.
    pub latency_ms: u32,
    /// Offset of the gateway's clock in seconds; negative if it is behind.
    pub clock_ahead_seconds: i32,
    /// Whether DescribePreCheckStatus puts a part of the rows into SubDistributedJobStatus.
    pub distributed: bool,
    /// How DescribePreCheckStatus writes BootTime and FinishTime.
    pub boot_time: BootTime,
}

/// How a time of DescribePreCheckStatus is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BootTime {
    /// `2022-03-16T08:01:34.000+00:00`, as in the vendor's samples.
    Offset,
    /// `2022-03-16T08:01:34Z`, as the vendor's text says.
    Zulu,
    /// Milliseconds as a number, as an early SDK typed it.
    EpochMs,
}

impl Default for Reply {
    fn default() -> Self {
        Self {
            shape: Shape::Flat,
            latency_ms: 120,
            clock_ahead_seconds: 0,
            distributed: false,
            boot_time: BootTime::Offset,
        }
    }
}

/// JSON form of an array. Both have been official.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// `[…]`
    Flat,
    /// `{"DataInitializationDetail": […]}`
    Wrapped,
}
