//! StallCause objects failed: what their messages say, and which failures have one root cause.

pub mod error_class;
pub mod error_message;
mod message_template;
pub mod missing_object;
pub mod root_cause;
