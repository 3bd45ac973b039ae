//! Profiles of the vendor's command line tool: `~/.aliyun/config.json`.

use std::path::Path;

use serde::Deserialize;

use super::error::Error;
use super::source::{Role, Source, VariableLookup, is_metadata_v1_allowed, parse_url};
use crate::api::auth::access_key::AccessKey;

/// The parsed file. It contains secrets, so it does not implement `Debug`.
#[derive(Deserialize)]
pub(super) struct CliConfigFile {
    #[serde(default)]
    current: String,
    #[serde(default)]
    profiles: Vec<Profile>,
    #[serde(skip)]
    path: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Profile {
    name: String,
    mode: String,
    access_key_id: String,
    access_key_secret: String,
    sts_token: String,
    ram_role_arn: String,
    ram_session_name: String,
    /// The same setting in a profile of mode OIDC, as the Python library names it.
    role_session_name: String,
    expired_seconds: u32,
    policy: String,
    external_id: String,
    sts_region: String,
    enable_vpc: bool,
    ram_role_name: String,
    oidc_provider_arn: String,
    oidc_token_file: String,
    #[serde(rename = "source_profile")]
    source: String,
    credentials_uri: String,
}

impl CliConfigFile {
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let path = path.display().to_string();
        let mut file: Self = serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
            // The message of the parser may quote a secret, so only the line is shown.
            let why = format!("it is not the JSON of a configuration (line {})", error.line());
            Error::File { path: path.clone(), why }
        })?;
        file.path = path;
        Ok(file)
    }

    pub(super) fn profile_names(&self) -> impl Iterator<Item = String> {
        self.profiles.iter().map(|profile| profile.name.clone())
    }

    /// The source of the named profile, or of the current profile. `None` if there is no such profile, or if the current
    /// one was never configured.
    pub(super) fn find_source(
        &self,
        name: Option<&str>,
        variables: VariableLookup<'_>,
    ) -> Result<Option<Source>, Error> {
        let wanted = name.unwrap_or(if self.current.is_empty() { "default" } else { &self.current });
        let Some(profile) = self.profile(wanted) else { return Ok(None) };
        // The profile that the tool creates before it is configured.
        let untouched = profile.has_mode("AK")
            && profile.access_key_id.is_empty()
            && profile.access_key_secret.is_empty();
        if untouched && name.is_none() {
            return Ok(None);
        }
        self.source_of_profile(profile, variables, self.profiles.len()).map(Some)
    }

    fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.name == name)
    }

    /// `hops` is the number of further profiles that a chain of roles may contain; a longer chain is a cycle.
    fn source_of_profile(
        &self,
        profile: &Profile,
        variables: VariableLookup<'_>,
        hops: usize,
    ) -> Result<Source, Error> {
        let mode = if profile.mode.is_empty() { "AK" } else { &profile.mode };
        let what = format!("the profile {:?} of {} ({mode})", profile.name, self.path);
        let need = |text: &str, key: &'static str| match text.trim() {
            "" => Err(Error::Incomplete { what: what.clone(), key }),
            text => Ok(text.to_owned()),
        };
        let access_key = |token: Option<&str>| {
            let id = need(&profile.access_key_id, "access_key_id")?;
            Ok(AccessKey::new(&id, &need(&profile.access_key_secret, "access_key_secret")?, token))
        };
        let role =
            || Ok(Role { arn: need(&profile.ram_role_arn, "ram_role_arn")?, ..profile.role(variables) });
        if profile.has_mode("AK") {
            Ok(Source::Fixed { access_key: access_key(None)?, what })
        } else if profile.has_mode("StsToken") {
            let token = need(&profile.sts_token, "sts_token")?;
            Ok(Source::Fixed { access_key: access_key(Some(&token))?, what })
        } else if profile.has_mode("RamRoleArn") {
            let token = Some(profile.sts_token.as_str());
            let base = Source::Fixed { what: what.clone(), access_key: access_key(token)? };
            Ok(Source::Role { base: Box::new(base), role: role()?, what })
        } else if profile.has_mode("ChainableRamRoleArn") {
            let name = need(&profile.source, "source_profile")?;
            let Some(next) = self.profile(&name) else {
                let known = self.profile_names().collect::<Vec<_>>().join(", ");
                return Err(Error::NoProfile { profile: name, files: self.path.clone(), known });
            };
            let hops = hops.checked_sub(1).ok_or_else(|| Error::Cycle { what: what.clone() })?;
            let base = self.source_of_profile(next, variables, hops)?;
            Ok(Source::Role { base: Box::new(base), role: role()?, what })
        } else if profile.has_mode("EcsRamRole") {
            let role = Some(profile.ram_role_name.clone()).filter(|name| !name.is_empty());
            Ok(Source::Ecs { what, role, v1_allowed: is_metadata_v1_allowed(variables) })
        } else if profile.has_mode("OIDC") {
            let provider_arn = need(&profile.oidc_provider_arn, "oidc_provider_arn")?;
            let token_file = need(&profile.oidc_token_file, "oidc_token_file")?.into();
            Ok(Source::Oidc { role: role()?, provider_arn, token_file, what })
        } else if profile.has_mode("CredentialsURI") {
            let url = parse_url(&what, &need(&profile.credentials_uri, "credentials_uri")?)?;
            Ok(Source::Uri { what, url })
        } else {
            Err(Error::Mode { mode: mode.to_owned(), what })
        }
    }
}

impl Profile {
    /// Compares the mode as the tool does: without case, and `AK` if it is empty.
    fn has_mode(&self, mode: &str) -> bool {
        self.mode.eq_ignore_ascii_case(mode) || (self.mode.is_empty() && mode == "AK")
    }

    fn role(&self, variables: VariableLookup<'_>) -> Role {
        let non_empty = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let environment = Role::from_environment(variables);
        Role {
            session_name: non_empty(&self.ram_session_name).or_else(|| non_empty(&self.role_session_name)),
            duration_seconds: Some(self.expired_seconds).filter(|seconds| *seconds > 0),
            policy: non_empty(&self.policy),
            external_id: non_empty(&self.external_id),
            sts_region: non_empty(&self.sts_region).or(environment.sts_region),
            vpc: self.enable_vpc || environment.vpc,
            ..Role::default()
        }
    }
}
