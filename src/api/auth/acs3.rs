//! Signature version 3 (ACS3-HMAC-SHA256) as pure functions. The vendor's current SDKs use it for DTS.
//!
//! Parameters stay in the query; the action, version, date and nonce are headers. The rules are those of the vendor's
//! page on request syntax and signature method V3. Tests compare them with the example of that page and with signatures
//! computed by the vendor's library (`tests/vectors/`).

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::rpc::{Method, Params, canonical_query};

/// The name of the scheme in the `Authorization` header.
pub const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// The headers that are signed: lower-case names and their values.
pub type Headers = BTreeMap<String, String>;

/// The hash of a body in lower-case hex, for `x-acs-content-sha256`.
#[must_use]
pub fn payload_sha256(payload: &[u8]) -> String {
    hex::encode(Sha256::digest(payload))
}

/// The text that is signed: the algorithm and the hash of the canonical request, which contains the hash of the body.
/// The path is always `/`.
#[must_use]
pub fn string_to_sign(method: Method, params: &Params, headers: &Headers, payload_sha256: &str) -> String {
    let mut lines = String::new();
    for (name, value) in headers {
        lines.extend([name, ":", value.trim(), "\n"]);
    }
    let request = format!(
        "{}\n/\n{}\n{lines}\n{}\n{payload_sha256}",
        method.as_str(),
        canonical_query(params),
        signed_header_names(headers)
    );
    format!("{ALGORITHM}\n{}", hex::encode(Sha256::digest(request)))
}

/// The signature of [`string_to_sign`] in lower-case hex.
#[must_use]
pub fn signature(access_key_secret: &str, string_to_sign: &str) -> String {
    hex::encode(hmac_sha256(access_key_secret, string_to_sign).finalize().into_bytes())
}

/// The `Authorization` header of a request with these signed headers.
#[must_use]
pub fn authorization(access_key_id: &str, headers: &Headers, signature: &str) -> String {
    let names = signed_header_names(headers);
    format!("{ALGORITHM} Credential={access_key_id},SignedHeaders={names},Signature={signature}")
}

/// A parsed `Authorization` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization<'h> {
    /// The access key id.
    pub access_key_id: &'h str,
    /// The names of the headers that were signed.
    pub signed_headers: Vec<&'h str>,
    /// The signature.
    pub signature: &'h str,
}

impl<'h> Authorization<'h> {
    /// Parses the header; `None` if it is of another scheme.
    #[must_use]
    pub fn parse(header: &'h str) -> Option<Self> {
        let (algorithm, rest) = header.trim().split_once(' ')?;
        let mut parts = rest.split(',').map(str::trim);
        let access_key_id = parts.next()?.strip_prefix("Credential=")?;
        let signed_headers = parts.next()?.strip_prefix("SignedHeaders=")?.split(';').collect();
        let signature = parts.next()?.strip_prefix("Signature=")?;
        (algorithm == ALGORITHM).then_some(Self { access_key_id, signed_headers, signature })
    }

    /// Whether the signature is valid for a request with these headers, signed or not, by lower-case name. A missing signed
    /// header makes it invalid.
    #[must_use]
    pub fn verify(
        &self,
        access_key_secret: &str,
        method: Method,
        params: &Params,
        headers: &Headers,
        payload_sha256: &str,
    ) -> bool {
        let signed: Option<Headers> = self
            .signed_headers
            .iter()
            .map(|name| headers.get(*name).map(|value| ((*name).to_owned(), value.clone())))
            .collect();
        let (Some(signed), Some(tag)) = (signed, hex::decode(self.signature).ok()) else { return false };
        let text = string_to_sign(method, params, &signed, payload_sha256);
        hmac_sha256(access_key_secret, &text).verify_slice(&tag).is_ok()
    }
}

fn signed_header_names(headers: &Headers) -> String {
    headers.keys().map(String::as_str).collect::<Vec<_>>().join(";")
}

fn hmac_sha256(access_key_secret: &str, text: &str) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "RFC 2104 allows a key of any length, and so does the crate")]
    Hmac::<Sha256>::new_from_slice(access_key_secret.as_bytes())
        .expect("any length is a key")
        .chain_update(text)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct File {
        vectors: Vec<Vector>,
    }

    #[derive(Deserialize)]
    struct Vector {
        name: String,
        method: String,
        access_key_id: String,
        access_key_secret: String,
        params: Params,
        headers: Headers,
        payload_sha256: String,
        authorization: String,
    }

    fn vectors() -> Vec<(Method, Vector)> {
        let text = include_str!("../../../tests/vectors/acs3-signing.json");
        let file: File = serde_json::from_str(text).unwrap();
        assert_eq!(file.vectors.len(), 31);
        let method = |vector: &Vector| if vector.method == "GET" { Method::Get } else { Method::Post };
        file.vectors.into_iter().map(|vector| (method(&vector), vector)).collect()
    }

    #[test]
    fn signatures_equal_the_vectors_of_the_vendor_library() {
        for (method, v) in vectors() {
            let text = string_to_sign(method, &v.params, &v.headers, &v.payload_sha256);
            let signature = signature(&v.access_key_secret, &text);
            assert_eq!(
                authorization(&v.access_key_id, &v.headers, &signature),
                v.authorization,
                "{}",
                v.name
            );
        }
    }

    #[test]
    fn string_to_sign_equals_the_documented_example() {
        let (method, v) = vectors().remove(0);
        assert_eq!(v.payload_sha256, payload_sha256(b""));
        let text = string_to_sign(method, &v.params, &v.headers, &v.payload_sha256);
        let hash = "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259";
        assert_eq!(text, format!("ACS3-HMAC-SHA256\n{hash}"));
    }

    #[test]
    fn verify_accepts_only_the_signed_request() {
        for (method, mut v) in vectors() {
            let authorization = Authorization::parse(&v.authorization).unwrap();
            assert_eq!(authorization.access_key_id, v.access_key_id);
            v.headers.insert("connection".to_owned(), "close".to_owned());
            let ok = |secret: &str, params: &Params, headers: &Headers, hash: &str| {
                authorization.verify(secret, method, params, headers, hash)
            };
            let (secret, hash) = (&v.access_key_secret, &v.payload_sha256);
            assert!(ok(secret, &v.params, &v.headers, hash), "{}", v.name);
            assert!(!ok("another secret", &v.params, &v.headers, hash));
            assert!(!ok(secret, &v.params, &v.headers, &payload_sha256(b"x")));
            let mut params = v.params.clone();
            params.insert("PageNum".to_owned(), "4711".to_owned());
            assert!(!ok(secret, &params, &v.headers, hash));
            let mut headers = v.headers.clone();
            headers.insert("x-acs-date".to_owned(), "2026-01-02T03:04:06Z".to_owned());
            assert!(!ok(secret, &v.params, &headers, hash));
            headers.remove("x-acs-date");
            assert!(!ok(secret, &v.params, &headers, hash));
        }
        for foreign in ["", "Bearer x", "ACS3-HMAC-SHA256", "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=b"] {
            assert_eq!(Authorization::parse(foreign), None, "{foreign}");
        }
    }
}
