//! All rules over one series, in the order in which they can rely on each other.

use std::collections::BTreeSet;

use super::flag::{Findings, Flag};
use super::inspected::Inspected;
use super::judgement::{self, Judgement};
use super::payment::Payment;
use super::settings::{RuleSettings, Threshold};
use super::view::View;
use super::{cash, events, impossible, jumps, rows, splits, units, volumes};

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
