//! When exchanges trade: sessions, half days, opens and closes. Pure: no I/O, no clock.
//!
//! A [`Calendar`] is the only source of a [`TradingDate`](quantx_market::TradingDate). Dates are the
//! exchange's own, opens and closes are instants. What is answered, and how far it can be trusted:
//!
//! | dates | sessions |
//! |---|---|
//! | before 1960 or after 2030 | none |
//! | 1960 to 1989 | every day of the exchange's week, approximate |
//! | 1990 to 2030 | rules and exceptions |
//!
//! Years of an exchange that hardly any witness confirms, and years whose holidays are not proclaimed yet,
//! say so: [`Calendar::is_approximate_on`]. Opens and closes are the scheduled ones of the regular session:
//! a late open after a typhoon or a halt in the afternoon does not move them. The table of
//! exchanges, with what was compared, is `docs/calendars.md`.
//!
//! Rules are code in `rules/<mic>.rs`; what no rule can know is a table of exceptions beside them,
//! one reason per date. Future holidays are what the law of 2026 says: a holiday proclaimed later
//! needs a new line in a table.

mod closure;
mod custom;
mod error;
mod exceptions;
mod rules;
mod sessions;
mod table;
mod week;

#[cfg(test)]
mod custom_tests;
#[expect(clippy::disallowed_methods, reason = "recorded data are files")]
#[cfg(test)]
mod files;
#[cfg(test)]
mod tests;
#[expect(clippy::disallowed_methods, reason = "facts are files")]
#[cfg(test)]
mod witness;
#[cfg(test)]
mod world_tests;

pub use custom::{CustomCalendar, DayException};
pub use error::CalendarError;
pub use exceptions::{Exceptions, wall_time};
pub use sessions::{Calendar, known_calendars, time_zone_of};
pub use week::WeekMask;
