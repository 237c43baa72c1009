//! Finds what looks wrong in a listing's daily history: rules with names, severities and settings. Pure.
//!
//! ```
//! use quantx_quality::{Inspected, InspectedRow, Rule, RuleSettings, inspect};
//!
//! // Sixty quiet sessions, and one close in pence among prices in pounds.
//! let close = |day: i8| if day == 20 { 1_012.0 } else { 10.0 + f64::from(day % 3) / 10.0 };
//! let rows = (1..=2).flat_map(|month| (1..=28).map(move |day| (month, day)));
//! let rows = rows.map(|(month, day)| {
//!     let close = if month == 2 { close(day) } else { close(day % 19) };
//!     InspectedRow {
//!         date: format!("2024-{month:02}-{day:02}").parse().unwrap(),
//!         prices: [Some(close); 4],
//!         volume: Some(1e6),
//!         adjustment: None,
//!     }
//! });
//! let history = Inspected { rows: rows.collect(), ..Inspected::default() };
//!
//! let flags = inspect(&history, &RuleSettings::default()).flags;
//! let unit = flags.iter().find(|flag| flag.rule == Rule::UnitJump).unwrap();
//! assert_eq!(unit.date.to_string(), "2024-02-20");
//! ```
//!
//! [`inspect`] looks at rows as they came, before anything is refused, and at the actions that came
//! with them, and returns [`Flag`]s and [`Judgement`]s; it never changes a number. A flag of severity
//! [`Severity::Refuse`] sends its row to quarantine, a suspect row is stored and reported. A
//! judgement says that a dividend or capital gain is not real as sent: what is applied, or who decides.
//! Which prices a rule sees: faults of one row and repeats are judged as traded; moves and levels on
//! the basis of the newest share, where a split is no move; dividends against the close before
//! them. Only ratios are compared, so that the unit of the prices does not matter.

pub mod agreement;
mod basis;
mod cash;
mod events;
mod flag;
mod impossible;
mod inspected;
mod inspection;
mod judgement;
mod jumps;
mod payment;
mod rows;
mod rule;
mod settings;
mod splits;
mod statistics;
mod units;
mod view;
mod volumes;

#[cfg(test)]
mod auction_tests;
#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod impossible_tests;
#[cfg(test)]
mod price_repair_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod rule_tests;
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "recorded data are files"
)]
#[cfg(test)]
mod sp500_tests;

pub use basis::{Known, read as read_basis};
pub use flag::{Column, Flag};
pub use impossible::impossible_bars;
pub use inspected::{Inspected, InspectedRow, Settled};
pub use inspection::{Inspection, inspect};
pub use judgement::{Judgement, Verdict};
pub use rule::{Rule, Severity};
pub use settings::{RuleSettings, Threshold, ThresholdError};
