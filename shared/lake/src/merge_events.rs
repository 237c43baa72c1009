//! What judged events mean for one merge.

use std::borrow::Cow;

use super::revision::{Base, RevisionContext};
use crate::basis::Fetched;
use crate::judged::{Heard, Judged, JudgedEvent};
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
        let heard = Heard {
            fresh: context.judged,
            actions: &fetched.actions,
            window: context.window,
        };
        Self::of(base, stored, fetched, heard, context)
    }

    fn of(
        base: &Base,
        stored: &'a History,
        fetched: &'a Fetched,
        heard: Heard<'_>,
        context: RevisionContext<'_>,
    ) -> Self {
        let before = record_of(base);
        let judged = Judged::new(before, &stored.actions, heard, context.decisions);
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
            let heard = Heard {
                fresh: &[],
                actions: &nothing.actions,
                window: SessionRange::new(context.window.start(), context.window.start()),
            };
            let events = Events::of(base, stored, &nothing, heard, context);
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
