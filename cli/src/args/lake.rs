//! Arguments of the commands that work on a lake.

use clap::{ArgGroup, Args};
use jiff::civil::Date;

use super::value;

/// Where the lake is.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Uses the lake on local disk even if an Azure account is configured
    #[arg(long)]
    pub(crate) use_local: bool,
}

/// Which listings a run works on, and how.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("work").args(["universe", "phase", "symbols"]))]
pub(crate) struct FillArgs {
    /// A list in the lake, such as meta/universe_phase_1.csv
    #[arg(long, value_name = "PATH")]
    pub(crate) universe: Option<String>,
    /// A phase of universes.yaml [default: from settings, phase_1]
    #[arg(long, value_name = "NAME")]
    pub(crate) phase: Option<String>,
    /// Symbols with their suffix, such as AAPL,0700.HK
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) symbols: Option<Vec<String>>,
    /// Listings fetched at the same time [default: from settings, 10]
    #[arg(long, value_name = "N")]
    pub(crate) max_workers: Option<String>,
    /// Ignored: there is one way to run
    #[arg(long, hide = true)]
    pub(crate) chunked: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// `quantx backfill`
#[derive(Debug, Args)]
pub(crate) struct BackfillArgs {
    /// First date, in each exchange's own time zone
    #[arg(long, value_name = "DATE", value_parser = value::date)]
    pub(crate) start: Date,
    /// Last date, inclusive
    #[arg(long, value_name = "DATE", value_parser = value::date)]
    pub(crate) end: Date,
    #[command(flatten)]
    pub(crate) fill: FillArgs,
    /// Everybody who was a member of a universe of the phase on any day from A to B, both inclusive
    #[arg(long, num_args = 2, value_names = ["A", "B"], value_parser = value::date, conflicts_with_all = ["universe", "symbols"])]
    pub(crate) members_between: Option<Vec<Date>>,
    /// Listings after which the manifest is brought up to date [default: from settings, 100]
    #[arg(long, value_name = "N")]
    pub(crate) chunk_size: Option<String>,
}

/// `quantx update-daily`
#[derive(Debug, Args)]
pub(crate) struct UpdateDailyArgs {
    #[command(flatten)]
    pub(crate) fill: FillArgs,
    /// Asks at least this many sessions again [default: from settings, 5]
    #[arg(long, value_name = "N")]
    pub(crate) lookback_days: Option<String>,
}

/// `quantx show-manifest`
#[derive(Debug, Args)]
pub(crate) struct ShowManifestArgs {
    /// Path in the lake; there is but one manifest
    #[arg(long = "manifest", value_name = "PATH", default_value = "meta/symbols_manifest.csv", value_parser = value::manifest_path)]
    _manifest: value::FixedPath,
    /// Makes the manifest anew from the commit records; needs no network
    #[arg(long)]
    rebuild: bool,
    /// Shows this many lines at most [default: all]
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Where the lines of `show-manifest` come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ManifestSource {
    /// The file as it is.
    Stored,
    /// All commit records; the file is replaced.
    Records,
}

impl ShowManifestArgs {
    pub(crate) fn source(&self) -> ManifestSource {
        if self.rebuild {
            ManifestSource::Records
        } else {
            ManifestSource::Stored
        }
    }
}
