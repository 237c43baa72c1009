//! What a comparison found.

use std::collections::BTreeMap;

use serde::Serialize;

use super::verdict::CompareVerdict;
use quantx_market::{Action, Date};
use quantx_quality::Column;

/// What the vendors say of some listings, beside what is stored.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CompareReport {
    /// The first date, in each exchange's own time zone.
    pub from: Date,
    /// The last date, inclusive.
    pub to: Date,
    /// That of the listing which calls for most.
    pub verdict: CompareVerdict,
    /// The vendors that were asked, in their order.
    pub asked: Vec<AskedVendor>,
    /// The vendors that are not configured.
    pub off: Vec<MissingVendor>,
    /// By exchange and symbol.
    pub listings: Vec<ListingComparison>,
    /// The pairs of all listings together.
    pub pairs: Vec<PairReport>,
    /// The votes of all listings together.
    pub votes: VoteCounts,
}

/// A vendor that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AskedVendor {
    /// Its name.
    pub name: String,
    /// Whose numbers it gives; one lineage has one vote.
    pub lineage: String,
    /// Requests that were sent, or files that were read.
    pub requests: u64,
}

/// A vendor that is not configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissingVendor {
    /// Its name.
    pub name: String,
    /// What switches it on.
    pub needs: String,
}

/// One listing.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ListingComparison {
    /// Symbol with suffix.
    pub symbol: String,
    /// The lake's exchange code.
    pub exchange: String,
    /// What the rest comes to.
    pub verdict: CompareVerdict,
    /// The lake first, then the vendors in their order; empty when the comparison was stopped before.
    pub witnesses: Vec<WitnessReport>,
    /// Every two of those that have rows.
    pub pairs: Vec<PairReport>,
    /// Constant ratios over many sessions.
    pub steps: Vec<StepReport>,
    /// Cells on which not all agree and that no step explains, by date and column.
    pub cells: Vec<CellReport>,
    /// Splits and dividends on which not all agree, by ex-date.
    pub events: Vec<EventReport>,
    /// Sessions that one of two has and the other lacks, between the first and the last common one.
    pub absent: Vec<AbsentSession>,
    /// What the vote made of the cells.
    pub votes: VoteCounts,
}

/// What one witness gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WitnessReport {
    /// `lake`, or the vendor's name.
    pub vendor: String,
    /// Whose numbers it gives; one lineage has one vote.
    pub lineage: String,
    /// Whether it gave rows.
    pub state: WitnessState,
    /// Rows that were compared.
    pub rows: usize,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Whether a witness gave rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WitnessState {
    /// Its rows were compared.
    Answered,
    /// It has nothing of the listing's exchange.
    NotCovered,
    /// It says that it has nothing of the listing in the range.
    NoRows,
    /// It could not be asked or read.
    Failed,
}

/// Two witnesses, over one listing or all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairReport {
    /// Both names.
    pub vendors: [String; 2],
    /// Sessions that both have.
    pub sessions: usize,
    /// Sessions between the first and the last common one that only one of both has.
    pub only: [usize; 2],
    /// What became of the cells.
    pub columns: BTreeMap<Column, ColumnReport>,
}

/// The cells of one column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct ColumnReport {
    /// Cells that both have.
    pub compared: usize,
    /// Equal within the tolerance.
    pub equal: usize,
    /// Equal when the ratio of their step is taken out.
    pub in_step: usize,
    /// Neither.
    pub different: usize,
    /// Largest difference, steps left out, in the quoted unit or in shares.
    pub largest: f64,
}

/// A run of sessions on which the prices of two stand in one ratio.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepReport {
    /// The two that are compared.
    pub vendors: [String; 2],
    /// First session on the other level.
    pub first: Date,
    /// Last session on the other level, inclusive.
    pub last: Date,
    /// Common sessions in the run.
    pub sessions: usize,
    /// Prices of the first of `vendors` over those of the second.
    pub ratio: f64,
    /// The ratio as small whole numbers, as splits have them.
    pub terms: Option<(u32, u32)>,
    /// What the volumes say that it is.
    pub kind: StepKind,
    /// Who stands against two other lineages; `None` where nobody does.
    pub outvoted: Option<String>,
}

