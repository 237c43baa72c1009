//! The vocabulary of daily market data. Pure: no I/O, no clock, no other room.
//!
//! Prices are as traded in the listing's quoted unit unless a type says otherwise; dates are
//! the exchange's own; ranges are half open.

// Tests of this crate cannot use a crate that is made of it: they compile its file themselves.
#[cfg(test)]
extern crate self as quantx_market;
#[cfg(test)]
#[path = "../../fixtures/src/market.rs"]
pub mod fixtures;

mod action;
mod bar;
mod basis;
mod date;
mod exchange;
mod listing;
mod name;
mod price;
pub mod spelling;
mod unit;
mod vendor;

pub use action::{Action, ActionKind, ActionSet, RefusedAction};
pub use bar::{Bar, BarFault, BarSeries};
pub use basis::{BasisReading, SplitFactors, Undecided, cash_factors};
pub use date::{Date, SessionRange, TradingDate};
pub use exchange::{Exchange, ExchangeCode, ExchangeError, ExchangeTable};
pub use listing::{Listing, Symbol, SymbolError, Ticker};
pub use name::{NAME_RULE, NameError, PhaseName, UniverseName};
pub use price::{Price, Ratio};
pub use unit::{MinorUnit, currency_of, minor_unit};
pub use vendor::{ForeignCash, MarketPrice, RegularPeriod, VendorHistory, VendorRow, known_prices};
