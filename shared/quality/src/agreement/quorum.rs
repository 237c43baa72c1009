use std::collections::{BTreeMap, BTreeSet};

use super::cell::{self, Vote};
use super::pair::{PairAgreement, compare, pairing};
use super::step::{self, Step, StepVolumes};
use super::tolerance::Comparison;
use super::{Lineage, Witness};
use crate::flag::Column;
use quantx_market::Date;

/// What all witnesses of a listing say together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Quorum {
    /// Cells by what became of them.
    pub counts: QuorumCounts,
    /// Cells on which not all agree and that no step explains, by date and column.
    pub disputes: Vec<CellVerdict>,
    /// Constant ratios over many sessions, each reported once.
    pub steps: Vec<StepFinding>,
}

/// Cells by what became of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QuorumCounts {
    /// Number of lineages that agree → cells on which all that have the cell do; 1 is a single word.
    pub confirmed: BTreeMap<usize, usize>,
    /// Cells that a majority of lineages decides against others.
    pub decided: usize,
    /// Cells without a majority.
    pub disputed: usize,
    /// Cells of which a step explains all that differs.
    pub in_step: usize,
}

/// A cell on which witnesses differ.
#[derive(Debug, Clone, PartialEq)]
pub struct CellVerdict {
    /// The session.
    pub date: Date,
    /// Which value.
    pub column: Column,
    /// The value of the majority, by the first of it; `None`: there is none, and nothing is decided.
    pub decided: Option<f64>,
    /// Vendors that speak for the majority.
    pub supporting: Vec<String>,
    /// Vendor and value of everybody else.
    pub against: Vec<(String, f64)>,
}

/// A step and the vendor that stands against the others.
#[derive(Debug, Clone, PartialEq)]
pub struct StepFinding {
    /// The vendor that at least two other lineages speak against; `None` where only two speak.
    pub outlier: Option<String>,
    /// The vendors compared: the outlier, or the first of two, and one of the others.
    pub vendors: [String; 2],
    /// The run, its ratio that of the first of `vendors` over the second.
    pub step: Step,
}

/// Lets the witnesses vote on every cell that one of them has.
///
/// The order of witnesses matters only within a lineage: the first that has the cell speaks for it.
pub fn vote(witnesses: &[Witness<'_>], comparison: &Comparison) -> Quorum {
    let all = Witnesses::new(witnesses, comparison);
    let mut quorum = Quorum {
        steps: all.step_findings(),
        ..Quorum::default()
    };
    let dates: BTreeSet<Date> = witnesses
        .iter()
        .flat_map(|witness| witness.rows.iter().map(|row| row.date))
        .collect();
    let columns = Column::PRICES.into_iter().chain([Column::Volume]);
    let columns: Vec<Column> = columns.collect();
    for date in dates {
        for column in &columns {
            all.vote_on(date, *column, &mut quorum);
        }
    }
    quorum
}

struct Witnesses<'a> {
    witnesses: &'a [Witness<'a>],
    comparison: &'a Comparison,
    /// Of every two witnesses of different lineages, by their places.
    pairs: BTreeMap<(usize, usize), PairAgreement>,
}

