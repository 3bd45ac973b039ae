//! Why there are no credentials.

/// Why there is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing is configured.
    #[error(
        "no credentials found; set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET to the \
         access key of a RAM user that may call dts:DescribeInitializationStatus, or run `aliyun configure`"
    )]
    Missing,
    /// One half is configured.
    #[error("{present} is set but {missing} is not; set both, or neither")]
    Half {
        /// The variable that is there.
        present: &'static str,
        /// The variable that is not.
        missing: &'static str,
    },
    /// A file of credentials that cannot be used.
    #[error("the credentials file {path} cannot be used: {why}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// A profile that is nowhere.
    #[error("no profile {profile:?} in {files}; the profiles there are: {known}")]
    NoProfile {
        /// The profile that was asked for.
        profile: String,
        /// Where it was looked for.
        files: String,
        /// The names that are there.
        known: String,
    },
    /// A profile without something it needs.
    #[error("{what} has no {key}, which its mode needs; add it, or choose another profile")]
    Incomplete {
        /// The profile.
        what: String,
        /// What is missing.
        key: &'static str,
    },
    /// A profile of a kind that needs a person or a program.
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
    /// Profiles that lead to each other.
    #[error("{what} leads back to itself by its source_profile; name a profile with a key of its own there")]
    Cycle {
        /// The profile.
        what: String,
    },
    /// A source that was asked and gave nothing.
    #[error("{what} gave no credentials: {error}")]
    Remote {
        /// The source.
        what: String,
        /// Why.
        error: RemoteError,
    },
}

/// Why a source of credentials gave none. The text completes "SOURCE gave no credentials: …".
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
    /// The error with the refusal of STS rewritten, which may quote a secret.
    pub(super) fn map_message(self, rewrite: impl FnOnce(&str) -> String) -> Self {
        match self {
            Self::Sts { message, transient } => Self::Sts { message: rewrite(&message), transient },
            other => other,
        }
    }

    /// Whether a later try may succeed.
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
    /// Whether it may work later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Remote { error, .. } if error.is_transient())
    }
}
