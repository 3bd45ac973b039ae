//! Why an event was not delivered.

/// Why an event was not delivered. It never contains the address of the webhook, which is a secret.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// There was no reply.
    #[error("{}", request_error(.0))]
    Request(#[from] reqwest::Error),
    /// The reply has an HTTP status other than 2xx.
    #[error("status {0}")]
    Status(u16),
    /// The receiver refused the message with a code of its own in a reply with status 200.
    #[error("code {code}: {}", message.as_deref().unwrap_or("no message"))]
    Refused {
        /// The code of the receiver.
        code: i64,
        /// Its message.
        message: Option<String>,
    },
    /// The reply does not have the code that a receiver of this format sends.
    #[error("the reply has no code: check the address")]
    UnexpectedReply,
    /// The outbox holds a message for a webhook that is not configured.
    #[error("no [[webhook]] has this name")]
    UnknownWebhook,
    /// The outbox holds a message that is not an event.
    #[error("not an event: {0}")]
    InvalidEvent(#[from] serde_json::Error),
}

fn request_error(error: &reqwest::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
