//! Authentication of calls: access key, signature, time stamp, nonce. The state is the used nonces and the security token.
//!
//! Codes and statuses are those of the vendor's gateway; where its pages differ, the more common one.

use std::collections::{HashSet, VecDeque};

use chrono::{DateTime, NaiveDateTime};

use super::gateway_error::GatewayError;
use super::security_tokens::SecurityTokens;
use crate::api::auth::rpc::{self, Method, Params};

/// The only API version that is served: the one that the vendor recommends.
pub(crate) const VERSION: &str = "2020-01-01";

/// Maximum deviation of a time stamp.
const TIMESTAMP_TOLERANCE_MS: i64 = 15 * 60_000;
/// Maximum number of nonces kept. The oldest are dropped first: calls that old are rejected for their time stamp,
/// unless more calls than this arrive in 15 minutes.
const MAX_NONCES: usize = 100_000;

/// The calls that are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    DescribeInitializationStatus,
    DescribeSynchronizationJobs,
    DescribeSynchronizationJobStatus,
    DescribeMigrationJobDetail,
    DescribeMigrationJobs,
    DescribeMigrationJobStatus,
    DescribePreCheckStatus,
    DescribeDtsJobs,
    DescribeDtsJobDetail,
    SummaryJobDetail,
    ListJobStep,
}

impl Action {
    const ALL: [Self; 11] = [
        Self::DescribeInitializationStatus,
        Self::DescribeSynchronizationJobs,
        Self::DescribeSynchronizationJobStatus,
        Self::DescribeMigrationJobDetail,
        Self::DescribeMigrationJobs,
        Self::DescribeMigrationJobStatus,
        Self::DescribePreCheckStatus,
        Self::DescribeDtsJobs,
        Self::DescribeDtsJobDetail,
        Self::SummaryJobDetail,
        Self::ListJobStep,
    ];

    /// The value of the parameter `Action`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DescribeInitializationStatus => "DescribeInitializationStatus",
            Self::DescribeSynchronizationJobs => "DescribeSynchronizationJobs",
            Self::DescribeSynchronizationJobStatus => "DescribeSynchronizationJobStatus",
            Self::DescribeMigrationJobDetail => "DescribeMigrationJobDetail",
            Self::DescribeMigrationJobs => "DescribeMigrationJobs",
            Self::DescribeMigrationJobStatus => "DescribeMigrationJobStatus",
            Self::DescribePreCheckStatus => "DescribePreCheckStatus",
            Self::DescribeDtsJobs => "DescribeDtsJobs",
            Self::DescribeDtsJobDetail => "DescribeDtsJobDetail",
            Self::SummaryJobDetail => "SummaryJobDetail",
            Self::ListJobStep => "ListJobStep",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

/// A parameter that must be present and not empty.
pub(crate) fn required_param<'a>(params: &'a Params, name: &str) -> Result<&'a str, GatewayError> {
    params
        .get(name)
        .map(String::as_str)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| GatewayError::missing(name))
}

/// Authenticates a call signed with RPC signature version 1.0.
pub(crate) fn authenticate(
    method: Method,
    params: &Params,
    now_ms: i64,
    state: &mut GatewayState,
) -> Result<Action, GatewayError> {
    let action = parse_action(required_param(params, "Action")?, required_param(params, "Version")?)?;
    let timestamp = required_param(params, "Timestamp")?;
    let key_id = required_param(params, "AccessKeyId")?;
    let signature = required_param(params, rpc::SIGNATURE)?;
    let nonce = required_param(params, "SignatureNonce")?;
    if required_param(params, "SignatureMethod")? != "HMAC-SHA1" {
        let message = "Specified signature method is not supported; use HMAC-SHA1.";
        return Err(GatewayError::new(400, "InvalidSignatureMethod", message));
    }
    if required_param(params, "SignatureVersion")? != "1.0" {
        let message =
            "The request signature does not conform to Aliyun standards: SignatureVersion is not 1.0.";
        return Err(GatewayError::new(400, "IncompleteSignature", message));
    }
    check_timestamp(timestamp, now_ms)?;
    let token = params.get("SecurityToken").map(String::as_str);
    let secret = state.security_tokens.secret(key_id, token)?;
    if !rpc::verify(secret, method, params, signature) {
        let message = format!(
            "Specified signature is not matched with our calculation. server string to sign is:{}",
            rpc::string_to_sign(method, params)
        );
        return Err(GatewayError::new(400, "SignatureDoesNotMatch", message));
    }
    state.nonces.consume(key_id, nonce)?;
    Ok(action)
}

