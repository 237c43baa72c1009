//! Stored rows on the basis that a reader wants: as traded, without splits, or with every payment
//! reinvested. Pure. Source of the rules: docs/data-model.md, Adjustment.

mod export;
#[cfg(test)]
mod tests;

pub use export::{Export, ExportFormat};

use crate::codec::StoredYear;
use quantx_market::{Date, Price, SessionRange};

/// What is taken out of prices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Basis {
    /// Nothing: what the exchange printed that day.
    #[default]
    AsTraded,
    /// Splits: prices as if every later split had been before, volumes and payments with them.
    Splits,
    /// Splits, dividends and capital gains: `Adj Close`, and open, high and low by the same factor.
    /// Volumes only follow splits.
    Total,
}

/// One session on some basis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdjustedBar {
    /// The session.
    pub date: Date,
    /// First price; `None` if unknown.
    pub open: Option<f64>,
    /// Highest price; `None` if unknown.
    pub high: Option<f64>,
    /// Lowest price; `None` if unknown.
    pub low: Option<f64>,
    /// Last price.
    pub close: f64,
    /// Shares, rounded to whole ones; `None` if unknown.
    pub volume: Option<i64>,
    /// Cash per share that goes ex on this session; 0.0 if none.
    pub dividend: f64,
    /// Ratio of a split effective this session; 0.0 if none.
    pub split: f64,
    /// The stored `Adj Close`.
    pub adjusted_close: f64,
    /// The stored `Split Factor`.
    pub split_factor: f64,
}

/// The rows of `years` in `range`, ascending, on `basis`.
pub fn adjusted(years: &[StoredYear], range: SessionRange, basis: Basis) -> Vec<AdjustedBar> {
    let rows = years.iter().flat_map(|year| {
        let derived = &year.derived;
        let columns = derived.adjusted_close.iter().zip(&derived.split_factor);
        let cash = derived.dividends.iter().zip(&derived.splits);
        year.bars.iter().zip(columns).zip(cash)
    });
    let wanted = rows.filter(|((bar, _), _)| range.contains(bar.date.date()));
    wanted
        .map(
            |((bar, (adjusted_close, split_factor)), (dividend, split))| {
                let factor = match basis {
                    Basis::AsTraded => 1.0,
                    Basis::Splits => 1.0 / split_factor,
                    Basis::Total => adjusted_close / bar.close.get(),
                };
                let shares = match basis {
                    Basis::AsTraded => 1.0,
                    Basis::Splits | Basis::Total => *split_factor,
                };
                let price = |price: Option<Price>| price.map(|price| price.get() * factor);
                AdjustedBar {
                    date: bar.date.date(),
                    open: price(bar.open),
                    high: price(bar.high),
                    low: price(bar.low),
                    close: match basis {
                        Basis::AsTraded => bar.close.get(),
                        Basis::Splits => bar.close.get() / split_factor,
                        // The column itself: a product would be a bit off.
                        Basis::Total => *adjusted_close,
                    },
                    volume: bar
                        .volume
                        .map(|volume| (volume as f64 * shares).round() as i64),
                    dividend: dividend / shares,
                    split: *split,
                    adjusted_close: *adjusted_close,
                    split_factor: *split_factor,
                }
            },
        )
        .collect()
}
