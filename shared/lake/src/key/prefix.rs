use super::{DATA, DELTA, DELTA_LOG, LakeKey, QUARANTINE, REPORTS};
use crate::delta::DeltaTable;
use quantx_market::{ExchangeCode, Ticker};

/// Names a set of objects to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LakePrefix {
    /// The whole lake.
    All,
    /// Bars and commit record of one listing.
    Listing(ExchangeCode, Ticker),
    /// Bars and commit records of all listings of an exchange.
    Exchange(ExchangeCode),
    /// The commit records of all listings.
    Commits,
    /// All refused rows.
    Quarantine,
    /// The refused rows of one listing.
    ListingQuarantine(ExchangeCode, Ticker),
    /// All reports.
    Reports,
    /// The log of a Delta table: its commits and checkpoints.
    DeltaLog(DeltaTable),
}

impl LakePrefix {
    /// What the paths of the set begin with: empty, or whole folders with a closing `/`. Paths of
    /// other objects may begin so too; [`LakePrefix::contains`] decides.
    pub fn path(&self) -> String {
        match self {
            Self::All => String::new(),
            Self::Listing(exchange, ticker) => {
                format!("{DATA}/exchange={exchange}/ticker={ticker}/")
            }
            Self::Exchange(exchange) => format!("{DATA}/exchange={exchange}/"),
            Self::Commits => format!("{DATA}/"),
            Self::Quarantine => format!("{QUARANTINE}/"),
            Self::ListingQuarantine(exchange, ticker) => {
                format!("{QUARANTINE}/exchange={exchange}/ticker={ticker}/")
            }
            Self::Reports => format!("{REPORTS}/"),
            Self::DeltaLog(table) => format!("{DELTA}/{table}/{DELTA_LOG}/"),
        }
    }

    /// Whether `key` is in the set.
    pub fn contains(&self, key: &LakeKey) -> bool {
        match self {
            Self::All => true,
            Self::Listing(..) | Self::Exchange(_) => key.path().starts_with(&self.path()),
            Self::Commits => matches!(key, LakeKey::Commit { .. }),
            Self::Quarantine => matches!(key, LakeKey::Quarantine { .. }),
            Self::ListingQuarantine(..) => {
                matches!(key, LakeKey::Quarantine { .. }) && key.path().starts_with(&self.path())
            }
            Self::Reports => matches!(key, LakeKey::Report { .. }),
            Self::DeltaLog(table) => matches!(key,
                LakeKey::DeltaCommit { table: of, .. }
                | LakeKey::DeltaCheckpoint { table: of, .. }
                | LakeKey::DeltaLastCheckpoint { table: of } if of == table),
        }
    }

    /// How many folders deep an object of the set can lie; a walk need not go deeper.
    pub fn max_depth(&self) -> usize {
        match self {
            // data, exchange, ticker, year
            Self::All | Self::Listing(..) | Self::Exchange(_) => 4,
            Self::Commits | Self::Quarantine | Self::ListingQuarantine(..) | Self::DeltaLog(_) => 3,
            Self::Reports => 1,
        }
    }
}
