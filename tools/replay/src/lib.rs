//! The replay vendor: a loopback HTTP server that speaks Yahoo's v8 chart protocol *as Yahoo
//! looked at an instant*, so that the real client can be run against any day of a known history.
//!
//! - [`SymbolTruth`] is what really happened; a [`Market`] is a set of them: the real `sample`,
//!   made-up ones, a folder of tables, or a folder of recorded answers.
//! - [`chart`] turns (truth, request, instant) into Yahoo's answer. Pure.
//! - [`VendorProtocol`] are other vendors of the same truth, below a path each.
//! - [`FaultPlan`] says what goes wrong on purpose.
//! - [`ReplayServer`] puts it on a port of this machine, and never on another interface.
//!
//! ```
//! use quantx_replay::{MarketSpec, open_market};
//!
//! let market = open_market(&MarketSpec::Sample, 0)?;
//! assert_eq!(market.symbols(), ["AAPL", "FB", "GOOG", "IBM", "MSFT"]);
//! let facebook = market.truth("FB").unwrap();
//! assert_eq!(facebook.first_trade.to_string(), "2012-05-18");
//! assert_eq!(facebook.rows[0].close, Some(38.2318));
//! # Ok::<(), std::io::Error>(())
//! ```

mod bounded;
pub mod chart;
mod fault;
mod markets;
mod random;
mod server;
mod sessions;
mod truth;
mod vendors;
mod venue;
mod world;

pub use fault::{FaultPlan, FaultSpecError, Flaw, WireFault};
pub use markets::{Market, MarketSpec, MarketSpecError, Scope, open_market};
pub use server::{LoggedRequest, ReplayOptions, ReplayServer};
pub use sessions::{Session, Sessions};
pub use truth::{DailyRow, Rename, SymbolTruth};
pub use vendors::{Cells, VendorFault, VendorFaultKind, VendorProtocol};
pub use venue::{Venue, VenueFacts};
