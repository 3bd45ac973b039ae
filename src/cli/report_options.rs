//! Language and time zone of a command's output.

use super::args::LocaleArgs;
use super::config::{Config, find_zone};
use super::error::{CliError, CommandError, usage_error};
use crate::report::{Language, Options};

/// Language and time zone from the flags, or from the configuration.
pub(super) fn report_options(locale: &LocaleArgs, config: &Config) -> Result<Options, CommandError> {
    Ok(Options {
        language: match &locale.lang {
            Some(code) => Language::from_word(code)
                .ok_or_else(|| usage_error(CliError::UnknownLanguage { code: code.clone() }))?,
            None => config.command_language(),
        },
        zone: match &locale.tz {
            Some(name) => find_zone(name).map_err(|suggestion| {
                usage_error(CliError::UnknownZone { name: name.clone(), suggestion })
            })?,
            None => config.timezone,
        },
        cutover: config.cutover,
    })
}
