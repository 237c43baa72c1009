//! Stored rows on the basis that a reader wants: as traded, without splits, or with every payment
//! reinvested. Pure. Source of the rules: docs/data-model.md, Adjustment.

mod export;
#[cfg(test)]
mod tests;

pub use export::{Export, ExportFormat};

use crate::codec::StoredYear;
use crate::delta::KnownBar;
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

impl AdjustedBar {
    /// The session on `basis`; `self` is as traded.
    fn on(self, basis: Basis) -> Self {
        let factor = match basis {
            Basis::AsTraded => return self,
            Basis::Splits => 1.0 / self.split_factor,
            Basis::Total => factor(self.adjusted_close, self.close),
        };
        let shares = self.split_factor;
        let price = |price: Option<f64>| price.map(|price| price * factor);
        Self {
            open: price(self.open),
            high: price(self.high),
            low: price(self.low),
            close: match basis {
                Basis::AsTraded => self.close,
                Basis::Splits => self.close / shares,
                // The column itself: a product would be a bit off.
                Basis::Total => self.adjusted_close,
            },
            volume: self
                .volume
                .map(|volume| (volume as f64 * shares).round() as i64),
            dividend: self.dividend / shares,
            ..self
        }
    }
}

/// What prices of a row are multiplied with to be as its adjusted close. The close may be zero, of a future: nothing
/// is adjusted there.
pub(crate) fn factor(adjusted_close: f64, close: f64) -> f64 {
    if adjusted_close == close {
        1.0
    } else {
        adjusted_close / close
    }
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
    let as_traded = wanted.map(
        |((bar, (adjusted_close, split_factor)), (dividend, split))| {
            let price = |price: Option<Price>| price.map(Price::get);
            AdjustedBar {
                date: bar.date.date(),
                open: price(bar.open),
                high: price(bar.high),
                low: price(bar.low),
                close: bar.close.get(),
                volume: bar
                    .volume
                    .map(|shares| i64::try_from(shares).unwrap_or(i64::MAX)),
                dividend: *dividend,
                split: *split,
                adjusted_close: *adjusted_close,
                split_factor: *split_factor,
            }
        },
    );
    as_traded.map(|row| row.on(basis)).collect()
}

/// The rows of `bars` in `range`, ascending, on `basis`: as one version of the tables knows them.
pub fn adjusted_as_known(bars: &[KnownBar], range: SessionRange, basis: Basis) -> Vec<AdjustedBar> {
    let wanted = bars.iter().filter(|bar| range.contains(bar.date));
    let as_traded = wanted.map(|bar| AdjustedBar {
        date: bar.date,
        open: bar.open,
        high: bar.high,
        low: bar.low,
        close: bar.close,
        volume: bar.volume,
        dividend: bar.dividends,
        split: bar.stock_splits,
        adjusted_close: bar.adj_close(),
        split_factor: bar.split_factor,
    });
    as_traded.map(|row| row.on(basis)).collect()
}
