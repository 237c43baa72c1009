//! The port of vendors that answer by date: all listings of an exchange on one day in a handful of
//! requests, whatever the number of listings.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use async_trait::async_trait;

use crate::{Events, ProviderError, ProviderName};
use quantx_market::{Date, Exchange, ExchangeCode, Listing, VendorRow};
use quantx_usage::VendorUsage;

/// A source of the bars of a whole exchange on one date.
#[async_trait]
pub trait DayProvider: fmt::Debug + Send + Sync {
    /// Who answers.
    fn name(&self) -> ProviderName;

    /// Everything the vendor has of `exchange` on `date`, as traded.
    ///
    /// Vendors list what we do not hold (funds, warrants): join the answer with a universe, never make
    /// one of it. Cancel-safe: nothing is stored.
    ///
    /// # Errors
    /// [`ProviderError::NotCovered`] for an exchange the vendor does not have,
    /// [`ProviderError::NoDay`] for a date without any row, and what any request can end with.
    async fn bars_on(&self, exchange: &Exchange, date: Date) -> Result<DayBars, ProviderError>;

    /// Counters since the provider was made.
    fn usage(&self) -> VendorUsage;
}

/// An exchange's day by one vendor.
#[derive(Debug, Clone)]
pub struct DayBars {
    /// The exchange.
    pub exchange: ExchangeCode,
    /// The date of every row, in the exchange's time zone.
    pub date: Date,
    /// Ascending by listing, one each.
    pub rows: Vec<DayRow>,
    /// What goes ex on the date, by listing; a listing may have events and no row.
    pub events: BTreeMap<Listing, Events>,
    /// Rows of the answer that are not among `rows`.
    pub left_out: LeftOut,
}

/// One listing's day.
#[derive(Debug, Clone, PartialEq)]
pub struct DayRow {
    /// Which listing.
    pub listing: Listing,
    /// Prices and volume as traded on the day; null where nothing was traded or given.
    pub row: VendorRow,
    /// What the exchange says of its trading.
    pub state: TradingState,
    /// Quoted unit, where the answer names it.
    pub currency: Option<String>,
}

/// What became of a listing's trading on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TradingState {
    /// Shares changed hands.
    Traded,
    /// Open for trading and nobody traded: the close is that of the day before, the volume 0.
    NoTrade,
    /// Listed and never traded yet: there is no price at all.
    NeverTraded,
    /// Halted by the exchange on this day and not resumed.
    Halted,
    /// Suspended from trading.
    Suspended,
}

impl TradingState {
    /// Whether this is proof that the session needs no bar. No trade is none: its bar has volume 0.
    pub fn excuses_session(self) -> bool {
        match self {
            Self::Halted | Self::Suspended | Self::NeverTraded => true,
            Self::Traded | Self::NoTrade => false,
        }
    }

    /// As written in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Traded => "traded",
            Self::NoTrade => "no_trade",
            Self::NeverTraded => "never_traded",
            Self::Halted => "halted",
            Self::Suspended => "suspended",
        }
    }
}

/// Rows of an answer that are of no use, counted by why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Funds and other things that are no listings of the exchange.
    pub funds: usize,
    /// Codes that the vendor itself calls gone.
    pub delisted: usize,
    /// Rows of another date: the vendor repeats the last it has.
    pub stale: usize,
    /// Codes that cannot be a code of the exchange.
    pub unreadable: usize,
    /// Further rows of a listing that has one.
    pub doubles: usize,
}

/// What it means that a by-date answer has no row of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absence {
    /// It has one.
    Present,
    /// The answer is whole as far as we can tell, and the row is gone since the day before: suspended,
    /// renamed or delisted. Evidence, not proof: ask for the listing singly.
    Evidence,
    /// Nothing: the day before had none either.
    NotThereBefore,
    /// Nothing: the answer itself lacks too many listings of the day before.
    AnswerIncomplete { kept: usize, of: usize },
}

/// An answer is believed to be whole with more than this share, in percent, of the listings of the day
/// before. Source: design of witnesses, measured quorum rule 7.
const WHOLE_PERCENT: usize = 90;

