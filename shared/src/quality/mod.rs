//! Does a listing's history look right? Rules with names, severities and settings. Pure.
//!
//! [`inspect`] looks at rows as they came, before anything is refused, and at the actions that came
//! with them, and returns [`Flag`]s; it never changes a number. A flag of severity
//! [`Severity::Refuse`] sends its row to quarantine, a suspect row is stored and reported.
//!
//! Which prices a rule sees: faults of one row and repeats are judged as traded; moves and levels on
//! the basis of the newest share, where a split is no move; dividends against the close before
//! them. Only ratios are compared, so that the unit of the prices does not matter.

mod basis;
mod cash;
mod dividend_units;
mod events;
mod flag;
mod impossible;
mod inspected;
mod jumps;
mod rows;
mod rule;
mod settings;
mod splits;
mod units;
mod view;
mod volumes;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod impossible_tests;
#[cfg(test)]
mod price_repair_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod rule_tests;
#[cfg(test)]
mod sp500_tests;

pub use basis::{Known, read as read_basis};
pub use flag::{Column, Flag};
pub use inspected::{Inspected, InspectedRow};
pub use rule::{Rule, Severity};
pub use settings::{RuleSettings, Threshold, ThresholdError};

use flag::Findings;
use view::View;

/// All broken rules of `series`, ascending by date. Stored rows are context and never flagged.
///
/// Some sixty sessions of context let every rule work; with fewer, rules that need to know what is
/// usual fall back to their fixed thresholds. Linear in the rows, but for moves beyond the
/// thresholds, each of which costs a look at the sessions around it.
pub fn inspect(series: &Inspected, settings: &RuleSettings) -> Vec<Flag> {
    let mut findings = Findings::new(settings);
    rows::check(series, &mut findings);
    volumes::check_repeats(series, &mut findings);
    let impossible = impossible::find(series, settings);
    impossible::check(series, &impossible, &mut findings);
    let mut view = View::new(series, &impossible);
    // From coarse to fine: what is put on its level no longer disturbs the rules after.
    units::check(series, &mut view, &mut findings);
    splits::check(&view, &mut findings);
    jumps::check(&view, &mut findings);
    volumes::check_spikes(&view, &mut findings);
    cash::check(&view, &mut findings);
    events::check(series, &mut findings);
    findings.into_flags()
}
