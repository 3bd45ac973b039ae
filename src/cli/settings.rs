//! The configuration and the database of a command, from flags, environment variables and the configuration file.

use std::ffi::OsString;
use std::path::PathBuf;

use super::args::GlobalArgs;
use super::config::Config;
use super::error::{CliError, CommandError, usage_error};
use crate::store::Location;

/// The configuration and the database of a command.
pub(super) struct Settings {
    pub(super) config: Config,
    pub(super) database: Location,
}

impl Settings {
    /// Loads the settings: a flag precedes its environment variable, the file and the default.
    pub(super) fn load(global: GlobalArgs) -> Result<Self, CommandError> {
        let config =
            Config::load(file_from_flag("--config", "DTS_HISTORY_CONFIG", global.config)?.as_deref())
                .map_err(usage_error)?;
        let database =
            file_from_flag("--db", "DTS_HISTORY_DB", global.db)?.unwrap_or_else(|| config.database.clone());
        let database = config.location(database).map_err(usage_error)?;
        Ok(Self { config, database })
    }
}

/// The file of a flag or its variable. An empty variable counts as unset; an empty flag is an error.
fn file_from_flag(
    flag: &'static str,
    variable: &str,
    value: Option<OsString>,
) -> Result<Option<PathBuf>, CommandError> {
    match value {
        Some(empty) if empty.is_empty() && std::env::var_os(variable).is_none_or(|it| !it.is_empty()) => {
            Err(usage_error(CliError::EmptyFileFlag { flag }))
        }
        value => Ok(value.filter(|it| !it.is_empty()).map(PathBuf::from)),
    }
}
