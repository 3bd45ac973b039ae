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
    #[error("{what} gave no credentials: {why}")]
    Remote {
        /// The source.
        what: String,
        /// What it said.
        why: String,
        /// Whether it may work later.
        transient: bool,
    },
}

impl Error {
    /// Whether it may work later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Remote { transient: true, .. })
    }
}
