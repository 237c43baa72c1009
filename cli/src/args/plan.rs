//! Arguments of `plan`.

use clap::Args;
use jiff::civil::Date;

use super::{FillArgs, value};

/// `quantx plan`
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// First date of a backfill; without it the daily update is planned
    #[arg(long, value_name = "DATE", value_parser = value::date, requires = "end")]
    pub(crate) start: Option<Date>,
    /// Last date of a backfill, inclusive
    #[arg(long, value_name = "DATE", value_parser = value::date, requires = "start")]
    pub(crate) end: Option<Date>,
    #[command(flatten)]
    pub(crate) fill: FillArgs,
}