impl<'a> Witnesses<'a> {
    fn new(witnesses: &'a [Witness<'a>], comparison: &'a Comparison) -> Self {
        let mut pairs = BTreeMap::new();
        for (a, first) in witnesses.iter().enumerate() {
            for (b, second) in witnesses.iter().enumerate().skip(a + 1) {
                if first.lineage != second.lineage {
                    pairs.insert((a, b), compare(first, second, comparison));
                }
            }
        }
        Self {
            witnesses,
            comparison,
            pairs,
        }
    }

    /// Whether a step between two witnesses explains that their values differ.
    fn is_in_step(&self, date: Date, column: Column, a: Vote, b: Vote) -> bool {
        let (first, second) = if a.witness < b.witness {
            (a, b)
        } else {
            (b, a)
        };
        let pair = self.pairs.get(&(first.witness, second.witness));
        let Some(step) = pair.and_then(|pair| pair.step_on(date)) else {
            return false;
        };
        let witnesses = [first, second].map(|vote| &self.witnesses[vote.witness]);
        let pairing = pairing(witnesses[0], witnesses[1]);
        let values = [first.value, second.value];
        match (column, step.volumes) {
            (Column::Volume, StepVolumes::Scaled) => {
                let scaled = [first.value, second.value / step.ratio];
                self.comparison.same_volume(date, pairing, scaled)
            }
            (Column::Volume, _) => false,
            _ => self
                .comparison
                .same_price(column, pairing, values, step.ratio),
        }
    }

    fn vote_on(&self, date: Date, column: Column, quorum: &mut Quorum) {
        let votes = cell::votes(self.witnesses, date, column);
        // The vote that most others agree with; of several the first.
        let best = cell::largest_group(&votes, |a, b| {
            cell::agree(self.witnesses, self.comparison, date, column, a, b)
        });
        if best.is_empty() {
            return;
        }
        if best.len() == votes.len() {
            *quorum.counts.confirmed.entry(best.len()).or_default() += 1;
            return;
        }
        let others: Vec<Vote> = votes
            .iter()
            .filter(|vote| best.iter().all(|other| other.witness != vote.witness))
            .copied()
            .collect();
        let explained = |vote: &Vote| {
            let mut all = best.iter();
            all.any(|other| self.is_in_step(date, column, *vote, *other))
        };
        if others.iter().all(explained) {
            quorum.counts.in_step += 1;
            return;
        }
        let has_majority = best.len() * 2 > votes.len();
        match has_majority {
            true => quorum.counts.decided += 1,
            false => quorum.counts.disputed += 1,
        }
        let name = |vote: &Vote| self.witnesses[vote.witness].vendor.to_owned();
        let (supporting, against): (&[Vote], &[Vote]) = match has_majority {
            true => (&best, &others),
            false => (&[], &votes),
        };
        quorum.disputes.push(CellVerdict {
            date,
            column,
            decided: supporting.first().map(|vote| vote.value),
            supporting: supporting.iter().map(name).collect(),
            against: against
                .iter()
                .map(|vote| (name(vote), vote.value))
                .collect(),
        });
    }

    /// Every step once: under the outlier, where two lineages speak against it.
    fn step_findings(&self) -> Vec<StepFinding> {
        let mut findings: Vec<StepFinding> = Vec::new();
        // Steps between two witnesses that are in a finding already.
        let mut covered: BTreeSet<(usize, usize, Date)> = BTreeSet::new();
        let mut add_outlier_steps = |witness: usize, findings: &mut Vec<StepFinding>| {
            let steps = self.steps_of(witness);
            for (other, step) in &steps {
                let alike = |(_, candidate): &&(usize, Step)| is_same(step, candidate);
                let against: Vec<&(usize, Step)> = steps.iter().filter(alike).collect();
                let lineages: BTreeSet<&Lineage> = against
                    .iter()
                    .map(|(other, _)| &self.witnesses[*other].lineage)
                    .collect();
                let key = |other: usize, step: &Step| {
                    (witness.min(other), witness.max(other), step.first)
                };
                if lineages.len() < 2 || covered.contains(&key(*other, step)) {
                    continue;
                }
                covered.extend(against.iter().map(|(other, step)| key(*other, step)));
                findings.push(self.finding(witness, *other, *step, Outlier::First));
            }
        };
        for witness in 0..self.witnesses.len() {
            add_outlier_steps(witness, &mut findings);
        }
        for ((a, b), pair) in &self.pairs {
            for step in &pair.steps {
                if covered.insert((*a, *b, step.first)) {
                    findings.push(self.finding(*a, *b, *step, Outlier::Nobody));
                }
            }
        }
        findings
    }

    /// The steps of a witness against the others, its own prices over theirs.
    fn steps_of(&self, witness: usize) -> Vec<(usize, Step)> {
        let mut steps = Vec::new();
        for ((a, b), pair) in &self.pairs {
            let (other, is_first) = match (*a == witness, *b == witness) {
                (true, _) => (*b, true),
                (_, true) => (*a, false),
                _ => continue,
            };
            for step in &pair.steps {
                let ratio = if is_first {
                    step.ratio
                } else {
                    1.0 / step.ratio
                };
                steps.push((other, Step { ratio, ..*step }));
            }
        }
        steps
    }

    fn finding(&self, witness: usize, other: usize, step: Step, outlier: Outlier) -> StepFinding {
        let name = |place: usize| self.witnesses[place].vendor.to_owned();
        StepFinding {
            outlier: (outlier == Outlier::First).then(|| name(witness)),
            vendors: [name(witness), name(other)],
            step,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outlier {
    First,
    Nobody,
}

/// Whether two steps of one witness are one: they overlap and have one ratio.
fn is_same(a: &Step, b: &Step) -> bool {
    let overlap = a.first <= b.last && b.first <= a.last;
    overlap && step::is_same(a.ratio, b.ratio)
}
