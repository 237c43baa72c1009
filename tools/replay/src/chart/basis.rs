//! From as-traded truth to the basis that Yahoo shows: adjusted for every split known by then.

use jiff::civil::Date;

use super::defects::Defects;
use crate::truth::SymbolTruth;
use quantx_market::ActionKind;

/// A split as listed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct KnownSplit {
    pub(super) ex_date: Date,
    pub(super) numerator: f64,
    pub(super) denominator: f64,
}

/// A cash amount on the vendor's basis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct KnownCash {
    pub(super) ex_date: Date,
    pub(super) amount: f64,
    pub(super) capital_gain: bool,
}

/// What is known on one day of a listing's actions, and the factors that follow.
#[derive(Debug)]
pub(super) struct Basis {
    pub(super) splits: Vec<KnownSplit>,
    pub(super) cash: Vec<KnownCash>,
    /// Ascending by date: the factor of all applied splits from that date on (inclusive).
    split_steps: Vec<(Date, f64)>,
    /// Ascending by date: the total-return factor of all events from that date on (inclusive).
    cash_steps: Vec<(Date, f64)>,
}

impl Basis {
    /// What the vendor knows on `today`, a date of the exchange.
    pub(super) fn known_on(truth: &SymbolTruth, today: Date, defects: &Defects) -> Self {
        let mut basis = Self {
            splits: Vec::new(),
            cash: Vec::new(),
            split_steps: Vec::new(),
            cash_steps: Vec::new(),
        };
        for action in truth
            .actions
            .iter()
            .filter(|action| action.ex_date <= today)
        {
            let ex_date = action.ex_date;
            match action.kind {
                ActionKind::Split {
                    numerator,
                    denominator,
                } => basis.splits.push(KnownSplit {
                    ex_date,
                    numerator,
                    denominator,
                }),
                ActionKind::Dividend { amount } => basis.cash.push(KnownCash {
                    ex_date,
                    amount: defects.dividends.get(&ex_date).copied().unwrap_or(amount),
                    capital_gain: false,
                }),
                ActionKind::CapitalGain { amount } => basis.cash.push(KnownCash {
                    ex_date,
                    amount,
                    capital_gain: true,
                }),
            }
        }
        basis.step_splits(defects);
        basis.step_cash(truth);
        basis
    }

    fn step_splits(&mut self, defects: &Defects) {
        // New and old shares apart, so that 3:2 twice is 9/4 without rounding in between.
        let (mut new, mut old) = (1.0, 1.0);
        for split in self.splits.iter().rev() {
            if !defects.unapplied_splits.contains(&split.ex_date) {
                new *= split.numerator;
                old *= split.denominator;
                self.split_steps.push((split.ex_date, new / old));
            }
        }
        self.split_steps.reverse();
    }

    fn step_cash(&mut self, truth: &SymbolTruth) {
        let mut factor = 1.0;
        for index in (0..self.cash.len()).rev() {
            let Some(mut cash) = self.cash.get(index).copied() else {
                continue;
            };
            let before = truth.rows.partition_point(|row| row.date < cash.ex_date);
            let previous = truth.rows.get(..before).unwrap_or_default();
            let last_close = previous
                .iter()
                .rev()
                .find_map(|row| Some((row.date, row.close?)));
            cash.amount /= self.split_factor(cash.ex_date);
            if let Some((date, close)) = last_close {
                let share = cash.amount / (close / self.split_factor(date));
                factor *= 1.0 - share;
                self.cash_steps.push((cash.ex_date, factor));
            }
            if let Some(slot) = self.cash.get_mut(index) {
                *slot = cash;
            }
        }
        self.cash_steps.reverse();
    }

    /// What prices of `date` are divided by, and volumes multiplied with.
    pub(super) fn split_factor(&self, date: Date) -> f64 {
        after(&self.split_steps, date)
    }

    /// What the split-adjusted close of `date` is multiplied with for `adjclose`.
    pub(super) fn cash_factor(&self, date: Date) -> f64 {
        after(&self.cash_steps, date)
    }
}

/// The factor of the first step after `date`: it holds all later ones.
fn after(steps: &[(Date, f64)], date: Date) -> f64 {
    let index = steps.partition_point(|(ex_date, _)| *ex_date <= date);
    steps.get(index).map_or(1.0, |(_, factor)| *factor)
}

/// Rounds as Yahoo does: to six decimals, then to a 32 bit float.
pub(super) fn vendor_price(value: f64) -> f64 {
    f64::from(six_decimals(value) as f32)
}

/// Rounds to six decimals.
pub(super) fn six_decimals(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
