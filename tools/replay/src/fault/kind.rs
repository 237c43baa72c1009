use std::time::Duration;

use jiff::civil::Date;

/// What goes wrong with one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WireFault {
    /// HTTP 429, with or without `Retry-After`.
    TooManyRequests {
        /// The header's value, whole seconds.
        retry_after: Option<Duration>,
    },
    /// HTTP 500.
    ServerError,
    /// No answer at all for a minute, then the connection closes.
    Hang,
    /// The body ends half way and the connection closes.
    Truncated,
    /// A page for people, with HTTP 200.
    Html,
    /// Another symbol in `meta`.
    WrongSymbol,
    /// Some rows without prices.
    NullRows,
}

/// What the vendor's data gets wrong for some days.
#[derive(Debug, Clone, PartialEq)]
pub enum Flaw {
    /// A session that `share` of all listings lack until `days` after it.
    LostSession {
        /// The session.
        date: Date,
        /// Days until it is filled in.
        days: i32,
        /// Share of listings, 0 to 1.
        share: f64,
    },
    /// Sessions of a listing, or of a whole exchange, that the vendor has no row of, until `days` after each or for good.
    NoRows {
        /// A symbol, or an exchange's suffix with its dot.
        of: String,
        /// The first session.
        from: Date,
        /// The last one, inclusive.
        to: Date,
        /// Days until a session is filled in; never if `None`.
        days: Option<i32>,
    },
    /// Prices a hundred times too high on some sessions, until `days` after the first.
    Hundredfold {
        /// The listing.
        symbol: String,
        /// First date of the block.
        date: Date,
        /// Sessions in the block.
        sessions: usize,
        /// Days until it is corrected.
        days: i32,
    },
    /// A dividend whose amount is corrected five days after its ex-date.
    RevisedDividend {
        /// The listing.
        symbol: String,
        /// Only the one of this date; all if `None`.
        ex_date: Option<Date>,
    },
    /// Splits are listed on their ex-date while prices follow only the next day.
    LateSplit {
        /// The listing.
        symbol: String,
    },
    /// HTTP 404 by mistake for `share` of all symbols on one date of the exchange.
    Outage404 {
        /// The date.
        date: Date,
        /// Share of symbols, 0 to 1.
        share: f64,
    },
}
