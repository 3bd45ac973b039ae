//! Signs calls. Each attempt has its own nonce and time.

use chrono::DateTime;
use percent_encoding::percent_decode_str;

use super::endpoint::Endpoint;
use crate::api::auth::access_key::AccessKey;
use crate::api::auth::acs3;
use crate::api::auth::rpc::{self, Method, Params};

/// The version of the signature. DTS accepts both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Signature {
    /// RPC version 1.0 (HMAC-SHA1).
    #[default]
    V1,
    /// Version 3 (ACS3-HMAC-SHA256).
    V3,
}

/// A call without the parameters that signing adds.
#[derive(Debug)]
pub(in crate::api) struct Call<'c> {
    pub(in crate::api) action: &'static str,
    pub(in crate::api) version: &'static str,
    pub(in crate::api) region: Option<&'c str>,
    pub(in crate::api) params: Vec<(&'static str, String)>,
}

/// A signed `POST` request with an empty body, as the vendor's SDKs send it.
pub(in crate::api) struct SignedRequest {
    pub(in crate::api) query: String,
    pub(in crate::api) headers: Vec<(&'static str, String)>,
    /// The signed text, to compare with the one of the server after a signature error.
    pub(in crate::api) string_to_sign: String,
}

impl Call<'_> {
    pub(in crate::api) fn sign(
        &self,
        signature: Signature,
        endpoint: &Endpoint,
        access_key: &AccessKey,
        now_ms: i64,
    ) -> SignedRequest {
        let own = self.params.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let mut params: Params = own.collect();
        if let Some(region) = self.region {
            // The central host serves several regions.
            params.insert("RegionId".to_owned(), region.to_owned());
        }
        let (nonce, now) = (new_nonce(), format_timestamp(now_ms));
        match signature {
            Signature::V1 => self.sign_v1(params, access_key, nonce, now),
            Signature::V3 => self.sign_v3(&params, endpoint, access_key, nonce, now),
        }
    }

    fn sign_v1(
        &self,
        mut params: Params,
        access_key: &AccessKey,
        nonce: String,
        now: String,
    ) -> SignedRequest {
        let mut set = |name: &str, value: String| params.insert(name.to_owned(), value);
        set("Action", self.action.to_owned());
        set("Version", self.version.to_owned());
        set("Format", "JSON".to_owned());
        set("AccessKeyId", access_key.id.clone());
        set("SignatureMethod", "HMAC-SHA1".to_owned());
        set("SignatureVersion", "1.0".to_owned());
        set("SignatureNonce", nonce);
        set("Timestamp", now);
        if let Some(token) = access_key.token() {
            set("SecurityToken", token.to_owned());
        }
        let string_to_sign = rpc::string_to_sign(Method::Post, &params);
        let signature = rpc::encode(&rpc::signature(access_key.secret(), &string_to_sign));
        let query = format!("{}&{}={signature}", rpc::canonical_query(&params), rpc::SIGNATURE);
        SignedRequest { query, headers: Vec::new(), string_to_sign }
    }

    fn sign_v3(
        &self,
        params: &Params,
        endpoint: &Endpoint,
        access_key: &AccessKey,
        nonce: String,
        now: String,
    ) -> SignedRequest {
        let payload_sha256 = acs3::payload_sha256(b"");
        let mut headers = vec![
            ("x-acs-action", self.action.to_owned()),
            ("x-acs-version", self.version.to_owned()),
            ("x-acs-date", now),
            ("x-acs-signature-nonce", nonce),
            ("x-acs-content-sha256", payload_sha256.clone()),
        ];
        if let Some(token) = access_key.token() {
            headers.push(("x-acs-accesskey-id", access_key.id.clone()));
            headers.push(("x-acs-security-token", token.to_owned()));
        }
        let mut signed: acs3::Headers =
            headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        signed.insert("host".to_owned(), endpoint.to_string());
        let string_to_sign = acs3::string_to_sign(Method::Post, params, &signed, &payload_sha256);
        let signature = acs3::signature(access_key.secret(), &string_to_sign);
        headers.push(("authorization", acs3::authorization(&access_key.id, &signed, &signature)));
        SignedRequest { query: rpc::canonical_query(params), headers, string_to_sign }
    }
}