pub(super) fn parse_action(name: &str, version: &str) -> Result<Action, GatewayError> {
    if version != VERSION {
        return Err(GatewayError::new(400, "InvalidVersion", "Specified parameter Version is not valid."));
    }
    Action::from_name(name).ok_or_else(|| {
        let message = "Specified api is not found, please check your url and method.";
        GatewayError::new(404, "InvalidApi.NotFound", message)
    })
}

pub(super) fn check_timestamp(timestamp: &str, now_ms: i64) -> Result<(), GatewayError> {
    let Ok(stamp) = NaiveDateTime::parse_from_str(timestamp, "%Y-%m-%dT%H:%M:%SZ") else {
        let message = "Specified time stamp or date value is not well formatted.";
        return Err(GatewayError::new(400, "InvalidTimeStamp.Format", message));
    };
    if (stamp.and_utc().timestamp_millis() - now_ms).abs() > TIMESTAMP_TOLERANCE_MS {
        let now = DateTime::from_timestamp_millis(now_ms).unwrap_or_default().format("%Y-%m-%dT%H:%M:%SZ");
        let message = format!(
            "Specified time stamp or date value is expired. Server time is {now}, yours is {timestamp}."
        );
        return Err(GatewayError::new(400, "InvalidTimeStamp.Expired", message));
    }
    Ok(())
}

/// What the gateway remembers of earlier calls.
#[derive(Debug, Default)]
pub(crate) struct GatewayState {
    pub(super) nonces: Nonces,
    pub(super) security_tokens: SecurityTokens,
}

/// The used nonces, to detect a call that is sent twice.
#[derive(Debug, Default)]
pub(crate) struct Nonces {
    used: HashSet<String>,
    /// Oldest first.
    order: VecDeque<String>,
}

