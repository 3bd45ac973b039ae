//! Failures of objects: their error messages, and the root causes that they share.

pub mod error_class;
pub mod error_message;
mod message_template;
pub mod missing_object;
pub mod root_cause;
