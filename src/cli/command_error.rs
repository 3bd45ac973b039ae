//! The error of a command and its exit status.

/// The reason why a command does not succeed, with its exit status.
#[derive(Debug)]
pub(super) enum CommandError {
    /// Wrong usage or configuration: exit status 2.
    Usage(anyhow::Error),
    /// The command failed: exit status 1.
    Failed(anyhow::Error),
    /// The command failed and has printed its errors: exit status 1.
    AlreadyReported,
    /// The command succeeded, and this exit status is its answer. Its output is printed already.
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

/// An error of usage or configuration.
pub(super) fn usage_error(error: impl Into<anyhow::Error>) -> CommandError {
    CommandError::Usage(error.into())
}

/// The message with its causes. A cause that the message already contains is not repeated.
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
