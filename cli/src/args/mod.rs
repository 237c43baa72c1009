//! The command line. Wrong arguments end with exit code 2 and say what is allowed.

mod calendar;
mod compare;
mod copy;
mod coverage;
mod doctor;
mod examples;
mod flags;
mod lake;
mod plan;
mod quarantine;
mod replay;
mod shell;
mod show;
mod universe;
mod value;
mod verify;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use quantx::operations::Effects;

pub(crate) use calendar::{CalendarArgs, Layout};
pub(crate) use compare::CompareArgs;
pub(crate) use copy::{CopyArgs, CopyPlace};
pub(crate) use coverage::{CoverageArgs, Strictness};
pub(crate) use doctor::DoctorArgs;
pub(crate) use flags::FlagsArgs;
pub(crate) use lake::{
    BackfillArgs, FillArgs, ManifestSource, Place, ShowManifestArgs, UpdateDailyArgs,
};
pub(crate) use plan::PlanArgs;
pub(crate) use quarantine::{DecideArgs, ListArgs, QuarantineCommand, Shown};
pub(crate) use replay::ReplayArgs;
pub(crate) use shell::{CompletionsArgs, ManArgs};
pub(crate) use show::{ExportArgs, PictureFormat, PlotArgs, ShowArgs};
pub(crate) use universe::{ImportMembersArgs, MembersArgs, MembersCommand, RefreshUniverseArgs};
pub(crate) use verify::VerifyArgs;

/// Fills a lake of daily bars and keeps it right.
#[derive(Debug, Parser)]
#[command(name = "quantx", version, after_help = examples::QUANTX, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Stores the history of a universe between two dates
    #[command(after_help = examples::BACKFILL)]
    Backfill(BackfillArgs),
    /// Brings a universe up to the last final session
    #[command(after_help = examples::UPDATE_DAILY)]
    UpdateDaily(UpdateDailyArgs),
    /// Shows what a backfill or a daily update would do, and what it would cost
    #[command(after_help = examples::PLAN)]
    Plan(PlanArgs),
    /// Copies a lake to another place, or goes on with a copy
    #[command(after_help = examples::COPY)]
    Copy(CopyArgs),
    /// Brings the universes of a phase up to date with their sources
    #[command(after_help = examples::REFRESH_UNIVERSE)]
    RefreshUniverse(RefreshUniverseArgs),
    /// Shows who was a member of a universe on a date
    #[command(after_help = examples::MEMBERS)]
    Members(MembersArgs),
    /// Shows what the lake holds, one line per listing
    #[command(after_help = examples::SHOW_MANIFEST)]
    ShowManifest(ShowManifestArgs),
    /// Shows listings: newest sessions, events, what is missing, and a chart
    #[command(after_help = examples::SHOW)]
    Show(ShowArgs),
    /// Draws listings as a picture
    #[command(after_help = examples::PLOT)]
    Plot(PlotArgs),
    /// Hands out rows as one table, as traded or adjusted
    #[command(after_help = examples::EXPORT)]
    Export(ExportArgs),
    /// Proves again, offline, that the lake holds what it promises
    #[command(after_help = examples::VERIFY)]
    Verify(VerifyArgs),
    /// Shows what the lake holds of what it should hold, and names what is missing
    #[command(after_help = examples::COVERAGE)]
    Coverage(CoverageArgs),
    /// Lists calendars, or shows the sessions of an exchange with open and close
    #[command(after_help = examples::CALENDAR)]
    Calendar(CalendarArgs),
    /// Asks other vendors about stored sessions and says where they disagree, cell by cell
    #[command(after_help = examples::COMPARE)]
    Compare(CompareArgs),
    /// Looks at settings, store, vendor, lists and runs, and says what to do about what is wrong
    #[command(after_help = examples::DOCTOR)]
    Doctor(DoctorArgs),
    /// Shows what rules and checksums said of listings: new, standing or decided
    #[command(after_help = examples::FLAGS)]
    Flags(FlagsArgs),
    /// Shows what runs refused, and stores or dismisses it by your decision
    #[command(after_help = examples::QUARANTINE, subcommand)]
    Quarantine(QuarantineCommand),
    /// Serves a known history on this machine as Yahoo would have served it
    #[command(after_help = examples::REPLAY)]
    Replay(ReplayArgs),
    /// Prints what a shell needs to complete commands and flags
    #[command(after_help = examples::COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Prints the manual page, or writes one for each command
    #[command(after_help = examples::MAN)]
    Man(ManArgs),
    /// Prints docs/configuration.md
    #[command(hide = true)]
    SettingsReference,
    /// Shows version, schema version and what this program was built for
    Version,
}

/// Flags of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// Folder of settings.yaml and universes.yaml [default: ./config if it exists]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) config: Option<PathBuf>,
    /// Folder of the lake on local disk [default: from settings, ./data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) storage_root: Option<String>,
    /// Runs as of this instant (RFC 3339); a date is the end of that day in UTC [default: now]
    #[arg(long, global = true, value_name = "TIMESTAMP", value_parser = value::instant)]
    pub(crate) as_of: Option<Timestamp>,
    /// Who answers; the sample needs no network
    #[arg(long, global = true, value_enum, default_value_t = Provider::Yahoo)]
    pub(crate) provider: Provider,
    /// Requests of all workers together; 0 is no limit [default: from settings, 2]
    #[arg(long, global = true, value_name = "N")]
    pub(crate) requests_per_second: Option<String>,
    /// Where Yahoo is asked, such as a `quantx replay` on this machine [default: from settings]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) yahoo_base_url: Option<String>,
    /// Shows what would be done; nothing is written, the vendor is not asked
    #[arg(long, global = true)]
    dry_run: bool,
    /// Writes JSON to standard output instead of a table
    #[arg(long, global = true)]
    json: bool,
    /// error, warn, info, debug or trace [default: from settings, info]
    #[arg(long, global = true, value_name = "LEVEL")]
    pub(crate) log_level: Option<String>,
    /// No progress, and of the logs only errors
    #[arg(short, long, global = true)]
    quiet: bool,
}

/// `--provider`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Provider {
    // Not doc comments: those would stretch every `--help` to three lines per flag.
    // At the address of the settings.
    Yahoo,
    // Five real US listings from 2000 to 2013, built in.
    Sample,
}

/// How much goes to standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// Progress, and logs by their level.
    Normal,
    /// Errors only.
    Quiet,
}

/// What goes to standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

impl GlobalArgs {
    pub(crate) fn effects(&self) -> Effects {
        if self.dry_run {
            Effects::ReadOnly
        } else {
            Effects::Write
        }
    }

    pub(crate) fn verbosity(&self) -> Verbosity {
        if self.quiet {
            Verbosity::Quiet
        } else {
            Verbosity::Normal
        }
    }

    pub(crate) fn format(&self) -> Format {
        if self.json {
            Format::Json
        } else {
            Format::Table
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
