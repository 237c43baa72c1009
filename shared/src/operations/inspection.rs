//! What looks wrong in a vendor's answer, before any of it is merged. Pure.

use crate::lake::basis::{Fetched, RefusedRow};
use crate::lake::record::CommitRecord;
use crate::market::{BarSeries, Date, VendorHistory};
use crate::quality::{self, Flag, Inspected, Rule, RuleSettings, Severity};

/// Days before the window that are asked for too: some sixty sessions, out of which the rules learn
/// what is usual for the listing. They are looked at and dropped.
pub(super) const CONTEXT_DAYS: i64 = 90;

/// First date to ask for, so that the rules see what came before `from`; not before the listing's
/// history was ever asked for.
pub(super) fn first_asked(from: Date, known: Option<&CommitRecord>) -> Date {
    let Some(known) = known.filter(|record| record.last().is_some()) else {
        return from;
    };
    let days = jiff::Span::new().try_days(CONTEXT_DAYS);
    let earlier = days.and_then(|days| from.checked_sub(days)).unwrap_or(from);
    earlier.max(known.asked_from).min(from)
}

/// Inspects an answer against what is known of the listing, then drops from it what is before
/// `from`. Only what is new is flagged.
pub(super) fn inspect(
    history: &mut VendorHistory,
    from: Date,
    known: Option<&CommitRecord>,
    rules: &RuleSettings,
) -> Vec<Flag> {
    let mut series = Inspected::of_answer(history);
    let stored = known.and_then(|record| Some((record.first()?, record.last()?)));
    // Rows of before the stored history are as new as those after it.
    if let Some((_, last)) = stored.filter(|(first, _)| from >= *first) {
        series.n_stored = series.rows.partition_point(|row| row.date <= last);
    }
    series.known_actions = known.map(CommitRecord::action_set);
    let flags = quality::inspect(&series, rules);
    history.rows.retain(|row| row.date >= from);
    history.actions.retain(|action| action.ex_date >= from);
    let is_new = |flag: &Flag| {
        let of_event = matches!(flag.rule, Rule::EventRevised | Rule::EventVanished);
        flag.date >= from
            && (of_event
                || stored.is_none_or(|(first, last)| flag.date < first || flag.date > last))
    };
    flags.into_iter().filter(is_new).collect()
}

/// Moves rows with a refusing flag from what may be stored to what goes to quarantine.
pub(super) fn refuse(fetched: &mut Fetched, flags: &[Flag]) {
    let refusing = |date: Date| {
        let mut flags = flags.iter();
        flags.find(|flag| flag.date == date && flag.severity == Severity::Refuse)
    };
    if flags.iter().all(|flag| flag.severity != Severity::Refuse) {
        return;
    }
    let bars = std::mem::take(&mut fetched.bars).into_bars();
    let mut kept = Vec::with_capacity(bars.len());
    for bar in bars {
        match refusing(bar.date.date()) {
            Some(flag) => {
                let row = RefusedRow::of_bar(&bar, flag.rule.name(), flag.detail.clone());
                fetched.refused.push(row);
            }
            None => kept.push(bar),
        }
    }
    fetched.refused.sort_by_key(|row| row.date);
    fetched.bars = BarSeries::new(kept);
}

#[cfg(test)]
#[path = "inspection_tests.rs"]
mod tests;
