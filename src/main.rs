//! The program: argv in, exit status out. Everything else is in the library.

use std::process::ExitCode;

/// The system's allocator keeps what a large report has freed; this one gives it back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    dts_history::cli::run()
}
