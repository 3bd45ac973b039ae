//! The sources of access keys with their parameters.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use reqwest::Url;

use super::error::{Error, RemoteError};
use crate::api::auth::access_key::AccessKey;

/// Environment variables by name.
pub(super) type Variables = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;
pub(super) type VariableLookup<'v> = &'v (dyn Fn(&str) -> Option<String> + Send + Sync);

const KEY_ID: &str = "ALIBABA_CLOUD_ACCESS_KEY_ID";
const KEY_SECRET: &str = "ALIBABA_CLOUD_ACCESS_KEY_SECRET";
const SECURITY_TOKEN: &str = "ALIBABA_CLOUD_SECURITY_TOKEN";

/// A source of access keys with its parameters. A URI may contain a secret, so it does not implement `Debug`.
#[derive(Clone)]
pub(super) enum Source {
    Fixed {
        what: String,
        access_key: AccessKey,
    },
    /// A RAM role, assumed with the key of another source.
    Role {
        what: String,
        base: Box<Source>,
        role: Role,
    },
    /// A RAM role, assumed with an OIDC token that the platform keeps in a file.
    Oidc {
        what: String,
        role: Role,
        provider_arn: String,
        token_file: PathBuf,
    },
    Ecs {
        what: String,
        role: Option<String>,
        v1_allowed: bool,
    },
    Uri {
        what: String,
        url: Url,
    },
    /// Nothing is configured: the role of this ECS instance if there is one, or else the credentials URI.
    Undeclared {
        v1_allowed: bool,
        url: Option<Url>,
    },
}

/// A RAM role to assume, with the optional parameters of STS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) arn: String,
    pub(super) session_name: Option<String>,
    pub(super) duration_seconds: Option<u32>,
    pub(super) policy: Option<String>,
    pub(super) external_id: Option<String>,
    /// The region of the STS endpoint; `None` for the global endpoint.
    pub(super) sts_region: Option<String>,
    pub(super) vpc: bool,
}

impl Source {
    pub(super) fn from_key_variables(variables: VariableLookup<'_>) -> Result<Option<Self>, Error> {
        match (non_empty_variable(variables, KEY_ID), non_empty_variable(variables, KEY_SECRET)) {
            (Some(id), Some(secret)) => {
                let access_key =
                    AccessKey::new(&id, &secret, non_empty_variable(variables, SECURITY_TOKEN).as_deref());
                Ok(Some(Self::Fixed {
                    what: "the environment variable ALIBABA_CLOUD_ACCESS_KEY_ID".to_owned(),
                    access_key,
                }))
            }
            (Some(_), None) => Err(Error::Half { present: KEY_ID, missing: KEY_SECRET }),
            (None, Some(_)) => Err(Error::Half { present: KEY_SECRET, missing: KEY_ID }),
            (None, None) => Ok(None),
        }
    }

    pub(super) fn ecs(role: Option<String>, v1_allowed: bool) -> Self {
        let what = match &role {
            Some(role) => format!("the role {role} of this ECS instance"),
            None => "the role of this ECS instance".to_owned(),
        };
        Self::Ecs { what, role, v1_allowed }
    }

    pub(super) fn uri(url: Url) -> Self {
        // The query of a URI may contain a secret.
        let what = format!("the credentials URI of {}", url.host_str().unwrap_or_default());
        Self::Uri { what, url }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fixed { what, .. }
            | Self::Role { what, .. }
            | Self::Oidc { what, .. }
            | Self::Ecs { what, .. }
            | Self::Uri { what, .. } => what,
            Self::Undeclared { .. } => "the role of this ECS instance, if it is one",
        })
    }
}

/// The trimmed value of a variable, `None` if it is unset or blank. A variable set from a file often ends with a line
/// feed.
pub(super) fn non_empty_variable(variables: VariableLookup<'_>, name: &str) -> Option<String> {
    variables(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

pub(super) fn is_variable_true(variables: VariableLookup<'_>, name: &str) -> bool {
    non_empty_variable(variables, name).is_some_and(|text| text.eq_ignore_ascii_case("true") || text == "1")
}

/// Whether the metadata of an instance may be requested without a token (version 1).
pub(super) fn is_metadata_v1_allowed(variables: VariableLookup<'_>) -> bool {
    !is_variable_true(variables, "ALIBABA_CLOUD_IMDSV1_DISABLED")
}

pub(super) fn parse_url(what: &str, text: &str) -> Result<Url, Error> {
    let wrong = |why: String| Error::Remote { what: what.to_owned(), error: RemoteError::Url(why) };
    let url = Url::parse(text).map_err(|error| wrong(format!("it is not a URL ({error})")))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(wrong(format!("its scheme is {other}, which is neither http nor https"))),
    }
}

impl Role {
    /// A role without an ARN, with the STS endpoint of the environment.
    pub(super) fn from_environment(variables: VariableLookup<'_>) -> Self {
        Self {
            sts_region: non_empty_variable(variables, "ALIBABA_CLOUD_STS_REGION"),
            vpc: is_variable_true(variables, "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED"),
            ..Self::default()
        }
    }

    pub(super) fn sts_host(&self) -> String {
        match &self.sts_region {
            Some(region) if self.vpc => format!("sts-vpc.{region}.aliyuncs.com"),
            Some(region) => format!("sts.{region}.aliyuncs.com"),
            None => "sts.aliyuncs.com".to_owned(),
        }
    }
}
