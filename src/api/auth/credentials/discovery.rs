//! Finds the configured source of access keys, in the order of the vendor's tools, without remote requests.

use std::path::PathBuf;

use super::error::Error;
use super::source::{
    Role, Source, VariableLookup, is_metadata_v1_allowed, is_variable_true, non_empty_variable, parse_url,
};
use super::{cli_profile, ini_profile};

/// The variables with the home directory: of Unix, and of Windows.
const HOME_VARIABLES: [&str; 3] = ["HOME", "USERPROFILE", "HOMEPATH"];

/// The first configured source, in the order of the vendor's tools.
pub(super) fn find_source(profile: Option<&str>, variables: VariableLookup<'_>) -> Result<Source, Error> {
    if let Some(profile) = profile {
        return from_files(Some(profile), variables)?.ok_or(Error::Missing);
    }
    if let Some(source) = Source::from_key_variables(variables)? {
        return Ok(source);
    }
    if let Some(source) = from_oidc_variables(variables) {
        return Ok(source);
    }
    let profile = non_empty_variable(variables, "ALIBABA_CLOUD_PROFILE");
    if let Some(source) = from_files(profile.as_deref(), variables)? {
        return Ok(source);
    }
    let v1_allowed = is_metadata_v1_allowed(variables);
    let ecs_disabled = is_variable_true(variables, "ALIBABA_CLOUD_ECS_METADATA_DISABLED");
    let role = non_empty_variable(variables, "ALIBABA_CLOUD_ECS_METADATA").filter(|_| !ecs_disabled);
    if let Some(role) = role {
        return Ok(Source::ecs(Some(role), v1_allowed));
    }
    let url = non_empty_variable(variables, "ALIBABA_CLOUD_CREDENTIALS_URI");
    let url = url.map(|text| parse_url("ALIBABA_CLOUD_CREDENTIALS_URI", &text)).transpose()?;
    match url {
        Some(url) if ecs_disabled => Ok(Source::uri(url)),
        None if ecs_disabled => Err(Error::Missing),
        url => Ok(Source::Undeclared { v1_allowed, url }),
    }
}

/// The OIDC role of a Kubernetes pod whose service account may assume a role: it has all three variables.
fn from_oidc_variables(variables: VariableLookup<'_>) -> Option<Source> {
    let arn = non_empty_variable(variables, "ALIBABA_CLOUD_ROLE_ARN")?;
    let provider_arn = non_empty_variable(variables, "ALIBABA_CLOUD_OIDC_PROVIDER_ARN")?;
    let token_file = non_empty_variable(variables, "ALIBABA_CLOUD_OIDC_TOKEN_FILE")?.into();
    let what = format!("the OIDC role {arn} of the environment");
    let session_name = non_empty_variable(variables, "ALIBABA_CLOUD_ROLE_SESSION_NAME");
    let role = Role { arn, session_name, ..Role::from_environment(variables) };
    Some(Source::Oidc { what, role, provider_arn, token_file })
}

/// The source of a profile in the configuration file of the vendor's CLI, or in the shared ini file. Missing files and
/// unconfigured default profiles are skipped.
fn from_files(profile: Option<&str>, variables: VariableLookup<'_>) -> Result<Option<Source>, Error> {
    let (mut files, mut known) = (Vec::new(), Vec::new());
    let home = HOME_VARIABLES.iter().find_map(|name| non_empty_variable(variables, name)).map(PathBuf::from);
    if !is_variable_true(variables, "ALIBABA_CLOUD_CLI_PROFILE_DISABLED")
        && let Some(path) = home.as_ref().map(|home| home.join(".aliyun/config.json"))
        && let Some(text) = read_if_present(&path)?
    {
        let file = cli_profile::CliConfigFile::parse(&path, &text)?;
        if let Some(source) = file.find_source(profile, variables)? {
            return Ok(Some(source));
        }
        known.extend(file.profile_names());
        files.push(path.display().to_string());
    }
    let named = non_empty_variable(variables, "ALIBABA_CLOUD_CREDENTIALS_FILE").map(PathBuf::from);
    let candidates = match (named, home) {
        (Some(named), _) => vec![named],
        // The vendor's Python and Node libraries use different file names.
        (None, Some(home)) => {
            ["credentials.ini", "credentials"].map(|name| home.join(".alibabacloud").join(name)).into()
        }
        (None, None) => Vec::new(),
    };
    for path in candidates {
        let Some(text) = read_if_present(&path)? else { continue };
        let file = ini_profile::IniFile::parse(&path, &text);
        if let Some(source) = file.find_source(profile, variables)? {
            return Ok(Some(source));
        }
        known.extend(file.profile_names());
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

fn read_if_present(path: &PathBuf) -> Result<Option<String>, Error> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::File { path: path.display().to_string(), why: error.to_string() }),
    }
}