impl DayBars {
    /// Makes an answer of rows in any order; of several of one listing the first counts.
    pub(crate) fn new(
        exchange: ExchangeCode,
        date: Date,
        mut rows: Vec<DayRow>,
        events: BTreeMap<Listing, Events>,
        mut left_out: LeftOut,
    ) -> Self {
        let n_rows = rows.len();
        rows.sort_by(|a, b| a.listing.cmp(&b.listing));
        rows.dedup_by(|next, first| next.listing == first.listing);
        left_out.doubles += n_rows - rows.len();
        Self {
            exchange,
            date,
            rows,
            events,
            left_out,
        }
    }

    /// The row of a listing.
    pub fn get(&self, listing: &Listing) -> Option<&DayRow> {
        let at = self.rows.binary_search_by(|row| row.listing.cmp(listing));
        at.ok().and_then(|at| self.rows.get(at))
    }

    /// Listings that were halted, suspended or never traded, with the proof that excuses their session.
    pub fn excused(&self) -> impl Iterator<Item = &DayRow> {
        self.rows.iter().filter(|row| row.state.excuses_session())
    }

    /// What it means that this answer has no row of `listing`, measured on the vendor's answer for the
    /// session before.
    pub fn absence(&self, listing: &Listing, day_before: &Self) -> Absence {
        if self.get(listing).is_some() {
            return Absence::Present;
        }
        let today: BTreeSet<&Listing> = self.rows.iter().map(|row| &row.listing).collect();
        let of = day_before.rows.len();
        let before = day_before.rows.iter().map(|row| &row.listing);
        let kept = before.filter(|listing| today.contains(listing)).count();
        if kept * 100 <= of * WHOLE_PERCENT {
            return Absence::AnswerIncomplete { kept, of };
        }
        match day_before.get(listing) {
            Some(_) => Absence::Evidence,
            None => Absence::NotThereBefore,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use jiff::civil::date;
    use quantx_fixtures::us_listing;

    fn day(symbols: &[String]) -> DayBars {
        let rows = symbols.iter().map(|symbol| DayRow {
            listing: us_listing(symbol),
            row: VendorRow {
                date: date(2024, 9, 30),
                stamp: Timestamp::UNIX_EPOCH,
                open: None,
                high: None,
                low: None,
                close: Some(1.0),
                volume: Some(0.0),
                adjusted_close: None,
            },
            state: TradingState::NoTrade,
            currency: None,
        });
        let exchange = ExchangeCode::parse("us").unwrap();
        DayBars::new(
            exchange,
            date(2024, 9, 30),
            rows.collect(),
            BTreeMap::new(),
            LeftOut::default(),
        )
    }

    fn symbols(range: std::ops::Range<u32>) -> Vec<String> {
        range.map(|n| format!("S{n}")).collect()
    }

    #[test]
    fn an_absent_row_is_evidence_only_in_an_answer_with_more_than_nine_tenths_of_the_day_before() {
        let before = day(&symbols(0..20));
        let gone = us_listing("S0");
        let whole = day(&symbols(1..20));
        assert_eq!(whole.absence(&gone, &before), Absence::Evidence);
        assert_eq!(whole.absence(&us_listing("S5"), &before), Absence::Present);
        assert_eq!(
            whole.absence(&us_listing("NEW"), &before),
            Absence::NotThereBefore
        );
        let nine_tenths = day(&symbols(2..20));
        assert_eq!(
            nine_tenths.absence(&gone, &before),
            Absence::AnswerIncomplete { kept: 18, of: 20 }
        );
        // Without a day before there is nothing to measure by.
        assert_eq!(
            whole.absence(&gone, &day(&[])),
            Absence::AnswerIncomplete { kept: 0, of: 0 }
        );
    }

    #[test]
    fn a_listing_has_one_row_and_halts_are_proof() {
        let mut twice = symbols(0..3);
        twice.push("S1".to_owned());
        let mut bars = day(&twice);
        assert_eq!(bars.rows.len(), 3);
        assert_eq!(bars.left_out.doubles, 1);
        bars.rows[1].state = TradingState::Suspended;
        let excused: Vec<String> = bars.excused().map(|row| row.listing.to_string()).collect();
        assert_eq!(excused, ["S1"]);
    }
}
