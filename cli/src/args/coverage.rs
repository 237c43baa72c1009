//! Arguments of `quantx coverage`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::Place;

/// `quantx coverage`
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("scope").args(["universe", "phase", "symbols"]))]
pub(crate) struct CoverageArgs {
    /// A list in the lake, such as meta/universe_phase_1.csv [default: everything in the lake]
    #[arg(long, value_name = "PATH")]
    pub(crate) universe: Option<String>,
    /// A phase of universes.yaml
    #[arg(long, value_name = "NAME")]
    pub(crate) phase: Option<String>,
    /// Symbols with their suffix, such as AAPL,0700.HK
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) symbols: Option<Vec<String>>,
    /// Also writes the status page of these listings, as runs write site/index.html
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Shows this many listings at most, the worst first
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub(crate) limit: usize,
    /// Ends with exit code 1 if anything is missing, unreadable or not in the lake
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// What missing cells do to the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// They are shown.
    Shown,
    /// They end the program with exit code 1.
    Checked,
}

impl CoverageArgs {
    pub(crate) fn strictness(&self) -> Strictness {
        if self.check {
            Strictness::Checked
        } else {
            Strictness::Shown
        }
    }
}
