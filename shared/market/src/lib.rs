//! The vocabulary of daily market data: bars, prices, dates, listings, exchanges and corporate
//! actions, with the rules that every value of them keeps. Pure: no I/O, no clock, no other room.
//!
//! Prices are as traded in the listing's quoted unit unless a type says otherwise; dates are
//! the exchange's own; ranges are half open.
//!
//! ```
//! use quantx_market::{Action, ActionKind, ActionSet, Date};
//!
//! let ex_date: Date = "2020-08-31".parse()?;
//! let split = ActionKind::Split { numerator: 4.0, denominator: 1.0 };
//! let actions: ActionSet = [Action { ex_date, kind: split }].into_iter().collect();
//!
//! // A close of 499.23 before the split is 124.8075 per share of today.
//! let factor = actions.split_factor_after("2020-08-28".parse()?);
//! assert_eq!(499.23 / factor, 124.8075);
//! assert_eq!(actions.split_factor_after(ex_date), 1.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// Tests of this crate cannot use a crate that is made of it: they compile its file themselves.
#[cfg(test)]
extern crate self as quantx_market;
#[cfg(test)]
#[path = "../../fixtures/src/market.rs"]
pub mod fixtures;

mod action;
mod as_traded;
mod bar;
mod basis;
mod conversion;
mod date;
mod exchange;
mod instrument;
mod listing;
mod name;
mod price;
pub mod spelling;
mod unit;
mod vendor;

pub use action::{Action, ActionKind, ActionSet, RefusedAction};
pub use as_traded::{AsTradedHistory, AsTradedRow, DeclaredAction};
pub use bar::{Bar, BarFault, BarSeries};
pub use basis::{BasisReading, SplitFactors, Undecided, UndecidedBasis, cash_factors};
pub use conversion::{Conversion, in_units};
pub use date::{Date, SessionRange, TradingDate};
pub use exchange::{Exchange, ExchangeCode, ExchangeError, ExchangeTable, InstrumentRules};
pub use instrument::InstrumentKind;
pub use listing::{Listing, Symbol, SymbolError, Ticker};
pub use name::{NAME_RULE, NameError, PhaseName, UniverseName};
pub use price::{Price, Ratio};
pub use unit::{MinorUnit, currency_of, minor_unit};
pub use vendor::{
    ForeignCash, MarketPrice, RegularPeriod, RowStamps, ShareBasis, VendorHistory, VendorRow,
    known_prices,
};
