//! Arguments of `quantx flags`.

use clap::Args;
use jiff::civil::Date;

use super::{Place, value};

/// `quantx flags`
#[derive(Debug, Args)]
pub(crate) struct FlagsArgs {
    /// Only what was said first on this date or later [default: all that stands, and the reports of 30 days]
    #[arg(long, value_name = "DATE", value_parser = value::date)]
    pub(crate) since: Option<Date>,
    /// Only of these symbols, such as AAPL,0700.HK [default: of every listing]
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) symbols: Option<Vec<String>>,
    /// Shows this many flags at most, new ones first
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) place: Place,
}
