//! What other vendors get wrong, and Yahoo beside its own faults. Pure.

use jiff::Timestamp;
use jiff::civil::Date;

use super::VendorProtocol;
use crate::truth::{DailyRow, SymbolTruth, days_between};
use quantx_market::{Action, ActionKind};

/// Which values of a row are wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cells {
    /// All four prices.
    Prices,
    /// The first price.
    Open,
    /// The highest price.
    High,
    /// The lowest price.
    Low,
    /// The last price.
    Close,
    /// The shares.
    Volume,
}

impl Cells {
    /// The row with these values times `factor`; prices have four decimals.
    pub(crate) fn times(self, row: DailyRow, factor: f64) -> DailyRow {
        let mut wrong = row;
        let times = |price: Option<f64>| price.map(|price| (price * factor * 1e4).round() / 1e4);
        if matches!(self, Self::Prices | Self::Open) {
            wrong.open = times(row.open);
        }
        if matches!(self, Self::Prices | Self::High) {
            wrong.high = times(row.high);
        }
        if matches!(self, Self::Prices | Self::Low) {
            wrong.low = times(row.low);
        }
        if matches!(self, Self::Prices | Self::Close) {
            wrong.close = times(row.close);
        }
        if self == Self::Volume {
            let times = |volume: u64| (volume as f64 * factor).round() as u64;
            wrong.volume = row.volume.map(times);
        }
        wrong
    }
}

/// Something that one vendor gets wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct VendorFault {
    /// Which vendor.
    pub vendor: VendorProtocol,
    /// Only of this listing; `None`: of all.
    pub symbol: Option<String>,
    /// What.
    pub kind: VendorFaultKind,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum VendorFaultKind {
    /// HTTP 503 on these days (UTC).
    Away { from: Date, days: i32 },
    /// Values times a factor on some sessions, until so many days after the first.
    Lie {
        from: Date,
        sessions: usize,
        factor: f64,
        cells: Cells,
        days: i32,
    },
    /// No row of the session.
    Gap { date: Date },
    /// A split that is not listed.
    NoSplit,
    /// A dividend that nobody paid.
    Phantom { ex_date: Date, amount: f64 },
}

impl VendorFault {
    /// Whether the vendor does not answer at all.
    pub(crate) fn is_away(&self, vendor: VendorProtocol, now: Timestamp) -> bool {
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        match self.kind {
            VendorFaultKind::Away { from, days } => {
                self.vendor == vendor && (0..days).contains(&days_between(from, today))
            }
            _ => false,
        }
    }

    pub(crate) fn is_of(&self, vendor: VendorProtocol, symbol: &str) -> bool {
        self.vendor == vendor && self.symbol.as_ref().is_none_or(|own| own == symbol)
    }

    /// What the values of a session are multiplied by, if any.
    pub(crate) fn factor(
        &self,
        date: Date,
        truth: &SymbolTruth,
        today: Date,
    ) -> Option<(Cells, f64)> {
        let VendorFaultKind::Lie {
            from,
            sessions,
            factor,
            cells,
            days,
        } = self.kind
        else {
            return None;
        };
        let all = &truth.venue.sessions;
        let first = all.before(from);
        let at = all.index_of(date)?;
        let is_hit = (first..first.saturating_add(sessions)).contains(&at);
        let is_told = (0..days).contains(&days_between(from, today));
        (is_hit && is_told).then_some((cells, factor))
    }

    /// The row as the vendor has it; `None` where it has none.
    pub(super) fn row(&self, row: DailyRow, truth: &SymbolTruth, today: Date) -> Option<DailyRow> {
        if self.kind == (VendorFaultKind::Gap { date: row.date }) {
            return None;
        }
        let Some((cells, factor)) = self.factor(row.date, truth, today) else {
            return Some(row);
        };
        Some(cells.times(row, factor))
    }

    /// Whether the vendor does not list an event.
    pub(super) fn hides(&self, action: &Action) -> bool {
        self.kind == VendorFaultKind::NoSplit && action.kind.split_ratio().is_some()
    }

    /// An event that only this vendor has.
    pub(super) fn event(&self, today: Date) -> Option<Action> {
        match self.kind {
            VendorFaultKind::Phantom { ex_date, amount } if ex_date <= today => Some(Action {
                ex_date,
                kind: ActionKind::Dividend { amount },
            }),
            _ => None,
        }
    }
}
