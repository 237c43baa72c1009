use std::collections::BTreeMap;

use super::step::{self, Step, StepVolumes};
use super::tolerance::{Comparison, Pairing};
use super::{BarSource, Witness};
use crate::InspectedRow;
use crate::flag::Column;
use quantx_market::Date;

/// What two vendors say of the sessions that both have.
#[derive(Debug, Clone, PartialEq)]
pub struct PairAgreement {
    /// Both vendors.
    pub vendors: [String; 2],
    /// Sessions that both have.
    pub n_sessions: usize,
    /// Sessions between the first and the last common one that only one of both has.
    pub only: [Vec<Date>; 2],
    /// Per column what became of its cells.
    pub cells: BTreeMap<Column, CellCounts>,
    /// Runs of sessions on which the prices stand in one ratio.
    pub steps: Vec<Step>,
    /// Cells that differ and are in no step, by date and column.
    pub differences: Vec<CellDifference>,
}

/// Cells of one column.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CellCounts {
    /// Cells that both vendors have.
    pub compared: usize,
    /// Same within the tolerance.
    pub agree: usize,
    /// Same when the ratio of their step is taken out.
    pub in_step: usize,
    /// Neither.
    pub differ: usize,
    /// Largest difference, steps left out, in the quoted unit or in shares.
    pub largest: f64,
    /// All differences, steps left out, as shares of the first vendor's value, ascending.
    shares: Vec<f64>,
}

impl CellCounts {
    /// The difference, as a share of the value, that `q` (0 to 1) of the cells do not exceed; steps left
    /// out. `None` when nothing was compared.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let last = self.shares.len().checked_sub(1)?;
        let at = (q.clamp(0.0, 1.0) * last as f64).round() as usize;
        self.shares.get(at).copied()
    }
}

/// A cell on which two vendors differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CellDifference {
    /// The session.
    pub date: Date,
    /// Which value.
    pub column: Column,
    /// Both values, in the order of the vendors.
    pub values: [f64; 2],
}

/// Two rows of one session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session<'a> {
    pub(super) date: Date,
    pub(super) first: &'a InspectedRow,
    pub(super) second: &'a InspectedRow,
}

impl Session<'_> {
    /// The prices that both have.
    pub(super) fn prices(&self) -> impl Iterator<Item = (Column, [f64; 2])> {
        let both = self.first.prices.into_iter().zip(self.second.prices);
        let columns = Column::PRICES.into_iter().zip(both);
        columns.filter_map(|(column, (a, b))| Some((column, [a?, b?])))
    }

    pub(super) fn volumes(&self) -> Option<[f64; 2]> {
        Some([self.first.volume?, self.second.volume?])
    }
}

pub(super) fn pairing(first: &Witness<'_>, second: &Witness<'_>) -> Pairing {
    match (first.source, second.source) {
        (BarSource::Official, BarSource::Official) => Pairing::Official,
        _ => Pairing::TradeBuilt,
    }
}

pub(super) fn sessions<'a>(
    first: &Witness<'a>,
    second: &Witness<'a>,
) -> (Vec<Session<'a>>, [Vec<Date>; 2]) {
    let mut common = Vec::new();
    let mut only = [Vec::new(), Vec::new()];
    let (mut a, mut b) = (first.rows, second.rows);
    while let ([row, rest @ ..], [other, others @ ..]) = (a, b) {
        match row.date.cmp(&other.date) {
            std::cmp::Ordering::Less => {
                only[0].push(row.date);
                a = rest;
            }
            std::cmp::Ordering::Greater => {
                only[1].push(other.date);
                b = others;
            }
            std::cmp::Ordering::Equal => {
                common.push(Session {
                    date: row.date,
                    first: row,
                    second: other,
                });
                (a, b) = (rest, others);
            }
        }
    }
    // Where only one has begun, or gone on, the other lacks nothing.
    let span = common.first().zip(common.last());
    let span = span.map(|(first, last)| first.date..=last.date);
    for dates in &mut only {
        dates.retain(|date| span.as_ref().is_some_and(|span| span.contains(date)));
    }
    (common, only)
}

/// Compares the rows of two witnesses, cell by cell.
pub fn compare(
    first: &Witness<'_>,
    second: &Witness<'_>,
    comparison: &Comparison,
) -> PairAgreement {
    let pairing = pairing(first, second);
    let (sessions, only) = sessions(first, second);
    let steps = step::find(&sessions, pairing, comparison);
    let mut agreement = PairAgreement {
        vendors: [first, second].map(|witness| witness.vendor.to_owned()),
        n_sessions: sessions.len(),
        only,
        cells: BTreeMap::new(),
        steps,
        differences: Vec::new(),
    };
    for session in &sessions {
        let step = agreement.step_on(session.date).copied();
        for (column, values) in session.prices() {
            let same = |scale| comparison.same_price(column, pairing, values, scale);
            let outcome = match step {
                _ if same(1.0) => Outcome::Same,
                Some(step) if same(step.ratio) => Outcome::InStep,
                _ => Outcome::Differs,
            };
            agreement.count(session.date, column, values, outcome);
        }
        if let Some(values) = session.volumes() {
            let [a, b] = values;
            let same = |values| comparison.same_volume(session.date, pairing, values);
            let scaled = step.filter(|step| step.volumes == StepVolumes::Scaled);
            let outcome = match scaled {
                _ if same(values) => Outcome::Same,
                Some(step) if same([a, b / step.ratio]) => Outcome::InStep,
                _ => Outcome::Differs,
            };
            agreement.count(session.date, Column::Volume, values, outcome);
        }
    }
    for counts in agreement.cells.values_mut() {
        counts.shares.sort_by(f64::total_cmp);
    }
    agreement
}

/// What two values of one cell are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Same,
    InStep,
    Differs,
}

impl PairAgreement {
    /// The step that a session is in.
    pub fn step_on(&self, date: Date) -> Option<&Step> {
        self.steps
            .iter()
            .find(|step| step.first <= date && date <= step.last)
    }

    fn count(&mut self, date: Date, column: Column, values: [f64; 2], outcome: Outcome) {
        let counts = self.cells.entry(column).or_default();
        counts.compared += 1;
        match outcome {
            Outcome::InStep => {
                counts.in_step += 1;
                return;
            }
            Outcome::Same => counts.agree += 1,
            Outcome::Differs => {
                counts.differ += 1;
                self.differences.push(CellDifference {
                    date,
                    column,
                    values,
                });
            }
        }
        let [a, b] = values;
        let difference = (a - b).abs();
        let share = if a == 0.0 { 1.0 } else { difference / a.abs() };
        counts.largest = counts.largest.max(difference);
        counts
            .shares
            .push(if difference == 0.0 { 0.0 } else { share });
    }
}
