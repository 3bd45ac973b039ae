//! The access key of the caller and its source, which is never this program's own configuration file.
//!
//! The sources and their order are those of the vendor's own tools. Unlike there, a configured source that fails is an
//! error: with the identity of another source the recorder would record another account.

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

/// The credentials of one account: a source of access keys. Cheap to clone; clones share the fetched key.
#[derive(Clone)]
pub struct Credentials {
    origin: Origin,
    remote: Arc<RemoteKeyClient>,
    current: Arc<Mutex<Current>>,
}

/// The origin of the credentials, to find them again after a token has expired.
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
    /// Credentials with a given key.
    #[must_use]
    pub fn fixed(access_key_id: &str, access_key_secret: &str, security_token: Option<&str>) -> Self {
        let access_key = AccessKey::new(access_key_id, access_key_secret, security_token);
        Self::new(Origin::Fixed, Source::Fixed { what: "the given access key".to_owned(), access_key })
    }

    /// Finds credentials where the vendor's tools do: environment variables, OIDC, the profile in `~/.aliyun/config.json`
    /// or in the shared ini file, the role of an ECS instance, a credentials URI. No remote request is sent yet.
    ///
    /// If a profile is named, only the two files are searched for that profile.
    ///
    /// # Errors
    /// If nothing is configured, or the configured source is invalid.
    pub fn discover(profile: Option<&str>) -> Result<Self, Error> {
        Self::discover_in(profile, Arc::new(|name| std::env::var(name).ok()))
    }

    /// Like [`Self::discover`], with these environment variables.
    pub(in crate::api) fn discover_in(profile: Option<&str>, variables: Variables) -> Result<Self, Error> {
        let source = discovery::find_source(profile, &*variables)?;
        let origin = Origin::Discovered { profile: profile.map(str::to_owned), variables };
        Ok(Self::new(origin, source))
    }

    fn new(origin: Origin, source: Source) -> Self {
        let current = Arc::new(Mutex::new(Current { source, access_key: None }));
        Self { origin, remote: Arc::new(RemoteKeyClient::default()), current }
    }

    /// Describes the source in use and the first characters of its access key id.
    ///
    /// # Errors
    /// If a remote source returns no key.
    pub async fn describe(&self, now_ms: i64) -> Result<String, Error> {
        let access_key = self.access_key(now_ms).await?;
        let current = self.current.lock().await;
        Ok(format!("{} (access key {})", current.source, access_key.masked_id()))
    }

    /// The key to sign with now. A temporary key is fetched again before it expires.
    pub(in crate::api) async fn access_key(&self, now_ms: i64) -> Result<Arc<AccessKey>, Error> {
        // The lock is held while the key is fetched, so that concurrent calls share one request.
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
            // A stale key is valid until it expires.
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

    /// Reads the credentials again after the server has rejected the token of `ended` as expired; another program may have
    /// renewed it in its file. Returns whether the key is a different one now.
    pub(in crate::api) async fn renew(&self, ended: &Arc<AccessKey>, now_ms: i64) -> Result<bool, Error> {
        let mut current = self.current.lock().await;
        if current.access_key.as_ref().is_some_and(|access_key| !Arc::ptr_eq(access_key, ended)) {
            return Ok(true); // another call has renewed it
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
