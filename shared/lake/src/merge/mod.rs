//! Stored history and a fetch become one. Pure, and the only way rows get into the lake.
//!
//! Merging the same fetch twice is merging it once, and for fetches that agree on final prices the
//! order of arrival does not matter. Final prices change only when two fetches on different days
//! agree; volumes follow the newest fetch, because vendors restate them the day after, unless it
//! knows them worse. What is unknown contradicts nothing, and is learned from whoever knows it.

mod claims;
mod decided;
mod outcome;
mod overlap;
mod word;

use std::collections::{BTreeMap, BTreeSet};

use crate::basis::Fetched;
use crate::record::Pending;
use crate::refusal::{RefusalRule, RefusedRow};
use crate::same_bar::{canonical, newer_volume};
use claims::Claims;
pub use decided::DecisionIndex;
use decided::MergeInput;
pub use outcome::{Held, History, MergeStats, Merged};
use overlap::Difference;
use quantx_market::{Action, ActionSet, Bar, BarSeries, Date, Price, SessionRange};
pub use word::{Dispute, Vote, Word};

/// What a fetch asked for, beside what it brought.
#[derive(Debug, Clone, Copy)]
pub struct MergeContext<'a> {
    /// Dates whose rows may be stored: asked for, and not after the run's last session.
    pub window: SessionRange,
    /// Changes that an earlier fetch claimed.
    pub pending: &'a [Pending],
    /// The run's date in the exchange's time zone.
    pub today: Date,
    /// Who says it.
    pub word: Word<'a>,
}

/// Merges `fetched` into `stored`, where nobody has decided anything by hand.
pub fn merge(stored: &History, fetched: &Fetched, context: MergeContext<'_>) -> Merged {
    merge_with_decisions(stored, fetched, context, &DecisionIndex::default())
}

/// Merges `fetched` into `stored` and follows what people decided about refused rows: a released row
/// is stored whatever the fetch says, a rejected one is as if the vendor had not sent it.
pub fn merge_with_decisions(
    stored: &History,
    fetched: &Fetched,
    context: MergeContext<'_>,
    decisions: &DecisionIndex,
) -> Merged {
    let input = decisions.apply(stored, fetched, context.window);
    let pending = decisions.open_claims(context.pending);
    let context = MergeContext {
        pending: &pending,
        ..context
    };
    let mut merged = merge_prepared(input, fetched, context);
    // Whatever rule refused it: what a person has decided is not put aside again.
    merged.quarantine.retain(|row| !decisions.is_decided(row));
    merged
}

fn merge_prepared(input: MergeInput<'_>, fetched: &Fetched, context: MergeContext<'_>) -> Merged {
    let word = context.word;
    let before = input.stored.as_ref();
    let asked = |date| context.window.contains(date);
    let weighed = word.weigh(before, input.offered, asked);
    let (stored, offered) = (weighed.stored.as_ref(), weighed.offered);
    let mut merged = Merged {
        quarantine: input.refused,
        rejected: input.rejected,
        stats: input.stats,
        ..Merged::default()
    };
    if let Some(undecided) = &fetched.undecided {
        // As traded they may be anything: they are not put aside as if they were known.
        let held = Held::Undecided(undecided.clone());
        merged.quarantine.clear();
        return hold(before, &[], held, merged, input.stats, context);
    }
    let mut overlap = overlap::compare(&stored.bars, &offered);
    overlap.is_comparable &= input.has_own_rows;
    // What the first vendor says of rows that only stood in for its own says nothing about the level.
    let loose = overlap.take_out(&offered, &stored.bars, |date| word.outranks(date));
    if let Some(held) = overlap.unusable() {
        return hold(before, &offered, held, merged, input.stats, context);
    }
    let mut bars: BTreeMap<Date, Bar> = stored
        .bars
        .bars()
        .iter()
        .map(|bar| (bar.date.date(), *bar))
        .collect();
    let claims = Claims::of(context.pending);
    let open = settle_corrections(&overlap.differing, &mut bars, &mut merged, &claims, context);
    let mut unsettled = settle_corrections(&loose, &mut bars, &mut merged, &claims, context);
    if let Some(held) = overlap.untrusted(&open) {
        return hold(before, &offered, held, merged, input.stats, context);
    }
    unsettled.extend(open);
    for bar in offered {
        let unit = fetched.volume_unit(bar.date.date());
        take(bar, unit, &mut bars, &unsettled, &mut merged.stats);
    }
    merged.settled = weighed.settled;
    let bars = BarSeries::new(bars.into_values().collect());
    let actions = merge_actions(stored, fetched, &bars, &mut merged, &claims, context);
    merged.quarantine.sort_by_key(|row| row.date);
    // A claim on a date that was not asked for is neither renewed nor refuted.
    let unasked = |claim: &&Pending| !context.window.contains(claim.date());
    merged
        .pending
        .extend(context.pending.iter().filter(unasked).copied());
    merged.history = History { bars, actions };
    merged
}

/// Keeps what is stored, `released` rows among it, and puts the new rows of the fetch aside.
fn hold(
    stored: &History,
    offered: &[Bar],
    held: Held,
    mut merged: Merged,
    released: MergeStats,
    context: MergeContext<'_>,
) -> Merged {
    let unknown = offered
        .iter()
        .filter(|bar| stored.bars.get(bar.date.date()).is_none());
    merged
        .quarantine
        .extend(unknown.map(|bar| RefusedRow::of_bar(bar, held.rule(), held.reason())));
    merged.quarantine.sort_by_key(|row| row.date);
    // Nothing is settled on an unknown basis: confirmed prices are not taken either, and every
    // claim that was not renewed waits as it is.
    let renewed = merged.pending.clone();
    let renewed = Claims::of(&renewed);
    let waiting = |claim: &&Pending| !renewed.has(claim);
    merged
        .pending
        .extend(context.pending.iter().filter(waiting).copied());
    merged.history = stored.clone();
    merged.stats = released;
    merged.held = Some(held);
    merged
}

