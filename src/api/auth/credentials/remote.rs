//! Fetches access keys from remote sources: the ECS metadata service, STS and credentials URIs.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use chrono::DateTime;
use reqwest::header::CONTENT_TYPE;
use reqwest::{RequestBuilder, Url};
use serde::Deserialize;

use super::error::{Error, RemoteError};
use super::source::{Role, Source};
use crate::api::auth::access_key::AccessKey;
use crate::api::auth::rpc;
use crate::api::error::{clean_token, single_line};
use crate::api::transport::endpoint::{Endpoint, is_loopback};
use crate::api::transport::error_kind::{ErrorKind, classify};
use crate::api::transport::request::{self as signing, Call, Signature};
use crate::api::wire;
use crate::http_client::{self, BodyError, Connect, root_cause};

/// The metadata service of an ECS instance. It is reachable from the instance only, by plain HTTP.
const METADATA_URL: &str = "http://100.100.100.200";
const ROLES_PATH: &str = "/latest/meta-data/ram/security-credentials/";
/// Six hours, as in the vendor's libraries.
const METADATA_TOKEN_SECONDS: &str = "21600";
/// The timeout of the vendor's libraries.
const METADATA_TIMEOUT: Duration = Duration::from_secs(1);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Credentials are a few kilobytes.
const MAX_REPLY_BYTES: usize = 1 << 20;
const STS_VERSION: &str = "2015-04-01";
/// The default of STS.
const DEFAULT_DURATION_SECONDS: u32 = 3600;
const DEFAULT_SESSION_NAME: &str = "dts-history";

/// The client of the remote key sources.
#[derive(Debug)]
pub(super) struct RemoteKeyClient {
    metadata_url: String,
    /// Replaces the STS endpoint of the role, in tests.
    sts_override: Option<String>,
    /// The HTTP client for the metadata service and this machine, without a proxy.
    direct_client: OnceLock<reqwest::Client>,
    proxied_client: OnceLock<reqwest::Client>,
}

impl Default for RemoteKeyClient {
    fn default() -> Self {
        Self::with_endpoints(METADATA_URL, None)
    }
}

/// The reply of the metadata service and of a credentials URI; a part of the reply of STS. It contains secrets, so it
/// does not implement `Debug`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CredentialsReply {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    access_key_id: String,
    #[serde(default)]
    access_key_secret: String,
    #[serde(default)]
    security_token: String,
    #[serde(default)]
    expiration: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StsReply {
    credentials: CredentialsReply,
}

impl RemoteKeyClient {
    pub(super) fn with_endpoints(metadata_url: &str, sts_override: Option<String>) -> Self {
        Self {
            metadata_url: metadata_url.to_owned(),
            sts_override,
            direct_client: OnceLock::new(),
            proxied_client: OnceLock::new(),
        }
    }

    /// The source to use if nothing is configured: the role of this ECS instance, or else the credentials URI. `None` for a
    /// configured source.
    pub(super) async fn resolve_undeclared(&self, source: &Source) -> Result<Option<Source>, Error> {
        let Source::Undeclared { v1_allowed, url } = source else { return Ok(None) };
        match self.fetch_metadata(ROLES_PATH, *v1_allowed).await {
            Ok(role) => Ok(Some(Source::ecs(Some(role.trim().to_owned()), *v1_allowed))),
            Err(error) => {
                tracing::debug!(%error, "no role of an ECS instance");
                url.clone().map(Source::uri).map(Some).ok_or(Error::Missing)
            }
        }
    }

    pub(super) async fn fetch_key(&self, source: &Source, now_ms: i64) -> Result<AccessKey, Error> {
        let result = match source {
            Source::Fixed { access_key, .. } => Ok(access_key.clone()),
            Source::Role { base, role, .. } => {
                // Profiles bound the length of a chain of roles.
                let access_key = Box::pin(self.fetch_key(base, now_ms)).await?;
                self.assume_role(role, &access_key, now_ms).await
            }
            Source::Oidc { role, provider_arn, token_file, .. } => {
                self.assume_role_with_oidc(role, provider_arn, token_file, now_ms).await
            }
            Source::Ecs { role, v1_allowed, .. } => {
                self.fetch_from_ecs(role.as_deref(), *v1_allowed, now_ms).await
            }
            Source::Uri { url, .. } => self.fetch_from_uri(url, now_ms).await,
            Source::Undeclared { .. } => return Err(Error::Missing),
        };
        result.map_err(|error| Error::Remote { what: source.to_string(), error })
    }

