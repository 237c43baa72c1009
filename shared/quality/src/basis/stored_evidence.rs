use std::collections::BTreeSet;

use super::ListedSplit;
use super::path::Offset;
use crate::view::View;
use quantx_market::{Bar, BasisReading, Date, VendorHistory};

/// Two prices closer than this, as a share, are one price.
const SAME: f64 = 1e-4;
/// The vendor rounds to six decimals, which is much of a price that was divided by much.
const SIX_DECIMALS: f64 = 1e-6;
/// Factors between units: pence and pounds, or thousandths.
const UNITS: [f64; 4] = [100.0, 0.01, 1000.0, 0.001];

/// What stored rows prove of fetched ones: a row of the same session that is higher or lower by
/// exactly a split's ratio, in every price, is the same row on another basis.
#[derive(Debug)]
pub(super) struct StoredEvidence {
    /// Per row of the answer, what it is above the stored row, where that is known.
    rows: Vec<Option<ProvenBasis>>,
    stored: BTreeSet<Date>,
    /// Index in `rows` of each session of the view; none for the price now.
    of_session: Vec<Option<usize>>,
}

#[derive(Debug, Clone, PartialEq)]
struct ProvenBasis {
    times: f64,
    /// Splits by their index that are not in the row although they should be, or the other way.
    off: Vec<(usize, Offset)>,
}

impl StoredEvidence {
    pub(super) fn new(
        history: &VendorHistory,
        applied: &BasisReading,
        stored: &[Bar],
        splits: &[ListedSplit],
        view: &View,
    ) -> Self {
        let rows = history.rows.iter().zip(&applied.factors);
        let rows = rows.map(|(row, factor)| {
            let at = stored.binary_search_by_key(&row.date, |bar| bar.date.date());
            let bar = stored.get(at.ok()?)?;
            let prices = row.known_prices();
            let (times, tolerance) = constant_ratio(prices.map(|p| p.map(|p| p * factor)), bar)?;
            explain(
                times,
                tolerance + SIX_DECIMALS * factor / bar_close(bar),
                row.date,
                splits,
            )
        });
        let of_session = view.sessions.iter();
        Self {
            rows: rows.collect(),
            stored: stored.iter().map(|bar| bar.date.date()).collect(),
            of_session: of_session
                .map(|session| Some(session.row).filter(|row| *row < history.rows.len()))
                .collect(),
        }
    }

    /// What the vendor's row is above its level, if a stored row proves it.
    pub(super) fn times_of(&self, row: usize) -> Option<f64> {
        let proven_row = self.rows.get(row)?.as_ref()?;
        Some(proven_row.times)
    }

    /// Whether the lake has a row of `date`.
    pub(super) fn has_stored(&self, date: Date) -> bool {
        self.stored.contains(&date)
    }

    /// Per session, how the split of this index is in the row, where a stored row proves it.
    pub(super) fn of(&self, split: usize) -> Vec<Option<Offset>> {
        let of_session = self.of_session.iter();
        let proven = of_session.map(|row| {
            let proven_row = self.rows.get((*row)?)?.as_ref()?;
            let off = proven_row.off.iter().find(|(other, _)| *other == split);
            Some(off.map_or(Offset::None, |(_, offset)| *offset))
        });
        proven.collect()
    }
}

fn bar_close(bar: &Bar) -> f64 {
    bar.close.get()
}

/// By how many times all prices that both know are above the stored ones, and how exactly.
fn constant_ratio(prices: [Option<f64>; 4], bar: &Bar) -> Option<(f64, f64)> {
    let pairs = prices.into_iter().zip(bar.prices());
    let ratios = pairs.filter_map(|(price, stored)| Some(price? / stored?.get()));
    let ratios: Vec<f64> = ratios.filter(|ratio| *ratio > 0.0).collect();
    let close = prices[3]? / bar_close(bar);
    let constant = |ratio: &f64| (ratio / close - 1.0).abs() <= 2.0 * SAME;
    (!ratios.is_empty() && ratios.iter().all(constant)).then_some((close, SAME))
}

/// The basis that makes a row `times` the stored one: that of the lake, without one of the splits
/// after it or without the newest of them, with one split too many, or another unit.
fn explain(times: f64, tolerance: f64, date: Date, splits: &[ListedSplit]) -> Option<ProvenBasis> {
    let is = |expected: f64| (times / expected - 1.0).abs() <= tolerance;
    if is(1.0) {
        return Some(ProvenBasis {
            times: 1.0,
            off: Vec::new(),
        });
    }
    let mut all = 1.0;
    let mut off = Vec::new();
    for (index, split) in splits.iter().enumerate().rev() {
        let is_later = split.action.ex_date > date;
        if is_later && split.is_listed {
            all *= split.ratio;
            off.push((index, Offset::Undivided));
            if is(all) {
                return Some(ProvenBasis { times: all, off });
            }
        }
        for (times, offset) in [
            (split.ratio, Offset::Undivided),
            (1.0 / split.ratio, Offset::Divided),
        ] {
            // A split that is not listed can only be in the prices all the same.
            let can_be = split.is_listed || offset == Offset::Divided;
            if can_be && is(times) {
                let off = vec![(index, offset)];
                return Some(ProvenBasis { times, off });
            }
        }
    }
    let unit = UNITS.into_iter().find(|unit| is(*unit))?;
    Some(ProvenBasis {
        times: unit,
        off: Vec::new(),
    })
}
