//! Geometry of the pictures: where marks stand, on which axes. Templates draw them.

pub mod axis;
pub mod concurrency;
pub mod delay;
pub mod picture;
pub mod progress;
pub mod throughput;
pub mod timeline;

use std::fmt;

/// A length or position in the picture's own units, printed with at most one digit after the point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Px(pub f64);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0 * 10.0).round();
        if tenths % 10.0 == 0.0 {
            write!(f, "{:.0}", tenths / 10.0 + 0.0)
        } else {
            write!(f, "{:.1}", tenths / 10.0)
        }
    }
}

/// A place on an axis with its label.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// Position.
    pub position: Px,
    /// Label.
    pub label: String,
}

/// An interval of time: a labelled mark, or a gap of the recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Left edge.
    pub x: Px,
    /// Width.
    pub width: Px,
    /// Tooltip, which is also read by screen readers.
    pub title: String,
}
