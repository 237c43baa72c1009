//! Arguments of the commands about universes.

use clap::Args;
use jiff::civil::Date;
use quantx::operations::universe_refresh::Trust;

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
pub(crate) struct MembersArgs {
    /// A universe, such as us_sp500
    #[arg(value_name = "UNIVERSE")]
    pub(crate) universe: String,
    /// The date [default: today, in UTC]
    #[arg(long, value_name = "DATE", value_parser = value::date)]
    pub(crate) on: Option<Date>,
    /// Everybody who was a member on any day from A to B, both inclusive
    #[arg(long, num_args = 2, value_names = ["A", "B"], value_parser = value::date, conflicts_with = "on")]
    pub(crate) between: Option<Vec<Date>>,
    #[command(flatten)]
    pub(crate) place: Place,
}
