//! The handler of the Functions app with a clock that a file sets: what a year of daily updates is tested with.
//! The handler itself knows no other clock than the machine's.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use quantx_functions::process;
use quantx_tests::year::{CLOCK_VARIABLE, FileClock};

#[expect(
    clippy::disallowed_methods,
    reason = "the file is named like everything else that the host tells its handler"
)]
fn main() -> ExitCode {
    match std::env::var_os(CLOCK_VARIABLE) {
        Some(file) => process::run(Arc::new(FileClock::new(PathBuf::from(file)))),
        None => ExitCode::FAILURE,
    }
}
