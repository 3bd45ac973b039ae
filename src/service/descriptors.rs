//! The limit of open file descriptors.

/// Assumed where the limit cannot be read.
#[cfg(not(unix))]
const ASSUMED_DESCRIPTORS: usize = 1024;

/// Raises the soft limit of the process to its hard limit, and returns the limit in force.
#[cfg(unix)]
pub(super) fn raise_descriptor_limit() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    /// More is never needed, and some systems reject an unlimited number.
    const ENOUGH: u64 = 65_536;
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.unwrap_or(ENOUGH).min(ENOUGH);
    let current = limit.current.unwrap_or(u64::MAX);
    let raised = current < wanted
        && setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum }).is_ok();
    usize::try_from(if raised { wanted } else { current }).unwrap_or(usize::MAX)
}

/// Other systems have no such limit that a process could raise.
#[cfg(not(unix))]
pub(super) fn raise_descriptor_limit() -> usize {
    ASSUMED_DESCRIPTORS
}
