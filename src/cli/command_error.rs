//! The error of a command and its exit status.

/// Why a command ends without success, and with which exit status.
#[derive(Debug)]
pub(super) enum CommandError {
    /// Wrong usage or configuration: exit status 2.
    Usage(anyhow::Error),
    /// It could not be done: exit status 1.
    Failed(anyhow::Error),
    /// It could not be done, and the errors are printed already: exit status 1.
    AlreadyReported,
    /// It was done, and the answer is this exit status; what is to be said is printed already.
    ExitStatus(u8),
}

impl CommandError {
    /// The message with its causes.
    pub(super) fn error_with_causes(&self) -> String {
        match self {
            Self::Usage(error) | Self::Failed(error) => error_with_causes(error),
            Self::AlreadyReported | Self::ExitStatus(_) => "it failed".to_owned(),
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for CommandError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Wrong usage or configuration.
pub(super) fn usage_error(error: impl Into<anyhow::Error>) -> CommandError {
    CommandError::Usage(error.into())
}

/// The message with its causes. Some messages contain their cause: it is not repeated.
pub(super) fn error_with_causes(error: &anyhow::Error) -> String {
    let mut message = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !message.contains(&cause) {
            message = format!("{message}: {cause}");
        }
    }
    message
}

pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|it| it.kind() == std::io::ErrorKind::BrokenPipe)
    };
    error.chain().any(io)
}
