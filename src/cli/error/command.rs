//! The error of a command and its exit status.

use super::cli_error::{CliError, ErrorText};
use super::{store_zh, zh};
use crate::report::Language;
use crate::{publish, store};

/// The reason why a command does not succeed, with its exit status.
#[derive(Debug)]
pub(in crate::cli) enum CommandError {
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
    /// The message with its causes and the next step, in a language.
    pub(in crate::cli) fn text(&self, language: Language) -> String {
        match self {
            Self::Usage(error) | Self::Failed(error) => error_text(error, language),
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
pub(in crate::cli) fn usage_error(error: impl Into<anyhow::Error>) -> CommandError {
    CommandError::Usage(error.into())
}

/// The text of an error in a language. Errors of the API and of the system have English text only.
fn error_text(error: &anyhow::Error, language: Language) -> String {
    match chinese_text(error) {
        Some(ErrorText { message, help }) if language == Language::Zh => format!("{message}：{help}"),
        _ => error_with_causes(error),
    }
}

/// The Chinese text of an error, if there is one.
fn chinese_text(error: &anyhow::Error) -> Option<ErrorText> {
    if let Some(error) = error.downcast_ref::<CliError>() {
        return Some(zh::text(error));
    }
    if let Some(error) = error.downcast_ref::<store::Error>() {
        return Some(store_zh::text(error));
    }
    match error.downcast_ref::<publish::Error>()? {
        publish::Error::UnknownJob { job_id, .. } => {
            Some(zh::text(&CliError::UnknownJob { job_id: job_id.clone() }))
        }
        publish::Error::Store(error) => Some(store_zh::text(error)),
        _ => None,
    }
}

/// The message with its causes. A cause that the message already contains is not repeated.
pub(in crate::cli) fn error_with_causes(error: &anyhow::Error) -> String {
    let mut message = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !message.contains(&cause) {
            message = format!("{message}: {cause}");
        }
    }
    message
}

pub(in crate::cli) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|it| it.kind() == std::io::ErrorKind::BrokenPipe)
    };
    error.chain().any(io)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_commands_have_chinese_text() {
        let texts = |error: CommandError| (error.text(Language::En), error.text(Language::Zh));
        let error = CliError::UnknownSnapshot { job_id: "dtsi1".to_owned(), snapshot_id: 17 };
        assert_eq!(
            texts(usage_error(error)),
            (
                "the job dtsi1 has no snapshot 17: the view `snapshots` lists those that it has".to_owned(),
                "任务 dtsi1 没有快照 17：视图 `snapshots` 列出该任务的快照".to_owned()
            )
        );
        let missing = || store::Error::Missing { database: "h.db".to_owned() };
        let chinese = "h.db 不存在：请用 `dts-history collect` 或 `dts-history import` 进行记录，或用 --db 指定其他文件";
        assert_eq!(texts(missing().into()).1, chinese);
        assert_eq!(texts(publish::Error::Store(missing()).into()).1, chinese);
        let (english, other) = texts(anyhow::anyhow!("the disk is on fire").into());
        assert_eq!(english, other);
    }
}
