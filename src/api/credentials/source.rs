//! Where keys come from, decided by what is configured, without asking anything remote.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use reqwest::Url;

use super::{Error, Keys, cli_profile, ini_profile};

/// Environment variables by name.
pub(super) type Variables = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;
pub(super) type Lookup<'v> = &'v (dyn Fn(&str) -> Option<String> + Send + Sync);

const KEY_ID: &str = "ALIBABA_CLOUD_ACCESS_KEY_ID";
const KEY_SECRET: &str = "ALIBABA_CLOUD_ACCESS_KEY_SECRET";
const SECURITY_TOKEN: &str = "ALIBABA_CLOUD_SECURITY_TOKEN";

/// A source of keys, with what it needs to be asked. A URI may hold a secret: no `Debug`.
#[derive(Clone)]
pub(super) enum Source {
    Fixed {
        what: String,
        keys: Keys,
    },
    /// A role assumed with the keys of another source.
    Role {
        what: String,
        base: Box<Source>,
        role: Role,
    },
    /// A role assumed with a token that the platform keeps in a file.
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
    /// Nothing is configured, but this may be an ECS instance with a role. Else the URI, if there is one.
    Undeclared {
        v1_allowed: bool,
        url: Option<Url>,
    },
}

/// A role to assume.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) arn: String,
    pub(super) session_name: Option<String>,
    pub(super) duration_seconds: Option<u32>,
    pub(super) policy: Option<String>,
    pub(super) external_id: Option<String>,
    /// `None`: the global one.
    pub(super) sts_region: Option<String>,
    pub(super) vpc: bool,
}

impl Source {
    /// The first source that is configured, in the order of the vendor's tools.
    pub(super) fn find(profile: Option<&str>, variables: Lookup<'_>) -> Result<Self, Error> {
        if let Some(profile) = profile {
            return from_files(Some(profile), variables)?.ok_or(Error::Missing);
        }
        if let Some(source) = Self::from_key_variables(variables)? {
            return Ok(source);
        }
        if let Some(source) = from_oidc_variables(variables) {
            return Ok(source);
        }
        let profile = filled(variables, "ALIBABA_CLOUD_PROFILE");
        if let Some(source) = from_files(profile.as_deref(), variables)? {
            return Ok(source);
        }
        let v1_allowed = v1_allowed(variables);
        let ecs_disabled = flag(variables, "ALIBABA_CLOUD_ECS_METADATA_DISABLED");
        let role = filled(variables, "ALIBABA_CLOUD_ECS_METADATA").filter(|_| !ecs_disabled);
        if let Some(role) = role {
            return Ok(Self::ecs(Some(role), v1_allowed));
        }
        let url = filled(variables, "ALIBABA_CLOUD_CREDENTIALS_URI");
        let url = url.map(|text| url_of("ALIBABA_CLOUD_CREDENTIALS_URI", &text)).transpose()?;
        match url {
            Some(url) if ecs_disabled => Ok(Self::uri(url)),
            None if ecs_disabled => Err(Error::Missing),
            url => Ok(Self::Undeclared { v1_allowed, url }),
        }
    }

