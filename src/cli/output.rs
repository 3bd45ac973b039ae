//! Standard output, standard error and output folders.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

use crate::sanitize::printable;

/// Prints one line on stderr.
pub(super) fn eprint_line(line: &str) {
    // A closed stderr cannot be reported.
    let _ = writeln!(std::io::stderr(), "{}", printable(line));
}

/// Writes a result to stdout.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    write_stdout(|out| Ok(out.write_all(text.as_bytes())?))
}

/// Writes a result of any size to stdout in parts.
pub(super) fn write_stdout(
    content: impl FnOnce(&mut dyn std::io::Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    content(&mut out).and_then(|()| Ok(out.flush()?)).context("cannot write to standard output")
}

/// Creates the folder of `--output`, and its parents.
pub(super) fn create_folder(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}: name another with --output", folder.display()))
}