/// What a step is, by its volumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Volumes stand in the opposite ratio: a split that one missed, or applied and there was none.
    Split,
    /// Volumes are alike: a history that was multiplied back.
    MultipliedBack,
    /// Volumes do not say.
    Unclear,
}

/// A cell on which not all agree.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CellReport {
    /// The session.
    pub date: Date,
    /// Which value.
    pub column: Column,
    /// What each that has the cell says, as traded, in the order of the witnesses.
    pub values: Vec<(String, f64)>,
    /// The value of the majority of lineages, if there is one.
    pub decided: Option<f64>,
    /// Who stands against it.
    pub outvoted: Vec<String>,
}

impl CellReport {
    /// By how much the values lie apart, as a share of the largest.
    pub fn spread(&self) -> f64 {
        let values = || self.values.iter().map(|(_, value)| *value);
        let largest = values().fold(f64::NEG_INFINITY, f64::max);
        let smallest = values().fold(f64::INFINITY, f64::min);
        let spread = (largest - smallest) / largest.abs();
        if spread.is_finite() { spread } else { 0.0 }
    }
}

/// A split or dividend on which not all agree.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventReport {
    /// The event as most lineages have it, by the first of them.
    pub event: Action,
    /// Who has it so.
    pub supporting: Vec<String>,
    /// Who has another amount or ratio of it.
    pub dissenting: Vec<(String, f64)>,
    /// Who would know of it and has none.
    pub silent: Vec<String>,
    /// Whether more lineages have it so than something else or nothing: the others are outvoted.
    pub confirmed: bool,
}

/// A session that not all have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AbsentSession {
    /// The session.
    pub date: Date,
    /// Who lacks it.
    pub vendors: Vec<String>,
    /// The same, where two lineages or more have it and fewer lack it; else nobody.
    pub outvoted: Vec<String>,
}

/// Cells by what the vote of lineages made of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct VoteCounts {
    /// Number of lineages that agree → cells on which all that have the cell do; 1 is a single word.
    pub confirmed: BTreeMap<usize, usize>,
    /// A majority stands against others.
    pub decided: usize,
    /// No majority.
    pub disputed: usize,
    /// A step explains what differs.
    pub in_step: usize,
}

impl ListingComparison {
    /// How much differs or is missing.
    pub fn n_findings(&self) -> usize {
        self.steps.len() + self.cells.len() + self.events.len() + self.absent.len()
    }
}

impl CompareReport {
    /// Adds up what the listings say.
    pub(super) fn sum_up(&mut self) {
        for listing in &self.listings {
            self.verdict = self.verdict.max(listing.verdict);
            for pair in &listing.pairs {
                let known = self
                    .pairs
                    .iter()
                    .position(|sum| sum.vendors == pair.vendors);
                match known.and_then(|at| self.pairs.get_mut(at)) {
                    Some(sum) => sum.add(pair),
                    None => self.pairs.push(pair.clone()),
                }
            }
            let votes = &listing.votes;
            for (lineages, cells) in &votes.confirmed {
                *self.votes.confirmed.entry(*lineages).or_default() += cells;
            }
            self.votes.decided += votes.decided;
            self.votes.disputed += votes.disputed;
            self.votes.in_step += votes.in_step;
        }
    }
}

impl PairReport {
    fn add(&mut self, other: &Self) {
        self.sessions += other.sessions;
        for (only, more) in self.only.iter_mut().zip(other.only) {
            *only += more;
        }
        for (column, more) in &other.columns {
            let sum = self.columns.entry(*column).or_default();
            sum.compared += more.compared;
            sum.equal += more.equal;
            sum.in_step += more.in_step;
            sum.different += more.different;
            sum.largest = sum.largest.max(more.largest);
        }
    }
}