    async fn fetch_from_ecs(
        &self,
        role: Option<&str>,
        v1_allowed: bool,
        now_ms: i64,
    ) -> Result<AccessKey, RemoteError> {
        let role = match role {
            Some(role) => role.to_owned(),
            None => self.fetch_metadata(ROLES_PATH, v1_allowed).await?.trim().to_owned(),
        };
        let text = self.fetch_metadata(&format!("{ROLES_PATH}{role}"), v1_allowed).await?;
        parse_credentials_reply(&text)?.into_access_key(now_ms)
    }

    /// Requests metadata with a token (version 2), or without one (version 1) if that fails and is allowed.
    async fn fetch_metadata(&self, path: &str, v1_allowed: bool) -> Result<String, RemoteError> {
        let http = get_or_build_client(&self.direct_client, true)?;
        let url = |path: &str| format!("{}{path}", self.metadata_url);
        let request = http.put(url("/latest/api/token"));
        let token = request.header("X-aliyun-ecs-metadata-token-ttl-seconds", METADATA_TOKEN_SECONDS);
        let refusal = match send_request(token, METADATA_TIMEOUT).await {
            Ok((200, token)) => {
                let request = http.get(url(path)).header("X-aliyun-ecs-metadata-token", token.trim());
                match send_request(request, METADATA_TIMEOUT).await? {
                    (200, text) => return Ok(text),
                    (status, _) => RemoteError::Metadata(status),
                }
            }
            Ok((status, _)) => RemoteError::Metadata(status),
            Err(error) => return Err(error),
        };
        if !v1_allowed {
            return Err(refusal);
        }
        match send_request(http.get(url(path)), METADATA_TIMEOUT).await? {
            (200, text) => Ok(text),
            _ => Err(refusal),
        }
    }

    async fn fetch_from_uri(&self, url: &Url, now_ms: i64) -> Result<AccessKey, RemoteError> {
        let host = url.host_str().unwrap_or_default();
        let http = self.client_for(is_loopback(host))?;
        match send_request(http.get(url.clone()), REQUEST_TIMEOUT).await? {
            (200, text) => parse_credentials_reply(&text)?.into_access_key(now_ms),
            (status, _) => Err(RemoteError::Status(status)),
        }
    }

    async fn assume_role(
        &self,
        role: &Role,
        access_key: &AccessKey,
        now_ms: i64,
    ) -> Result<AccessKey, RemoteError> {
        let call =
            Call { action: "AssumeRole", version: STS_VERSION, region: None, params: role_params(role) };
        let endpoint = self.sts_endpoint(role)?;
        let signed = call.sign(Signature::V1, &endpoint, access_key, now_ms);
        let http = self.client_for(endpoint.is_loopback())?;
        let (status, text) =
            send_request(http.post(endpoint.with_query(&signed.query)), REQUEST_TIMEOUT).await?;
        parse_sts_reply(&endpoint, status, &text, now_ms)
            .map_err(|error| error.map_message(|text| access_key.redact(text)))
    }

    async fn assume_role_with_oidc(
        &self,
        role: &Role,
        provider_arn: &str,
        token_file: &Path,
        now_ms: i64,
    ) -> Result<AccessKey, RemoteError> {
        let token = tokio::fs::read_to_string(token_file).await;
        let token = token.map_err(|error| RemoteError::TokenFile {
            path: token_file.display().to_string(),
            why: error.to_string(),
        })?;
        let mut form = rpc::Params::new();
        let mut set = |name: &str, value: &str| form.insert(name.to_owned(), value.to_owned());
        for (name, value) in role_params(role) {
            set(name, &value);
        }
        set("Action", "AssumeRoleWithOIDC");
        set("Version", STS_VERSION);
        set("Format", "JSON");
        set("Timestamp", &signing::format_timestamp(now_ms));
        set("SignatureNonce", &signing::new_nonce());
        set("OIDCProviderArn", provider_arn);
        set("OIDCToken", token.trim());
        let endpoint = self.sts_endpoint(role)?;
        let http = self.client_for(endpoint.is_loopback())?;
        // The token is too long for a URL.
        let request =
            http.post(endpoint.with_query("")).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let (status, text) = send_request(request.body(rpc::canonical_query(&form)), REQUEST_TIMEOUT).await?;
        parse_sts_reply(&endpoint, status, &text, now_ms)
            .map_err(|error| error.map_message(|text| text.replace(token.trim(), "***")))
    }

    /// The client for a host: without a proxy if it is this machine.
    fn client_for(&self, loopback: bool) -> Result<&reqwest::Client, RemoteError> {
        if loopback {
            get_or_build_client(&self.direct_client, true)
        } else {
            get_or_build_client(&self.proxied_client, false)
        }
    }

