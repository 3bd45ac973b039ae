//! RPC signature version 1.0 (HMAC-SHA1) as pure functions.
//!
//! The client signs with them and the simulator verifies. The rules are those of the vendor's page on signing RPC
//! requests. Tests compare them with signatures computed by the vendor's libraries (`tests/vectors/`).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;

/// The decoded parameters of a call, from the URL and from a form body.
///
/// A parameter that is not set is absent: an empty value would be signed.
pub type Params = BTreeMap<String, String>;

/// The parameter with the signature, which is not signed itself.
pub const SIGNATURE: &str = "Signature";

/// The characters to encode: all but the unreserved ones of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The HTTP method, which is part of the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
}

impl Method {
    /// The name of the method as it is signed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// Percent-encodes a name or a value: UTF-8, upper-case hex, a space as `%20`, `~` bare.
#[must_use]
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The query that is signed: sorted by raw name, both sides of each `=` encoded, [`SIGNATURE`] left out.
///
/// It is also a valid query for a URL, and a valid form body.
#[must_use]
pub fn canonical_query(params: &Params) -> String {
    let mut query = String::new();
    for (name, value) in params.iter().filter(|(name, _)| *name != SIGNATURE) {
        if !query.is_empty() {
            query.push('&');
        }
        query.extend(utf8_percent_encode(name, RESERVED));
        query.push('=');
        query.extend(utf8_percent_encode(value, RESERVED));
    }
    query
}

/// The text that is signed. The path is always `/`.
#[must_use]
pub fn string_to_sign(method: Method, params: &Params) -> String {
    format!("{}&{}&{}", method.as_str(), encode("/"), encode(&canonical_query(params)))
}

/// The signature of [`string_to_sign`] in base64. It must be percent-encoded for a URL.
#[must_use]
pub fn signature(access_key_secret: &str, string_to_sign: &str) -> String {
    let tag = hmac_sha1(access_key_secret, string_to_sign).finalize().into_bytes();
    STANDARD.encode(tag)
}

/// Whether `signature` is valid for these parameters, compared in constant time.
#[must_use]
pub fn verify(access_key_secret: &str, method: Method, params: &Params, signature: &str) -> bool {
    STANDARD.decode(signature).is_ok_and(|tag| {
        hmac_sha1(access_key_secret, &string_to_sign(method, params)).verify_slice(&tag).is_ok()
    })
}

fn hmac_sha1(access_key_secret: &str, text: &str) -> Hmac<Sha1> {
    let key = format!("{access_key_secret}&");
    #[expect(clippy::expect_used, reason = "RFC 2104 allows a key of any length, and so does the crate")]
    Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("any length is a key").chain_update(text)
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
        access_key_secret: String,
        query_params: Params,
        body_params: Params,
        canonical_query: String,
        string_to_sign: String,
        signature: String,
        signature_encoded: String,
    }

    impl Vector {
        fn method(&self) -> Method {
            match self.method.as_str() {
                "GET" => Method::Get,
                "POST" => Method::Post,
                other => panic!("{}: method {other}", self.name),
            }
        }

        fn params(&self) -> Params {
            self.query_params.clone().into_iter().chain(self.body_params.clone()).collect()
        }
    }

    fn vectors() -> Vec<Vector> {
        let text = include_str!("../../../tests/vectors/rpc-v1-signing.json");
        let file: File = serde_json::from_str(text).unwrap();
        assert_eq!(file.vectors.len(), 30);
        file.vectors
    }

    #[test]
    fn signatures_equal_the_vectors_of_the_vendor_libraries() {
        for vector in vectors() {
            let name = &vector.name;
            let params = vector.params();
            assert_eq!(canonical_query(&params), vector.canonical_query, "{name}");
            let text = string_to_sign(vector.method(), &params);
            assert_eq!(text, vector.string_to_sign, "{name}");
            let actual = signature(&vector.access_key_secret, &text);
            assert_eq!(actual, vector.signature, "{name}");
            assert_eq!(encode(&actual), vector.signature_encoded, "{name}");
        }
    }

    #[test]
    fn verify_accepts_only_the_signed_request() {
        for vector in vectors() {
            let secret = &vector.access_key_secret;
            let mut params = vector.params();
            params.insert(SIGNATURE.to_owned(), vector.signature.clone());
            let ok =
                |secret: &str, method, params: &Params| verify(secret, method, params, &vector.signature);
            assert!(ok(secret, vector.method(), &params), "{}", vector.name);

            let other = if vector.method() == Method::Get { Method::Post } else { Method::Get };
            assert!(!ok(secret, other, &params), "{}: the method is signed", vector.name);
            assert!(!ok("another secret", vector.method(), &params), "{}: the key counts", vector.name);
            params.insert("PageNum".to_owned(), "4711".to_owned());
            assert!(!ok(secret, vector.method(), &params), "{}: every parameter is signed", vector.name);
        }
        assert!(!verify("secret", Method::Get, &Params::new(), "not base64!"));
        assert!(!verify("secret", Method::Get, &Params::new(), ""));
    }
}