pub(in crate::api) fn new_nonce() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// `yyyy-MM-ddTHH:mm:ssZ`, UTC, without a fraction.
pub(in crate::api) fn format_timestamp(now_ms: i64) -> String {
    let now = DateTime::from_timestamp_millis(now_ms).unwrap_or_default();
    now.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The part of a signature error before the server's string to sign, which contains every parameter including the
/// security token.
pub(in crate::api) fn without_string_to_sign(message: &str) -> &str {
    message[..server_string_position(message).unwrap_or(message.len())]
        .trim_end_matches([' ', ',', ';', ':', '.'])
}

/// The next step after a signature error, from the server's string to sign if the message quotes it.
pub(in crate::api) fn signature_advice(message: &str, ours: &str) -> Option<String> {
    let theirs = message[server_string_position(message)?..].replace("&amp;", "&");
    if theirs.contains(ours) {
        let text = "the server signed the same request, so the access key secret is wrong; copy it again, or \
                    create a new key";
        return Some(text.to_owned());
    }
    let changed = match (signed_parameters(&theirs), signed_parameters(ours)) {
        (Some(theirs), Some(ours)) => theirs
            .symmetric_difference(&ours)
            .next()
            .map(|pair| format!(" (parameter {})", pair.split('=').next().unwrap_or_default())),
        _ => None,
    };
    let changed = changed.unwrap_or_default();
    Some(format!(
        "the server signed another request{changed}, so something on the way changes it; check proxies"
    ))
}

fn server_string_position(message: &str) -> Option<usize> {
    let lower = message.to_ascii_lowercase();
    ["server string", "server canonical"].iter().filter_map(|mark| lower.find(mark)).min()
}

/// The parameters in a string to sign of version 1, as `name=value`.
fn signed_parameters(text: &str) -> Option<std::collections::BTreeSet<String>> {
    let query = &text[text.find("&%2F&")? + "&%2F&".len()..];
    let query = query.split(char::is_whitespace).next().unwrap_or(query);
    Some(percent_decode_str(query).decode_utf8_lossy().split('&').map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "POST&%2F&Action%3DX%26PageNum%3D1%26Timestamp%3D2026";

    #[test]
    fn the_string_to_sign_distinguishes_a_wrong_secret_from_a_modified_request() {
        let quoting =
            |theirs: &str| format!("Specified signature is not matched. server string to sign is:{theirs}");
        let same = signature_advice(&quoting(OURS), OURS).unwrap();
        assert!(same.contains("secret is wrong"), "{same}");
        let escaped = OURS.replace('&', "&amp;");
        assert_eq!(signature_advice(&quoting(&escaped), OURS).unwrap(), same);

        let other = OURS.replace("PageNum%3D1", "PageNum%3D2");
        let changed = signature_advice(&quoting(&other), OURS).unwrap();
        assert!(changed.contains("another request (parameter PageNum)"), "{changed}");
        let changed = signature_advice(&quoting("ACS3-HMAC-SHA256\nabc"), "ACS3-HMAC-SHA256\nabd").unwrap();
        assert!(changed.starts_with("the server signed another request, so"), "{changed}");
        assert_eq!(signature_advice("no", OURS), None);
    }

    #[test]
    fn the_string_to_sign_of_the_server_is_not_printed() {
        for (message, shown) in [
            ("Not matched. server string to sign is:GET&%2F&SecurityToken%3DCAIS", "Not matched"),
            ("Not matched, Server StringToSign is [x], server CanonicalRequest is [y]", "Not matched"),
            ("nothing to hide: here", "nothing to hide: here"),
        ] {
            assert_eq!(without_string_to_sign(message), shown);
        }
    }
}
