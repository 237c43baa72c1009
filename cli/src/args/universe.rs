//! Arguments of the commands about universes.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::civil::Date;
use quantx::operations::universe_refresh::Trust;
use quantx::operations::universes::Existing;

use super::{Place, value};

/// `quantx refresh-universe`
#[derive(Debug, Args)]
pub(crate) struct RefreshUniverseArgs {
    /// A phase of universes.yaml [default: from settings, phase_1]
    #[arg(long, value_name = "NAME")]
    pub(crate) phase: Option<String>,
    /// Takes lists that are refused for their size or for how much changed
    #[arg(long)]
    accept: bool,
    /// Folder of the lake; universes have but one
    #[arg(long = "output", value_name = "FOLDER", default_value = "meta", value_parser = value::universe_folder)]
    _output: value::FixedPath,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl RefreshUniverseArgs {
    pub(crate) fn trust(&self) -> Trust {
        if self.accept {
            Trust::Operator
        } else {
            Trust::Limits
        }
    }
}

/// `quantx members`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct MembersArgs {
    #[command(subcommand)]
    pub(crate) command: Option<MembersCommand>,
    /// A universe, such as us_sp500
    #[arg(value_name = "UNIVERSE", required = true)]
    pub(crate) universe: Option<String>,
    /// The date [default: today, in UTC]
    #[arg(long, value_name = "DATE", value_parser = value::date)]
    pub(crate) on: Option<Date>,
    /// Everybody who was a member on any day from A to B, both inclusive
    #[arg(long, num_args = 2, value_names = ["A", "B"], value_parser = value::date, conflicts_with = "on")]
    pub(crate) between: Option<Vec<Date>>,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// `quantx members ...`
#[derive(Debug, Subcommand)]
pub(crate) enum MembersCommand {
    /// Stores a membership history of your own: csv with the columns symbol, from, to
    #[command(after_help = super::examples::MEMBERS_IMPORT)]
    Import(ImportMembersArgs),
}

/// `quantx members import`
#[derive(Debug, Args)]
pub(crate) struct ImportMembersArgs {
    /// The history
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Whose members they are [default: the file's name, without membership_ and .csv]
    #[arg(long, value_name = "NAME")]
    universe: Option<String>,
    /// Puts it in the place of the membership that the lake has
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl ImportMembersArgs {
    pub(crate) fn existing(&self) -> Existing {
        if self.replace {
            Existing::Replace
        } else {
            Existing::Keep
        }
    }

    /// The name of the universe, as it was said or as the file is called.
    pub(crate) fn universe(&self) -> String {
        let stem = self.file.file_stem().map(Path::new);
        let stem = stem.map(|stem| stem.to_string_lossy()).unwrap_or_default();
        let called = stem.strip_prefix("membership_").unwrap_or(&stem);
        self.universe.clone().unwrap_or_else(|| called.to_owned())
    }
}
