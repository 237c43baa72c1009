use std::collections::BTreeMap;

use super::word::Dispute;
use crate::record::Pending;
use crate::refusal::{RefusalRule, RefusedRow};
use crate::sources::Spoken;
use quantx_market::{ActionSet, BarSeries, Date, Undecided};

/// Bars and actions of one listing, as stored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// As-traded bars.
    pub bars: BarSeries,
    /// Actions with ex-dates up to the last bar.
    pub actions: ActionSet,
}

/// The result of a merge.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Merged {
    /// What to store.
    pub history: History,
    /// What changed.
    pub stats: MergeStats,
    /// Rows that may not be stored.
    pub quarantine: Vec<RefusedRow>,
    /// Sessions without a row because a person rejected the vendor's.
    pub rejected: Vec<Date>,
    /// Claims that wait for a second fetch.
    pub pending: Vec<Pending>,
    /// Stored rows that a vendor which only stands in has otherwise.
    pub disputes: Vec<Dispute>,
    /// What the first vendor said of rows that stood in for its own.
    pub settled: BTreeMap<Date, Spoken>,
    /// Set when no row of the fetch was taken.
    pub held: Option<Held>,
}

/// Counts of what a merge changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct MergeStats {
    /// Sessions that were not stored before.
    pub bars_added: usize,
    /// Stored sessions that got other prices.
    pub prices_corrected: usize,
    /// Stored sessions that got another volume.
    pub volumes_corrected: usize,
    /// Stored sessions that got a price or a volume which was unknown.
    #[serde(default)]
    pub values_filled: usize,
    /// Actions that were not known before.
    pub actions_added: usize,
    /// Actions whose terms changed.
    pub actions_revised: usize,
    /// Actions that two fetches no longer had.
    pub actions_removed: usize,
}

/// Why a whole fetch was held back.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Held {
    /// The basis of the fetched rows cannot be decided yet: what they are as traded is not known.
    Undecided(Undecided),
    /// All common sessions differ by one ratio that no action explains: a split or unit change the
    /// vendor does not list. The full history may explain it.
    Rebased { ratio: f64 },
    /// The fetch and the store have no session in common.
    NoOverlap,
    /// Too many common sessions differ, or the newest one does.
    Disagrees { differing: usize, common: usize },
}

impl Held {
    /// The rule, for reports and quarantine.
    pub fn rule(&self) -> RefusalRule {
        match self {
            Self::Undecided(undecided) => undecided.basis.into(),
            Self::Rebased { .. } => RefusalRule::Rebased,
            Self::NoOverlap => RefusalRule::NoOverlap,
            Self::Disagrees { .. } => RefusalRule::Disagrees,
        }
    }

    /// For people.
    pub fn reason(&self) -> String {
        match self {
            Self::Undecided(undecided) => undecided.reason.clone(),
            Self::Rebased { ratio } => format!(
                "every overlapping session differs from the stored one by the ratio {ratio:.6}, \
                 which no known split explains"
            ),
            Self::NoOverlap => "no session in common with the stored history: nothing proves that \
                                this is the same listing on the same basis"
                .to_owned(),
            Self::Disagrees { differing, common } => {
                format!("{differing} of {common} overlapping sessions differ from the stored ones")
            }
        }
    }
}
