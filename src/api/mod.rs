//! Speaks DTS: the only room that knows a header, a nonce or a field of the API.

pub mod acs3; // signature version 3, pure
pub mod bounds; // what a client's options may be
pub mod client; // one account's calls, tried again while that makes sense
pub mod credentials; // who calls
pub mod endpoint; // which host answers
pub mod error; // what can go wrong, each as one sentence
mod exchange; // one attempt over HTTP
pub mod jobs; // which jobs there are
mod now; // the present moment, corrected by the server's
mod pace; // so many calls a second
pub mod pages; // every page of a job, once
pub mod request; // a call as a signed request
pub mod retry; // what an error code means, and when to try again
pub mod sign; // RPC signature version 1.0, pure
pub mod tally; // what a sweep took
pub mod wire; // JSON and XML to readings, and back

pub(crate) use exchange::{root_cause, use_ring};

#[cfg(test)]
mod testing; // a real listener with canned answers