    pub(super) fn from_key_variables(variables: Lookup<'_>) -> Result<Option<Self>, Error> {
        match (filled(variables, KEY_ID), filled(variables, KEY_SECRET)) {
            (Some(id), Some(secret)) => {
                let keys = Keys::new(&id, &secret, filled(variables, SECURITY_TOKEN).as_deref());
                Ok(Some(Self::Fixed {
                    what: "the environment variable ALIBABA_CLOUD_ACCESS_KEY_ID".to_owned(),
                    keys,
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
        // A URI may carry a secret after its path.
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

/// A variable's text. No value of ours begins or ends with a blank; one filled from a file often ends in one.
pub(super) fn filled(variables: Lookup<'_>, name: &str) -> Option<String> {
    variables(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn flag(variables: Lookup<'_>, name: &str) -> bool {
    filled(variables, name).is_some_and(|text| text.eq_ignore_ascii_case("true") || text == "1")
}

/// Whether an instance's metadata may be asked for without a token.
pub(super) fn v1_allowed(variables: Lookup<'_>) -> bool {
    !flag(variables, "ALIBABA_CLOUD_IMDSV1_DISABLED")
}

pub(super) fn url_of(what: &str, text: &str) -> Result<Url, Error> {
    let wrong = |why: String| Error::Remote { what: what.to_owned(), why, transient: false };
    let url = Url::parse(text).map_err(|error| wrong(format!("it is not a URL ({error})")))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(wrong(format!("its scheme is {other}, which is neither http nor https"))),
    }
}

/// A pod whose service account may assume a role has all three variables.
fn from_oidc_variables(variables: Lookup<'_>) -> Option<Source> {
    let arn = filled(variables, "ALIBABA_CLOUD_ROLE_ARN")?;
    let provider_arn = filled(variables, "ALIBABA_CLOUD_OIDC_PROVIDER_ARN")?;
    let token_file = filled(variables, "ALIBABA_CLOUD_OIDC_TOKEN_FILE")?.into();
    let what = format!("the OIDC role {arn} of the environment");
    let session_name = filled(variables, "ALIBABA_CLOUD_ROLE_SESSION_NAME");
    let role = Role { arn, session_name, ..Role::of_environment(variables) };
    Some(Source::Oidc { what, role, provider_arn, token_file })
}

impl Role {
    /// No role yet, and the STS that the environment asks for.
    pub(super) fn of_environment(variables: Lookup<'_>) -> Self {
        Self {
            sts_region: filled(variables, "ALIBABA_CLOUD_STS_REGION"),
            vpc: flag(variables, "ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED"),
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

/// The profile in the CLI's file, else in the shared ini file. A file that is not there has none; neither has
/// one whose default profile was never filled in.
fn from_files(profile: Option<&str>, variables: Lookup<'_>) -> Result<Option<Source>, Error> {
    let (mut files, mut known) = (Vec::new(), Vec::new());
    let home = filled(variables, "HOME").or_else(|| filled(variables, "HOMEPATH")).map(PathBuf::from);
    if !flag(variables, "ALIBABA_CLOUD_CLI_PROFILE_DISABLED")
        && let Some(path) = home.as_ref().map(|home| home.join(".aliyun/config.json"))
        && let Some(text) = read(&path)?
    {
        let file = cli_profile::File::parse(&path, &text)?;
        if let Some(source) = file.source(profile, variables)? {
            return Ok(Some(source));
        }
        known.extend(file.names());
        files.push(path.display().to_string());
    }
    let named = filled(variables, "ALIBABA_CLOUD_CREDENTIALS_FILE").map(PathBuf::from);
    let candidates = match (named, home) {
        (Some(named), _) => vec![named],
        // The vendor's Python and Node libraries do not agree.
        (None, Some(home)) => {
            ["credentials.ini", "credentials"].map(|name| home.join(".alibabacloud").join(name)).into()
        }
        (None, None) => Vec::new(),
    };
    for path in candidates {
        let Some(text) = read(&path)? else { continue };
        let file = ini_profile::File::parse(&path, &text);
        if let Some(source) = file.source(profile, variables)? {
            return Ok(Some(source));
        }
        known.extend(file.names());
        files.push(path.display().to_string());
    }
    match profile {
        None => Ok(None),
        Some(profile) => {
            let or_none = |texts: Vec<String>, none: &str| {
                if texts.is_empty() { none.to_owned() } else { texts.join(", ") }
            };
            Err(Error::NoProfile {
                profile: profile.to_owned(),
                files: or_none(files, "~/.aliyun/config.json or ~/.alibabacloud/credentials.ini"),
                known: or_none(known, "none"),
            })
        }
    }
}

fn read(path: &PathBuf) -> Result<Option<String>, Error> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::File { path: path.display().to_string(), why: error.to_string() }),
    }
}
