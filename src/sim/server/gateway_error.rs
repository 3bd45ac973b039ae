//! Error replies of the gateway.

use chrono::DateTime;

/// An error reply of the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GatewayError {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl GatewayError {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(crate) fn missing(name: &str) -> Self {
        let message = format!(
            "The input parameter \"{name}\" that is mandatory for processing this request is not supplied."
        );
        Self::new(400, "MissingParameter", message)
    }

    pub(crate) fn expired_timestamp(now_ms: i64) -> Self {
        let now = DateTime::from_timestamp_millis(now_ms).unwrap_or_default().format("%Y-%m-%dT%H:%M:%SZ");
        let message = format!("Specified time stamp or date value is expired. Server time is {now}.");
        Self::new(400, "InvalidTimeStamp.Expired", message)
    }

    pub(crate) fn instance_not_found(id: &str) -> Self {
        Self::new(404, "Forbidden.InstanceNotFound", format!("The specified instance {id:?} is not found."))
    }

    pub(crate) fn invalid(name: &str) -> Self {
        Self::new(400, "InvalidParameter", format!("The specified parameter \"{name}\" is not valid."))
    }
}
