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
pub use impossible::impossible_bars;
pub use inspected::{Inspected, InspectedRow};
pub use judgement::{Judgement, Settled, Verdict};
pub use rule::{Rule, Severity};
pub use settings::{RuleSettings, Threshold, ThresholdError};

use std::collections::BTreeSet;

use flag::Findings;
use payment::Payment;
use view::View;

/// What looks wrong in a series.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Inspection {
    /// Broken rules, ascending by date.
    pub flags: Vec<Flag>,
    /// Cash events that shall not be applied as sent, ascending by ex-date.
    pub judgements: Vec<Judgement>,
}

/// All broken rules of `series`, and the cash events that are not real as sent. Stored rows are
/// context and never flagged; settled events are not judged again.
///
/// Some sixty sessions of context let every rule work; with fewer, rules that need to know what is
/// usual fall back to their fixed thresholds. Linear in the rows, but for moves beyond the
/// thresholds, each of which costs a look at the sessions around it.
pub fn inspect(series: &Inspected, settings: &RuleSettings) -> Inspection {
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
    let payments = Payment::all(&view, settings.get(Threshold::DisagreesTolerance));
    let judgements = judgement::judge(series, &view, &payments, &mut findings);
    let judged: BTreeSet<_> = judgements
        .iter()
        .map(|judged| judged.event.ex_date)
        .collect();
    cash::check(&view, &payments, &judged, &mut findings);
    events::check(series, &mut findings);
    Inspection {
        flags: findings.into_flags(),
        judgements,
    }
}