    fn sts_endpoint(&self, role: &Role) -> Result<Endpoint, RemoteError> {
        let host = self.sts_override.clone().unwrap_or_else(|| role.sts_host());
        Endpoint::parse(&host, false).map_err(|error| RemoteError::Url(error.to_string()))
    }
}

fn role_params(role: &Role) -> Vec<(&'static str, String)> {
    let session_name = role.session_name.clone().unwrap_or_else(|| DEFAULT_SESSION_NAME.to_owned());
    let duration_seconds = role.duration_seconds.unwrap_or(DEFAULT_DURATION_SECONDS);
    let mut params = vec![
        ("RoleArn", role.arn.clone()),
        ("RoleSessionName", session_name),
        ("DurationSeconds", duration_seconds.to_string()),
    ];
    params.extend(role.policy.clone().map(|policy| ("Policy", policy)));
    params.extend(role.external_id.clone().map(|id| ("ExternalId", id)));
    params
}

fn parse_sts_reply(
    endpoint: &Endpoint,
    status: u16,
    text: &str,
    now_ms: i64,
) -> Result<AccessKey, RemoteError> {
    if status == 200 {
        let answer: StsReply = serde_json::from_str(text).map_err(|_| RemoteError::NotCredentials)?;
        return answer.credentials.into_access_key(now_ms);
    }
    // STS has the same API gateway as DTS.
    let head = wire::read_head(text.as_bytes()).unwrap_or_default();
    let kind = classify(head.err_code.as_deref(), status);
    let transient = matches!(kind, ErrorKind::Throttled | ErrorKind::Transient | ErrorKind::Internal);
    let code = head.err_code.as_deref().and_then(clean_token).unwrap_or_else(|| "no error code".to_owned());
    let message = head.err_message.unwrap_or_default();
    let message = single_line(signing::without_string_to_sign(&message));
    let id = head.request_id.as_deref().and_then(clean_token).unwrap_or_else(|| "unknown".to_owned());
    let message = format!("{endpoint} answered {code} (HTTP {status}): {message} (RequestId {id})");
    Err(RemoteError::Sts { message, transient })
}

fn parse_credentials_reply(text: &str) -> Result<CredentialsReply, RemoteError> {
    serde_json::from_str(text).map_err(|_| RemoteError::NotCredentials)
}

impl CredentialsReply {
    fn into_access_key(self, now_ms: i64) -> Result<AccessKey, RemoteError> {
        if let Some(code) = self.code.as_deref().filter(|code| *code != "Success") {
            return Err(RemoteError::Code(single_line(code)));
        }
        let Self { access_key_id, access_key_secret, security_token, .. } = &self;
        let is_incomplete =
            [access_key_id, access_key_secret, security_token].into_iter().any(String::is_empty);
        match DateTime::parse_from_rfc3339(&self.expiration) {
            Ok(expires_at) if !is_incomplete => {
                let access_key = AccessKey::new(access_key_id, access_key_secret, Some(security_token));
                Ok(access_key.with_expiry(expires_at.timestamp_millis(), now_ms))
            }
            _ => Err(RemoteError::Incomplete),
        }
    }
}

fn get_or_build_client(
    slot: &OnceLock<reqwest::Client>,
    direct: bool,
) -> Result<&reqwest::Client, RemoteError> {
    if let Some(client) = slot.get() {
        return Ok(client);
    }
    let connect = Connect {
        proxy: !direct,
        gzip: true,
        timeout: Duration::from_secs(if direct { 1 } else { 5 }),
        // Credentials are fetched rarely: an idle connection would be closed by then.
        max_idle_per_host: 0,
    };
    let client = http_client::build(connect)
        .map_err(|error| RemoteError::Http(single_line(&root_cause(&error).to_string())))?;
    Ok(slot.get_or_init(|| client))
}

/// Sends a request and returns the status and the text of the reply. Errors do not contain the URL, which may be
/// signed.
async fn send_request(request: RequestBuilder, timeout: Duration) -> Result<(u16, String), RemoteError> {
    let transport_error = |error: reqwest::Error| {
        if error.is_timeout() { RemoteError::TimedOut } else { RemoteError::Unreachable }
    };
    let response = request.timeout(timeout).send().await.map_err(transport_error)?;
    let status = response.status().as_u16();
    let body = http_client::read_body(response, MAX_REPLY_BYTES).await.map_err(|error| match error {
        BodyError::Transport(error) => transport_error(error),
        BodyError::TooLarge { max_bytes } => RemoteError::TooLarge { max_bytes },
    })?;
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}
