//! Arguments of `quantx calendar`.

use clap::Args;
use jiff::civil::Date;

use super::{Place, value};

/// `quantx calendar`
#[derive(Debug, Args)]
pub(crate) struct CalendarArgs {
    /// Exchange of the settings (hk, .HK), MIC (XHKG) or symbol of what is no share (^HSI), in any case [default: lists all]
    #[arg(value_name = "MIC|EXCHANGE")]
    pub(crate) name: Option<String>,
    /// First date [default: the first of this year, or of the year of --to]
    #[arg(long, value_name = "DATE", value_parser = value::date, requires = "name")]
    pub(crate) from: Option<Date>,
    /// Last date, inclusive [default: the last of this year, or of the year of --from]
    #[arg(long, value_name = "DATE", value_parser = value::date, requires = "name")]
    pub(crate) to: Option<Date>,
    /// Writes CSV, the date first
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// How sessions are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// A table, or JSON.
    Usual,
    /// For other programs and spreadsheets.
    Csv,
}

impl CalendarArgs {
    pub(crate) fn layout(&self) -> Layout {
        if self.csv { Layout::Csv } else { Layout::Usual }
    }
}
