//! What judged events mean for one merge.

use std::borrow::Cow;

use super::input::{Base, RevisionContext};
use super::judging::{FetchedEvents, Judged};
use crate::basis::Fetched;
use crate::judged::JudgedEvent;
use crate::merge::{History, MergeStats, Merged};
use quantx_market::{ActionSet, Date, SessionRange};

/// Stored and fetched history with the events that are applied.
pub(super) struct Events<'a> {
    pub(super) stored: Cow<'a, History>,
    pub(super) fetched: Cow<'a, Fetched>,
    judged: Judged,
}

fn record_of(base: &Base) -> &[JudgedEvent] {
    base.record.as_ref().map_or(&[], |record| &record.judged)
}

impl<'a> Events<'a> {
    pub(super) fn before(
        base: &Base,
        stored: &'a History,
        fetched: &'a Fetched,
        context: RevisionContext<'_>,
    ) -> Self {
        let window = judged_window(base, stored, context);
        let is_asked = |event: &&JudgedEvent| window.contains(event.vendor.ex_date);
        let fresh: Vec<JudgedEvent> = match window == context.window {
            true => context.judged.to_vec(),
            false => context.judged.iter().filter(is_asked).cloned().collect(),
        };
        let of_fetch = FetchedEvents {
            fresh: &fresh,
            actions: &fetched.actions,
            window,
        };
        Self::of(base, stored, fetched, of_fetch, context)
    }

    fn of(
        base: &Base,
        stored: &'a History,
        fetched: &'a Fetched,
        of_fetch: FetchedEvents<'_>,
        context: RevisionContext<'_>,
    ) -> Self {
        let before = record_of(base);
        let judged = Judged::new(before, &stored.actions, of_fetch, context.decisions);
        let mut events = Self {
            stored: Cow::Borrowed(stored),
            fetched: Cow::Borrowed(fetched),
            judged,
        };
        if events.judged.is_empty() {
            return events;
        }
        let last = stored.bars.last().map_or(Date::MIN, |bar| bar.date.date());
        let mut actions = stored.actions.clone();
        events.judged.apply(&mut actions, before, last);
        if actions != stored.actions {
            events.stored = Cow::Owned(History {
                bars: stored.bars.clone(),
                actions,
            });
        }
        let mut actions = fetched.actions.clone();
        events.judged.apply(&mut actions, before, Date::MAX);
        if actions != fetched.actions {
            events.fetched = Cow::Owned(Fetched {
                actions,
                ..fetched.clone()
            });
        }
        events
    }

    /// The merge with its counts, and the judged events that the record keeps. Of a fetch that was
    /// held back nothing is believed, its judgements neither.
    pub(super) fn after(
        self,
        mut merged: Merged,
        base: &Base,
        stored: &History,
        context: RevisionContext<'_>,
    ) -> (Merged, Vec<JudgedEvent>) {
        let (applied, judged) = if merged.held.is_some() {
            let nothing = Fetched::default();
            let of_fetch = FetchedEvents {
                fresh: &[],
                actions: &nothing.actions,
                window: SessionRange::new(context.window.start(), context.window.start()),
            };
            let events = Events::of(base, stored, &nothing, of_fetch, context);
            merged.history.actions = events.stored.actions.clone();
            (events.stored.actions.clone(), events.judged)
        } else {
            (self.stored.actions.clone(), self.judged)
        };
        count(&stored.actions, &applied, &mut merged.stats);
        let last = merged.history.bars.last().map(|bar| bar.date.date());
        let judged = judged.for_record(&merged.history.actions, last);
        (merged, judged)
    }
}

/// Dates whose events a fetch may judge anew: a vendor that stands in says nothing of what the first vendor
/// was heard about.
fn judged_window(base: &Base, stored: &History, context: RevisionContext<'_>) -> SessionRange {
    let word = super::word(base, context);
    let firm_to = word.firm_to(&stored.bars).filter(|_| word.stands_in());
    let after = firm_to.map(|firm| firm.tomorrow().unwrap_or(firm));
    let start = context.window.start().max(after.unwrap_or(Date::MIN));
    SessionRange::new(start.min(context.window.end()), context.window.end())
}

fn count(before: &ActionSet, after: &ActionSet, stats: &mut MergeStats) {
    for action in after.iter() {
        match before.same_slot(action) {
            None => stats.actions_added += 1,
            Some(known) if known != action => stats.actions_revised += 1,
            Some(_) => {}
        }
    }
    let is_gone = |action: &&quantx_market::Action| after.same_slot(action).is_none();
    stats.actions_removed += before.iter().filter(is_gone).count();
}
