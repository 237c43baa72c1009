//! Arguments of `quantx compare`.

use clap::Args;
use jiff::civil::Date;

use super::{Place, value};

/// `quantx compare`
#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Symbols with their suffix, such as AAPL,0700.HK
    #[arg(long, value_name = "A,B", value_delimiter = ',', required = true)]
    pub(crate) symbols: Vec<String>,
    /// First date, in each exchange's own time zone
    #[arg(long, value_name = "DATE", value_parser = value::date)]
    pub(crate) from: Date,
    /// Last date, inclusive
    #[arg(long, value_name = "DATE", value_parser = value::date)]
    pub(crate) to: Date,
    /// Who is asked, of eodhd, tiingo, alpaca and csv [default: every vendor that is configured]
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) vendors: Option<Vec<String>>,
    /// Shows this many cells at most, those farthest apart
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) place: Place,
}
