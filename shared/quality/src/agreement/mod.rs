//! What several vendors say of the same sessions, cell by cell. Pure.
//!
//! Compared are **as-traded** rows: who divides by splits is multiplied back first
//! ([`read_basis`](crate::read_basis)), and adjusted closes are never compared. Tolerances are as measured
//! on recorded answers ([`Tolerances`]). Vendors of one [`Lineage`] have one vote together: they copy the
//! same numbers. A constant ratio over many sessions is one finding ([`Step`]), a split that one vendor
//! missed or a history that was multiplied back at a spin-off, and not as many wrong cells.
//!
//! Nothing here changes a number: two of three lineages decide a dispute, and who acts on it is elsewhere.

mod cell;
mod confusion;
mod events;
mod pair;
mod quorum;
mod step;
mod tolerance;

#[cfg(test)]
mod tests;

use std::fmt;

use crate::InspectedRow;

pub use cell::{CellVote, vote_on};
pub use confusion::{Confusion, Fault, FaultKind, confusion};
pub use events::{EventVote, EventWitness, vote_on_events};
pub use pair::{CellCounts, CellDifference, PairAgreement, compare};
pub use quorum::{CellVerdict, Quorum, QuorumCounts, StepFinding, vote};
pub use step::{Step, StepVolumes};
pub use tolerance::{Comparison, Tolerances};

/// Where a vendor's numbers come from: vendors of one lineage are one witness.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lineage(pub String);

impl fmt::Display for Lineage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a vendor makes its bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarSource {
    /// The exchange's or the tape's own daily values.
    Official,
    /// Summed up from single trades: another open, a wider range, a smaller volume.
    TradeBuilt,
}

/// A vendor's rows of one listing.
#[derive(Debug, Clone)]
pub struct Witness<'a> {
    /// Name in findings.
    pub vendor: &'a str,
    /// Whose numbers these are.
    pub lineage: Lineage,
    /// How the bars are made.
    pub source: BarSource,
    /// As traded, ascending by date, one per date.
    pub rows: &'a [InspectedRow],
}

impl Witness<'_> {
    fn row(&self, date: quantx_market::Date) -> Option<&InspectedRow> {
        let at = self.rows.binary_search_by_key(&date, |row| row.date);
        at.ok().and_then(|at| self.rows.get(at))
    }
}
