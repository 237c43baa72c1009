//! xtask in the place of the compiler: our own crates get counters, everything else stays as it is built.
//!
//! Cargo has no flags for one part of a build, and flags for all of it would compile polars once more.
//! The pass is LLVM's and part of every toolchain; cargo-fuzz asks for nightly because of its sanitizer,
//! which code without `unsafe` does not need.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::shell;

/// Set where cargo calls this program as its compiler.
pub(crate) const VARIABLE: &str = "QUANTX_FUZZ_COMPILER";

/// Counters at every edge, a table of where they are, and what comparisons compare with.
const COUNTERS: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
];

/// Runs the compiler that cargo meant, with counters where they are wanted.
pub(crate) fn run() -> ExitCode {
    match compile() {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // To the error output: cargo reads the other one.
            shell::complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn compile() -> Result<u8> {
    let mut words = shell::words();
    if words.is_empty() {
        anyhow::bail!("no compiler to run: cargo names it first");
    }
    let compiler = words.remove(0);
    let mut command = Command::new(&compiler);
    command.args(&words);
    if is_counted(&words) {
        command.args(COUNTERS);
    }
    let status = command.status();
    let status = status.with_context(|| format!("cannot start {}", compiler.display()))?;
    Ok(status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1))
}

/// Whether these are the words for a crate of ours that goes into a fuzz target.
fn is_counted(words: &[OsString]) -> bool {
    let after = |flag: &str| {
        let at = words.iter().position(|word| word == flag)?;
        words.get(at + 1)?.to_str()
    };
    let name = after("--crate-name").unwrap_or_default();
    let is_ours = name == "quantx" || name.starts_with("quantx_");
    let is_target = words.iter().any(|word| {
        word.to_str()
            .is_some_and(|word| word.contains("fuzz_targets"))
    });
    is_ours || is_target
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split(' ').map(Into::into).collect()
    }

    #[test]
    fn only_crates_of_ours_are_counted() {
        for (text, expect) in [
            (
                "--crate-name quantx_lake --edition=2024 shared/lake/src/lib.rs",
                true,
            ),
            (
                "--crate-name quantx --edition=2024 shared/quantx/src/lib.rs",
                true,
            ),
            (
                "--crate-name chart_parser fuzz_targets/chart_parser.rs",
                true,
            ),
            ("--crate-name polars_parquet src/lib.rs", false),
            ("--crate-name build_script_build build.rs", false),
            ("-vV", false),
            ("--crate-name", false),
        ] {
            assert_eq!(is_counted(&words(text)), expect, "{text}");
        }
    }
}
