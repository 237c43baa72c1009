//! Where bars come from. The ports are [`BarProvider`] (a listing's history) and [`DayProvider`] (a whole
//! exchange on one date); every vendor is a folder of its own with `client` (I/O), `wire` (serde structs)
//! and `parse` (bytes → [`VendorHistory`](quantx_market::VendorHistory) or [`DayBars`], pure). [`Throttled`] puts a
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

pub mod alpaca;
mod api_key;
pub mod csv;
mod day;
pub mod eodhd;
mod error;
mod events;
pub mod hkex;
mod http;
mod port;
mod retry;
mod rows;
mod throttle;
pub mod tiingo;
pub mod yahoo;

#[expect(clippy::disallowed_methods, reason = "recorded data are files")]
#[cfg(test)]
mod quorum_tests;
#[cfg(test)]
mod test_server;

pub use api_key::{ApiKey, KeyError};
pub use day::{Absence, DayBars, DayProvider, DayRow, LeftOut, TradingState};
pub use error::{ParseError, ProviderError, Retry};
pub use events::Events;
pub use http::{HttpConfig, HttpSetupError};
pub use port::{BarProvider, HistoryRequest, ProviderName};
pub use retry::RetryPolicy;
pub use throttle::{ThrottleLimits, Throttled};
