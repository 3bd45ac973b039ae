//! Who calls: the access key, and where it comes from. Never from a configuration file of ours.
//!
//! The sources, and their order, are those of the vendor's own tools. Unlike there, a source that is
//! configured and fails is an error: a recorder that stepped to another identity would record the truth of
//! another account.

mod cli_profile;
mod ini_profile;
mod keys;
mod remote;
mod source;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use tokio::sync::Mutex;

pub(super) use self::keys::Keys;
use self::remote::Remote;
use self::source::{Source, Variables};

/// One account's credentials, as a source of keys. Cheap to clone; clones share what was fetched.
#[derive(Clone)]
pub struct Credentials {
    origin: Origin,
    remote: Arc<Remote>,
    current: Arc<Mutex<Current>>,
}

/// How to look again, after a token has ended.
#[derive(Clone)]
enum Origin {
    Given,
    Found { profile: Option<String>, variables: Variables },
}

struct Current {
    source: Source,
    keys: Option<Arc<Keys>>,
}

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

impl Credentials {
    /// A key that the caller already has.
    #[must_use]
    pub fn fixed(access_key_id: &str, access_key_secret: &str, security_token: Option<&str>) -> Self {
        let keys = Keys::new(access_key_id, access_key_secret, security_token);
        Self::new(Origin::Given, Source::Fixed { what: "the given access key".to_owned(), keys })
    }

    /// Looks for credentials where the vendor's tools do: the environment, OIDC, the profile of
    /// `~/.aliyun/config.json`, of the shared ini file, the role of an ECS instance, a credentials URI. What is
    /// remote is not asked yet.
    ///
    /// With a profile named, only the two files are looked at, for that profile.
    ///
    /// # Errors
    /// If nothing is configured, or what is configured cannot be used.
    pub fn discover(profile: Option<&str>) -> Result<Self, Error> {
        Self::discover_in(profile, Arc::new(|name| std::env::var(name).ok()))
    }

    /// The same on a machine with these variables.
    pub(super) fn discover_in(profile: Option<&str>, variables: Variables) -> Result<Self, Error> {
        let source = Source::find(profile, &*variables)?;
        let origin = Origin::Found { profile: profile.map(str::to_owned), variables };
        Ok(Self::new(origin, source))
    }

    fn new(origin: Origin, source: Source) -> Self {
        let current = Arc::new(Mutex::new(Current { source, keys: None }));
        Self { origin, remote: Arc::new(Remote::default()), current }
    }

    /// Which source won, in words, and the first characters of the access key id it gives.
    ///
    /// # Errors
    /// If a remote source gives none.
    pub async fn describe(&self, now_ms: i64) -> Result<String, Error> {
        let keys = self.keys(now_ms).await?;
        let current = self.current.lock().await;
        Ok(format!("{} (access key {})", current.source, keys.masked_id()))
    }

    /// The key to sign with now. Temporary ones are fetched anew before they end.
    pub(super) async fn keys(&self, now_ms: i64) -> Result<Arc<Keys>, Error> {
        // Held while fetching, so that it is done once for all calls that wait.
        let mut current = self.current.lock().await;
        if let Some(keys) = current.keys.as_ref().filter(|keys| !keys.is_stale(now_ms)) {
            return Ok(Arc::clone(keys));
        }
        if let Some(settled) = self.remote.settle(&current.source).await? {
            current.source = settled;
        }
        match self.remote.fetch(&current.source, now_ms).await {
            Ok(keys) => Ok(Arc::clone(current.keys.insert(Arc::new(keys)))),
            // Stale keys still work for a while.
            Err(error) => {
                match current.keys.as_ref().filter(|keys| keys.is_transient_stand_in(&error, now_ms)) {
                    Some(keys) => {
                        tracing::warn!(%error, "the temporary credentials are still used");
                        Ok(Arc::clone(keys))
                    }
                    None => Err(error),
                }
            }
        }
    }

    /// The server says that the token of these keys has ended: looks for others, in files too, which some tool
    /// may have renewed. Tells whether there are others now.
    pub(super) async fn renew(&self, ended: &Arc<Keys>, now_ms: i64) -> Result<bool, Error> {
        let mut current = self.current.lock().await;
        if current.keys.as_ref().is_some_and(|keys| !Arc::ptr_eq(keys, ended)) {
            return Ok(true); // another call was faster
        }
        let Origin::Found { profile, variables } = &self.origin else { return Ok(false) };
        let source = Source::find(profile.as_deref(), &**variables)?;
        current.source = self.remote.settle(&source).await?.unwrap_or(source);
        let keys = self.remote.fetch(&current.source, now_ms).await?;
        let differ = !keys.same_as(ended);
        current.keys = Some(Arc::new(keys));
        Ok(differ)
    }
}

impl Error {
    /// Whether it may work later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Remote { transient: true, .. })
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.current.try_lock() {
            Ok(current) => f.debug_tuple("Credentials").field(&format_args!("{}", current.source)).finish(),
            Err(_) => f.debug_struct("Credentials").finish_non_exhaustive(),
        }
    }
}
