use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Action, Conversion, Date, RefusedAction};

/// A vendor's daily history of one listing, typed but still on the vendor's basis.
///
/// `lake::basis` turns it into as-traded bars; nothing stores it.
#[derive(Debug, Clone)]
pub struct VendorHistory {
    /// Of which shares prices, volumes and cash amounts are given.
    pub basis: ShareBasis,
    /// What the stamps of `rows` say.
    pub stamps: RowStamps,
    /// Quoted unit of the prices as the vendor spells it (`USD`, `GBp`); funds may have none.
    pub currency: Option<String>,
    /// Time zone of the exchange; `rows` are dated in it.
    pub time_zone: TimeZone,
    /// First date the vendor has for the listing.
    pub first_trade: Option<Date>,
    /// The current or most recent regular session at the time of the answer.
    pub regular_period: Option<RegularPeriod>,
    /// Ascending by date, one row per date, null rows included.
    pub rows: Vec<VendorRow>,
    /// Rows dropped because another row had the same date.
    pub duplicate_rows: usize,
    /// Every action in the asked range, which reaches up to now.
    pub actions: Vec<Action>,
    /// Cash in another currency than the prices; not among `actions`.
    pub foreign: Vec<ForeignCash>,
    /// Events that cannot be (a split 1:0, cash that is no number): they are reported, and the rows are
    /// read as if the vendor had not sent them.
    pub refused_actions: Vec<RefusedAction>,
    /// The price now, on the level that is true now; some vendors send none.
    pub market_price: Option<MarketPrice>,
}

/// Of which shares a vendor gives prices, volumes and cash amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareBasis {
    /// Of the newest ones: divided by every split the vendor knew when it answered (Yahoo). A new
    /// split rewrites the whole history.
    Newest,
    /// Of those that traded on the day: raw prices with the splits beside them (EODHD, Tiingo,
    /// Alpaca). A new split rewrites nothing.
    AsTraded,
}

/// What the stamp of a row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowStamps {
    /// The session's open, or the last trade of a row that still changes: an official newest row is recognized by
    /// the opening stamp.
    OpenOrLastTrade,
    /// The date alone. Nothing in the row says whether it still changes: by when the vendor is done is
    /// known of the vendor, and the lag after the close covers it.
    EndOfDay,
}

/// The newest price that a vendor gives beside its rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarketPrice {
    /// When it was traded, as a date in the exchange's time zone.
    pub date: Date,
    /// In the quoted unit.
    pub price: f64,
}

/// A dividend or capital gain that the vendor gives in another currency than the prices.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignCash {
    /// The event, its amount in `currency`.
    pub action: Action,
    /// As the vendor spells it.
    pub currency: String,
    /// What it is in the quoted unit, once somebody has looked it up; a vendor never says it.
    pub conversion: Option<Conversion>,
}

/// Start and end of a regular session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegularPeriod {
    /// The open.
    pub start: Timestamp,
    /// The scheduled close.
    pub end: Timestamp,
}

/// One row of a vendor's answer, unchecked; `None` where the vendor said null.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VendorRow {
    /// Date of `stamp` in the exchange's time zone (after the repair of late-evening stamps).
    pub date: Date,
    /// The vendor's stamp: the session's open, or the last trade for a live row; midnight where the
    /// vendor gives the date alone ([`RowStamps`]).
    pub stamp: Timestamp,
    /// First price.
    pub open: Option<f64>,
    /// Highest price.
    pub high: Option<f64>,
    /// Lowest price.
    pub low: Option<f64>,
    /// Last price.
    pub close: Option<f64>,
    /// Shares traded.
    pub volume: Option<f64>,
    /// The vendor's own total-return close; a checksum, never stored.
    pub adjusted_close: Option<f64>,
}

impl VendorRow {
    /// Open, high, low and close, without what says that the vendor does not know: beside a good
    /// close an open, high or low of 0.0 is written where there is none (Yahoo, rows of before
    /// 1970 and sessions without a trade). A close of 0.0 stays: no row without a close is one.
    #[inline]
    pub fn known_prices(&self) -> [Option<f64>; 4] {
        known_prices([self.open, self.high, self.low, self.close])
    }

    /// Whether no value is unknown: half of a row is a row that is still being written.
    #[inline]
    pub fn is_complete(&self) -> bool {
        self.volume.is_some() && self.known_prices().iter().all(Option::is_some)
    }

    /// Whether the vendor has no price at all for the date.
    #[inline]
    pub fn is_null(&self) -> bool {
        [self.open, self.high, self.low, self.close]
            .iter()
            .all(Option::is_none)
    }
}

/// Open, high, low and close without the zeros that stand for an unknown value.
pub fn known_prices([open, high, low, close]: [Option<f64>; 4]) -> [Option<f64>; 4] {
    let known = |price: Option<f64>| price.filter(|value| *value != 0.0);
    [known(open), known(high), known(low), close]
}
