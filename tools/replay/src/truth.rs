//! What really happened on a replayed market, whatever a vendor says of it on some day.

use std::sync::Arc;

use jiff::civil::Date;

use super::venue::Venue;
use quantx_market::{ActionSet, SessionRange};

/// One session of one listing as traded; `None` where the source has no value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DailyRow {
    /// The session.
    pub date: Date,
    /// First price.
    pub open: Option<f64>,
    /// Highest price.
    pub high: Option<f64>,
    /// Lowest price.
    pub low: Option<f64>,
    /// Last price.
    pub close: Option<f64>,
    /// Shares traded.
    pub volume: Option<u64>,
}

/// A change of symbol. From its date on only the new symbol answers, with the entire history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rename {
    /// This symbol stopped answering on the date (inclusive).
    Into {
        /// Its successor.
        symbol: String,
        /// First date under the new symbol.
        on: Date,
    },
    /// This symbol began to answer on the date.
    From {
        /// Its predecessor.
        symbol: String,
        /// First date under the new symbol.
        on: Date,
    },
}

/// The true history of one symbol, from its first to its last known session.
#[derive(Debug, Clone)]
pub struct SymbolTruth {
    /// The symbol, with its vendor suffix.
    pub symbol: String,
    /// Where it trades.
    pub venue: Arc<Venue>,
    /// As traded, ascending, one row per session on which it traded.
    pub rows: Vec<DailyRow>,
    /// As declared: a dividend is per share that trades on its ex-date, after a split of that day.
    pub actions: ActionSet,
    /// First session.
    pub first_trade: Date,
    /// Last session, if trading has ended for good.
    pub delisted: Option<Date>,
    /// Spells without rows although the exchange was open.
    pub suspensions: Vec<SessionRange>,
    /// A change of symbol, if there was one.
    pub rename: Option<Rename>,
}

/// How long Yahoo still answers for a listing that has left the exchange.
const DELISTING_GRACE_DAYS: i32 = 10;

impl SymbolTruth {
    /// Whether Yahoo knows the symbol on `today`, a date of the exchange.
    pub fn answers_on(&self, today: Date) -> bool {
        let known = match &self.rename {
            Some(Rename::Into { on, .. }) => today < *on,
            Some(Rename::From { on, .. }) => today >= *on,
            None => true,
        };
        let gone = self
            .delisted
            .is_some_and(|last| days_between(last, today) > DELISTING_GRACE_DAYS);
        known && !gone && today >= self.first_trade
    }

    /// The row of `date`.
    pub fn row(&self, date: Date) -> Option<&DailyRow> {
        let index = self.rows.binary_search_by_key(&date, |row| row.date).ok()?;
        self.rows.get(index)
    }
}

/// Days from `start` to `end`, negative if `end` is earlier.
pub(super) fn days_between(start: Date, end: Date) -> i32 {
    // A difference of civil dates in days cannot fail or overflow.
    start.until(end).map_or(0, |span| span.get_days())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_are_counted_across_months() {
        assert_eq!(days_between(date(2024, 1, 30), date(2024, 3, 1)), 31);
        assert_eq!(days_between(date(2024, 3, 1), date(2024, 2, 29)), -1);
    }
}
