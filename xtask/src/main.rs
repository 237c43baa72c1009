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
mod usage;
mod zig;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};

use long_runs::LongRun;
use usage::USAGE;

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
