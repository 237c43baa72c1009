//! One file per command: arguments become one operation, its result is rendered.

mod backfill;
mod calendar;
mod compare;
mod copy;
mod coverage;
mod doctor;
mod export;
mod fill;
mod flags;
mod members;
mod plan;
mod plot;
mod quarantine;
mod refresh_universe;
mod replay;
mod shell;
mod show;
mod show_manifest;
mod update_daily;
mod verify;
mod version;

use anyhow::{Context, Result};

use crate::args::{Cli, Command};
use crate::console;

/// How a command that could run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// All that was asked for.
    Done,
    /// Less than that: the verdict is red, or listings were not reached.
    Incomplete,
}

/// Threads for reading, merging and writing files beside those of the runtime.
const MAX_BLOCKING_THREADS: usize = 64;

/// Runs the command.
pub(crate) fn execute(cli: Cli) -> Result<Ended> {
    let global = cli.global;
    match cli.command {
        Command::Backfill(args) => block_on(backfill::execute(global, args)),
        Command::Plan(args) => block_on(plan::execute(global, args)),
        Command::Copy(args) => block_on(copy::execute(global, args)),
        Command::UpdateDaily(args) => block_on(update_daily::execute(global, args)),
        Command::RefreshUniverse(args) => block_on(refresh_universe::execute(global, args)),
        Command::Members(args) => block_on(members::execute(global, args)),
        Command::ShowManifest(args) => block_on(show_manifest::execute(global, args)),
        Command::Show(args) => block_on(show::execute(global, args)),
        Command::Plot(args) => block_on(plot::execute(global, args)),
        Command::Export(args) => block_on(export::execute(global, args)),
        Command::Verify(args) => block_on(verify::execute(global, args)),
        Command::Coverage(args) => block_on(coverage::execute(global, args)),
        Command::Calendar(args) => block_on(calendar::execute(global, args)),
        Command::Compare(args) => block_on(compare::execute(global, args)),
        Command::Doctor(args) => block_on(doctor::execute(global, args)),
        Command::Flags(args) => block_on(flags::execute(global, args)),
        Command::Quarantine(args) => block_on(quarantine::execute(global, args)),
        Command::Replay(args) => block_on(replay::execute(global, args)),
        Command::Completions(args) => shell::completions(&args),
        Command::Man(args) => shell::man(&global, &args),
        Command::SettingsReference => {
            console::print(&quantx::settings::configuration_markdown())?;
            Ok(Ended::Done)
        }
        Command::Version => version::execute(&global),
    }
}

/// The runtime is made only for those who need it: `--help` and `version` are there at once.
fn block_on(work: impl Future<Output = Result<Ended>>) -> Result<Ended> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(MAX_BLOCKING_THREADS)
        .enable_all()
        .build();
    let runtime = runtime.context("cannot start the runtime")?;
    let ended = runtime.block_on(work);
    // A thread that is still at something nobody waits for must not keep the program.
    runtime.shutdown_background();
    ended
}
