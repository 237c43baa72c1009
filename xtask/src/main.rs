//! What would otherwise be a shell script: `cargo xtask ci` and its parts.

mod bench;
mod ci;
mod deploy_check;
mod dev_host;
mod dist;
mod func_start;
mod fuzz;
mod long_runs;
mod mutants;
mod package;
mod pinned;
mod shell;
mod third_party;
mod tidy;
mod zig;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};

use long_runs::LongRun;

const USAGE: &str = "usage: cargo xtask <command>

  ci      every check that CI runs, in the same order; stops at the first failure
  tidy    the rules of the house that a program can check; prints every violation
  package the Functions app, staged and zipped: [--release] [--target TRIPLE]
  dist    a release: programs for an old glibc, package, wheel, licences, bill of materials, checksums
  licences the licences of everything that the programs are linked from: FILE
  deploy-check the deployment, checked without Azure: [--image PATH_TO_QUANTX] [words of deploy/check/run.py]
  dev-host the staged app on this machine, without Azure and func:
          [--port N] [--vendor sample|synthetic:N:us|yahoo]
  crowd   callers by the hundred against the staged app, with faults and kills; what is left is proven
          [--minutes N] [--callers N] [--store disk|blob]
  fuzz    damaged input for whatever reads what comes from outside; fails when something is found
          [TARGET ...] [--seconds N]: all targets, 30 seconds each; TARGET --input FILE: one input once more
  year    a year of daily updates by the staged app, with faults, kills and people; what is left is proven
          [--days N] [--listings N] [--seed N]
  mutants whether a test fails when the code of the pure rooms is wrong, by cargo-mutants: [ROOM ...] [--shard K/N]
  func-start the staged app on `func`, the host of the Azure Functions Core Tools
  bench   whole runs against the replay vendor, as a Markdown table
          [--quick] [--reference PYTHON_SCRIPT]: the same job in Python, for comparison
          [--handler]: start, memory and size of the Functions app";

fn main() -> ExitCode {
    if shell::variable(fuzz::wrapper::VARIABLE).is_some() {
        return fuzz::wrapper::run();
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Result<()> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["ci"] => ci::run(&shell::checkout()?),
        ["tidy"] => tidy::run(&shell::checkout()?),
        ["package", flags @ ..] => {
            package::run(&shell::checkout()?, &package::Options::parse(flags)?)
        }
        ["dist"] => dist::run(&shell::checkout()?),
        ["licences", file] => third_party::write_licences(&shell::checkout()?, Path::new(file)),
        ["deploy-check", "--image", binary] => deploy_check::image(&shell::checkout()?, binary),
        ["deploy-check", words @ ..] => deploy_check::run(&shell::checkout()?, words),
        ["dev-host", flags @ ..] => {
            dev_host::run(&shell::checkout()?, &dev_host::Options::parse(flags)?)
        }
        ["crowd", flags @ ..] => {
            LongRun::Crowd.run(&shell::checkout()?, &LongRun::Crowd.parse(flags)?)
        }
        ["year", flags @ ..] => {
            LongRun::Year.run(&shell::checkout()?, &LongRun::Year.parse(flags)?)
        }
        ["fuzz", words @ ..] => fuzz::run(&shell::checkout()?, &fuzz::Options::parse(words)?),
        ["mutants", words @ ..] => {
            mutants::run(&shell::checkout()?, &mutants::Options::parse(words)?)
        }
        ["func-start"] => func_start::run(&shell::checkout()?),
        ["bench", flags @ ..] => bench::run(&shell::checkout()?, &bench::Options::parse(flags)?),
        ["help" | "--help" | "-h"] => {
            shell::say(USAGE);
            Ok(())
        }
        [] => bail!("no command\n\n{USAGE}"),
        _ => bail!("unknown command `{}`\n\n{USAGE}", words.join(" ")),
    }
}
