//! Who calls: the access key, and where it comes from. Never from a configuration file of ours.
//!
//! The sources, and their order, are those of the vendor's own tools. Unlike there, a source that is
//! configured and fails is an error: a recorder that stepped to another identity would record the truth of
//! another account.

mod cli_profile;
mod discovery;
pub mod error;
mod ini_profile;
mod remote;
mod source;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use tokio::sync::Mutex;

use self::error::Error;
use self::remote::RemoteKeyClient;
use self::source::{Source, Variables};
use super::access_key::AccessKey;

/// One account's credentials, as a source of keys. Cheap to clone; clones share what was fetched.
#[derive(Clone)]
pub struct Credentials {
    origin: Origin,
    remote: Arc<RemoteKeyClient>,
    current: Arc<Mutex<Current>>,
}

/// How to look again, after a token has ended.
#[derive(Clone)]
enum Origin {
    Fixed,
    Discovered { profile: Option<String>, variables: Variables },
}

struct Current {
    source: Source,
    access_key: Option<Arc<AccessKey>>,
}

impl Credentials {
    /// A key that the caller already has.
    #[must_use]
    pub fn fixed(access_key_id: &str, access_key_secret: &str, security_token: Option<&str>) -> Self {
        let access_key = AccessKey::new(access_key_id, access_key_secret, security_token);
        Self::new(Origin::Fixed, Source::Fixed { what: "the given access key".to_owned(), access_key })
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
    pub(in crate::api) fn discover_in(profile: Option<&str>, variables: Variables) -> Result<Self, Error> {
        let source = discovery::find_source(profile, &*variables)?;
        let origin = Origin::Discovered { profile: profile.map(str::to_owned), variables };
        Ok(Self::new(origin, source))
    }

    fn new(origin: Origin, source: Source) -> Self {
        let current = Arc::new(Mutex::new(Current { source, access_key: None }));
        Self { origin, remote: Arc::new(RemoteKeyClient::default()), current }
    }

    /// Which source won, in words, and the first characters of the access key id it gives.
    ///
    /// # Errors
    /// If a remote source gives none.
    pub async fn describe(&self, now_ms: i64) -> Result<String, Error> {
        let access_key = self.access_key(now_ms).await?;
        let current = self.current.lock().await;
        Ok(format!("{} (access key {})", current.source, access_key.masked_id()))
    }

    /// The key to sign with now. Temporary ones are fetched anew before they end.
    pub(in crate::api) async fn access_key(&self, now_ms: i64) -> Result<Arc<AccessKey>, Error> {
        // Held while fetching, so that it is done once for all calls that wait.
        let mut current = self.current.lock().await;
        if let Some(access_key) =
            current.access_key.as_ref().filter(|access_key| !access_key.is_stale(now_ms))
        {
            return Ok(Arc::clone(access_key));
        }
        if let Some(resolved) = self.remote.resolve_undeclared(&current.source).await? {
            current.source = resolved;
        }
        match self.remote.fetch_key(&current.source, now_ms).await {
            Ok(access_key) => Ok(Arc::clone(current.access_key.insert(Arc::new(access_key)))),
            // Stale keys still work for a while.
            Err(error) => {
                match current
                    .access_key
                    .as_ref()
                    .filter(|access_key| access_key.is_usable_despite(&error, now_ms))
                {
                    Some(access_key) => {
                        tracing::warn!(%error, "the temporary credentials are still used");
                        Ok(Arc::clone(access_key))
                    }
                    None => Err(error),
                }
            }
        }
    }

    /// The server says that the token of these keys has ended: looks for others, in files too, which some tool
    /// may have renewed. Tells whether there are others now.
    pub(in crate::api) async fn renew(&self, ended: &Arc<AccessKey>, now_ms: i64) -> Result<bool, Error> {
        let mut current = self.current.lock().await;
        if current.access_key.as_ref().is_some_and(|access_key| !Arc::ptr_eq(access_key, ended)) {
            return Ok(true); // another call was faster
        }
        let Origin::Discovered { profile, variables } = &self.origin else { return Ok(false) };
        let source = discovery::find_source(profile.as_deref(), &**variables)?;
        current.source = self.remote.resolve_undeclared(&source).await?.unwrap_or(source);
        let access_key = self.remote.fetch_key(&current.source, now_ms).await?;
        let differ = !access_key.is_same_key(ended);
        current.access_key = Some(Arc::new(access_key));
        Ok(differ)
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
