//! When exchanges trade: sessions, half days, opens and closes. Pure: no I/O, no clock.
//!
//! A [`Calendar`] is the only source of a [`TradingDate`](quantx_market::TradingDate). Dates are the
//! exchange's own, opens and closes are instants. What is answered, and how far it can be trusted:
//!
//! | dates | XNYS XLON XHKG XTKS XETR XPAR | the other exchanges |
//! |---|---|---|
//! | before 1960 or after 2030 | no session | no session |
//! | 1960 to 1989 | every weekday, approximate | every weekday, approximate |
//! | 1990 to 2030 | rules and exceptions | weekdays but 1 January and 25 December, approximate |
//!
//! XETR before 2000 and XPAR before 2002 follow rules that hardly any witness confirms, and say so:
//! [`Calendar::is_approximate_on`]. Opens and closes are the scheduled ones of the regular session:
//! a late open after a typhoon or a halt in the afternoon does not move them.
//!
//! Rules are code in `rules/<mic>.rs`; what no rule can know is a table of exceptions beside them,
//! one reason per date. Future holidays are what the law of 2026 says: a holiday proclaimed later
//! needs a new line in a table.

mod rules;
mod sessions;
mod table;

#[expect(clippy::disallowed_methods, reason = "recorded data are files")]
#[cfg(test)]
mod files;
#[cfg(test)]
mod tests;

pub use sessions::{Calendar, known_mics};
