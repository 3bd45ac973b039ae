//! An access key at one moment.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use super::credentials::error::Error;
use super::rpc;

/// Temporary keys are fetched again this long before they expire, as the vendor's tools do, or when a quarter of their
/// validity is left if that is later.
const RENEW_BEFORE_EXPIRY_MS: i64 = 15 * 60_000;

/// An access key that signs calls, with its security token and validity if it is temporary.
#[derive(Clone)]
pub(in crate::api) struct AccessKey {
    pub(in crate::api) id: String,
    secret: SecretString,
    token: Option<SecretString>,
    validity: Option<Validity>,
}

/// The period in which a temporary key is valid.
#[derive(Debug, Clone, Copy)]
struct Validity {
    fetched_at_ms: i64,
    expires_at_ms: i64,
}

impl AccessKey {
    pub(in crate::api) fn new(access_key_id: &str, secret: &str, token: Option<&str>) -> Self {
        let token = token.filter(|token| !token.is_empty()).map(SecretString::from);
        Self { id: access_key_id.to_owned(), secret: secret.into(), token, validity: None }
    }

    pub(in crate::api) fn with_expiry(mut self, expires_at_ms: i64, fetched_at_ms: i64) -> Self {
        self.validity = Some(Validity { fetched_at_ms, expires_at_ms });
        self
    }

    pub(in crate::api) fn secret(&self) -> &str {
        self.secret.expose_secret()
    }

    pub(in crate::api) fn token(&self) -> Option<&str> {
        self.token.as_ref().map(ExposeSecret::expose_secret)
    }

    /// Whether the key must be fetched again: it is about to expire.
    pub(in crate::api) fn is_stale(&self, now_ms: i64) -> bool {
        self.validity.is_some_and(|validity| {
            let margin_ms = RENEW_BEFORE_EXPIRY_MS.min((validity.expires_at_ms - validity.fetched_at_ms) / 4);
            now_ms >= validity.expires_at_ms - margin_ms
        })
    }

    /// Whether the key can still be used although fetching another one failed with this error: the error is transient and
    /// the key has not expired.
    pub(in crate::api) fn is_usable_despite(&self, error: &Error, now_ms: i64) -> bool {
        error.is_transient() && self.validity.is_some_and(|validity| now_ms < validity.expires_at_ms)
    }

    pub(in crate::api) fn is_same_key(&self, other: &Self) -> bool {
        self.id == other.id && self.secret() == other.secret() && self.token() == other.token()
    }

    /// Replaces the secrets of the key in a text from a server, which may quote the request.
    pub(in crate::api) fn redact(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        for secret in [Some(self.secret()), self.token()].into_iter().flatten() {
            // Plain, percent-encoded, and encoded twice, as in a string to sign.
            let encoded = rpc::encode(secret);
            for form in [rpc::encode(&encoded), encoded, secret.to_owned()] {
                clean = clean.replace(&form, "***");
            }
        }
        clean
    }

    /// The first eight characters of the id, for display.
    pub(in crate::api) fn masked_id(&self) -> String {
        let prefix: String = self.id.chars().take(8).collect();
        if prefix.len() < self.id.len() { format!("{prefix}…") } else { "…".to_owned() }
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey").field("id", &self.masked_id()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::auth::credentials::error::RemoteError;

    #[test]
    fn temporary_keys_are_stale_before_they_expire() {
        let minute = 60_000;
        let access_key = || AccessKey::new("STS.N", "s3cret", Some("t"));
        let stale = |life_ms, at_ms| access_key().with_expiry(life_ms, 0).is_stale(at_ms);
        assert!(!stale(60 * minute, 45 * minute - 1));
        assert!(stale(60 * minute, 45 * minute));
        // A key with a short validity is not stale as soon as it is fetched.
        assert!(!stale(15 * minute, 11 * minute));
        assert!(stale(15 * minute, 12 * minute));
        assert!(!access_key().is_stale(i64::MAX), "no end is known");

        let later = Error::Remote { what: String::new(), error: RemoteError::TimedOut };
        assert!(access_key().with_expiry(100, 0).is_usable_despite(&later, 99));
        assert!(!access_key().with_expiry(100, 0).is_usable_despite(&later, 100));
        assert!(!access_key().with_expiry(100, 0).is_usable_despite(&Error::Missing, 99));
    }

    #[test]
    fn secrets_are_never_printed() {
        let access_key = AccessKey::new("LTAI5tTestVectors00000001", "s3cret/+", Some("CAIS/token=="));
        let printed = format!("{access_key:?} {access_key:#?}");
        assert!(printed.contains("LTAI5tTe…"), "{printed}");
        for secret in ["s3cret", "CAIS", "00000001"] {
            assert!(!printed.contains(secret), "{printed}");
        }
        let quoted = "you sent CAIS/token== and CAIS%2Ftoken%3D%3D with s3cret/+";
        assert_eq!(access_key.redact(quoted), "you sent *** and *** with ***");
        assert_eq!(AccessKey::new("short", "s", None).masked_id(), "…");
    }
}
