//! The rows of an answer: the truth in the state that its bars had reached by then.

use super::basis::{Basis, vendor_price};
use super::defects::Defects;
use super::moment::{BarLife, Moment};
use crate::random::{SplitMix64, day};
use crate::truth::{DailyRow, SymbolTruth};

/// One row on the vendor's basis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) stamp: i64,
    /// Open, high, low, close.
    pub(super) prices: [Option<f64>; 4],
    pub(super) volume: Option<u64>,
    pub(super) adjusted_close: Option<f64>,
}

impl Point {
    pub(super) fn close(&self) -> Option<f64> {
        self.prices[3]
    }
}

/// Makes rows; everything that is the same for all of them.
#[derive(Debug)]
pub(super) struct PointMaker<'a> {
    pub(super) truth: &'a SymbolTruth,
    pub(super) moment: Moment,
    pub(super) basis: &'a Basis,
    pub(super) defects: &'a Defects,
}

impl PointMaker<'_> {
    /// The rows of the sessions `first..end`, which must have opened.
    pub(super) fn points(&self, first: usize, end: usize) -> Vec<Point> {
        let sessions = &self.truth.venue.sessions;
        let mut rows = match sessions.get(first) {
            Some(session) => {
                let start = self
                    .truth
                    .rows
                    .partition_point(|row| row.date < session.date);
                self.truth
                    .rows
                    .get(start..)
                    .unwrap_or_default()
                    .iter()
                    .peekable()
            }
            None => return Vec::new(),
        };
        let mut points = Vec::with_capacity(end.saturating_sub(first));
        for index in first..end {
            let Some(session) = sessions.get(index) else {
                break;
            };
            let Some(row) = rows.next_if(|row| row.date == session.date) else {
                continue;
            };
            if !self.defects.lost.contains(&row.date) {
                points.push(self.point(row, index));
            }
        }
        points
    }

    fn point(&self, row: &DailyRow, index: usize) -> Point {
        let venue = &self.truth.venue;
        let session = venue.sessions.get(index);
        let open = session.map_or(i64::MAX, |session| session.open);
        let mut random = SplitMix64::of(0, &self.truth.symbol, &[day(row.date)]);
        let mut shown = *row;
        let stamp = match self.moment.life(venue, index) {
            BarLife::Final => open,
            BarLife::Restating => {
                shown.volume = row
                    .volume
                    .map(|volume| hundreds(short(volume, &mut random, 0.0042)));
                open
            }
            BarLife::Evening => {
                shown = live(row, 1.0, self.decimals(), &mut random);
                session.map_or(open, |session| session.close + 1)
            }
            BarLife::Open { progress } => {
                shown = live(row, progress, self.decimals(), &mut random);
                self.moment.as_of
            }
        };
        for (cells, factor) in self.defects.lies.get(&row.date).into_iter().flatten() {
            shown = cells.times(shown, *factor);
        }
        self.on_vendor_basis(&shown, stamp)
    }

    fn on_vendor_basis(&self, row: &DailyRow, stamp: i64) -> Point {
        let split = self.basis.split_factor(row.date);
        let unit = if self.defects.hundredfold.contains(&row.date) {
            100.0
        } else {
            1.0
        };
        let adjust = |price: Option<f64>| price.map(|price| vendor_price(price / split * unit));
        let mut point = Point {
            stamp,
            prices: [row.open, row.high, row.low, row.close].map(adjust),
            volume: row
                .volume
                .map(|volume| (volume as f64 * split).round() as u64),
            adjusted_close: row
                .close
                .map(|close| self.adjusted(row, close / split * unit)),
        };
        if let Some(choice) = self.defects.null_rows {
            let mut random = SplitMix64::of(choice, &self.truth.symbol, &[day(row.date)]);
            match random.between(0, 99) {
                // Yahoo has both shapes: all null, and a volume without prices.
                0..=2 => {
                    point.prices = [None; 4];
                    point.adjusted_close = None;
                    point.volume = None;
                }
                3 => {
                    point.prices = [None; 4];
                    point.adjusted_close = None;
                }
                _ => {}
            }
        }
        point
    }

    fn adjusted(&self, row: &DailyRow, close: f64) -> f64 {
        let factor = self.basis.cash_factor(row.date);
        let exact = (close * factor) as f32;
        if factor == 1.0 {
            return vendor_price(close);
        }
        // The same date flips between neighbouring floats from call to call (recorded).
        let parts = [day(row.date), self.moment.stage.unsigned_abs()];
        let shown = match SplitMix64::of(1, &self.truth.symbol, &parts).between(-1, 1) {
            -1 => exact.next_down(),
            1 => exact.next_up(),
            _ => exact,
        };
        f64::from(shown)
    }

    fn decimals(&self) -> f64 {
        f64::from(self.truth.venue.facts.ticks_per_unit)
    }
}

/// The bar as it looks before it is official: open, high and low up to 0.08 % off, volume short.
fn live(row: &DailyRow, progress: f64, ticks_per_unit: f64, random: &mut SplitMix64) -> DailyRow {
    let mut tick = |price: f64| {
        let off = (random.fraction() - 0.5) * 0.0016;
        (price * (1.0 + off) * ticks_per_unit).round() / ticks_per_unit
    };
    let (Some(open), Some(high), Some(low), Some(close)) = (row.open, row.high, row.low, row.close)
    else {
        return *row;
    };
    let (open, high, low) = (tick(open), tick(high), tick(low));
    let path = open + (close - open) * progress;
    let last = if progress >= 1.0 {
        close
    } else {
        // Not `clamp`: recorded rows exist whose low is above their high.
        ((path * ticks_per_unit).round() / ticks_per_unit)
            .max(low)
            .min(high)
    };
    // Extremes are reached by and by, and always hold what has been traded.
    let reach = |extreme: f64| {
        let price = last + (extreme - last) * progress;
        (price * ticks_per_unit).round() / ticks_per_unit
    };
    let partial = row
        .volume
        .map(|volume| (short(volume, random, 0.05) as f64 * progress) as u64);
    DailyRow {
        date: row.date,
        open: Some(open),
        high: Some(reach(high).max(open).max(last)),
        low: Some(reach(low).min(open).min(last)),
        close: Some(last),
        volume: partial,
    }
}

/// `volume` less 0.05 % to `most`.
fn short(volume: u64, random: &mut SplitMix64, most: f64) -> u64 {
    let missing = 0.0005 + random.fraction() * (most - 0.0005);
    (volume as f64 * (1.0 - missing)).round() as u64
}

fn hundreds(volume: u64) -> u64 {
    volume.saturating_add(50) / 100 * 100
}