/// Applies corrections that a fetch of another day claimed too, or that witnesses confirm; returns the
/// dates still open.
fn settle_corrections(
    differing: &[Difference],
    bars: &mut BTreeMap<Date, Bar>,
    merged: &mut Merged,
    claims: &Claims<'_>,
    context: MergeContext<'_>,
) -> BTreeSet<Date> {
    let MergeContext { today, word, .. } = context;
    let mut open = BTreeSet::new();
    for difference in differing {
        let date = difference.fetched.date.date();
        if !word.may_correct(date) {
            open.insert(date);
            merged.disputes.push(Dispute {
                stored: difference.stored,
                fetched: difference.fetched,
            });
            continue;
        }
        let claimed = difference
            .fetched
            .prices()
            .map(|price| price.map(Price::get));
        let earlier = claims.of_prices(date, claimed);
        let confirmed = word.is_confirmed(date);
        // Nobody but the first vendor has had the session yet, or it is not alone: any size will do.
        let small = difference.is_small() || confirmed || word.outranks(date);
        let repeated = earlier.is_some_and(|seen_on| seen_on != today) && !word.is_denied(date);
        if small && (repeated || confirmed) {
            // The volume is taken below, by the rule of volumes.
            let corrected = Bar {
                volume: difference.stored.volume,
                ..difference.fetched
            };
            bars.insert(date, corrected.filled_from(&difference.stored));
            merged.stats.prices_corrected += 1;
            continue;
        }
        open.insert(date);
        merged.quarantine.push(RefusedRow::of_bar(
            &difference.fetched,
            if small {
                RefusalRule::CorrectionUnconfirmed
            } else {
                RefusalRule::CorrectionTooLarge
            },
            difference.words(),
        ));
        if small {
            merged.pending.push(Pending::Prices {
                date,
                prices: claimed,
                seen_on: earlier.unwrap_or(today),
            });
        }
    }
    open
}

/// Stores one offered bar: a new session, or a newer volume, a value that was unknown (and the
/// canonical one of two equal prices) of a stored one. One share of the vendor's volume stands for
/// `volume_unit` shares.
fn take(
    offered: Bar,
    volume_unit: f64,
    bars: &mut BTreeMap<Date, Bar>,
    open: &BTreeSet<Date>,
    stats: &mut MergeStats,
) {
    let date = offered.date.date();
    let Some(stored) = bars.get_mut(&date) else {
        bars.insert(date, offered);
        stats.bars_added += 1;
        return;
    };
    if open.contains(&date) {
        return;
    }
    let taken = Bar {
        volume: newer_volume(stored.volume, offered.volume, volume_unit),
        ..canonical(stored, &offered)
    };
    let is_learned = |(before, after): (bool, bool)| after && !before;
    let known = |bar: &Bar| bar.prices().map(|price| price.is_some());
    let mut learned = known(stored).into_iter().zip(known(&taken));
    if learned.any(is_learned) || is_learned((stored.volume.is_some(), taken.volume.is_some())) {
        stats.values_filled += 1;
    } else if stored.volume != taken.volume {
        stats.volumes_corrected += 1;
    }
    *stored = taken;
}

/// Actions of the window as the fetch has them, the rest as stored; none after the last bar.
fn merge_actions(
    stored: &History,
    fetched: &Fetched,
    bars: &BarSeries,
    merged: &mut Merged,
    claims: &Claims<'_>,
    context: MergeContext<'_>,
) -> ActionSet {
    let Some(last) = bars.last().map(|bar| bar.date.date()) else {
        return ActionSet::default();
    };
    let mut actions = stored.actions.clone();
    if context.window.is_empty() {
        // Nothing was asked: an action that is not in the answer has not vanished.
        return actions;
    }
    let judged =
        |action: &&Action| context.window.start() <= action.ex_date && action.ex_date <= last;
    if context.word.stands_in() {
        // It adds what went ex since the first vendor was heard last, and takes nothing away.
        let firm_to = context.word.firm_to(&stored.bars);
        let is_new = |action: &&Action| firm_to.is_none_or(|firm| action.ex_date > firm);
        for action in fetched.actions.iter().filter(judged).filter(is_new) {
            if stored.actions.same_slot(action).is_none() {
                actions.insert(*action);
                merged.stats.actions_added += 1;
            }
        }
        return actions;
    }
    for action in fetched.actions.iter().filter(judged) {
        match actions.insert(*action) {
            None => merged.stats.actions_added += 1,
            Some(before) if before != *action => merged.stats.actions_revised += 1,
            Some(_) => {}
        }
    }
    for action in stored.actions.iter().filter(judged) {
        if fetched.actions.same_slot(action).is_some() {
            continue;
        }
        let earlier = claims.of_vanished(action);
        if earlier.is_some_and(|seen_on| seen_on != context.today) {
            actions.remove(action);
            merged.stats.actions_removed += 1;
        } else {
            merged.pending.push(Pending::Vanished {
                action: *action,
                seen_on: earlier.unwrap_or(context.today),
            });
        }
    }
    actions
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod recorded_tests;

#[cfg(test)]
#[path = "word_tests.rs"]
mod word_tests;
