//! Does a listing's history look right? Rules with names, severities and settings. Pure.
//!
//! [`inspect`] looks at rows as they came, before anything is refused, and at the actions that came
//! with them, and returns [`Flag`]s and [`Judgement`]s; it never changes a number. A flag of severity
//! [`Severity::Refuse`] sends its row to quarantine, a suspect row is stored and reported. A
//! judgement says that a dividend or capital gain is not real as sent: what is applied instead, or
//! that a person decides.
//!
//! Which prices a rule sees: faults of one row and repeats are judged as traded; moves and levels on
//! the basis of the newest share, where a split is no move; dividends against the close before
//! them. Only ratios are compared, so that the unit of the prices does not matter.

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
mod units;
mod view;
mod volumes;

#[cfg(test)]
mod auction_tests;
#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod impossible_tests;
#[expect(clippy::disallowed_methods, reason = "recorded data are files")]
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
pub use inspected::{Inspected, InspectedRow};
pub use inspection::{Inspection, inspect};
pub use judgement::{Judgement, Settled, Verdict};
pub use rule::{Rule, Severity};
pub use settings::{RuleSettings, Threshold, ThresholdError};
