//! Errors of the search for credentials.

/// The reason why there is no access key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing is configured.
    #[error(
        "no credentials found; set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET to the \
         access key of a RAM user that may call dts:DescribeInitializationStatus, or run `aliyun configure`"
    )]
    Missing,
    /// Only one of the two key variables is set.
    #[error("{present} is set but {missing} is not; set both, or neither")]
    Half {
        /// The variable that is set.
        present: &'static str,
        /// The variable that is not set.
        missing: &'static str,
    },
    /// A credentials file cannot be read or parsed.
    #[error("the credentials file {path} cannot be used: {why}")]
    File {
        /// The file.
        path: String,
        /// The reason.
        why: String,
    },
    /// The profile is in none of the files.
    #[error("no profile {profile:?} in {files}; the profiles there are: {known}")]
    NoProfile {
        /// The requested profile.
        profile: String,
        /// The files that were read.
        files: String,
        /// The profiles in those files.
        known: String,
    },
    /// A profile lacks a key that its mode requires.
    #[error("{what} has no {key}, which its mode needs; add it, or choose another profile")]
    Incomplete {
        /// The profile.
        what: String,
        /// The missing key.
        key: &'static str,
    },
    /// The mode of a profile is not supported: it requires a browser or another program.
    #[error(
        "{what} has the mode {mode}, which is not supported here; use a profile of mode AK, StsToken, \
         RamRoleArn, ChainableRamRoleArn, EcsRamRole, OIDC or CredentialsURI"
    )]
    Mode {
        /// The profile.
        what: String,
        /// Its mode.
        mode: String,
    },
    /// A chain of profiles contains a cycle.
    #[error("{what} leads back to itself by its source_profile; name a profile with a key of its own there")]
    Cycle {
        /// The profile.
        what: String,
    },
    /// A remote source returned no credentials.
    #[error("{what} gave no credentials: {error}")]
    Remote {
        /// The source.
        what: String,
        /// The reason.
        error: RemoteError,
    },
}

/// The reason why a remote source returned no credentials. Its text completes "SOURCE gave no credentials: …".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// Its URL cannot be used.
    #[error("{0}")]
    Url(String),
    /// HTTP cannot be used on this machine.
    #[error("{0}")]
    Http(String),
    /// The file of the OIDC token cannot be read.
    #[error("{path}: {why}")]
    TokenFile {
        /// The file.
        path: String,
        /// The error of the system.
        why: String,
    },
    /// There is no connection.
    #[error("it cannot be reached")]
    Unreachable,
    /// There was no reply in time.
    #[error("it did not answer in time")]
    TimedOut,
    /// The reply is too large to be read.
    #[error("its answer is larger than {max_bytes} bytes")]
    TooLarge {
        /// The limit.
        max_bytes: usize,
    },
    /// The metadata service of an ECS instance refused.
    #[error("its metadata service answered HTTP {0}")]
    Metadata(u16),
    /// A credentials URI refused.
    #[error("it answered HTTP {0}")]
    Status(u16),
    /// The reply names an error in place of a key.
    #[error("it answered {0}")]
    Code(String),
    /// STS refused.
    #[error("{message}")]
    Sts {
        /// The refusal, on one line and without secrets.
        message: String,
        /// Whether a later call may succeed.
        transient: bool,
    },
    /// The reply is not JSON.
    #[error("its answer is not the JSON of credentials")]
    NotCredentials,
    /// The reply has not all the parts of a temporary key.
    #[error("its answer lacks a key, a token or their end")]
    Incomplete,
}

impl RemoteError {
    /// The error with the message of STS rewritten, for example to remove a secret that it quotes.
    pub(super) fn map_message(self, rewrite: impl FnOnce(&str) -> String) -> Self {
        match self {
            Self::Sts { message, transient } => Self::Sts { message: rewrite(&message), transient },
            other => other,
        }
    }

    /// Whether a later attempt may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable | Self::TimedOut | Self::NotCredentials => true,
            Self::Metadata(status) | Self::Status(status) => *status >= 500,
            Self::Sts { transient, .. } => *transient,
            _ => false,
        }
    }
}

impl Error {
    /// Whether a later attempt may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Remote { error, .. } if error.is_transient())
    }
}
