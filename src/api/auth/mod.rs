//! Credentials and signatures.

pub(in crate::api) mod access_key;
pub mod acs3;
pub mod credentials;
pub mod rpc;
