//! The errors of commands: data, messages with the next step in each language, and exit status.

mod cli_error; // errors that commands detect themselves
mod command; // exit status of a command that fails, and the text of its error
mod en;
mod store_zh; // errors of the database in Chinese
mod zh;

pub(super) use cli_error::{CliError, TimeError};
pub(super) use command::{CommandError, error_with_causes, is_broken_pipe, usage_error};
