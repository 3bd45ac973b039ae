//! The DTS client: the only module that knows a header, a nonce or a field of the API.

pub mod auth;
pub mod calls;
pub mod error;
pub mod job_status;
pub mod options;
pub mod paging;
pub mod saved_reply;
pub mod transport;
pub mod wire;

#[cfg(test)]
mod testing; // an HTTP server with canned answers
