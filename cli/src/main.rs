//! `quantx`: the library's operations by hand or as a scheduled job.
//!
//! Arguments become one [`args::Command`], a command runs one operation, and [`render`] shows what
//! came of it. Standard output is data; logs and progress go to standard error.

mod args;
mod command;
mod console;
mod escape_control;
mod invocation;
mod logging;
mod progress;
mod render;
mod signals;

use std::process::ExitCode;

use clap::Parser;
use quantx::report::with_causes;

/// Everything that was asked for was done.
const DONE: u8 = 0;
/// Could not run at all.
const COULD_NOT_RUN: u8 = 2;

fn main() -> ExitCode {
    // Wrong arguments end here, also with exit code 2.
    let cli = args::Cli::parse();
    match command::execute(cli) {
        Ok(command::Ended::Done) => ExitCode::from(DONE),
        Ok(command::Ended::Short) => ExitCode::from(1),
        Err(error) => {
            console::print_error(&format!("error: {}", with_causes(error.as_ref())));
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}
