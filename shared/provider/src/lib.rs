//! Where bars come from. The port is [`BarProvider`]; every vendor is a folder of its own with
//! `client` (I/O), `wire` (serde structs) and `parse` (bytes → [`VendorHistory`], pure). [`Throttled`] puts a
//! rate limit, retries and a circuit breaker around a client.
//!
//! ```
//! use quantx_provider::yahoo::{Parsed, parse_chart};
//!
//! let answer = br#"{"chart": {"error": null, "result": [{
//!     "meta": {
//!         "symbol": "AAPL", "currency": "USD", "dataGranularity": "1d",
//!         "exchangeTimezoneName": "America/New_York"
//!     },
//!     "timestamp": [1755091800],
//!     "events": {"dividends": {"1755091800": {"date": 1755091800, "amount": 0.26}}},
//!     "indicators": {
//!         "quote": [{"open": [231.07], "high": [235.0], "low": [230.43], "close": [233.33], "volume": [69878500]}],
//!         "adjclose": [{"adjclose": [233.33]}]
//!     }
//! }]}}"#;
//! let Parsed::History(history) = parse_chart(answer, "AAPL")? else {
//!     panic!("the answer has a row");
//! };
//! assert_eq!(history.rows[0].date.to_string(), "2025-08-13");
//! assert_eq!(history.rows[0].close, Some(233.33));
//! assert_eq!(history.actions[0].kind.cash(), Some(0.26));
//! # Ok::<(), quantx_provider::ParseError>(())
//! ```

mod error;
mod retry;
mod throttle;
pub mod yahoo;

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;

use quantx_market::{Date, Listing, VendorHistory};
use quantx_usage::VendorUsage;

pub use error::{ParseError, ProviderError, Retry};
pub use retry::RetryPolicy;
pub use throttle::{ThrottleLimits, Throttled};

/// Short name of a vendor in messages and reports: `yahoo`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderName(pub &'static str);

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// One question to a vendor: everything of `listing` from `start` up to `now`.
///
/// The end is always now, whatever range the caller wants to keep: undoing the vendor's split
/// adjustment needs every split up to the moment of the answer.
#[derive(Debug, Clone)]
pub struct HistoryRequest {
    /// What to ask for.
    pub listing: Listing,
    /// First date wanted, in the exchange's time zone, inclusive.
    pub start: Date,
    /// The run's idea of now.
    pub now: Timestamp,
}

/// A source of daily bars.
#[async_trait]
pub trait BarProvider: fmt::Debug + Send + Sync {
    /// Who answers.
    fn name(&self) -> ProviderName;

    /// The daily history of one listing on the vendor's own basis, with all its actions.
    ///
    /// Cancel-safe: nothing is stored.
    ///
    /// # Errors
    /// [`ProviderError`], which says whether asking again can help.
    async fn daily_history(&self, request: &HistoryRequest)
    -> Result<VendorHistory, ProviderError>;

    /// Counters since the provider was made.
    fn usage(&self) -> VendorUsage;
}