impl Nonces {
    /// Marks a nonce as used.
    pub(super) fn consume(&mut self, key_id: &str, nonce: &str) -> Result<(), GatewayError> {
        let pair = format!("{key_id}\n{nonce}");
        if !self.used.insert(pair.clone()) {
            let message = "Specified signature nonce was used already.";
            return Err(GatewayError::new(400, "SignatureNonceUsed", message));
        }
        self.order.push_back(pair);
        if self.order.len() > MAX_NONCES
            && let Some(oldest) = self.order.pop_front()
        {
            self.used.remove(&oldest);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::server::security_tokens::{
        ACCESS_KEY_ID, ACCESS_KEY_SECRET, STS_ACCESS_KEY_ID, STS_ACCESS_KEY_SECRET, STS_SECURITY_TOKEN,
    };

    const NOW_MS: i64 = 1_782_864_000_000; // 2026-07-01T00:00:00Z

    fn params(changes: &[(&str, &str)]) -> Params {
        let mut params: Params = [
            ("Action", "DescribeInitializationStatus"),
            ("Version", VERSION),
            ("AccessKeyId", ACCESS_KEY_ID),
            ("SignatureMethod", "HMAC-SHA1"),
            ("SignatureVersion", "1.0"),
            ("SignatureNonce", "n1"),
            ("Timestamp", "2026-07-01T00:14:59Z"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        for (name, value) in changes {
            params.insert((*name).to_owned(), (*value).to_owned());
        }
        params
    }

    fn signed(mut params: Params, secret: &str) -> Params {
        let text = rpc::string_to_sign(Method::Get, &params);
        params.insert(rpc::SIGNATURE.to_owned(), rpc::signature(secret, &text));
        params
    }

    fn code(params: &Params) -> &'static str {
        match authenticate(Method::Get, params, NOW_MS, &mut GatewayState::default()) {
            Ok(_) => "",
            Err(gateway_error) => gateway_error.code,
        }
    }

    #[test]
    fn calls_are_accepted_or_rejected_with_the_vendors_code() {
        let table = [
            (params(&[]), ACCESS_KEY_SECRET, ""),
            (params(&[]), "another secret", "SignatureDoesNotMatch"),
            (params(&[("AccessKeyId", "nobody")]), ACCESS_KEY_SECRET, "InvalidAccessKeyId.NotFound"),
            (params(&[("Timestamp", "2026-07-01T00:15:01Z")]), ACCESS_KEY_SECRET, "InvalidTimeStamp.Expired"),
            (params(&[("Timestamp", "2026-06-30T23:44:59Z")]), ACCESS_KEY_SECRET, "InvalidTimeStamp.Expired"),
            (params(&[("Timestamp", "yesterday")]), ACCESS_KEY_SECRET, "InvalidTimeStamp.Format"),
            (params(&[("Version", "2015-11-24")]), ACCESS_KEY_SECRET, "InvalidVersion"),
            (params(&[("Action", "DropEverything")]), ACCESS_KEY_SECRET, "InvalidApi.NotFound"),
            (params(&[("Action", "")]), ACCESS_KEY_SECRET, "MissingParameter"),
            (params(&[("SignatureNonce", "")]), ACCESS_KEY_SECRET, "MissingParameter"),
            (params(&[("SignatureMethod", "HMAC-MD5")]), ACCESS_KEY_SECRET, "InvalidSignatureMethod"),
            (params(&[("SignatureVersion", "2.0")]), ACCESS_KEY_SECRET, "IncompleteSignature"),
            (params(&[("AccessKeyId", STS_ACCESS_KEY_ID)]), STS_ACCESS_KEY_SECRET, "MissingSecurityToken"),
            (params(&[("SecurityToken", "x")]), ACCESS_KEY_SECRET, "InvalidSecurityToken.Malformed"),
            (
                params(&[("AccessKeyId", STS_ACCESS_KEY_ID), ("SecurityToken", STS_SECURITY_TOKEN)]),
                STS_ACCESS_KEY_SECRET,
                "",
            ),
        ];
        for (params, secret, expected) in table {
            let params = signed(params, secret);
            assert_eq!(code(&params), expected, "{params:?}");
        }
        assert_eq!(code(&params(&[])), "MissingParameter", "no signature");
    }

    #[test]
    fn the_string_to_sign_follows_a_colon() {
        let params = signed(params(&[]), "another secret");
        let gateway_error = authenticate(Method::Get, &params, NOW_MS, &mut GatewayState::default())
            .expect_err("wrong secret");
        let (_, text) = gateway_error.message.split_once(':').expect("a colon");
        assert_eq!(text, rpc::string_to_sign(Method::Get, &params));
    }

    #[test]
    fn a_nonce_is_accepted_once_and_memory_is_bounded() {
        let mut nonces = Nonces::default();
        assert_eq!(nonces.consume("a", "0"), Ok(()));
        assert_eq!(nonces.consume("b", "0"), Ok(()), "each key has its own");
        assert_eq!(
            nonces.consume("a", "0").map_err(|gateway_error| gateway_error.code),
            Err("SignatureNonceUsed")
        );
        for number in 1..=MAX_NONCES {
            assert_eq!(nonces.consume("a", &number.to_string()), Ok(()));
        }
        assert_eq!((nonces.used.len(), nonces.order.len()), (MAX_NONCES, MAX_NONCES));
    }
}
