//! Arguments of `quantx quarantine`.

use clap::{ArgGroup, Args, Subcommand};

use super::{Place, examples};

/// `quantx quarantine`
#[derive(Debug, Subcommand)]
pub(crate) enum QuarantineCommand {
    /// Shows the refused rows and held dividends that nobody has decided about
    #[command(after_help = examples::QUARANTINE_LIST)]
    List(ListArgs),
    /// Says that rows or dividends are right, and stores them
    #[command(after_help = examples::QUARANTINE_RELEASE)]
    Release(ReleaseArgs),
    /// Says that rows or dividends are wrong: they stay out and are not reported again
    #[command(after_help = examples::QUARANTINE_REJECT)]
    Reject(DecideArgs),
}

/// `quantx quarantine list`
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only of these symbols, such as AAPL,0700.HK [default: of every listing]
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) symbols: Option<Vec<String>>,
    /// Also shows what needs no decision any more
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    pub(crate) place: Place,
}

/// Which entries are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Those a person has something to do with.
    Open,
    /// All.
    All,
}

impl ListArgs {
    pub(crate) fn shown(&self) -> Shown {
        if self.all { Shown::All } else { Shown::Open }
    }
}

/// `quantx quarantine release`
#[derive(Debug, Args)]
pub(crate) struct ReleaseArgs {
    #[command(flatten)]
    pub(crate) decide: DecideArgs,
    /// What the one dividend chosen really paid per share, in the unit of the prices [default: as the
    /// vendor sends it]
    #[arg(long, value_name = "A", allow_negative_numbers = true)]
    pub(crate) amount: Option<f64>,
}

/// `quantx quarantine release` and `reject`
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").args(["ids", "symbols", "rule"]).multiple(true).required(true))]
pub(crate) struct DecideArgs {
    /// Ids of `quantx quarantine list`, or their first 4 or more digits
    #[arg(value_name = "ID", conflicts_with_all = ["symbols", "rule"])]
    pub(crate) ids: Vec<String>,
    /// All open ones of these symbols
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) symbols: Option<Vec<String>>,
    /// All open ones of this rule; with --symbols, of those only
    #[arg(long, value_name = "NAME")]
    pub(crate) rule: Option<String>,
    /// Why, for those who ask later
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
    /// Who decides [default: the name of your login]
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    #[command(flatten)]
    pub(crate) place: Place,
}
