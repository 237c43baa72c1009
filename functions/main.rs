//! `handler`: what the Functions host starts, and posts every invocation to.

use std::process::ExitCode;
use std::sync::Arc;

use quantx::clock::SystemClock;
use quantx_functions::process;

fn main() -> ExitCode {
    process::run(Arc::new(SystemClock))
}
