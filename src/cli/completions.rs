//! `completions` and `man`: shell completions and manual pages, generated from the definitions of the command line.

use std::path::Path;

use anyhow::Context as _;
use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use super::args::{Args, CompletionsArgs, ManArgs};
use super::error::CommandError;
use super::output::{create_folder, print};
use crate::atomic_file;

pub(super) fn print_completions(args: &CompletionsArgs) -> Result<(), CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "dts-history", &mut script);
    let mut script = String::from_utf8(script).context("a script that is no text")?;
    if args.shell == Shell::Bash {
        // The generator spells the name of a program with a hyphen in two ways, and then completes no flags (clap issue
        // 6421). Once that is fixed, this replaces nothing.
        script = script.replace("dts__subcmd__history", "dts__history");
    }
    print(&script)?;
    Ok(())
}

/// Prints the manual page of the program, or writes the pages of all commands to files.
pub(super) fn print_man_pages(args: &ManArgs) -> Result<(), CommandError> {
    // The pages replace the subcommand `help`.
    let mut command = Args::command().disable_help_subcommand(true);
    command.build();
    let Some(folder) = &args.output else {
        print(&render_page(command)?)?;
        return Ok(());
    };
    create_folder(folder)?;
    let commands: Vec<_> = command.get_subcommands().cloned().collect();
    for command in std::iter::once(command).chain(commands) {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
        write_page(folder, &name, &render_page(command)?)?;
    }
    Ok(())
}

fn write_page(folder: &Path, name: &str, page: &str) -> Result<(), CommandError> {
    let path = folder.join(format!("{name}.1"));
    atomic_file::write(&path, page)?;
    print(&format!("{}\n", path.display()))?;
    Ok(())
}

fn render_page(command: Command) -> anyhow::Result<String> {
    let mut page = Vec::new();
    Man::new(command).manual("dts-history").render(&mut page).context("cannot write the page")?;
    let page = String::from_utf8(page).context("a page that is no text")?;
    // The text after the help has the examples; their heading becomes a section of the manual.
    Ok(page.replace(".SH EXTRA\nExamples:\n", ".SH EXAMPLES\n"))
}
