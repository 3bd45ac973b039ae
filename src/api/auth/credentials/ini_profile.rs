//! Profiles of the ini file that the vendor's libraries share: `~/.alibabacloud/credentials.ini`.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::Error;
use super::source::{Role, Source, VariableLookup, is_metadata_v1_allowed};
use crate::api::auth::access_key::AccessKey;

/// The parsed file. It contains secrets, so it does not implement `Debug`.
pub(super) struct IniFile {
    path: String,
    sections: BTreeMap<String, BTreeMap<String, String>>,
}

impl IniFile {
    /// Parses leniently, as ini parsers do: lines that are no section, key or comment are ignored. A value ends at `#`, as
    /// in the Python library.
    pub(super) fn parse(path: &Path, text: &str) -> Self {
        let mut sections: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        let mut section = None;
        for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = Some(sections.entry(name.trim().to_owned()).or_default());
            } else if let (Some(section), Some((key, value))) = (&mut section, line.split_once('='))
                && !line.starts_with([';', '#'])
            {
                let value = value.split('#').next().unwrap_or_default().trim();
                section.insert(key.trim().to_owned(), value.to_owned());
            }
        }
        Self { path: path.display().to_string(), sections }
    }

    pub(super) fn profile_names(&self) -> impl Iterator<Item = String> {
        self.sections.keys().cloned()
    }

    /// The source of the named section, or of `default`. `None` if there is no such section.
    pub(super) fn find_source(
        &self,
        name: Option<&str>,
        variables: VariableLookup<'_>,
    ) -> Result<Option<Source>, Error> {
        let name = name.unwrap_or("default");
        let Some(section) = self.sections.get(name) else { return Ok(None) };
        let value = |key: &str| section.get(key).filter(|value| !value.is_empty()).cloned();
        let kind = value("type").unwrap_or_else(|| "access_key".to_owned());
        let what = format!("the profile {name:?} of {} ({kind})", self.path);
        let need =
            |key: &'static str| value(key).ok_or_else(|| Error::Incomplete { what: what.clone(), key });
        let access_key = || Ok(AccessKey::new(&need("access_key_id")?, &need("access_key_secret")?, None));
        let role = || {
            Ok(Role {
                arn: need("role_arn")?,
                session_name: value("role_session_name"),
                policy: value("policy"),
                ..Role::from_environment(variables)
            })
        };
        let source = match kind.as_str() {
            "access_key" => Source::Fixed { access_key: access_key()?, what },
            "ram_role_arn" => {
                let base = Source::Fixed { what: what.clone(), access_key: access_key()? };
                Source::Role { base: Box::new(base), role: role()?, what }
            }
            "oidc_role_arn" => {
                let provider_arn = need("oidc_provider_arn")?;
                let token_file = need("oidc_token_file_path")?.into();
                Source::Oidc { role: role()?, provider_arn, token_file, what }
            }
            "ecs_ram_role" => {
                Source::Ecs { role: value("role_name"), v1_allowed: is_metadata_v1_allowed(variables), what }
            }
            _ => return Err(Error::Mode { mode: kind, what }),
        };
        Ok(Some(source))
    }
}
