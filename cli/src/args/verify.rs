//! Arguments of `quantx verify`.

use clap::{ArgGroup, Args};
use quantx::lake::proof::Depth;
use quantx::operations::verify::VendorUse;

use super::Place;

/// `quantx verify`
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("listings").args(["universe", "phase", "symbols"]))]
pub(crate) struct VerifyArgs {
    /// Reads every row and recomputes every derived value
    #[arg(long)]
    deep: bool,
    /// Heals what the rules of the lake allow; with --dry-run, says what it would do
    #[arg(long)]
    repair: bool,
    /// Repairs without asking the vendor
    #[arg(long, requires = "repair")]
    offline: bool,
    /// A list in the lake, such as meta/universe_phase_1.csv [default: the whole lake]
    #[arg(long, value_name = "PATH")]
    pub(crate) universe: Option<String>,
    /// A phase of universes.yaml [default: the whole lake]
    #[arg(long, value_name = "NAME")]
    pub(crate) phase: Option<String>,
    /// Symbols with their suffix, such as AAPL,0700.HK [default: the whole lake]
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) symbols: Option<Vec<String>>,
    /// Listings proven at the same time [default: from settings, 10]
    #[arg(long, value_name = "N")]
    pub(crate) max_workers: Option<String>,
    #[command(flatten)]
    pub(crate) place: Place,
}

impl VerifyArgs {
    pub(crate) fn depth(&self) -> Depth {
        if self.deep { Depth::Deep } else { Depth::Quick }
    }

    /// How a repair may be made, if one is asked for.
    pub(crate) fn repair(&self) -> Option<VendorUse> {
        self.repair.then_some(if self.offline {
            VendorUse::Offline
        } else {
            VendorUse::Ask
        })
    }
}
