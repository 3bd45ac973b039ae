//! Language and time zone of a command's output.

use anyhow::anyhow;

use super::args::LocaleArgs;
use super::command_error::{CommandError, usage_error};
use super::config::{Config, parse_language, parse_zone};
use crate::report::Options;

/// Language and time zone from the flags, or from the configuration.
pub(super) fn report_options(locale: &LocaleArgs, config: &Config) -> Result<Options, CommandError> {
    Ok(Options {
        language: match &locale.lang {
            Some(code) => parse_language(code).map_err(|error| usage_error(anyhow!("--lang: {error}")))?,
            None => config.command_language(),
        },
        zone: match &locale.tz {
            Some(name) => parse_zone(name).map_err(|error| usage_error(anyhow!("--tz: {error}")))?,
            None => config.timezone,
        },
    })
}
