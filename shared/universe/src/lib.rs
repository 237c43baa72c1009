//! Universes: named sets of listings, who was in them when, and how sources list them. Pure, but for
//! the client of [`source`].
//!
//! ```
//! use quantx_market::{ExchangeTable, UniverseName};
//! use quantx_universe::{Difference, Universe};
//!
//! let exchanges = ExchangeTable::new([quantx_fixtures::exchange("us", "")]).unwrap();
//! let universe = |symbols: &[&str]| {
//!     let name = UniverseName::parse("us_example").unwrap();
//!     Universe::from_symbols(name, symbols, &exchanges).unwrap()
//! };
//! let (june, july) = (universe(&["AAPL", "FB"]), universe(&["AAPL", "META"]));
//! let difference = Difference::between(june.listings(), july.listings(), &[]);
//! assert_eq!(difference.joined[0].symbol().as_str(), "META");
//! assert_eq!(difference.left[0].symbol().as_str(), "FB");
//! ```

mod constituent;
mod csv_text;
mod difference;
mod gate;
pub mod identity;
mod member;
pub mod membership;
mod placing;
mod reading;
pub mod source;
mod table;
#[cfg(test)]
mod tests;
mod universe;

pub use constituent::Constituent;
pub use difference::Difference;
pub use gate::{Gate, GateError, GateFault};
pub use member::{About, Member};
pub use reading::{CodeFault, FreshList, ReadError, change_listing, fresh_list};
pub use table::{RowFault, RowProblem, Table, TableError, UnusableLine, with_kept};
pub use universe::{Universe, UniverseError, union};
