//! One cell, and how the lineages that have it stand to each other.

use std::collections::BTreeSet;

use super::pair::pairing;
use super::tolerance::Comparison;
use super::{Lineage, Witness};
use crate::flag::Column;
use quantx_market::Date;

/// What a witness says of one cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vote {
    pub(super) witness: usize,
    pub(super) value: f64,
}

/// The largest group of lineages that say the same of a cell, and the others. Witnesses are named by their
/// places.
#[derive(Debug, Clone, PartialEq)]
pub struct CellVote {
    /// The value of the group, by the first of it.
    pub value: f64,
    /// One witness of each lineage in the group, ascending.
    pub supporting: Vec<usize>,
    /// One witness of each other lineage, ascending.
    pub against: Vec<usize>,
}

impl CellVote {
    /// Whether the group is at least two, and more than all others together.
    pub fn decides(&self) -> bool {
        self.supporting.len() >= 2 && self.supporting.len() > self.against.len()
    }
}

/// Lets the lineages vote on one cell; `None` where nobody has it. Steps are left out of account.
pub fn vote_on(
    witnesses: &[Witness<'_>],
    comparison: &Comparison,
    date: Date,
    column: Column,
) -> Option<CellVote> {
    let votes = votes(witnesses, date, column);
    let best = largest_group(&votes, |a, b| {
        agree(witnesses, comparison, date, column, a, b)
    });
    let is_in = |vote: &&Vote| best.iter().any(|other| other.witness == vote.witness);
    Some(CellVote {
        value: best.first()?.value,
        supporting: best.iter().map(|vote| vote.witness).collect(),
        against: votes
            .iter()
            .filter(|vote| !is_in(vote))
            .map(|vote| vote.witness)
            .collect(),
    })
}

/// One vote per lineage: that of its first witness with the cell.
pub(super) fn votes(witnesses: &[Witness<'_>], date: Date, column: Column) -> Vec<Vote> {
    let mut heard: BTreeSet<&Lineage> = BTreeSet::new();
    let mut votes = Vec::new();
    for (witness, said) in witnesses.iter().enumerate() {
        let row = said.row(date);
        let place = Column::PRICES.iter().position(|price| *price == column);
        let value = row.and_then(|row| match place {
            Some(place) => row.prices.get(place).copied().flatten(),
            None => row.volume,
        });
        if let Some(value) = value.filter(|_| !heard.contains(&said.lineage)) {
            heard.insert(&said.lineage);
            votes.push(Vote { witness, value });
        }
    }
    votes
}

/// Whether two votes are the same.
pub(super) fn agree(
    witnesses: &[Witness<'_>],
    comparison: &Comparison,
    date: Date,
    column: Column,
    a: Vote,
    b: Vote,
) -> bool {
    let (Some(first), Some(second)) = (witnesses.get(a.witness), witnesses.get(b.witness)) else {
        return false;
    };
    let pairing = pairing(first, second);
    let values = [a.value, b.value];
    match column {
        Column::Volume => comparison.same_volume(date, pairing, values),
        _ => comparison.same_price(column, pairing, values, 1.0),
    }
}

/// The votes that agree with one of them, as many as possible; of several groups as large the first.
pub(super) fn largest_group(votes: &[Vote], agree: impl Fn(Vote, Vote) -> bool) -> Vec<Vote> {
    let mut best: Vec<Vote> = Vec::new();
    for vote in votes {
        let others = votes.iter().copied();
        let group: Vec<Vote> = others
            .filter(|other| other.witness == vote.witness || agree(*vote, *other))
            .collect();
        if group.len() > best.len() {
            best = group;
        }
    }
    best
}
